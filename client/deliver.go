package client

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// deliver sends the appends, one as it is and several as one request, until each has its outcome, and settles them. What
// has no outcome yet is sent again with its key. The error is that of a request that failed as a whole, or of giving up.
func (c *Client) deliver(ctx context.Context, ledger string, batch []*pending) error {
	a := c.begin(ctx, true)
	for {
		claimed := make([]*pending, 0, len(batch))
		for _, p := range batch {
			if p.claim() {
				claimed = append(claimed, p)
			}
		}
		if len(claimed) == 0 {
			return batch[0].result.Err // every caller has gone
		}
		failed := c.attempt(ctx, a.next(), appendRequest(ledger, claimed), takeOutcomes(claimed))
		again, trouble := unsettled(claimed, failed)
		a.settled(trouble)
		if len(again) == 0 {
			return asError(failed)
		}
		if !a.wait() {
			return giveUp(a, again)
		}
		batch = again
	}
}

// unsettled gives the error of a request that failed as a whole to the appends that it leaves without an answer of their
// own, and gives those that are to be sent again, with the reason.
func unsettled(batch []*pending, failed *quipu.Error) (again []*pending, trouble *quipu.Error) {
	trouble = failed
	for _, p := range batch {
		if failed != nil && p.last == nil && !p.settled() {
			each := *failed // an error belongs to its caller, who may change it
			p.answered(&each)
		}
		if !p.settled() {
			again, trouble = append(again, p), p.last
		}
	}
	return again, trouble
}

// giveUp settles appends without an outcome. It gives the error of one that may have happened, if there is one.
func giveUp(a *attempts, batch []*pending) error {
	worst := batch[0]
	for _, p := range batch {
		p.settle(quipu.Receipt{}, p.final(a.verdict(p.last)))
		if p.maybe {
			worst = p
		}
	}
	return worst.result.Err
}

func appendRequest(ledger string, batch []*pending) *request {
	r := &request{op: batch[0].op, method: http.MethodPost, write: true}
	if len(batch) == 1 {
		r.path, r.contentType, r.body = ledgerPath(ledger, "append"), wire.TypeJSON, fixed(batch[0].line)
		return r
	}
	lines := make([][]byte, len(batch))
	for i, p := range batch {
		lines[i] = p.line
	}
	r.path, r.contentType, r.body = ledgerPath(ledger, "appends"), wire.TypeNDJSON, fixed(bytes.Join(lines, nil))
	return r
}

// takeOutcomes settles the appends that an answer decides. Lines that arrived before the answer broke off count.
func takeOutcomes(batch []*pending) take {
	if len(batch) == 1 {
		return func(answer *http.Response, _ func()) error {
			var receipt quipu.Receipt
			if err := into(&receipt)(answer, nil); err != nil {
				return err
			}
			batch[0].settle(receipt, nil)
			return nil
		}
	}
	return func(answer *http.Response, _ func()) error {
		lines := newLines(answer.Body)
		for _, p := range batch {
			line, err := lines.next()
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
			receipt, problem, err := wire.DecodeLine(line)
			switch {
			case err != nil:
				return notUnderstood(err)
			case problem != nil:
				problem.Op = p.op
				p.answered(problem)
			default:
				p.settle(*receipt, nil)
			}
		}
		_, _ = lines.next() // to the end of the body, so that the connection can be used again
		return nil
	}
}

// asError keeps a nil *quipu.Error from becoming an error that is not nil.
func asError(err *quipu.Error) error {
	if err == nil {
		return nil
	}
	return err
}
