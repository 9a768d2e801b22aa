package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// withFile is an event with a file.
func (w *world) withFile(content []byte) record.Draft {
	d := record.Draft{Name: []byte("placed"), Entities: []byte("{}")}
	d.SetMember(record.MemberFiles, fmt.Appendf(nil, `[{"hash":%q,"id":"f","size":%d}]`, w.keep(content), len(content)))
	return d
}

func TestContentIsStoredOnceAndNeverChanged(t *testing.T) {
	s, w := open(t, t.TempDir()), newWorld(1)
	b := w.create()
	content := bytes.Repeat([]byte("content "), 10_000)
	w.append(b, "", w.withFile(content))
	flush(t, s, w.batch())
	before := s.Stats().FileBytes
	for range 5 {
		w.append(b, "", w.withFile(content))
		batch := w.batch()
		batch.Histories[0].Files[record.HashOf(content)] = []byte("other")
		flush(t, s, batch)
	}
	same(t, s, w)
	clean(t, s)
	if after := s.Stats().FileBytes; after > before+int64(len(content)) {
		t.Errorf("the file grew from %d to %d", before, after)
	}
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	if after := s.Stats().FileBytes; after > 3*int64(len(content))/2 {
		t.Errorf("six events with one content of %d bytes take %d", len(content), after)
	}
	same(t, s, w)
}

func TestContentsAreOfTheirLedger(t *testing.T) {
	s, w := open(t, t.TempDir()), newWorld(1)
	b := w.create()
	w.append(b, "", w.withFile([]byte("content")))
	w.create()
	flush(t, s, w.batch())
	hash := record.HashOf([]byte("content"))
	for slot, want := range map[ledger.Slot]bool{1: true, 2: false, 9: false} {
		if has := read(t, s, slot).HasFile(hash); has != want {
			t.Errorf("slot %d has it: %v", slot, has)
		}
		if content, ok, err := read(t, s, slot).File(hash); ok != want || err != nil || want != (string(content) == "content") {
			t.Errorf("slot %d: %q, %v, %v", slot, content, ok, err)
		}
	}
}

// What the disk changed is an error of a read, never other bytes.
func TestDamagedContentIsReportedByReads(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	hash := w.books[1].someFile()
	shut(t, s)
	edit(t, dir, changeValue(1, "files", string(hash[:]), func(v []byte) []byte { v[len(v)/2]++; return v }))
	l := read(t, open(t, dir), 1)
	content, ok, err := l.File(hash)
	if !errors.Is(err, quipu.Corrupt) || ok || content != nil {
		t.Fatalf("%d bytes, %v, %v", len(content), ok, err)
	}
	for _, part := range []string{"slot 1", "bucket files", hash.String()} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
	if _, err := l.Record(1); err != nil {
		t.Errorf("the events can still be read: %v", err)
	}
}

// Without an index of hashes Check cannot know; this says so as long as it is so.
func TestCheckLeavesContentsThatNoEventNames(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	shut(t, s)
	hash := w.keep([]byte("nobody's"))
	edit(t, dir, putIn(1, "files", string(hash[:]), "nobody's"))
	if report := checkReadOnly(t, dir); len(report.Findings) > 0 {
		t.Errorf("findings %v", report.Findings)
	}
}

// A transaction that frees large contents is as bounded as one that frees keys.
func TestClearDroppedCountsThePagesOfContents(t *testing.T) {
	s, w := open(t, t.TempDir()), newWorld(1)
	b := w.create()
	const contents, pages = 12, 10
	for i := range contents {
		w.append(b, "", w.withFile(bytes.Repeat([]byte{byte(i)}, pages*4096)))
	}
	flush(t, s, w.batch())
	w.drop(1)
	flush(t, s, w.batch())
	steps := 0
	for more := true; more; steps++ {
		var err error
		if more, err = s.ClearDropped(2 * pages); err != nil {
			t.Fatal(err)
		}
	}
	if steps < contents/2 {
		t.Errorf("%d contents of %d pages were cleared in %d steps", contents, pages, steps)
	}
}

func TestTermsOfDamagedIndexAreAnError(t *testing.T) {
	dir := t.TempDir()
	s, _ := fill(t, dir)
	shut(t, s)
	edit(t, dir, func(tx *bbolt.Tx) error { return inner(tx, 1, "members").Put([]byte("aorder\x00z"), []byte{0}) })
	l := read(t, open(t, dir), 1)
	if _, err := l.Terms(selector.ByMember, record.AggregatesTerm("order"), "", l.Head(), 1000); !errors.Is(err, quipu.Corrupt) ||
		!strings.Contains(err.Error(), "bucket members") {
		t.Errorf("terms: %v", err)
	}
	if found, err := l.Terms(selector.ByMember, record.AggregatesTerm("order"), "", l.Head(), 3); err != nil || len(found) != 3 {
		t.Errorf("terms before the damage: %q, %v", found, err)
	}
}

// A term's chunks are passed over in one step, and terms that begin alike are apart.
func TestTermsOfSimilarTerms(t *testing.T) {
	s, w := open(t, t.TempDir()), newWorld(1)
	b := w.create()
	w.append(b, "", w.drafts(1500)...)
	batch := w.batch()
	list := []string{"p", "pa", "pa\x01", "pa\x01\xff", "pab", "pb", "q"}
	members := map[string][]quipu.Position{}
	for i, term := range list {
		for p := quipu.Position(1 + i); p <= 1500; p++ {
			members[term] = append(members[term], p)
		}
	}
	batch.Histories[0].Terms[selector.ByMember], b.terms[selector.ByMember] = members, members
	flush(t, s, batch)
	l := read(t, s, 1)
	cases := []struct {
		prefix, after string
		until         quipu.Position
		limit         int
		want          []string
	}{
		{"", "", 1500, 100, list},
		{"p", "", 1500, 100, []string{"pa", "pa\x01", "pa\x01\xff", "pab", "pb"}},
		{"p", "a", 1500, 100, []string{"pa\x01", "pa\x01\xff", "pab", "pb"}},
		{"p", "aa", 1500, 100, []string{"pab", "pb"}},
		{"p", "a", 1500, 2, []string{"pa\x01", "pa\x01\xff"}},
		{"p", "a", 1500, 0, nil},
		{"p", "b", 1500, 100, nil},
		{"p", "", 3, 100, []string{"pa", "pa\x01"}},
		{"p", "", 2, 1, []string{"pa"}},
		{"pa\x01", "", 1500, 100, []string{"pa\x01\xff"}},
		{"r", "", 1500, 100, nil},
		{"", "", 0, 100, nil},
	}
	for _, c := range cases {
		got, err := l.Terms(selector.ByMember, c.prefix, c.after, c.until, c.limit)
		if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%d terms %q after %q up to %d: %q, %v, want %q", c.limit, c.prefix, c.after, c.until, got, err, c.want)
		}
	}
	for _, index := range selector.Indexes {
		if found, err := read(t, s, 9).Terms(index, "", "", 1500, 100); len(found) != 0 || err != nil {
			t.Errorf("a ledger that is not there has terms %q, %v", found, err)
		}
	}
}
