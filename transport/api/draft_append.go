package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// The members of an append: of events in a list, and of one event that is the body.
var (
	guardMembers  = []string{"conditions", "condition", "idempotencyKey"}
	listMembers   = slices.Concat([]string{"events"}, guardMembers)
	singleMembers = slices.Concat(eventMembers, guardMembers)
)

// draftAppend is an append that was read but not yet sent to a ledger, with the form that it had, so that errors of
// the ledger can point into the body.
type draftAppend struct {
	command.Append
	oneEvent     bool         // the body is the event
	oneCondition bool         // "condition" instead of "conditions"
	shorthand    map[int]bool // events with "entity" and "key"
}

// readAppend reads an append in any of its forms. It shares no memory with the request.
func readAppend(body shape.Value) (*draftAppend, error) {
	o, err := object(body)
	if err != nil {
		return nil, err
	}
	d := &draftAppend{oneEvent: o.Has("event")}
	if err := d.readEvents(o); err != nil {
		return nil, err
	}
	if err := d.readConditions(o); err != nil {
		return nil, err
	}
	if v := o.Member("idempotencyKey"); v.Exists() {
		if d.Key, err = v.Key("the idempotency key"); err != nil {
			return nil, err
		}
		d.Digest = record.DigestOf(d.Events)
	}
	return d, nil
}

func (d *draftAppend) readEvents(o shape.Object) error {
	list := o.Member("events")
	switch {
	case d.oneEvent && list.Exists():
		return list.Errorf("both event and events are given").WithHint("put all events into events")
	case d.oneEvent:
		return d.readEvent(o, singleMembers)
	}
	known := listMembers
	if !list.Exists() {
		known = slices.Concat(listMembers, eventMembers)
	}
	if err := o.Only(known...); err != nil {
		return err
	}
	if !list.Exists() {
		return o.Value().Errorf("there are no events").WithHint(`give them in "events", or one event as the body with "event" and "entities"`)
	}
	elements, err := list.Array()
	if err != nil {
		return err
	}
	if len(elements) == 0 {
		return list.Errorf("the list of events is empty").WithHint("an append has at least one event")
	}
	if len(elements) > quipu.AppendEventsMax {
		return list.TooLarge("the append", len(elements), quipu.AppendEventsMax, "events")
	}
	d.Events = make([]record.Draft, 0, len(elements))
	for _, element := range elements {
		event, err := element.Object()
		if err != nil {
			return err
		}
		if err := d.readEvent(event, eventMembers); err != nil {
			return err
		}
	}
	return nil
}

func (d *draftAppend) readEvent(o shape.Object, known []string) error {
	if v := o.Member("position"); v.Exists() {
		return v.Errorf("the position is the ledger's to give").
			WithHint("leave it out; to copy a ledger with its positions, import its export")
	}
	if err := o.Only(known...); err != nil {
		return err
	}
	event, err := readDraft(o)
	if err != nil {
		return err
	}
	if o.Has("entity") {
		if d.shorthand == nil {
			d.shorthand = map[int]bool{}
		}
		d.shorthand[len(d.Events)] = true
	}
	d.Events = append(d.Events, event)
	return nil
}

func (d *draftAppend) readConditions(o shape.Object) error {
	list, one := o.Member("conditions"), o.Member("condition")
	var elements []shape.Value
	switch {
	case list.Exists() && one.Exists():
		return one.Errorf("both condition and conditions are given").WithHint("put all into conditions")
	case one.Exists():
		d.oneCondition, elements = true, []shape.Value{one}
	case list.Exists():
		var err error
		if elements, err = list.Array(); err != nil {
			return err
		}
		if len(elements) > quipu.AppendConditionsMax {
			return list.TooLarge("the append", len(elements), quipu.AppendConditionsMax, "conditions")
		}
	}
	for _, element := range elements {
		s, err := selector.ParseCondition(element)
		if err != nil {
			return err
		}
		d.Conditions = append(d.Conditions, command.Condition{Selector: s})
	}
	return nil
}

// located moves an error of the ledger, which knows appends in their full form, to the place in the body as it was sent.
func (d *draftAppend) located(e *quipu.Error) *quipu.Error {
	moved := *e
	for i := range d.shorthand {
		if moved.Pointer == fmt.Sprintf("/events/%d/entities", i) {
			moved.Pointer = fmt.Sprintf("/events/%d/entity", i)
			break
		}
	}
	if rest, ok := strings.CutPrefix(moved.Pointer, "/events/0"); ok && d.oneEvent {
		moved.Pointer = rest
	}
	if rest, ok := strings.CutPrefix(moved.Pointer, "/conditions/0"); ok && d.oneCondition {
		moved.Pointer = "/condition" + rest
	}
	return &moved
}
