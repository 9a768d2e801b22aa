package ledger

import (
	"errors"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// KeyRecord is what an accepted append left under its idempotency key.
type KeyRecord struct {
	Digest      record.Digest
	First, Last quipu.Position
}

// History is what has been applied, as decisions read it. An error from it is
// a fault of this node and never an outcome.
type History interface {
	// Key finds the append of an idempotency key among those whose first event
	// is after the position.
	Key(slot Slot, key string, after quipu.Position) (KeyRecord, bool, error)
	// Source reads the ledger's events after the position, and any other event
	// that is asked for by position. It is valid until the next command.
	Source(slot Slot, after quipu.Position) (selector.Source, error)
	// File reports whether the ledger has the content of a file.
	File(slot Slot, hash record.Hash) (bool, error)
}

// Precheck decides on an append outside of raft, in one view of applied state.
// It gives an outcome where the view alone settles it, since history does not
// change: a key or an id that is known, a condition that fails. Otherwise it
// resolves the conditions' places, names the default schemas, leaves out the
// contents of files that the ledger has, notes what it has found as the command's
// Facts up to the head, and the caller proposes it. What is absent now may be there
// by the time when the command is applied, and is left to Apply.
func Precheck(s *State, h History, c *command.Append) (*Outcome, error) {
	c.CheckedThrough, c.Facts = 0, command.Facts{}
	for i := range c.Events {
		if !c.Events[i].Valid() { // it comes from an edge, and would stop every node that has to read it
			return refuse(quipu.Errorf(quipu.Internal, "event %d cannot be read", i)), nil
		}
	}
	x := &checking{state: s, history: h, append: c, ahead: true}
	out, err := x.run()
	if out == nil && err == nil {
		c.Facts.Versions = x.versionsFound()
		err = x.leaveOutFiles()
	}
	c.CheckedThrough = s.Head
	return out, err
}

// checking is the check of one append: on the leader, over all of history, and in
// Apply, over what came after CheckedThrough.
type checking struct {
	state   *State
	history History
	append  *command.Append
	// ahead is true before the append is proposed: then what is found is noted in its
	// Facts, and what is absent is not refused.
	ahead bool

	// opened is the source that was asked for last, of the events behind from.
	opened selector.Source
	from   quipu.Position

	// parts are the optional members of each event, and terms the terms of their
	// aggregates, empty for an event without.
	parts []record.Parts
	terms []string

	// versions are the last versions of the aggregates and ids that were looked at.
	versions map[string]uint64
	// fresh are how many versions of an id the append adds.
	fresh map[string]uint64
}

// run makes the checks in the order that holds everywhere: first the key and the
// ids, so that a retry never conflicts with its own first attempt, then the
// registry, the links, and what the append demands of the history.
func (x *checking) run() (*Outcome, error) {
	x.parts = make([]record.Parts, len(x.append.Events))
	for i := range x.parts {
		x.parts[i] = x.append.Events[i].Parts()
	}
	for _, check := range []func() (*Outcome, error){
		x.key, x.identities, x.registered, x.links, x.aggregates, x.expectations, x.conditions,
	} {
		if out, err := check(); out != nil || err != nil {
			return out, err
		}
	}
	return nil, nil
}

// source reads the events behind a position. One that reads more will do: an append
// may ask thousands of times, and each source may be a transaction of the store.
func (x *checking) source(after quipu.Position) (selector.Source, error) {
	if x.opened != nil && x.from <= after {
		return x.opened, nil
	}
	source, err := x.history.Source(x.state.Slot, after)
	if err == nil {
		x.opened, x.from = source, after
	}
	return source, err
}

func (x *checking) key() (*Outcome, error) {
	c := x.append
	if c.Key == "" {
		return nil, nil
	}
	known, ok, err := x.history.Key(x.state.Slot, c.Key, c.CheckedThrough)
	if err != nil || !ok {
		return nil, err
	}
	if known.Digest != c.Digest {
		return refuse(quipu.Errorf(quipu.Mismatch, "the idempotency key %q was used for other events, at position %d", c.Key, known.First).
			At("/idempotencyKey").WithHint("use a new key for new events")), nil
	}
	return x.replay(known.First, known.Last)
}

// replay gives the receipt of an append that was accepted earlier.
func (x *checking) replay(first, last quipu.Position) (*Outcome, error) {
	source, err := x.source(first - 1)
	if err != nil {
		return nil, err
	}
	receipt := &quipu.Receipt{Replayed: true}
	for p := first; p <= last; p++ {
		r, err := source.Record(p)
		if err != nil {
			return nil, err
		}
		enter(receipt, &r)
	}
	return &Outcome{Receipt: receipt}, nil
}

func (x *checking) conditions() (*Outcome, error) {
	for i := range x.append.Conditions {
		condition := &x.append.Conditions[i]
		var out *Outcome
		var err error
		if condition.Aggregate != nil {
			out, err = x.expect(condition.Aggregate, i, fmt.Sprintf("/conditions/%d", i))
		} else {
			out, err = x.condition(condition.Selector, i)
		}
		if out != nil || err != nil {
			return out, err
		}
	}
	return nil, nil
}

func (x *checking) condition(condition *selector.Selector, index int) (*Outcome, error) {
	s := x.state
	if err := x.resolve(&condition.After, index); err != nil {
		return refusedOrFault(err)
	}
	after := max(condition.After.Position, x.append.CheckedThrough)
	if after >= s.Head {
		return nil, nil
	}
	source, err := x.source(after)
	if err != nil {
		return nil, err
	}
	clash, err := clashes(condition, source, selector.Range{After: after, Until: s.Head})
	if err != nil {
		return refusedOrFault(err)
	}
	if len(clash.Events) == 0 {
		return nil, nil
	}
	clash.Condition = index
	return refuse(conflict(clash)), nil
}

// clashes gathers the events in the range that match, as many as an answer may
// hold.
func clashes(s *selector.Selector, source selector.Source, in selector.Range) (*quipu.Clash, error) {
	g := gathering{clash: quipu.Clash{Head: in.Until}}
	_, _, err := s.Walk(source, in, g.add)
	return &g.clash, errors.Join(err, g.err)
}

// gathering collects the events of a clash up to the bounds of an answer.
type gathering struct {
	clash quipu.Clash
	size  int
	err   error // of reading an event
}

// add reports whether there is room for more.
func (g *gathering) add(r *record.Record) bool {
	n := len(g.clash.Events)
	g.size += r.Size()
	if g.clash.More = n == quipu.ClashEventsMax || n > 0 && g.size > quipu.ClashBytesMax; g.clash.More {
		return false
	}
	var event quipu.Event
	event, g.err = r.Event()
	g.clash.Events = append(g.clash.Events, event)
	return g.err == nil
}

func conflict(clash *quipu.Clash) *quipu.Error {
	first := clash.Events[0]
	err := quipu.Errorf(quipu.Conflict, "condition %d does not hold: the event %q at position %d matches it",
		clash.Condition, first.Name, first.Position).At(fmt.Sprintf("/conditions/%d", clash.Condition))
	err.Clash = clash
	if last := clash.Events[len(clash.Events)-1]; clash.More {
		return err.WithHint("there are more events than these: read on after position %d before you decide again", last.Position)
	}
	return err.WithHint("read the events here, decide again, and append with after = %d", clash.Head)
}

// resolve turns an event id into its position, and refuses a place that the
// ledger does not have.
func (x *checking) resolve(place *quipu.Place, index int) error {
	s := x.state
	if place.EventID.IsZero() {
		if place.Position > s.Head {
			return notInLedger(*place, s.Head, index)
		}
		return nil
	}
	source, err := x.source(0)
	if err != nil {
		return err
	}
	position, ok, err := Find(s, source, place.EventID)
	if err != nil {
		return err
	}
	if !ok {
		return notInLedger(*place, s.Head, index)
	}
	*place = quipu.Place{Position: position}
	return nil
}

func notInLedger(place quipu.Place, head quipu.Position, index int) *quipu.Error {
	err := quipu.Errorf(quipu.Invalid, "after is %d, beyond the ledger's head %d", place.Position, head)
	if !place.EventID.IsZero() {
		err = quipu.Errorf(quipu.Invalid, "after: the event %s is not in this ledger", place.EventID)
	}
	return err.At(fmt.Sprintf("/conditions/%d/after", index)).
		WithHint("use the position up to which you have read, as the end line of a select gives it")
}
