package client

import (
	"context"

	"github.com/quipu-ledger/quipu"
)

// AppendResult is what became of one of the appends of AppendAll: a receipt, or an error.
type AppendResult struct {
	Receipt quipu.Receipt
	// Err is nil or a *quipu.Error.
	Err error
}

// Append appends the events, all or none, and returns once they are on the disks of a majority. Without an idempotency
// key the append gets one, so that it is sent again where its outcome is not known.
//
// Conflict means that a condition does not hold and brings the events that the caller has not seen (quipu.Clash);
// Uncertain that the append may have happened: repeated attempts have not told, or the context ended while it was out.
// To find out, append the same once more, with a key of the caller's own. Unavailable: it certainly has not happened.
//
// Concurrent calls share requests; the order in which they are carried out is not defined.
func (c *Client) Append(ctx context.Context, ledger string, a quipu.Append, options ...AppendOption) (quipu.Receipt, error) {
	if err := nonempty(ledger); err != nil {
		return quipu.Receipt{}, err
	}
	for _, option := range options {
		if err := option(&a); err != nil {
			return quipu.Receipt{}, err
		}
	}
	p, err := newPending(ctx, ledger, a)
	if err != nil {
		return quipu.Receipt{}, err
	}
	c.enqueue(ledger, p)
	select {
	case <-p.done:
		return p.result.Receipt, p.result.Err
	case <-ctx.Done():
		return quipu.Receipt{}, p.abandon()
	}
}

// AppendAll makes appends that are independent of each other: each is atomic, guarded and refused by itself. It sends
// them in as few requests as fit, in order, and returns a result for each, in order; an append that has to be sent again may
// happen after later ones. The error is that of a request that failed as a whole, such as NotFound for the ledger, or was
// given up; the results say what that means for each. An append that is refused by itself is no error of AppendAll.
func (c *Client) AppendAll(ctx context.Context, ledger string, appends []quipu.Append) ([]AppendResult, error) {
	if err := nonempty(ledger); err != nil {
		return nil, err
	}
	results := make([]AppendResult, len(appends))
	batch := make([]*pending, 0, len(appends))
	for i, a := range appends {
		p, err := newPending(ctx, ledger, a)
		if err != nil {
			results[i].Err = err
			continue
		}
		p.result = &results[i]
		batch = append(batch, p)
	}
	for len(batch) > 0 {
		n := fit(batch, allCountMax, allBytesMax)
		err := c.deliver(ctx, ledger, batch[:n])
		batch = batch[n:]
		if err != nil {
			for _, p := range batch {
				p.settle(quipu.Receipt{}, quipu.Errorf(quipu.Unavailable, "not sent, since an earlier request failed").Because(err))
			}
			return results, err
		}
	}
	return results, nil
}
