package client

import (
	"context"
	"iter"
	"math"
	"net/url"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Aggregate gives the version of an aggregate and its changes after a version, the oldest first: at most so many, and as many
// as a node sends at once if the limit is 0. NotFound means that there is no such aggregate.
func (c *Client) Aggregate(ctx context.Context, ledger, aggregateType, key string, since uint64, limit int,
	options ...ReadOption,
) (wire.AggregatePage, error) {
	query := newRead(options).query()
	if limit > 0 {
		query.Set(wire.ParamLimit, strconv.Itoa(limit))
	}
	return c.aggregate(ctx, ledger, aggregateType, key, since, query)
}

// AggregateVersion gives the version of an aggregate, which a further change of it expects; NotFound if there is none.
func (c *Client) AggregateVersion(ctx context.Context, ledger, aggregateType, key string, options ...ReadOption) (uint64, error) {
	// A HEAD is as cheap, but a refusal of it has no words.
	page, err := c.aggregate(ctx, ledger, aggregateType, key, math.MaxUint64, newRead(options).query())
	return page.Aggregate.Version, err
}

func (c *Client) aggregate(ctx context.Context, ledger, aggregateType, key string, since uint64, query url.Values,
) (page wire.AggregatePage, err error) {
	if err := nonempty(ledger, aggregateType, key); err != nil {
		return page, err
	}
	if since > 0 {
		query.Set(wire.ParamSince, strconv.FormatUint(since, 10))
	}
	path := ledgerPath(ledger, "aggregates", aggregateType, key)
	err = c.fetch(ctx, "aggregate "+aggregateType+" "+key+" of "+ledger, path, query, &page)
	return page, err
}

// Changes gives all changes of an aggregate after a version, the oldest first. It asks for more as the loop gets there; the
// last pair may be an error with a zero change, such as NotFound where there is no such aggregate.
func (c *Client) Changes(ctx context.Context, ledger, aggregateType, key string, since uint64,
	options ...ReadOption,
) iter.Seq2[wire.Change, error] {
	return func(yield func(wire.Change, error) bool) {
		for read, since := newRead(options), since; ; {
			page, err := c.aggregate(ctx, ledger, aggregateType, key, since, read.query())
			if err != nil {
				yield(wire.Change{}, err)
				return
			}
			for _, change := range page.Changes {
				if !yield(change, nil) {
					return
				}
				since, read = change.Version, read.beyond(last(change.Events))
			}
			if !page.HasMore || len(page.Changes) == 0 {
				return
			}
		}
	}
}

// last is the position of the last event, 0 if there is none.
func last(events []quipu.Event) quipu.Position {
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].Position
}

// Aggregates gives the aggregates of a type, by their keys. It asks for more as the loop gets there; the last pair may be an
// error with a zero state.
func (c *Client) Aggregates(ctx context.Context, ledger, aggregateType string,
	options ...ReadOption,
) iter.Seq2[quipu.AggregateState, error] {
	return func(yield func(quipu.AggregateState, error) bool) {
		for read, after := newRead(options), ""; ; {
			page, err := c.aggregates(ctx, ledger, aggregateType, after, read)
			if err != nil {
				yield(quipu.AggregateState{}, err)
				return
			}
			for _, state := range page.Aggregates {
				if !yield(state, nil) {
					return
				}
				after, read = state.Key, read.beyond(state.Last)
			}
			if !page.HasMore || len(page.Aggregates) == 0 {
				return
			}
		}
	}
}

func (c *Client) aggregates(ctx context.Context, ledger, aggregateType, after string, read read) (page wire.Aggregates, err error) {
	if err := nonempty(ledger, aggregateType); err != nil {
		return page, err
	}
	query := read.query()
	if after != "" {
		query.Set(wire.ParamAfter, after)
	}
	err = c.fetch(ctx, "aggregates "+aggregateType+" of "+ledger, ledgerPath(ledger, "aggregates", aggregateType), query, &page)
	return page, err
}
