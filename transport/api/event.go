package api

import (
	"net/http"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func showEvent(x *exchange) error {
	text, err := x.route.value(x.r.URL, "event")
	if err != nil {
		return err
	}
	place, err := parsePlace(text)
	if err != nil {
		return err
	}
	view, _, err := x.askedView()
	if err != nil {
		return err
	}
	position, err := locate(view, place)
	if err != nil {
		return err
	}
	r, err := view.Record(position)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, record.AppendJSON(nil, &r))
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

func locate(view View, place quipu.Place) (quipu.Position, error) {
	head := view.State().Head
	if place.EventID.IsZero() {
		if place.Position == 0 || place.Position > head {
			return 0, quipu.Errorf(quipu.NotFound, "there is no event at position %d", place.Position).
				WithHint("the ledger has the positions 1 to %d", head)
		}
		return place.Position, nil
	}
	position, found, err := view.Find(place.EventID)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, quipu.Errorf(quipu.NotFound, "the event %s is not in this ledger", place.EventID).
			WithHint("the ledger has the positions 1 to %d", head)
	}
	return position, nil
}
