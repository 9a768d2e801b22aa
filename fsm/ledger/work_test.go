package ledger_test

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// What one append costs: Apply holds up the heartbeats, and a pre-check holds a view of the store open.

// counting counts what a decision reads.
type counting struct {
	*replica
	sources, records, files int
}

func (c *counting) Source(slot ledger.Slot, after quipu.Position) (selector.Source, error) {
	c.sources++
	s, err := c.replica.Source(slot, after)
	return countingSource{s, c}, err
}

func (c *counting) File(slot ledger.Slot, hash record.Hash) (bool, error) {
	c.files++
	return c.replica.File(slot, hash)
}

type countingSource struct {
	selector.Source
	counting *counting
}

func (s countingSource) Record(p quipu.Position) (record.Record, error) {
	s.counting.records++
	return s.Source.Record(p)
}

// counted has an append pre-checked and applied, and gives what each of the two has read.
func counted(t *testing.T, r *replica, c *command.Append) (ahead, apply counting, out *ledger.Outcome) {
	t.Helper()
	ahead.replica, apply.replica = r, r
	if out, err := ledger.Precheck(r.view(t, "main"), &ahead, c); out != nil || err != nil {
		t.Fatalf("pre-check: %v, %v", describe(out), err)
	}
	entry := command.Entry{Commands: []command.Command{c}}
	back, err := command.DecodeEntry(entry.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if out, err = r.machine.Apply(&apply, 0, back.Commands[0]); err != nil {
		t.Fatal(err)
	}
	return ahead, apply, out
}

// oneLedger is a replica by itself, since three would check each other after each command.
func oneLedger(t *testing.T) (*replica, quipu.LedgerID) {
	t.Helper()
	r := newReplica(false, false)
	id := r.apply(t, 0, &command.CreateLedger{Name: "main"}).Ledger.ID
	r.apply(t, 0, &command.Register{Ledger: id, Event: "ordered", Entities: []string{"patron"}})
	return r, id
}

func TestEachContentIsLookedForOnce(t *testing.T) {
	r, id := oneLedger(t)
	known := &command.Append{Ledger: id}
	text := "in the ledger"
	testEvent{Event: "ordered", Files: []testFile{{ID: "f", Content: &text}}}.addTo(t, known)
	if _, _, out := counted(t, r, known); out.Err != nil {
		t.Fatal(out.Err)
	}
	hash := record.HashOf([]byte(text))
	c := &command.Append{Ledger: id}
	for i := range quipu.AppendEventsMax {
		list := `{"files":[`
		for k := range quipu.FilesMax / 2 {
			mine := record.HashOf(fmt.Appendf(nil, "%d %d", i, k))
			c.Files = append(c.Files, command.File{Hash: mine})
			list += fmt.Sprintf(`{"hash":"%s","id":"known","size":13},{"hash":"%s","id":"mine","size":0},`, hash, mine)
		}
		c.Events = append(c.Events, record.Draft{Name: []byte("ordered"), Entities: []byte("{}"), Rest: []byte(list[:len(list)-1] + "]}")})
	}
	contents := len(c.Files)
	ahead, apply, out := counted(t, r, c)
	if out.Err != nil || ahead.files != contents || apply.files != 1 {
		t.Errorf("%d contents: the leader looks for %d, Apply for %d, %v", contents, ahead.files, apply.files, out.Err)
	}
}

func TestOneSourceServesAnAppend(t *testing.T) {
	r, id := oneLedger(t)
	c := &command.Append{Ledger: id}
	for i := range quipu.AppendEventsMax {
		testEvent{
			Event: "ordered", ID: fmt.Sprint(i), Aggregate: &testAggregate{Type: "order", Key: fmt.Sprint(i), ExpectedVersion: quipu.Expect(0)},
			Links: []quipu.Link{{Type: "a", Target: quipu.Target{EventID: &r.slots[1].records[0].ID}}},
		}.addTo(t, c)
	}
	for range quipu.AppendConditionsMax {
		c.Conditions = append(c.Conditions, readCondition(t, `{"events":["closed"],"after":1}`))
	}
	view := r.view(t, "main")
	ahead := counting{replica: r}
	if out, err := ledger.Precheck(view, &ahead, c); out != nil || err != nil {
		t.Fatal(describe(out), err)
	}
	// Something comes between, so that Apply has to look at everything again.
	r.apply(t, 0, guarded(t, id, "ordered", ""))
	apply := counting{replica: r}
	out, err := r.machine.Apply(&apply, 0, c)
	if err != nil || out.Err != nil || ahead.sources > 2 || apply.sources > 2 {
		t.Errorf("the leader opens %d, Apply %d, %v, %v", ahead.sources, apply.sources, out, err)
	}
}

func TestApplyLooksOnlyForTargetsThatTheLeaderHasNotFound(t *testing.T) {
	r, id := oneLedger(t)
	for range 100 {
		r.apply(t, 0, guarded(t, id, "ordered", ""))
	}
	c := &command.Append{Ledger: id}
	for i := range 10 {
		e := testEvent{Event: "ordered"}
		for k := range quipu.LinksMax {
			e.Links = append(e.Links, quipu.Link{Type: "a", Target: quipu.Target{EventID: &r.slots[1].records[(7*i+k)%100].ID}})
		}
		if i == 0 || i == 5 { // what is not there yet, among what is
			e.Links[i+50] = quipu.Link{Type: "a", Target: quipu.Target{ID: "x"}}
		}
		e.addTo(t, c)
	}
	ahead := counting{replica: r}
	if out, err := ledger.Precheck(r.view(t, "main"), &ahead, c); out != nil || err != nil {
		t.Fatal(describe(out), err)
	}
	if want := []command.Link{{Event: 0, Link: 50}, {Event: 5, Link: 55}}; fmt.Sprint(c.Facts.Absent) != fmt.Sprint(want) || !c.Facts.Links {
		t.Errorf("the leader notes %v, %v", c.Facts.Links, c.Facts.Absent)
	}
	refused := counting{replica: r}
	out, err := r.machine.Apply(&refused, 0, c)
	if err != nil || out.Err == nil || out.Err.Kind != quipu.NotFound || out.Err.Pointer != "/events/0/links/50/target" {
		t.Fatalf("%+v, %v", out, err)
	}
	target := &command.Append{Ledger: id}
	testEvent{Event: "ordered", ID: "x"}.addTo(t, target)
	r.apply(t, 0, target)
	accepted := counting{replica: r}
	if out, err = r.machine.Apply(&accepted, 0, c); err != nil || out.Err != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if refused.records > 1 || accepted.records > 1 || ahead.records < 1000 {
		t.Errorf("the leader reads %d events, Apply %d and %d", ahead.records, refused.records, accepted.records)
	}
}

// long is a source of any length, of one aggregate and one id whose version goes up with every second event.
type long struct {
	head    quipu.Position
	records int
}

func (l *long) Record(p quipu.Position) (record.Record, error) {
	l.records++
	version := versionAt(p)
	rest := fmt.Sprintf(`{"aggregate":{"key":"k","type":"t","version":%d},"id":"i","version":%d}`, version, version)
	return record.Record{Position: p, ID: quipu.NewEventID(int64(p)*10, 0, 4), Draft: record.Draft{Rest: []byte(rest)}}, nil
}

func versionAt(p quipu.Position) uint64 { return uint64(p+1) / 2 }

func (l *long) Estimate(selector.Index, string, quipu.Position, quipu.Position) uint64 {
	return uint64(l.head)
}

func (l *long) Postings(_ selector.Index, _ string, reverse bool) selector.Iterator {
	return everyThird{l.head, reverse}
}

// everyThird has the postings 3, 6, 9 and so on.
type everyThird struct {
	head    quipu.Position
	reverse bool
}

func (it everyThird) Seek(p quipu.Position) (quipu.Position, bool) {
	if it.reverse {
		p = min(p, it.head)
		return p - p%3, p >= 3
	}
	p = max(3, (p+2)/3*3)
	return p, p <= it.head
}

// The newest version, the place of an older one and that of an event id are found in logarithmic time.
func TestSearchesAreShort(t *testing.T) {
	for _, head := range []quipu.Position{0, 1, 2, 3, 4, 5, 6, 7, 30, 31, 1 << 20, 1<<40 + 1} {
		most := 2 * (bits.Len64(uint64(head)) + 1)
		for _, term := range []string{record.AggregateTerm("t", "k"), record.IDTerm("i")} {
			source := &long{head: head}
			last := head - head%3
			p, version, err := ledger.Last(source, term, head)
			if err != nil || p != last || last > 0 && version != versionAt(last) {
				t.Errorf("%d: the last is %d at version %d, %v", head, p, version, err)
			}
			for _, want := range []uint64{0, 1, 2, 3, versionAt(last/2 + 1), versionAt(last), versionAt(last) + 1, 1<<64 - 1} {
				source.records = 0
				p, err := ledger.First(source, term, want, head)
				if first := firstOfVersion(want, head); err != nil || p != first || source.records > most {
					t.Errorf("%d: the first at version %d is %d, want %d, with %d reads, %v", head, want, p, first, source.records, err)
				}
			}
		}
		source := &long{head: head}
		s := &ledger.State{ID: 4, Head: head}
		for _, p := range []quipu.Position{1, 2, 3, head / 2, head - min(1, head), head} {
			source.records = 0
			found, ok, err := ledger.Find(s, source, quipu.NewEventID(int64(p)*10, 0, 4))
			if wanted := 0 < p && p <= head; err != nil || ok != wanted || ok && found != p || source.records > most {
				t.Errorf("%d: the event at %d is found at %d, %v, with %d reads, %v", head, p, found, ok, source.records, err)
			}
		}
	}
}

// firstOfVersion is the first third position up to the head at the version or a later one.
func firstOfVersion(version uint64, head quipu.Position) quipu.Position {
	if version > 1<<50 {
		return 0
	}
	p := quipu.Position(max(1, 2*version-min(1, version)))
	p = max(3, (p+2)/3*3)
	if p > head {
		return 0
	}
	return p
}
