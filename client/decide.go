package client

import (
	"context"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Decide appends what follows from the events that the selector matches. It reads them and calls decide; it appends the
// events that decide returns on the condition that nothing more has come to match; if something has, it calls decide
// again with the larger list, until the append succeeds, for Config.DecisionsMax times at most. Then the error is the
// last Conflict.
//
// If decide returns no events, nothing is appended and the receipt is zero. If it returns an error, Decide returns that
// as it is. Either is taken only on events that were up to date when it was decided, since no condition guards it.
//
// The function gets all events each time, in order, and must not keep or change the list. It must have no other effect
// than its result, since it may be called again. For entities with a long history, keep a summary, and pass its position
// as the selector's After. Limit, Until, Reverse and ranges of time have no place in the selector: a decision on some of the
// events could not be guarded.
//
// Events that expect a version of their aggregate are guarded by that as well. If it is not at the version and nothing
// more has come to match, the error is that Conflict.
//
// The first read is local unless an option says otherwise: what a node that is behind leaves out, the condition finds.
// Each decision has an idempotency key of its own, with which its append is sent again where its outcome is not known.
func (c *Client) Decide(ctx context.Context, ledger string, selector quipu.Selector,
	decide func(events []quipu.Event) ([]quipu.NewEvent, error), options ...ReadOption,
) (quipu.Receipt, error) {
	if partial(&selector) {
		return quipu.Receipt{}, &quipu.Error{Kind: quipu.Invalid, Op: "decide in " + ledger,
			Detail: "limit, until, reverse and ranges of time have no place in the selector of a decision",
			Hint:   "pass the position of a summary as after, if there are too many events"}
	}
	k := &known{c: c, ledger: ledger, selector: selector}
	d := decision{c: c, ledger: ledger, basis: k, decide: func() ([]quipu.NewEvent, error) { return decide(k.events) }}
	return d.run(ctx, options)
}

// partial reports whether a selector leaves out events that its parts match.
func partial(s *quipu.Selector) bool {
	return s.Limit != 0 || s.Until != 0 || s.Reverse ||
		!s.From.IsZero() || !s.To.IsZero() || !s.HappenedFrom.IsZero() || !s.HappenedTo.IsZero()
}

// known is the basis of Decide: the events that match up to a position.
type known struct {
	c        *Client
	ledger   string
	selector quipu.Selector
	events   []quipu.Event
	// end is that of the last read. Nothing up to its position is missing from events.
	end wire.End
}

var _ basis = (*known)(nil)

func (k *known) size() int { return len(k.events) }

// unseen selects what would match and is not known.
func (k *known) unseen() quipu.Selector {
	unseen := k.selector
	if k.end.Position > 0 {
		unseen.After = quipu.AfterPosition(k.end.Position)
	}
	return unseen
}

func (k *known) read(ctx context.Context, options ...ReadOption) error {
	for event, err := range k.c.Select(ctx, k.ledger, k.unseen(), append(options, WithEnd(&k.end))...) {
		if err != nil {
			return err
		}
		k.events = append(k.events, event)
	}
	return nil
}

func (k *known) guarded(news []quipu.NewEvent) quipu.Append {
	return quipu.Append{Events: news, Conditions: []quipu.Selector{k.unseen()}}
}

func (k *known) fold(ctx context.Context, clash *quipu.Clash) (bool, error) {
	if clash == nil || clash.Condition != 0 || len(clash.Events) == 0 {
		return false, nil
	}
	k.events = append(k.events, clash.Events...)
	if !clash.More {
		k.end = wire.End{Position: clash.Head, Head: clash.Head}
		return true, nil
	}
	k.end.Position = last(clash.Events)
	return true, k.read(ctx, WithMinPosition(clash.Head))
}
