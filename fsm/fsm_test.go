package fsm_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// TestReadersSeeTailAndStoreAsOne ensures that where an event lies makes no
// difference to what is read.
func TestReadersSeeTailAndStoreAsOne(t *testing.T) {
	r := openReplica(t, t.TempDir(), 0)
	id := r.main()
	const events = 60
	for i := range events {
		out := r.apply(2_000_000, &command.Append{Ledger: id, Events: []record.Draft{draft("opened", fmt.Sprint("a", i%3), i)}})[0]
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		if i == events/3 || i == events/2 {
			r.flush()
		}
	}
	wantExport := r.export("main")
	if len(wantExport) != events+3 {
		t.Fatalf("%d events exported, want %d", len(wantExport), events+3)
	}
	queries := []string{
		`{"entities":{"account":["a1"]}}`,
		`{"entities":{"account":["a1","a2"]},"after":30}`,
		`{"events":["opened"]}`,
		`{"events":["$event-registered"],"system":true}`,
		`{"events":{"opened":"$ ? (@.amount > 40)"}}`,
		`{"entities":{"account":["a0"]},"events":{"opened":"$.amount ? (@ % 2 == 0)"}}`,
		`{"entities":{"account":["nobody"]}}`,
	}
	before := map[string][]quipu.Position{}
	for _, q := range queries {
		before[q] = r.sel("main", q, false)
		backwards := r.sel("main", q, true)
		slices.Reverse(backwards)
		if !slices.Equal(before[q], backwards) {
			t.Errorf("%s: forwards %v, backwards %v", q, before[q], backwards)
		}
	}
	if n := len(before[queries[0]]); n != 20 {
		t.Errorf("%s: %d events, want 20", queries[0], n)
	}
	r.flush()
	for _, q := range queries {
		if got := r.sel("main", q, false); !slices.Equal(got, before[q]) {
			t.Errorf("%s: %v after the flush, %v before", q, got, before[q])
		}
	}
	if got := r.export("main"); !slices.Equal(got, wantExport) {
		t.Error("the export changed with the flush")
	}
}

// TestReplicasDecideAlike feeds random commands to replicas that flush never,
// often, and at odd moments, and expects the same outcomes and histories.
func TestReplicasDecideAlike(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	lazy, eager, odd := openReplica(t, t.TempDir(), 1<<40), openReplica(t, t.TempDir(), 1), openReplica(t, t.TempDir(), 3000)
	replicas := []*replica{lazy, eager, odd}
	var id quipu.LedgerID
	for _, r := range replicas {
		id = r.main()
	}
	head := quipu.Position(3)
	for step := range 400 {
		c := &command.Append{
			Ledger: id, CheckedThrough: head - quipu.Position(random.Uint64N(uint64(min(head, 12)))),
			Events: []record.Draft{draft("opened", fmt.Sprint("a", random.IntN(5)), random.IntN(100))},
		}
		if random.IntN(2) == 0 {
			c.Key = fmt.Sprint("key-", random.IntN(40))
			c.Digest = record.DigestOf(c.Events)
		}
		if random.IntN(2) == 0 {
			c.Conditions = append(c.Conditions, condition(t, c.CheckedThrough, fmt.Sprintf(`{"entities":{"account":["a%d"]}}`, random.IntN(5))))
		}
		micros := int64(1_000_000 + random.IntN(1000)*step)
		var first string
		for i, r := range replicas {
			out := r.apply(micros, c)[0]
			text := jsonOf(out)
			if i == 0 {
				first = text
			}
			if text != first {
				t.Fatalf("step %d: replica %d decided %s, replica 0 %s", step, i, text, first)
			}
		}
		if random.IntN(17) == 0 {
			odd.flush()
		}
		state, _ := lazy.fsm.State("main")
		head = state.Head
	}
	want := lazy.export("main")
	for i, r := range replicas[1:] {
		if got := r.export("main"); !slices.Equal(got, want) {
			t.Errorf("replica %d holds another history", i+1)
		}
	}
}

// TestPrecheckAnswersFromHistory ensures that a known key and a failed
// condition are answered without an entry in the log, wherever they lie.
func TestPrecheckAnswersFromHistory(t *testing.T) {
	r := openReplica(t, t.TempDir(), 0)
	id := r.main()
	first := &command.Append{Ledger: id, Key: "k", Events: []record.Draft{draft("opened", "a", 1)}}
	first.Digest = record.DigestOf(first.Events)
	receipt := r.apply(2_000_000, first)[0].Receipt
	for _, place := range []string{"tail", "store"} {
		view, _ := r.fsm.View("main")
		out, err := view.Precheck(&command.Append{Ledger: id, Key: "k", Digest: first.Digest, Events: first.Events,
			Conditions: []command.Condition{condition(t, 0, `{"entities":{"account":["a"]}}`)}})
		if err != nil || out == nil || out.Receipt == nil || !out.Receipt.Replayed || out.Receipt.First != receipt.First {
			t.Errorf("%s: a retry is answered with %s, %v", place, jsonOf(out), err)
		}
		out, err = view.Precheck(&command.Append{Ledger: id, Events: first.Events,
			Conditions: []command.Condition{condition(t, 3, `{"entities":{"account":["a"]}}`)}})
		if err != nil || out == nil || out.Err == nil || out.Err.Kind != quipu.Conflict || len(out.Err.Clash.Events) != 1 {
			t.Errorf("%s: a stale append is answered with %s, %v", place, jsonOf(out), err)
		}
		c := &command.Append{Ledger: id, Events: first.Events, Conditions: []command.Condition{condition(t, 4, `{"entities":{"account":["a"]}}`)}}
		if out, err = view.Precheck(c); out != nil || err != nil || c.CheckedThrough != 4 {
			t.Errorf("%s: a good append is answered with %s, %v, checked through %d", place, jsonOf(out), err, c.CheckedThrough)
		}
		r.flush()
	}
}

// TestRestartContinuesFromTheFlushedMark ensures that a state machine that was
// dropped without a farewell knows exactly what was flushed, with its mark.
func TestRestartContinuesFromTheFlushedMark(t *testing.T) {
	dir := t.TempDir()
	r := openReplica(t, dir, 1<<40)
	id := r.main()
	c := &command.Append{Ledger: id, Key: "k", Events: []record.Draft{draft("opened", "a", 1)}}
	c.Digest = record.DigestOf(c.Events)
	r.apply(2_000_000, c)
	r.flush()
	flushed, flushedIndex := r.export("main"), r.index
	r.apply(3_000_000, &command.Append{Ledger: id, Events: []record.Draft{draft("closed", "a", 1)}})

	copied := t.TempDir() // what a kill leaves
	b, err := os.ReadFile(filepath.Join(dir, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(copied, "ledger.db"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	again := openReplica(t, copied, 1<<40)
	if again.fsm.Applied() != flushedIndex {
		t.Errorf("applied index %d after the restart, %d was flushed", again.fsm.Applied(), flushedIndex)
	}
	if got := again.export("main"); !slices.Equal(got, flushed) {
		t.Errorf("%d events after the restart, %d were flushed", len(got), len(flushed))
	}
	out := again.apply(3_000_000, &command.Append{Ledger: id, Events: []record.Draft{draft("closed", "a", 1)}})[0]
	if out.Err != nil || !slices.Equal(again.export("main"), r.export("main")) {
		t.Errorf("the entry after the mark, applied again, gives another history: %v", out.Err)
	}
	if out := again.apply(4_000_000, c)[0]; out.Receipt == nil || !out.Receipt.Replayed {
		t.Errorf("the key is forgotten: %s", jsonOf(out))
	}
}

// TestImportStaysOutOfSightUntilItIsComplete ensures that a half-imported
// ledger is never seen, and that what it left goes when it is started again.
func TestImportStaysOutOfSightUntilItIsComplete(t *testing.T) {
	source := openReplica(t, t.TempDir(), 0)
	id := source.main()
	source.apply(2_000_000, &command.Append{Ledger: id, Events: []record.Draft{draft("opened", "a", 1), draft("closed", "a", 2)}})
	var events []command.Imported
	view, _ := source.fsm.View("main")
	for p := quipu.Position(1); p <= view.State().Head; p++ {
		r, err := view.Record(p)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, command.Imported{ID: r.ID, Draft: r.Draft})
	}
	r := openReplica(t, t.TempDir(), 1)
	ok := func(c command.Command) *ledger.Outcome {
		t.Helper()
		out := r.apply(9_000_000, c)[0]
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		return out
	}
	ok(&command.BeginImport{Genesis: events[0]})
	ok(&command.ImportEvents{Ledger: id, First: 2, Events: events[1:3]})
	if _, visible := r.fsm.State("main"); visible {
		t.Error("an unfinished import is visible")
	}
	if out := r.apply(9_000_000, &command.FinishImport{Ledger: id, Head: events[4].ID})[0]; out.Err == nil {
		t.Error("an import was finished before its end")
	}
	ok(&command.BeginImport{Genesis: events[0]}) // start again
	ok(&command.ImportEvents{Ledger: id, First: 2, Events: events[1:]})
	ok(&command.FinishImport{Ledger: id, Head: events[4].ID})
	if got, want := r.export("main"), source.export("main"); !slices.Equal(got, want) {
		t.Errorf("imported %v, want %v", got, want)
	}
	r.flush()
	if got, want := r.export("main"), source.export("main"); !slices.Equal(got, want) {
		t.Errorf("after the flush %v, want %v", got, want)
	}
	state, _ := r.fsm.State(id.String())
	if _, registered := state.Registry["opened"]; !registered {
		t.Error("the registry was not folded from the imported events")
	}
	if out := r.apply(9_000_000, &command.BeginImport{Genesis: events[0]})[0]; out.Err == nil || out.Err.Kind != quipu.Mismatch {
		t.Errorf("a second import of the ledger is answered with %s", jsonOf(out))
	}
}
