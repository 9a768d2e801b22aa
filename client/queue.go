package client

import (
	"context"
	"sync/atomic"
)

const (
	// flightsMax is how many requests with appends may be out for one ledger: one that the servers work on, and one on
	// its way. More would only make them smaller.
	flightsMax = 2
	// batchCountMax and batchBytesMax bound the request that concurrent calls of Append share, so that the first of
	// them does not wait long for the last.
	batchCountMax = 512
	batchBytesMax = 1 << 20
	// allCountMax and allBytesMax bound a request of AppendAll, whose caller waits for all of it anyway; well below
	// quipu.BatchBytesMax, so that an attempt ends in good time.
	allCountMax = 8192
	allBytesMax = 8 << 20
)

// queue holds the appends to one ledger that wait for a request. It is guarded by Client.queuesMu.
type queue struct {
	waiting []*pending
	flights int
}

// enqueue has the append sent: at once if there is room, else with all that waits when a request comes back.
func (c *Client) enqueue(ledger string, p *pending) {
	c.queuesMu.Lock()
	defer c.queuesMu.Unlock()
	q := c.queues[ledger]
	if q == nil {
		q = &queue{}
		c.queues[ledger] = q
	}
	q.waiting = append(q.waiting, p)
	if q.flights < flightsMax {
		q.flights++
		go c.fly(ledger, q)
	}
}

// fly delivers what waits until nothing does.
func (c *Client) fly(ledger string, q *queue) {
	for batch := c.board(ledger, q); len(batch) > 0; batch = c.board(ledger, q) {
		ctx, end := wanted(c.background, batch)
		_ = c.deliver(ctx, ledger, batch) // each append has its own outcome
		end()
	}
}

// board takes the appends for one request. If there are none it ends the flight, and with the last flight the queue.
func (c *Client) board(ledger string, q *queue) []*pending {
	c.queuesMu.Lock()
	defer c.queuesMu.Unlock()
	n := fit(q.waiting, batchCountMax, batchBytesMax)
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	if n == 0 {
		q.flights--
		if q.flights == 0 {
			delete(c.queues, ledger)
		}
	}
	return batch
}

// fit counts the first appends that fit one request: all that there are within the bounds, and always one.
func fit(waiting []*pending, countMax, bytesMax int) int {
	bytes := 0
	for i, p := range waiting {
		bytes += len(p.line)
		if i > 0 && (i >= countMax || bytes > bytesMax) {
			return i
		}
	}
	return len(waiting)
}

// wanted gives a context that ends when no caller waits for any of the appends, with the last one's cause. end releases
// it.
func wanted(parent context.Context, batch []*pending) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(parent)
	var gone atomic.Int64
	stops := make([]func() bool, len(batch))
	for i, p := range batch {
		stops[i] = context.AfterFunc(p.ctx, func() {
			if gone.Add(1) == int64(len(batch)) {
				cancel(context.Cause(p.ctx))
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel(nil)
	}
}
