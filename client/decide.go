package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// After the first conflict a decision is made again at once: it has all that it needs. After more there is a crowd, and
// a random wait up to a bound that doubles thins it out.
const (
	crowdWaitFirst = 2 * time.Millisecond
	crowdWaitMax   = 250 * time.Millisecond
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
// as the selector's After. Limit, Until and Reverse have no place in the selector: a decision on some of the
// events could not be guarded.
//
// The first read is local unless an option says otherwise: what a node that is behind leaves out, the condition finds.
// Each decision has an idempotency key of its own, with which its append is sent again where its outcome is not known.
func (c *Client) Decide(ctx context.Context, ledger string, selector quipu.Selector,
	decide func(events []quipu.Event) ([]quipu.NewEvent, error), options ...ReadOption,
) (quipu.Receipt, error) {
	if selector.Limit != 0 || selector.Until != 0 || selector.Reverse {
		return quipu.Receipt{}, &quipu.Error{Kind: quipu.Invalid, Op: "decide in " + ledger,
			Detail: "limit, until and reverse have no place in the selector of a decision",
			Hint:   "pass the position of a summary as after, if there are too many events"}
	}
	k := &known{c: c, ledger: ledger, selector: selector}
	if err := k.read(ctx, append([]ReadOption{WithConsistency(quipu.Local)}, options...)...); err != nil {
		return quipu.Receipt{}, err
	}
	for conflicts := 0; ; conflicts++ {
		news, err := k.decide(ctx, decide)
		if err != nil || len(news) == 0 {
			return quipu.Receipt{}, err
		}
		receipt, err := c.Append(ctx, ledger, quipu.Append{Events: news, Conditions: []quipu.Selector{k.unseen()}})
		var refused *quipu.Error
		if err == nil || !errors.As(err, &refused) || refused.Kind != quipu.Conflict || conflicts+1 >= c.decisionsMax {
			return receipt, err
		}
		if conflicts > 0 {
			sleep(ctx, rand.N(min(crowdWaitFirst<<min(conflicts, 10), crowdWaitMax))) // the next append notices a context that ended
		}
		if err := k.fold(ctx, refused.Clash); err != nil {
			return quipu.Receipt{}, err
		}
	}
}

// known is what a decision is made on: the events that match up to a position.
type known struct {
	c        *Client
	ledger   string
	selector quipu.Selector
	events   []quipu.Event
	// end is that of the last read. Nothing up to its position is missing from events.
	end wire.End
	// current is true if the last read was linearizable.
	current bool
}

// decide calls the function, and if it does not want to append, makes sure that it knew everything.
func (k *known) decide(ctx context.Context, decide func([]quipu.Event) ([]quipu.NewEvent, error)) ([]quipu.NewEvent, error) {
	news, err := decide(k.events)
	for (err != nil || len(news) == 0) && !k.current {
		before := len(k.events)
		if err := k.read(ctx, WithConsistency(quipu.Linearizable)); err != nil {
			return nil, err
		}
		if len(k.events) > before {
			news, err = decide(k.events)
		}
	}
	return news, err
}

// unseen selects what would match and is not known.
func (k *known) unseen() quipu.Selector {
	unseen := k.selector
	if k.end.Position > 0 {
		unseen.After = quipu.AfterPosition(k.end.Position)
	}
	return unseen
}

// read adds the events that are not known yet.
func (k *known) read(ctx context.Context, options ...ReadOption) error {
	k.current = newRead(options).consistency == quipu.Linearizable
	for event, err := range k.c.Select(ctx, k.ledger, k.unseen(), append(options, WithEnd(&k.end))...) {
		if err != nil {
			return err
		}
		k.events = append(k.events, event)
	}
	return nil
}

// fold adds the events that a conflict brought, and reads on where those are not all.
func (k *known) fold(ctx context.Context, clash *quipu.Clash) error {
	if clash == nil || (clash.More && len(clash.Events) == 0) {
		return k.read(ctx, WithConsistency(quipu.Linearizable))
	}
	k.current = false
	k.events = append(k.events, clash.Events...)
	if !clash.More {
		k.end = wire.End{Position: clash.Head, Head: clash.Head}
		return nil
	}
	k.end.Position = clash.Events[len(clash.Events)-1].Position
	return k.read(ctx, WithMinPosition(clash.Head))
}
