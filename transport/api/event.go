package api

import (
	"net/http"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// showEvent answers with one event.
func showEvent(x *exchange) error {
	inline, err := x.filesParam(false)
	if err != nil {
		return err
	}
	view, r, err := x.event()
	if err != nil {
		return err
	}
	body, err := appendEvent(nil, view, &r, inline)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, body)
}

// event reads the event that the path names.
func (x *exchange) event() (View, record.Record, error) {
	ref, err := x.eventRef()
	if err != nil {
		return nil, record.Record{}, err
	}
	view, read, err := x.askedView()
	if err != nil {
		return nil, record.Record{}, err
	}
	position, err := ref.locate(view, read)
	if err != nil {
		return nil, record.Record{}, err
	}
	r, err := view.Record(position)
	return view, r, err
}

// parsePlace reads a position or an event id from a path or a query.
func parsePlace(text string) (quipu.Place, error) {
	if id, ok := quipu.ParseEventID(text); ok {
		return quipu.Place{EventID: id}, nil
	}
	position, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return quipu.Place{}, quipu.Errorf(quipu.Invalid, "%q is neither a position nor an event id", clip(text)).
			WithHint("a position is a whole number, an event id has 32 lower-case hex digits")
	}
	return quipu.Place{Position: quipu.Position(position)}, nil
}

// locate gives the position that a place stands for, if there is an event.
func locate(view View, read Read, place quipu.Place) (quipu.Position, error) {
	head := view.State().Head
	if place.EventID.IsZero() {
		if place.Position == 0 || place.Position > head {
			return 0, absent(view, read, quipu.Errorf(quipu.NotFound, "there is no event at position %d", place.Position).
				WithHint("the ledger has the positions 1 to %d", head))
		}
		return place.Position, nil
	}
	position, found, err := view.Find(place.EventID)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, absent(view, read, quipu.Errorf(quipu.NotFound, "the event %s is not in this ledger", place.EventID).
			WithHint("the ledger has the positions 1 to %d", head))
	}
	return position, nil
}
