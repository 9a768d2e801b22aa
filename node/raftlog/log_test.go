package raftlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	quipu "github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/node/raftlog"
)

// faults collects what a log reports to Config.Fatal.
type faults struct {
	mu  sync.Mutex
	got []error
}

func (f *faults) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, err)
}

func (f *faults) all() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}

// openLog opens a log that must report no fault until the test ends.
func openLog(t testing.TB, dir string) *raftlog.Log {
	t.Helper()
	l, err := raftlog.Open(raftlog.Config{Dir: dir, Fatal: func(err error) { t.Errorf("fault: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // a second close does nothing
	return l
}

// entry is a command whose data can be found in the file.
func entry(index uint64) *raft.Log {
	return &raft.Log{Index: index, Term: 3, Type: raft.LogCommand, Data: marker(index)}
}

func marker(index uint64) []byte { return []byte(fmt.Sprintf("<entry %06d>", index)) }

func entries(low, high uint64) []*raft.Log {
	var all []*raft.Log
	for i := low; i <= high; i++ {
		all = append(all, entry(i))
	}
	return all
}

func store(t testing.TB, l *raftlog.Log, logs ...*raft.Log) {
	t.Helper()
	if err := l.StoreLogs(logs); err != nil {
		t.Fatal(err)
	}
}

func TestGetLogGivesWhatWasStored(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	want := []*raft.Log{
		{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: []byte("members"), AppendedAt: at},
		{Index: 2, Term: 1, Type: raft.LogNoop},
		{Index: 3, Term: 7, Type: raft.LogCommand, Data: bytes.Repeat([]byte{0, 255}, 5000), Extensions: []byte("x")},
	}
	l := openLog(t, dir)
	store(t, l, want...)
	for range 2 {
		for _, w := range want {
			got := raft.Log{Data: []byte("of another entry"), Extensions: []byte("old")}
			if err := l.GetLog(w.Index, &got); err != nil {
				t.Fatal(err)
			}
			if got.Index != w.Index || got.Term != w.Term || got.Type != w.Type || !bytes.Equal(got.Data, w.Data) ||
				string(got.Extensions) != string(w.Extensions) || !got.AppendedAt.Equal(w.AppendedAt) {
				t.Errorf("got %+v, want %+v", got, *w)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = openLog(t, dir)
	}
}

func TestStoreLogsLeavesTheEntriesOfTheCallerAlone(t *testing.T) {
	l := openLog(t, t.TempDir())
	extensions := append(make([]byte, 0, 64), "ext"...)
	e := &raft.Log{Index: 1, Term: 1, Data: []byte("data"), Extensions: extensions}
	store(t, l, e)
	if string(e.Extensions) != "ext" || string(e.Data) != "data" {
		t.Errorf("the entry became %+v", e)
	}
	if spare := extensions[:cap(extensions)][3:]; !bytes.Equal(spare, make([]byte, len(spare))) {
		t.Errorf("the spare room behind the extensions was written to: %q", spare)
	}
}

func TestMissingRecordsAreNoFaults(t *testing.T) {
	l := openLog(t, t.TempDir())
	if err := l.GetLog(1, &raft.Log{}); err != raft.ErrLogNotFound {
		t.Errorf("entry: got %v, want exactly raft.ErrLogNotFound, which raft compares", err)
	}
	if _, err := l.GetUint64([]byte("CurrentTerm")); err == nil || err.Error() != "not found" {
		t.Errorf("value: got %v, want exactly the text that raft compares", err)
	}
	for name, index := range map[string]func() (uint64, error){"first": l.FirstIndex, "last": l.LastIndex} {
		if got, err := index(); got != 0 || err != nil {
			t.Errorf("%s index: got %d, %v", name, got, err)
		}
	}
}

func TestDeleteRangeRemovesExactlyTheRange(t *testing.T) {
	const chunk = 4096
	for name, c := range map[string]struct {
		stored            [][2]uint64
		low, high         uint64
		wantFirst, wantLo uint64
	}{
		"head":                   {[][2]uint64{{1, 10}}, 1, 4, 5, 10},
		"tail":                   {[][2]uint64{{1, 10}}, 8, 10, 1, 7},
		"all":                    {[][2]uint64{{1, 10}}, 1, 10, 0, 0},
		"beyond both ends":       {[][2]uint64{{5, 10}}, 1, 1 << 60, 0, 0},
		"one":                    {[][2]uint64{{1, 10}}, 1, 1, 2, 10},
		"nothing there":          {[][2]uint64{{5, 10}}, 1, 4, 5, 10},
		"empty range":            {[][2]uint64{{1, 10}}, 5, 4, 1, 10},
		"head of one chunk":      {[][2]uint64{{1, chunk + 2}}, 1, chunk, chunk + 1, chunk + 2},
		"head of a chunk and 1":  {[][2]uint64{{1, chunk + 2}}, 1, chunk + 1, chunk + 2, chunk + 2},
		"tail of one chunk":      {[][2]uint64{{1, chunk + 2}}, 3, chunk + 2, 1, 2},
		"tail of a chunk and 1":  {[][2]uint64{{1, chunk + 2}}, 2, chunk + 2, 1, 1},
		"head over a wide gap":   {[][2]uint64{{1, 10}, {1 << 50, 1<<50 + 9}}, 1, 1<<50 + 1, 1<<50 + 2, 1<<50 + 9},
		"tail over a wide gap":   {[][2]uint64{{1, 10}, {1 << 50, 1<<50 + 9}}, 5, 1<<50 + 9, 1, 4},
		"middle, as raft cannot": {[][2]uint64{{1, 10}}, 4, 6, 1, 10},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLog(t, t.TempDir())
			for _, r := range c.stored {
				store(t, l, entries(r[0], r[1])...)
			}
			if err := l.DeleteRange(c.low, c.high); err != nil {
				t.Fatal(err)
			}
			first, _ := l.FirstIndex()
			last, _ := l.LastIndex()
			if first != c.wantFirst || last != c.wantLo {
				t.Errorf("got %d to %d, want %d to %d", first, last, c.wantFirst, c.wantLo)
			}
			for _, r := range c.stored {
				for i := r[0]; i <= r[1]; i++ {
					deleted := c.low <= i && i <= c.high
					if err := l.GetLog(i, &raft.Log{}); (err == raft.ErrLogNotFound) != deleted {
						t.Fatalf("entry %d: got %v", i, err)
					}
				}
			}
		})
	}
}

func TestStableStoreKeepsValues(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir)
	if err := l.SetUint64([]byte("CurrentTerm"), 1<<63+7); err != nil {
		t.Fatal(err)
	}
	if err := l.Set([]byte("LastVoteCand"), []byte("n2")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, dir)
	if got, err := l.GetUint64([]byte("CurrentTerm")); got != 1<<63+7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if got, err := l.Get([]byte("LastVoteCand")); string(got) != "n2" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := l.GetUint64([]byte("LastVoteCand")); err == nil {
		t.Error("a text was read as a number")
	}
}

func TestStampIsGivenOnce(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir)
	if got, err := l.Stamp(); got != (identity.Stamp{}) || err != nil {
		t.Fatalf("a new file: got %v, %v", got, err)
	}
	want := identity.Stamp{ClusterID: "00112233aabbccdd", NodeID: "n1"}
	for range 2 {
		if err := l.SetStamp(want); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.SetStamp(identity.Stamp{ClusterID: want.ClusterID, NodeID: "n2"}); !errors.Is(err, quipu.Invalid) {
		t.Errorf("another owner: got %v, want kind invalid", err)
	}
	if got, err := l.Stamp(); got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOpenNamesTheFileThatAnotherProcessHolds(t *testing.T) {
	dir := t.TempDir()
	openLog(t, dir)
	_, err := raftlog.Open(raftlog.Config{Dir: dir})
	want := "another process holds " + filepath.Join(dir, raftlog.FileName)
	if !errors.Is(err, quipu.Unavailable) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want kind unavailable and %q", err, want)
	}
}

func TestOpenAfterACrashInTheFirstInitialisation(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "raft.db.new"), []byte("half a page"))
	store(t, openLog(t, dir), entry(1))
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestACloseIsNoFault(t *testing.T) {
	l := openLog(t, t.TempDir())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.StoreLog(entry(1)); err == nil {
		t.Error("stored an entry in a closed log")
	}
	if err := l.GetLog(1, &raft.Log{}); err == nil {
		t.Error("read an entry of a closed log")
	}
}

func TestBytesSinceSnapshotCountEntries(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir)
	big := &raft.Log{Index: 1, Term: 1, Data: make([]byte, 100_000)}
	store(t, l, big)
	near := func(what string, got uint64) {
		t.Helper()
		if got < 100_000 || got > 100_400 {
			t.Errorf("%s: got %d bytes, want about 100000", what, got)
		}
	}
	near("after a write", l.BytesSinceSnapshot())
	l.SnapshotTaken()
	if got := l.BytesSinceSnapshot(); got != 0 {
		t.Errorf("after a snapshot: got %d", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	near("after a restart", openLog(t, dir).BytesSinceSnapshot())
	if s := l.Stats(); s.Entries != 1 || s.Writes != 1 || s.WriteTime <= 0 || s.LongestWrite != s.WriteTime || s.LastWrite.IsZero() {
		t.Errorf("the counts are %+v", s)
	} else {
		near("counted", s.Bytes)
	}
	if since, underway := l.WriteStarted(); underway {
		t.Errorf("a write is under way since %v", since)
	}
}

func BenchmarkStoreLogs(b *testing.B) {
	for name, c := range map[string]struct{ entries, bytes int }{"1x256KiB": {1, 256 << 10}, "4x2KiB": {4, 2 << 10}} {
		b.Run(name, func(b *testing.B) {
			l := openLog(b, b.TempDir())
			b.SetBytes(int64(c.entries * c.bytes))
			b.ReportAllocs()
			data := bytes.Repeat([]byte("quipu"), c.bytes/5+1)[:c.bytes]
			var index uint64
			for b.Loop() {
				logs := make([]*raft.Log, c.entries)
				for i := range logs {
					index++
					logs[i] = &raft.Log{Index: index, Term: 1, Data: data, AppendedAt: time.Now()}
				}
				store(b, l, logs...)
				if index%1024 == 0 { // as raft does, or the file and its mapping grow without end
					if err := l.DeleteRange(1, index-512); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
