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
}

// Precheck decides on an append outside of raft, in one view of applied state.
// It gives an outcome where the view alone settles it, since history does not
// change: a key that is known, a condition that fails. Otherwise it resolves
// the conditions' places and marks the command as checked through the head, and
// the caller proposes it.
func Precheck(s *State, h History, c *command.Append) (*Outcome, error) {
	c.CheckedThrough = 0
	out, err := check(s, h, c)
	c.CheckedThrough = s.Head
	return out, err
}

// check is the same on the leader, over all of history, and in Apply, over what
// came after CheckedThrough: first the key, so that a retry never conflicts
// with its own first attempt, then the registry, then the conditions.
func check(s *State, h History, c *command.Append) (*Outcome, error) {
	if c.Key != "" {
		if out, err := checkKey(s, h, c); out != nil || err != nil {
			return out, err
		}
	}
	for i := range c.Events {
		if err := s.Registry.allows(&c.Events[i], i); err != nil {
			return refuse(err), nil
		}
	}
	for i := range c.Conditions {
		out, err := checkCondition(s, h, c, i)
		if out != nil || err != nil {
			return out, err
		}
	}
	return nil, nil
}

func checkKey(s *State, h History, c *command.Append) (*Outcome, error) {
	known, ok, err := h.Key(s.Slot, c.Key, c.CheckedThrough)
	if err != nil || !ok {
		return nil, err
	}
	if known.Digest != c.Digest {
		return refuse(quipu.Errorf(quipu.Mismatch, "the idempotency key %q was used for other events, at position %d", c.Key, known.First).
			At("/idempotencyKey").WithHint("use a new key for new events")), nil
	}
	source, err := h.Source(s.Slot, known.First-1)
	if err != nil {
		return nil, err
	}
	receipt := &quipu.Receipt{First: known.First, Last: known.Last, Replayed: true}
	for p := known.First; p <= known.Last; p++ {
		r, err := source.Record(p)
		if err != nil {
			return nil, err
		}
		receipt.EventIDs = append(receipt.EventIDs, r.ID)
		receipt.Timestamp = r.ID.Time()
	}
	return &Outcome{Receipt: receipt}, nil
}

func checkCondition(s *State, h History, c *command.Append, index int) (*Outcome, error) {
	condition := c.Conditions[index]
	if err := resolve(s, h, &condition.After, index); err != nil {
		return refusedOrFault(err)
	}
	after := max(condition.After.Position, c.CheckedThrough)
	if after >= s.Head {
		return nil, nil
	}
	source, err := h.Source(s.Slot, after)
	if err != nil {
		return nil, err
	}
	clash, err := clashes(condition.Selector, source, selector.Range{After: after, Until: s.Head})
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
	clash := &quipu.Clash{Head: in.Until}
	var bad error
	size := 0
	_, _, err := s.Walk(source, in, func(r *record.Record) bool {
		n := len(clash.Events)
		size += r.Size()
		if clash.More = n == quipu.ClashEventsMax || n > 0 && size > quipu.ClashBytesMax; clash.More {
			return false
		}
		var event quipu.Event
		event, bad = r.Event()
		clash.Events = append(clash.Events, event)
		return bad == nil
	})
	return clash, errors.Join(err, bad)
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
func resolve(s *State, h History, place *quipu.Place, index int) error {
	if place.EventID.IsZero() {
		if place.Position > s.Head {
			return notInLedger(*place, s.Head, index)
		}
		return nil
	}
	source, err := h.Source(s.Slot, 0)
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

// Find gives the position of the event with an id. Ids of one ledger ascend
// with its positions, so this is a binary search over the log.
func Find(s *State, source selector.Source, id quipu.EventID) (quipu.Position, bool, error) {
	if id.Ledger() != s.ID {
		return 0, false, nil
	}
	low, high := quipu.Position(1), s.Head
	for low <= high {
		middle := low + (high-low)/2
		r, err := source.Record(middle)
		if err != nil {
			return 0, false, err
		}
		switch {
		case r.ID == id:
			return middle, true, nil
		case r.ID.Micros() < id.Micros():
			low = middle + 1
		default:
			high = middle - 1
		}
	}
	return 0, false, nil
}

func notInLedger(place quipu.Place, head quipu.Position, index int) *quipu.Error {
	err := quipu.Errorf(quipu.Invalid, "after is %d, beyond the ledger's head %d", place.Position, head)
	if !place.EventID.IsZero() {
		err = quipu.Errorf(quipu.Invalid, "after: the event %s is not in this ledger", place.EventID)
	}
	return err.At(fmt.Sprintf("/conditions/%d/after", index)).
		WithHint("use the position up to which you have read, as the end line of a select gives it")
}
