package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/quipu-ledger/quipu"
)

// After the first conflict a decision is made again at once: it has all that it needs. After more there is a crowd, and
// a random wait up to a bound that doubles thins it out.
const (
	crowdWaitFirst = 2 * time.Millisecond
	crowdWaitMax   = 250 * time.Millisecond
)

// basis is what a decision is made on: events, and what guards an append against further ones.
type basis interface {
	// size is the number of events.
	size() int
	// read adds the events that are not known yet.
	read(ctx context.Context, options ...ReadOption) error
	// guarded makes the append of what was decided, which conflicts if there are events that are not known yet.
	guarded(news []quipu.NewEvent) quipu.Append
	// fold adds the events that a conflict brought, and reads on where those are not all. It reports false if the conflict is
	// not that of the guard, or does not tell enough.
	fold(ctx context.Context, clash *quipu.Clash) (bool, error)
}

// decision is made until its append succeeds.
type decision struct {
	c      *Client
	ledger string
	basis  basis
	// decide calls the caller's function on the basis as it is.
	decide func() ([]quipu.NewEvent, error)
	// current is true if the basis was read linearizable, and nothing has been added since.
	current bool
}

func (d *decision) run(ctx context.Context, options []ReadOption) (quipu.Receipt, error) {
	if err := d.read(ctx, append([]ReadOption{WithConsistency(quipu.Local)}, options...)...); err != nil {
		return quipu.Receipt{}, err
	}
	for conflicts := 0; ; conflicts++ {
		news, err := d.make(ctx)
		if err != nil || len(news) == 0 {
			return quipu.Receipt{}, err
		}
		receipt, err := d.c.Append(ctx, d.ledger, d.basis.guarded(news))
		var refused *quipu.Error
		if err == nil || !errors.As(err, &refused) || refused.Kind != quipu.Conflict || conflicts+1 >= d.c.decisionsMax {
			return receipt, err
		}
		if conflicts > 0 {
			sleep(ctx, rand.N(min(crowdWaitFirst<<min(conflicts, 10), crowdWaitMax))) // the next append notices a context that ended
		}
		if err := d.learn(ctx, refused); err != nil {
			return quipu.Receipt{}, err
		}
	}
}

func (d *decision) read(ctx context.Context, options ...ReadOption) error {
	d.current = newRead(options).consistency == quipu.Linearizable
	return d.basis.read(ctx, options...)
}

// make calls the function, and if it does not want to append, makes sure that it knew everything.
func (d *decision) make(ctx context.Context) ([]quipu.NewEvent, error) {
	news, err := d.decide()
	for (err != nil || len(news) == 0) && !d.current {
		before := d.basis.size()
		if err := d.read(ctx, WithConsistency(quipu.Linearizable)); err != nil {
			return nil, err
		}
		if d.basis.size() > before {
			news, err = d.decide()
		}
	}
	return news, err
}

// learn adds what a conflict is about. One that nothing can be learnt from is the caller's: the same decision would
// conflict again.
func (d *decision) learn(ctx context.Context, refused *quipu.Error) error {
	d.current = false
	if folded, err := d.basis.fold(ctx, refused.Clash); folded || err != nil {
		return err
	}
	before := d.basis.size()
	if err := d.read(ctx, WithConsistency(quipu.Linearizable)); err != nil {
		return err
	}
	if d.basis.size() == before {
		return refused
	}
	return nil
}
