package api

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func selectEvents(x *exchange) error {
	body, err := x.readBody()
	if err != nil {
		return err
	}
	o, err := object(shape.Of(body))
	if err != nil {
		return err
	}
	s, err := selector.ParseRead(o.Value())
	if err != nil {
		return err
	}
	read, err := x.read()
	if err != nil {
		return err
	}
	answer := stream{x: x, selector: s, limit: s.Limit}
	if answer.inline, err = x.filesParam(false); err != nil {
		return err
	}
	view, span, err := x.span(read, s.After, s.Until, "/after")
	if err != nil {
		return err
	}
	if span, err = between(view, span, s.From, s.To); err != nil {
		return err
	}
	span.Reverse = s.Reverse
	answer.view, answer.span = view, span
	return answer.run()
}

// span gives the view of a read and the part of it between two places. The pointer is of the first place in the body,
// empty if it stands in the query.
func (x *exchange) span(read Read, from quipu.Place, until quipu.Position, pointer string) (View, selector.Range, error) {
	if read.Consistency == quipu.Session {
		read.MinPosition = max(read.MinPosition, from.Position)
	}
	view, err := x.view(read)
	if err != nil {
		return nil, selector.Range{}, err
	}
	after, err := resolve(view, read.Consistency, from, pointer)
	if err != nil {
		return nil, selector.Range{}, err
	}
	end := view.State().Head
	if until > 0 {
		end = min(end, until)
	}
	return view, selector.Range{After: after, Until: max(after, end)}, nil
}

// resolve turns a place into a position that is in the ledger. Only a linearizable view can say that there is no such
// place; another one may merely lag.
func resolve(view View, consistency quipu.Consistency, place quipu.Place, pointer string) (quipu.Position, error) {
	state := view.State()
	if place.EventID.IsZero() {
		if place.Position <= state.Head || consistency == quipu.Local {
			return place.Position, nil // what a local view lacks gives an empty answer
		}
		if consistency == quipu.Session {
			return 0, quipu.Errorf(quipu.Unavailable, "this node has positions up to %d, not yet %d", state.Head, place.Position)
		}
		return 0, quipu.Errorf(quipu.Invalid, "after is %d, beyond the ledger's head %d", place.Position, state.Head).
			At(pointer).WithHint("use the position up to which you have read, as the end line gives it")
	}
	position, found, err := view.Find(place.EventID)
	if err != nil || found {
		return position, err
	}
	if consistency != quipu.Linearizable && place.EventID.Ledger() == state.ID && place.EventID.Micros() > state.HeadID.Micros() {
		return 0, quipu.Errorf(quipu.Unavailable, "this node does not have the event %s yet", place.EventID).
			WithHint("read with consistency=linearizable")
	}
	return 0, quipu.Errorf(quipu.Invalid, "after: the event %s is not in this ledger", place.EventID).At(pointer)
}

// between narrows a range to what was recorded from one moment to another. Times ascend with positions.
func between(view View, span selector.Range, from, to selector.Moment) (selector.Range, error) {
	if from.Given {
		before, err := view.At(from.Micros)
		if err != nil {
			return span, err
		}
		span.After = max(span.After, before)
	}
	if to.Given {
		before, err := view.At(to.Micros)
		if err != nil {
			return span, err
		}
		span.Until = min(span.Until, before)
	}
	span.Until = max(span.Until, span.After)
	return span, nil
}
