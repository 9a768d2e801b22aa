package fsm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// replica is a state machine over a store in a directory of its own, fed by
// hand with what raft would feed it.
type replica struct {
	t     *testing.T
	dir   string
	store *store.Store
	fsm   *fsm.FSM
	index uint64
}

// openReplica opens or reopens the state machine in a directory. segmentBytes
// decides how soon events leave the tail.
func openReplica(t *testing.T, dir string, segmentBytes int64) *replica {
	t.Helper()
	fatal := func(err error) { t.Errorf("fatal: %v", err) }
	s, err := store.Open(dir, store.Options{Fatal: fatal})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetStamp(store.Stamp{ClusterID: "0123456789abcdef", NodeID: "n1"}); err != nil {
		t.Fatal(err)
	}
	f, err := fsm.Open(s, fsm.Config{Fatal: fatal, SegmentBytes: segmentBytes})
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{t: t, dir: dir, store: s, fsm: f, index: f.Applied()}
	t.Cleanup(r.close)
	return r
}

func (r *replica) close() {
	r.fsm.Close()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// apply feeds one entry of commands, through its encoding as raft does.
func (r *replica) apply(micros int64, commands ...command.Command) []*ledger.Outcome {
	r.t.Helper()
	r.index++
	entry := command.Entry{Micros: micros, Commands: commands}
	answer := r.fsm.Apply(&raft.Log{Index: r.index, Term: 1, Type: raft.LogCommand, Data: entry.Append(nil)})
	outcomes, ok := answer.([]*ledger.Outcome)
	if !ok || len(outcomes) != len(commands) {
		r.t.Fatalf("answer %#v to %d commands", answer, len(commands))
	}
	return outcomes
}

func (r *replica) flush() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := r.fsm.Flush(ctx); err != nil {
		r.t.Fatal(err)
	}
}

// main creates and registers what the tests append.
func (r *replica) main() quipu.LedgerID {
	r.t.Helper()
	out := r.apply(1_000_000, &command.CreateLedger{Name: "main"})[0]
	if out.Err != nil {
		r.t.Fatal(out.Err)
	}
	id := out.Ledger.ID
	for _, event := range []string{"opened", "closed"} {
		if out := r.apply(1_000_000, &command.Register{Ledger: id, Event: event, Entities: []string{"account"}})[0]; out.Err != nil {
			r.t.Fatal(out.Err)
		}
	}
	return id
}

// draft is an event on one account.
func draft(name, account string, amount int) record.Draft {
	return record.Draft{
		Name: []byte(name), Entities: []byte(fmt.Sprintf(`{"account":[%q]}`, account)),
		Data: []byte(fmt.Sprintf(`{"amount":%d}`, amount)),
	}
}

func condition(t *testing.T, after quipu.Position, text string) command.Condition {
	t.Helper()
	s, err := selector.ParseCondition(shape.Of([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	s.After.Position = after
	return command.Condition{Selector: s}
}

// export is everything in a ledger as JSON lines.
func (r *replica) export(ref string) []string {
	r.t.Helper()
	view, ok := r.fsm.View(ref)
	if !ok {
		r.t.Fatalf("no ledger %s", ref)
	}
	var lines []string
	at, finished := quipu.Position(0), false
	for !finished {
		var err error
		at, finished, err = view.Page(nil, selector.Range{After: at, Until: view.State().Head}, func(e *record.Record) bool {
			lines = append(lines, string(record.AppendJSON(nil, e)))
			return true
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return lines
}

// sel gives the positions that a selector finds.
func (r *replica) sel(ref, text string, reverse bool) []quipu.Position {
	r.t.Helper()
	s, err := selector.ParseRead(shape.Of([]byte(text)))
	if err != nil {
		r.t.Fatal(err)
	}
	view, _ := r.fsm.View(ref)
	in := selector.Range{After: s.After.Position, Until: view.State().Head, Reverse: reverse}
	var found []quipu.Position
	for finished := false; !finished; {
		var reached quipu.Position
		reached, finished, err = view.Page(s, in, func(e *record.Record) bool {
			found = append(found, e.Position)
			return true
		})
		if err != nil {
			r.t.Fatal(err)
		}
		if reverse {
			in.Until = reached - 1
		} else {
			in.After = reached
		}
	}
	return found
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
