package client

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/quipu-ledger/quipu"
)

// The wait before another attempt is random up to a bound that doubles, so that clients that failed together do not
// come back together. The largest is well below what a failover takes, so that its end is noticed soon.
const (
	waitFirst = 10 * time.Millisecond
	waitMax   = 500 * time.Millisecond
)

// attempts is the life of one request, from the first attempt to the last.
type attempts struct {
	c     *Client
	ctx   context.Context
	write bool
	begun time.Time
	// count is the number of attempts since the last progress, and giveUp the time after which none is begun.
	count  int
	giveUp time.Time
	// node is where the current attempt goes.
	node *endpoint
}

func (c *Client) begin(ctx context.Context, write bool) *attempts {
	a := &attempts{c: c, ctx: ctx, write: write, begun: time.Now()}
	a.progress()
	return a
}

// progress gives the request all of its time again.
func (a *attempts) progress() { a.count, a.giveUp = 0, time.Now().Add(a.c.retryFor) }

// next picks the node for another attempt.
func (a *attempts) next() *endpoint {
	a.c.look(lookSeldom)
	a.count++
	a.node = a.c.nodes.pick(a.write)
	return a.node
}

// settled tells how the attempt went. Any answer shows that the node works, except that it cannot do this now.
func (a *attempts) settled(err *quipu.Error) {
	if a.ctx.Err() != nil {
		return // which says nothing about the node
	}
	if err != nil && (err.Kind == quipu.Unavailable || err.Kind == quipu.Uncertain) {
		a.c.nodes.failed(a.node)
		a.c.look(lookOften)
		return
	}
	a.c.nodes.worked(a.node)
}

// wait holds the next attempt back. It reports false, at once where it can, if there is to be none.
func (a *attempts) wait() bool {
	pause := rand.N(min(waitFirst<<min(a.count, 10), waitMax))
	if time.Now().Add(pause).After(a.giveUp) {
		return false
	}
	return sleep(a.ctx, pause)
}

// verdict makes the last attempt's error the caller's.
func (a *attempts) verdict(err *quipu.Error) *quipu.Error {
	last := *err
	if cause := context.Cause(a.ctx); cause != nil {
		last.Err = cause
	}
	if a.count > 1 && (last.Kind == quipu.Unavailable || last.Kind == quipu.Uncertain) {
		last.Detail = quipu.Errorf(last.Kind, "gave up after %d attempts in %s; the last: %s",
			a.count, time.Since(a.begun).Round(time.Millisecond), last.Detail).Detail
	}
	return &last
}

// do makes the request until it is settled. What may have been applied is not sent again: appends, which could be, do
// not come here.
func (c *Client) do(ctx context.Context, r *request, take take) error {
	a := c.begin(ctx, r.write)
	for {
		err := c.attempt(ctx, a.next(), r, take)
		a.settled(err)
		if err == nil {
			return nil
		}
		if err.Kind != quipu.Unavailable || (r.spent != nil && r.spent()) || !a.wait() {
			return a.verdict(err)
		}
	}
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
