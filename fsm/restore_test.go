package fsm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// sent is a store as the snapshot store hands it to Restore.
type sent struct {
	*os.File
	index, term uint64
}

func (s *sent) Path() string             { return s.Name() }
func (s *sent) Covers() (uint64, uint64) { return s.index, s.term }

// stream writes the replica's store to a file in another one's directory.
func (r *replica) stream(dir string) *sent {
	r.t.Helper()
	mark, _, from, err := r.store.Stream()
	if err != nil {
		r.t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "received"))
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = io.Copy(file, from)
	if err := errors.Join(err, file.Sync(), from.Close()); err != nil {
		r.t.Fatal(err)
	}
	return &sent{File: file, index: mark.Index, term: mark.Term}
}

// TestRestoreTakesTheNewerStateAmongReadsAndFlushes ensures that a replica that
// is behind becomes the same as the other, while it flushes and is read, and
// goes on from there.
func TestRestoreTakesTheNewerStateAmongReadsAndFlushes(t *testing.T) {
	ahead, behind := openReplica(t, t.TempDir(), 2000), openReplica(t, t.TempDir(), 2000)
	id := ahead.main()
	behind.main()
	add := func(r *replica, i int) {
		c := &command.Append{Ledger: id, Key: fmt.Sprint("k", i), Events: []record.Draft{draft("opened", fmt.Sprint("a", i%3), i)}}
		c.Digest = record.DigestOf(c.Events)
		out := r.apply(2_000_000, c)[0]
		if out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	for i := range 60 {
		add(ahead, i)
		if i < 30 {
			add(behind, i)
		}
	}
	ahead.flush()

	ctx, cancel := context.WithCancel(context.Background())
	var beside sync.WaitGroup
	beside.Go(func() {
		for ctx.Err() == nil {
			_, _ = behind.fsm.Flush(ctx)
		}
	})
	beside.Go(func() { readUntil(ctx, t, behind) })
	if err := behind.fsm.Restore(ahead.stream(behind.dir)); err != nil {
		t.Fatal(err)
	}
	behind.index = ahead.index
	for i := 60; i < 90; i++ {
		add(ahead, i)
		add(behind, i)
	}
	cancel()
	beside.Wait()
	if got, want := behind.export("main"), ahead.export("main"); !slices.Equal(got, want) {
		t.Errorf("%d events after the restore, want %d", len(got), len(want))
	}
	behind.flush()
	if report, err := behind.store.Check(context.Background(), nil); err != nil || len(report.Findings) > 0 {
		t.Errorf("check: %v, %v", report.Findings, err)
	}
}

// readUntil reads everything again and again, and expects no error and no
// history that is shorter than the one before.
func readUntil(ctx context.Context, t *testing.T, r *replica) {
	last := quipu.Position(0)
	for ctx.Err() == nil {
		view, _ := r.fsm.View("main")
		head := view.State().Head
		if head < last {
			t.Errorf("the head went from %d back to %d", last, head)
		}
		last = head
		for p := quipu.Position(1); p <= head; p++ {
			if _, err := view.Record(p); err != nil {
				t.Errorf("event %d of %d: %v", p, head, err)
				return
			}
		}
	}
}

// TestRestoreRefusesWhatIsNotWhatWasAnnounced ensures that a copy that is
// damaged, or of another index, leaves the replica as it was.
func TestRestoreRefusesWhatIsNotWhatWasAnnounced(t *testing.T) {
	ahead, behind := openReplica(t, t.TempDir(), 0), openReplica(t, t.TempDir(), 0)
	ahead.main()
	behind.main()
	want := behind.export("main")
	ahead.flush()
	for name, spoil := range map[string]func(*sent){
		"another index": func(s *sent) { s.index++ },
		"another term":  func(s *sent) { s.term++ },
		"a flipped bit": func(s *sent) { _, _ = s.WriteAt([]byte{0xff}, 5000) },
		"cut off":       func(s *sent) { _ = s.Truncate(8192) },
	} {
		file := ahead.stream(behind.dir)
		spoil(file)
		if err := behind.fsm.Restore(file); quipu.KindOf(err) != quipu.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
		if got := behind.export("main"); !slices.Equal(got, want) {
			t.Errorf("%s: the replica changed", name)
		}
	}
}

// TestMarkMovesWithoutEvents ensures that what adds no event is flushed too: a
// configuration, and an entry without commands; and that a mark which was
// advanced beyond them does not come back.
func TestMarkMovesWithoutEvents(t *testing.T) {
	r := openReplica(t, t.TempDir(), 0)
	r.main()
	r.flush()
	r.index++
	r.fsm.Apply(&raft.Log{Index: r.index, Term: 2, Type: raft.LogConfiguration, Data: []byte("members")})
	r.apply(5_000_000)
	r.flush()
	want := store.Mark{Index: r.index, Term: 1, Configuration: []byte("members"), ConfigurationIndex: r.index - 1}
	if mark, err := r.store.Mark(); err != nil || fmt.Sprint(mark) != fmt.Sprint(want) {
		t.Errorf("mark %v, %v; want %v", mark, err, want)
	}
	want.Index += 2 // entries that no state machine sees
	if err := r.store.Advance(want); err != nil {
		t.Fatal(err)
	}
	r.flush()
	if mark, _ := r.store.Mark(); mark.Index != want.Index {
		t.Errorf("mark %d, advanced to %d", mark.Index, want.Index)
	}
	r.index += 2
	r.apply(6_000_000)
	r.flush()
	if mark, _ := r.store.Mark(); mark.Index != r.index {
		t.Errorf("mark %d, applied %d", mark.Index, r.index)
	}
}

// TestReadersNeverSeeHalfABatch ensures that what is applied together is seen
// together, over all ledgers.
func TestReadersNeverSeeHalfABatch(t *testing.T) {
	r := openReplica(t, t.TempDir(), 2000)
	var ids []quipu.LedgerID
	for _, name := range []string{"one", "two"} {
		ids = append(ids, r.apply(1_000_000, &command.CreateLedger{Name: name})[0].Ledger.ID)
		r.apply(1_000_000, &command.Register{Ledger: ids[len(ids)-1], Event: "opened", Entities: []string{"account"}})
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var reading sync.WaitGroup
	reading.Go(func() {
		for ctx.Err() == nil {
			if s := r.fsm.States(); s[0].Head != s[1].Head {
				t.Errorf("heads %d and %d", s[0].Head, s[1].Head)
				return
			}
		}
	})
	for i := range 200 {
		batch := make([]*raft.Log, len(ids))
		for k, id := range ids {
			r.index++
			entry := command.Entry{Micros: 2_000_000, Commands: []command.Command{
				&command.Append{Ledger: id, Events: []record.Draft{draft("opened", "a", i)}},
			}}
			batch[k] = &raft.Log{Index: r.index, Term: 1, Type: raft.LogCommand, Data: entry.Append(nil)}
		}
		r.fsm.ApplyBatch(batch)
	}
	cancel()
	reading.Wait()
}

// TestNothingIsAppliedAfterAFault ensures that a state machine that could not
// read an entry answers nothing more, and takes no other state over.
func TestNothingIsAppliedAfterAFault(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	faults := 0
	f, err := fsm.Open(s, fsm.Config{Fatal: func(error) { faults++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	good := (&command.Entry{Micros: 1, Commands: []command.Command{&command.CreateLedger{Name: "main"}}}).Append(nil)
	answers := f.ApplyBatch([]*raft.Log{
		{Index: 1, Term: 1, Type: raft.LogCommand, Data: good},
		{Index: 2, Term: 1, Type: raft.LogCommand, Data: []byte("not an entry")},
		{Index: 3, Term: 1, Type: raft.LogCommand, Data: good},
	})
	if faults != 1 || answers[1] != nil || answers[2] != nil || f.Applied() != 0 {
		t.Errorf("%d faults, answers %v, applied %d", faults, answers, f.Applied())
	}
	if answer := f.Apply(&raft.Log{Index: 4, Term: 1, Type: raft.LogCommand, Data: good}); answer != nil || f.Applied() != 0 {
		t.Errorf("after the fault: answer %v, applied %d", answer, f.Applied())
	}
	if err := f.Restore(&sent{}); err == nil {
		t.Error("after the fault another state was taken over")
	}
}
