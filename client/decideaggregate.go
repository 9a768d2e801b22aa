package client

import (
	"context"
	"errors"

	"github.com/quipu-ledger/quipu"
)

// DecideAggregate appends what follows from the events of an aggregate. It reads them and calls decide with the version of
// the aggregate, 0 if there is none yet; it appends the events that decide returns as one change of the aggregate, which
// must still be at that version; if it is not, it calls decide again with the larger list, until the append succeeds, for
// Config.DecisionsMax times at most. Then the error is the last Conflict.
//
// Events that decide returns without an aggregate belong to this one; at least one of them must. All else is as with Decide:
// what becomes of an empty result and of an error, what the function must not do, and the first read, which is local.
func (c *Client) DecideAggregate(ctx context.Context, ledger, aggregateType, key string,
	decide func(version uint64, events []quipu.Event) ([]quipu.NewEvent, error), options ...ReadOption,
) (quipu.Receipt, error) {
	h := &history{c: c, ledger: ledger, aggregate: quipu.Aggregate{Type: aggregateType, Key: key}}
	d := decision{c: c, ledger: ledger, basis: h, decide: func() ([]quipu.NewEvent, error) { return decide(h.aggregate.Version, h.events) }}
	return d.run(ctx, options)
}

// history is the basis of DecideAggregate: the events of an aggregate up to its version here.
type history struct {
	c         *Client
	ledger    string
	aggregate quipu.Aggregate
	events    []quipu.Event
}

var _ basis = (*history)(nil)

func (h *history) size() int { return len(h.events) }

func (h *history) read(ctx context.Context, options ...ReadOption) error {
	for change, err := range h.c.Changes(ctx, h.ledger, h.aggregate.Type, h.aggregate.Key, h.aggregate.Version, options...) {
		if errors.Is(err, quipu.NotFound) {
			_, err = h.c.Ledger(ctx, h.ledger) // there is nothing in a ledger that is not there either
			return err
		}
		if err != nil {
			return err
		}
		h.events = append(h.events, change.Events...)
		h.aggregate.Version = change.Version
	}
	return nil
}

func (h *history) guarded(news []quipu.NewEvent) quipu.Append {
	return quipu.Append{Events: news, Aggregate: &quipu.NewAggregate{
		Type: h.aggregate.Type, Key: h.aggregate.Key, ExpectedVersion: quipu.Expect(h.aggregate.Version),
	}}
}

func (h *history) fold(ctx context.Context, clash *quipu.Clash) (bool, error) {
	if clash == nil || clash.Aggregate == nil || clash.Aggregate.Type != h.aggregate.Type || clash.Aggregate.Key != h.aggregate.Key {
		return false, nil
	}
	if clash.More {
		return true, h.read(ctx, WithMinPosition(clash.Head))
	}
	h.events = append(h.events, clash.Events...)
	h.aggregate.Version = clash.Aggregate.Version
	return true, nil
}
