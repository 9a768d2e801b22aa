package intake

import (
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// The members of an append: of events in a list, and of one event that is the body.
var (
	guardMembers  = []string{"conditions", "condition", "idempotencyKey"}
	listMembers   = slices.Concat([]string{"events", "aggregate"}, guardMembers)
	singleMembers = slices.Concat(EventMembers, guardMembers)
)

// Append is an append that was read but not yet sent to a ledger, with the form
// that it had, so that errors of the ledger can point into the body.
type Append struct {
	command.Append
	// Parts are the ids of the files whose content came from a part of the
	// request, in the order of the files. A part that is not here belongs to none.
	Parts []string

	form appendForm
}

// ReadAppend reads an append in any of its forms. Parts gives the contents of files
// that came beside it, and is nil where there can be none.
func ReadAppend(body shape.Value, parts Parts) (*Append, error) {
	o, err := Object(body)
	if err != nil {
		return nil, err
	}
	a := new(Append)
	r := reader{append: a, parts: parts}
	a.form.oneEvent = o.Has("event")
	if err := r.readEvents(o); err != nil {
		return nil, err
	}
	if err := a.readConditions(o); err != nil {
		return nil, err
	}
	if v := o.Member("idempotencyKey"); v.Exists() {
		if a.Key, err = v.Key("the idempotency key"); err != nil {
			return nil, hinted(err, "it is a text, such as a UUID; leave it out for none")
		}
		a.Digest = record.DigestOf(a.Events)
	}
	return a, nil
}

func (r *reader) readEvents(o shape.Object) error {
	list := o.Member("events")
	switch {
	case r.append.form.oneEvent && list.Exists():
		return list.Errorf("both event and events are given").WithHint("put all events into events")
	case r.append.form.oneEvent:
		if err := r.readEvent(o, singleMembers); err != nil {
			return err
		}
		return r.checkSizes(o.Value(), o.Member("files"))
	case !list.Exists():
		if err := o.Only(slices.Concat([]string{"events"}, singleMembers)...); err != nil {
			return err
		}
		return o.Value().Errorf("there are no events").WithHint(`give them in "events", or one event as the body with "event" and "entities"`)
	}
	if err := o.Only(listMembers...); err != nil {
		return err
	}
	if err := r.readShared(o.Member("aggregate")); err != nil {
		return err
	}
	if err := r.readList(list); err != nil {
		return err
	}
	if err := r.checkShared(o.Member("aggregate")); err != nil {
		return err
	}
	return r.checkSizes(list, list)
}

func (r *reader) readList(list shape.Value) error {
	elements, err := list.Array()
	if err != nil {
		return hinted(err, `"events" is a list: [{"event":…,"entities":…}]`)
	}
	if len(elements) == 0 {
		return list.Errorf("the list of events is empty").WithHint("an append has at least one event")
	}
	if len(elements) > quipu.AppendEventsMax {
		return list.TooLarge("the append", len(elements), quipu.AppendEventsMax, "events")
	}
	r.several = len(elements) > 1
	r.append.Events = make([]record.Draft, 0, len(elements))
	for _, element := range elements {
		event, err := element.Object()
		if err != nil {
			return hinted(err, exampleEvent)
		}
		if err := r.readEvent(event, EventMembers); err != nil {
			return err
		}
	}
	return nil
}

// checkSizes bounds what all events take together. Contents of files do not count
// with the rest: they have a bound of their own.
func (r *reader) checkSizes(all, files shape.Value) error {
	if r.bytes > quipu.AppendBytesMax {
		return all.TooLarge("the append without the contents of its files", r.bytes, quipu.AppendBytesMax, "bytes").
			WithHint("send it in several appends")
	}
	if r.fileBytes > quipu.AppendFileBytesMax {
		return files.TooLarge("the contents of the append's files", r.fileBytes, quipu.AppendFileBytesMax, "bytes").
			WithHint(`send it in several appends, or keep contents elsewhere and append references, "isReference":true`)
	}
	return nil
}

func (a *Append) readConditions(o shape.Object) error {
	list, one := o.Member("conditions"), o.Member("condition")
	var elements []shape.Value
	switch {
	case list.Exists() && one.Exists():
		return one.Errorf("both condition and conditions are given").WithHint("put all into conditions")
	case one.Exists():
		a.form.oneCondition, elements = true, []shape.Value{one}
	case list.Exists():
		var err error
		if elements, err = list.Array(); err != nil {
			return hinted(err, `"conditions" is a list of selectors; "condition" is a single one`)
		}
		if len(elements) > quipu.AppendConditionsMax {
			return list.TooLarge("the append", len(elements), quipu.AppendConditionsMax, "conditions")
		}
	}
	for _, element := range elements {
		condition, err := readCondition(element)
		if err != nil {
			return err
		}
		a.Conditions = append(a.Conditions, condition)
	}
	return nil
}

// readCondition tries the selector first, which most conditions are and which an
// aggregate's never is.
func readCondition(v shape.Value) (command.Condition, error) {
	s, err := selector.ParseCondition(v)
	if err == nil || !selector.IsAggregateCondition(v) {
		return command.Condition{Selector: s}, err
	}
	aggregate, err := selector.ParseAggregateCondition(v)
	return command.Condition{Aggregate: &aggregate}, err
}
