package raftlog_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/node/raftlog"
)

var members = raft.Configuration{Servers: []raft.Server{{ID: "n1", Address: "a1"}, {ID: "n2", Address: "a2"}}}

func markAt(index uint64) raftlog.Mark {
	return raftlog.Mark{Index: index, Term: 4, Configuration: members, ConfigurationIndex: 2}
}

// openSnapshots opens a store in a new directory over the state, and gives the
// directory too.
func openSnapshots(t *testing.T, live raftlog.Live) (*raftlog.Snapshots, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "snapshots")
	s, err := raftlog.OpenSnapshots(raftlog.SnapshotsConfig{Dir: dir, Live: live})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, dir
}

func ledgerAt(t *testing.T, index uint64) *ledger {
	t.Helper()
	l := newLedger(t, t.TempDir())
	if index > 0 {
		l.memory = state{Mark: markAt(index), Commands: []string{"a", "b"}}
		if err := l.flush(); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func create(t *testing.T, s *raftlog.Snapshots, mark raftlog.Mark) raft.SnapshotSink {
	t.Helper()
	sink, err := s.Create(1, mark.Index, mark.Term, mark.Configuration, mark.ConfigurationIndex, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func list(t *testing.T, s *raftlog.Snapshots) []*raft.SnapshotMeta {
	t.Helper()
	metas, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	return metas
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestListShowsTheLiveStateAlone(t *testing.T) {
	empty, _ := openSnapshots(t, ledgerAt(t, 0))
	if got := list(t, empty); len(got) != 0 {
		t.Errorf("a state at index 0 is listed: %+v", got[0])
	}
	s, _ := openSnapshots(t, ledgerAt(t, 17))
	sink := create(t, s, markAt(30))
	if _, err := sink.Write([]byte("received")); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	got := list(t, s)
	if len(got) != 1 {
		t.Fatalf("got %d snapshots, want the live one", len(got))
	}
	m := got[0]
	if m.ID != "live-4-17" || m.Version != 1 || m.Index != 17 || m.Term != 4 || m.ConfigurationIndex != 2 || len(m.Configuration.Servers) != 2 {
		t.Errorf("got %+v", *m)
	}
}

func TestListRefusesAMarkThatWouldMisleadRaft(t *testing.T) {
	for name, change := range map[string]func(*raftlog.Mark){
		"no term":               func(m *raftlog.Mark) { m.Term = 0 },
		"no members":            func(m *raftlog.Mark) { m.Configuration = raft.Configuration{} },
		"members of the future": func(m *raftlog.Mark) { m.ConfigurationIndex = m.Index + 1 },
	} {
		l := ledgerAt(t, 17)
		change(&l.disk.Mark)
		change(&l.memory.Mark)
		s, _ := openSnapshots(t, l)
		if got, err := s.List(); err == nil {
			t.Errorf("%s: List gave %+v", name, got[0])
		}
		if _, _, err := s.Open("live-4-17"); err == nil {
			t.Errorf("%s: Open gave it", name)
		}
	}
}

func TestOpenTakesMetadataFromTheStreamItself(t *testing.T) {
	l := ledgerAt(t, 17)
	s, _ := openSnapshots(t, l)
	listed := list(t, s)[0]
	l.streamMoves = []string{"c", "d"}
	meta, reader, err := s.Open(listed.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	b, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if meta.Index != 19 || meta.ID != "live-4-19" || meta.Size != int64(len(b)) || !strings.Contains(string(b), `"d"`) {
		t.Errorf("got %+v with %d bytes, want the state at 19", *meta, len(b))
	}
}

func TestOpenRefusesUnknownSnapshots(t *testing.T) {
	s, _ := openSnapshots(t, ledgerAt(t, 17))
	for _, id := range []string{"", "received-4-17-1", "../ledger.json", "4-17-1"} {
		if _, _, err := s.Open(id); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: got %v, want that it does not exist", id, err)
		}
	}
	empty, _ := openSnapshots(t, ledgerAt(t, 0))
	if _, _, err := empty.Open("live-0-0"); err == nil {
		t.Error("a state at index 0 was opened")
	}
}

func TestClosingAnUnwrittenSinkAdvancesTheLiveState(t *testing.T) {
	l := ledgerAt(t, 17)
	var taken []raftlog.Mark
	s, err := raftlog.OpenSnapshots(raftlog.SnapshotsConfig{Dir: t.TempDir(), Live: l, Taken: func(m raftlog.Mark) { taken = append(taken, m) }})
	if err != nil {
		t.Fatal(err)
	}
	sink := create(t, s, markAt(20))
	for range 2 { // Persist closes it, and then raft does
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, s)[0]; got.Index != 20 || sink.ID() != got.ID {
		t.Errorf("sink %s, listed %+v, want both at 20", sink.ID(), *got)
	}
	if len(taken) != 1 || taken[0].Index != 20 {
		t.Errorf("Taken was told %v", taken)
	}
}

func TestAFailedLocalSnapshotStaysFailed(t *testing.T) {
	l := ledgerAt(t, 17)
	l.advanceErr = errors.New("disk full")
	s, _ := openSnapshots(t, l)
	sink := create(t, s, markAt(20))
	for range 2 {
		if err := sink.Close(); !errors.Is(err, l.advanceErr) {
			t.Errorf("got %v, want %v", err, l.advanceErr)
		}
	}
	if err := sink.Cancel(); err != nil {
		t.Errorf("cancel: %v", err)
	}
	if got := list(t, s)[0]; got.Index != 17 {
		t.Errorf("listed at %d, want 17", got.Index)
	}
}

func TestCloseEndsASnapshotThatWaitsForTheFlusher(t *testing.T) {
	l := ledgerAt(t, 17)
	l.block = make(chan struct{})
	s, _ := openSnapshots(t, l)
	sink := create(t, s, markAt(20))
	done := make(chan error)
	go func() { done <- sink.Close() }()
	s.Close()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was canceled", err)
	}
}

func TestAReceivedSnapshotIsOpenedOnceAndGoneAfterwards(t *testing.T) {
	for name, rename := range map[string]bool{"taken": true, "not wanted": false} {
		t.Run(name, func(t *testing.T) {
			s, dir := openSnapshots(t, ledgerAt(t, 0))
			sink := create(t, s, markAt(30))
			for _, piece := range []string{"re", "ceived"} {
				if _, err := io.Copy(sink, strings.NewReader(piece)); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := s.Open(sink.ID()); err == nil {
				t.Error("it can be opened before it is complete")
			}
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
			meta, reader, err := s.Open(sink.ID())
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(reader)
			if string(b) != "received" || err != nil || meta.Size != 8 || meta.Index != 30 || meta.Term != 4 || len(meta.Configuration.Servers) != 2 {
				t.Errorf("got %q, %v, %+v", b, err, *meta)
			}
			received := reader.(*raftlog.Received)
			index, term := received.Covers()
			if received.Mark().Index != 30 || index != 30 || term != 4 {
				t.Errorf("the reader is at %d", received.Mark().Index)
			}
			target := filepath.Join(t.TempDir(), "ledger.db")
			if rename {
				if err := os.Rename(received.Path(), target); err != nil {
					t.Fatal(err)
				}
			}
			if err := reader.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(target); (err == nil) != rename {
				t.Errorf("the renamed file: %v", err)
			}
			if left := files(t, dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, _, err := s.Open(sink.ID()); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("opened again: %v", err)
			}
		})
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	for name, use := range map[string]func(raft.SnapshotSink) error{
		"at once":       func(raft.SnapshotSink) error { return nil },
		"in the middle": func(s raft.SnapshotSink) error { _, err := s.Write([]byte("half")); return err },
		"after close": func(s raft.SnapshotSink) error {
			if _, err := s.Write([]byte("whole")); err != nil {
				return err
			}
			return s.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := ledgerAt(t, 17)
			s, dir := openSnapshots(t, l)
			sink := create(t, s, markAt(30))
			if err := use(sink); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := sink.Cancel(); err != nil {
					t.Error(err)
				}
			}
			if err := sink.Close(); err == nil {
				t.Error("a canceled snapshot was closed without an error")
			}
			if _, err := sink.Write([]byte("more")); err == nil {
				t.Error("a canceled snapshot was written to")
			}
			if _, _, err := s.Open(sink.ID()); strings.HasPrefix(sink.ID(), "received-") && err == nil {
				t.Error("a canceled snapshot was opened")
			}
			if left := files(t, dir); len(left) != 0 || list(t, s)[0].Index != 17 {
				t.Errorf("left behind: %v, listed at %d", left, list(t, s)[0].Index)
			}
		})
	}
}

func TestAnEmptyStreamIsNoLocalSnapshot(t *testing.T) {
	s, dir := openSnapshots(t, ledgerAt(t, 17))
	sink := create(t, s, markAt(30))
	if _, err := io.Copy(sink, struct{ io.Reader }{strings.NewReader("")}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err == nil {
		t.Error("an empty snapshot was accepted")
	}
	if left := files(t, dir); len(left) != 0 || list(t, s)[0].Index != 17 {
		t.Errorf("left behind: %v, listed at %d", left, list(t, s)[0].Index)
	}
}

func TestASnapshotThatCannotBeSpilledIsNoLocalSnapshot(t *testing.T) {
	s, dir := openSnapshots(t, ledgerAt(t, 17))
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	sink := create(t, s, markAt(30))
	if _, err := sink.Write([]byte("x")); err == nil {
		t.Error("the write succeeded")
	}
	if err := sink.Close(); err == nil || list(t, s)[0].Index != 17 {
		t.Errorf("close: %v, listed at %d", err, list(t, s)[0].Index)
	}
}

func TestOpenSnapshotsRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "received-4-30-1"), []byte("half"))
	writeFile(t, filepath.Join(dir, "of somebody else"), nil)
	s, err := raftlog.OpenSnapshots(raftlog.SnapshotsConfig{Dir: dir, Live: ledgerAt(t, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 1 || len(list(t, s)) != 0 {
		t.Errorf("left: %v, listed: %v", left, list(t, s))
	}
}

func TestCreateRefusesOtherVersions(t *testing.T) {
	s, _ := openSnapshots(t, ledgerAt(t, 0))
	for version, ok := range map[raft.SnapshotVersion]bool{0: false, 1: true, 2: false} {
		if _, err := s.Create(version, 5, 1, members, 1, nil); (err == nil) != ok {
			t.Errorf("version %d: %v", version, err)
		}
	}
}
