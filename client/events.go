package client

import (
	"context"
	"iter"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Event gives one event, by its position or its event id; NotFound if the ledger does not have it.
func (c *Client) Event(ctx context.Context, ledger string, place quipu.Place, options ...ReadOption) (quipu.Event, error) {
	var event quipu.Event
	if err := nonempty(ledger); err != nil {
		return event, err
	}
	where := placeText(place)
	err := c.fetch(ctx, "event "+where+" of "+ledger, ledgerPath(ledger, "events", where), newRead(options).query(), &event)
	return event, err
}

// EventByID gives a version of the event with its author's id, the latest one if the version is 0; NotFound if there is
// none.
func (c *Client) EventByID(ctx context.Context, ledger, id string, version uint64, options ...ReadOption) (quipu.Event, error) {
	var event quipu.Event
	if err := nonempty(ledger, id); err != nil {
		return event, err
	}
	query := newRead(options).query()
	if version > 0 {
		query.Set(wire.ParamVersion, strconv.FormatUint(version, 10))
	}
	err := c.fetch(ctx, "event "+id+" of "+ledger, ledgerPath(ledger, "events", "by-id", id), query, &event)
	return event, err
}

// Versions gives the versions of the event with its author's id, oldest first; none if there is no such event. It is a
// Select of them, with what that promises.
func (c *Client) Versions(ctx context.Context, ledger, id string, options ...ReadOption) iter.Seq2[quipu.Event, error] {
	return c.Select(ctx, ledger, quipu.Selector{IDs: []string{id}}, options...)
}

func placeText(place quipu.Place) string {
	if !place.EventID.IsZero() {
		return place.EventID.String()
	}
	return strconv.FormatUint(uint64(place.Position), 10)
}
