package store_test

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// receive streams a store into a file of a directory, as another node would.
func receive(t *testing.T, from *store.Store, dir string) (path string, mark store.Mark) {
	t.Helper()
	mark, size, in, err := from.Stream()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(in)
	if err := errors.Join(err, in.Close()); err != nil {
		t.Fatal(err)
	}
	if int64(len(content)) != size {
		t.Fatalf("the stream has %d bytes, said %d", len(content), size)
	}
	path = filepath.Join(dir, "received")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, mark
}

func TestReplaceTakesOverStream(t *testing.T) {
	from, w := fill(t, t.TempDir())
	dir := t.TempDir()
	to := open(t, dir)
	stamp(t, to, "cluster-a", "node-2")
	old := newWorld(99)
	b := old.create()
	flush(t, to, old.batch())
	before, err := to.View()
	if err != nil {
		t.Fatal(err)
	}

	path, mark := receive(t, from, dir)
	w.append(w.books[1], "", w.drafts(10)...) // later than the stream
	later := w.batch()
	if err := to.Replace(path, mark.Index, mark.Term); err != nil {
		t.Fatal(err)
	}
	sameRecords(t, before.Ledger(b.state.Slot), b) // the view of the old file stays valid
	if err := before.Close(); err != nil {
		t.Error(err)
	}
	flush(t, to, later) // and the new one is written to
	same(t, to, w)
	clean(t, to)
	if got, err := to.Stamp(); err != nil || got != (store.Stamp{ClusterID: "cluster-a", NodeID: "node-2"}) {
		t.Errorf("stamp %v %v", got, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the received file is still there: %v", err)
	}
	shut(t, to)
	same(t, open(t, dir), w)
}

func TestReplaceRefusesBadCopyAndKeepsOldState(t *testing.T) {
	fromDir := t.TempDir()
	from, w := fill(t, fromDir)
	hash := w.books[1].someFile()
	cases := map[string]struct {
		damage    func(*bbolt.Tx) error // of the sender's file
		spoil     func([]byte) []byte   // of the received copy
		index     uint64                // added to the announced mark
		term      uint64
		cluster   string // of the receiver, if not the sender's
		unstamped bool
		kind      quipu.Kind // if not Corrupt
	}{
		"empty":              {spoil: func([]byte) []byte { return nil }},
		"truncated by 1":     {spoil: func(b []byte) []byte { return b[:len(b)-1] }},
		"truncated by half":  {spoil: func(b []byte) []byte { return b[:len(b)/2] }},
		"a byte more":        {spoil: func(b []byte) []byte { return append(b, 0) }},
		"flip at the start":  {spoil: func(b []byte) []byte { b[20]++; return b }},
		"flip in the middle": {spoil: func(b []byte) []byte { b[len(b)/2]++; return b }},
		"flip in the mark":   {spoil: func(b []byte) []byte { b[len(b)-18]++; return b }},
		"flip in the length": {spoil: func(b []byte) []byte { b[len(b)-16] = 0xff; return b }},
		"other index":        {index: 1},
		"other term":         {term: 1},
		"other cluster":      {cluster: "cluster-b"},
		"no cluster":         {unstamped: true},
		"changed event":      {damage: changeEvent(1, 30, func(r *record.Record) { r.Data = []byte("1") })},
		"missing event":      {damage: deleteEvent(1, 30)},
		"missing head":       {damage: deleteEvent(2, w.books[2].state.Head)},
		"another head":       {damage: changeState(2, func(s *ledger.State) { s.HeadID[12]++ })},
		"another mark inside": {damage: func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("mark"), []byte{1, 3, 1, 0})
		}},
		"no next slot": {damage: func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("next-slot"), nil)
		}},
		"changed content": {damage: putIn(1, "files", string(hash[:]), "other")},
		"missing content": {damage: func(tx *bbolt.Tx) error { return inner(tx, 1, "files").Delete(hash[:]) }},
		"newer format": {damage: func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{3})
		}, kind: quipu.Invalid},
		"older format": {damage: func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{1})
		}, kind: quipu.Invalid},
	}
	shut(t, from)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			to := open(t, dir)
			if !c.unstamped {
				stamp(t, to, cmp.Or(c.cluster, "cluster-a"), "node-2")
			}
			old := newWorld(99)
			old.create()
			flush(t, to, old.batch())

			path, mark := receiveDamaged(t, copyDir(t, fromDir), dir, c.damage)
			if c.spoil != nil {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, c.spoil(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := to.Replace(path, mark.Index+c.index, mark.Term+c.term)
			if quipu.KindOf(err) != cmp.Or(c.kind, quipu.Corrupt) {
				t.Fatalf("replace: %v", err)
			}
			same(t, to, old)
			old.append(old.books[1], "k", old.drafts(5)...)
			flush(t, to, old.batch())
			same(t, to, old)
			shut(t, to)
			same(t, open(t, dir), old)
		})
	}
}

// receiveDamaged streams a store that was changed behind its back, with a
// checksum that is right. The damage may be such that the store does not open, so the
// trailer is that of an undamaged copy.
func receiveDamaged(t *testing.T, fromDir, dir string, damage func(*bbolt.Tx) error) (string, store.Mark) {
	t.Helper()
	if damage == nil {
		return receive(t, open(t, fromDir), dir)
	}
	path, mark := receive(t, open(t, copyDir(t, fromDir)), dir)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, fromDir, damage)
	changed, err := os.ReadFile(filepath.Join(fromDir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, store.Reseal(content, changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, mark
}

// A stream is of the moment when it was opened, whatever is flushed while it is read.
func TestStreamIsOfOneMoment(t *testing.T) {
	from, w := fill(t, t.TempDir())
	mark, size, in, err := from.Stream()
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	if _, err := io.CopyN(&content, in, 10_000); err != nil {
		t.Fatal(err)
	}
	if stats := from.Stats(); stats.Streams != 1 || stats.Views != 1 {
		t.Errorf("stats %+v", stats)
	}
	for range 20 {
		w.append(w.books[1], "", w.drafts(100)...)
		flush(t, from, w.batch())
	}
	if _, err := io.Copy(&content, in); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if stats := from.Stats(); stats.Streams != 0 || stats.Views != 0 {
		t.Errorf("stats %+v", stats)
	}
	if int64(content.Len()) != size {
		t.Errorf("%d bytes, want %d", content.Len(), size)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "received")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	to := open(t, dir)
	stamp(t, to, "cluster-a", "node-2")
	if err := to.Replace(path, mark.Index, mark.Term); err != nil {
		t.Fatal(err)
	}
	clean(t, to)
}

// Neither a reader that stops half way nor Close leaves a transaction behind.
func TestStreamEndsWithItsReaderAndWithTheStore(t *testing.T) {
	s, _ := fill(t, t.TempDir())
	_, _, abandoned, err := s.Stream()
	if err != nil {
		t.Fatal(err)
	}
	if err := abandoned.Close(); err != nil {
		t.Fatal(err)
	}
	if stats := s.Stats(); stats.Views != 0 {
		t.Errorf("stats %+v", stats)
	}
	_, _, running, err := s.Stream()
	if err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	if _, err := io.ReadAll(running); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("a stream of a closed store: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Error(err)
	}
	if _, _, _, err := s.Stream(); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("stream of a closed store: %v", err)
	}
}

func TestCompactShrinksAndKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	for range 10 {
		w.append(w.books[1], "", w.drafts(300)...)
		flush(t, s, w.batch())
	}
	w.drop(2)
	flush(t, s, w.batch())
	for more := true; more; {
		var err error
		if more, err = s.ClearDropped(10_000); err != nil {
			t.Fatal(err)
		}
	}
	before := s.Stats()
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	after := s.Stats()
	if after.FileBytes >= before.FileBytes || after.FreeBytes >= before.FreeBytes {
		t.Errorf("compaction from %+v to %+v", before, after)
	}
	same(t, s, w)
	shut(t, s)
	if report := checkReadOnly(t, dir); len(report.Findings) > 0 {
		t.Errorf("findings %v", report.Findings)
	}
	same(t, open(t, dir), w)
}
