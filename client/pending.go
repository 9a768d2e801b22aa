package client

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/quipu-ledger/quipu"
)

// pending is an append on its way. It is shared by its caller, who may leave, and the goroutine that delivers it.
type pending struct {
	ctx context.Context
	// op is what is being attempted, for errors.
	op string
	// line is the append as JSON with a line feed. Immutable.
	line []byte
	// state says whether the caller, on leaving, can take the append back.
	state atomic.Int32
	// maybe is set once an attempt may have applied the append, and last is the error of the attempt that is under way or
	// was the last. Both are the deliverer's.
	maybe bool
	last  *quipu.Error
	// result may be read once done is closed.
	result *AppendResult
	done   chan struct{}
}

// The states of a pending append.
const (
	stateOpen int32 = iota // certainly not applied, in nobody's hands
	stateSent              // being sent, or it may have been applied
	stateLeft              // taken back by the caller
)

func newPending(ctx context.Context, ledger string, a quipu.Append) (*pending, error) {
	if err := checkTexts(a); err != nil {
		return nil, err
	}
	if a.IdempotencyKey == "" {
		a.IdempotencyKey = newKey(time.Now())
	}
	line, err := encode(a)
	if err != nil {
		return nil, err
	}
	return &pending{ctx: ctx, op: "append to " + ledger, line: line, result: new(AppendResult), done: make(chan struct{})}, nil
}

// claim takes the append for an attempt. It reports false, and settles it, if the caller's context has ended.
func (p *pending) claim() bool {
	p.last = nil
	if p.ctx.Err() == nil && (p.state.CompareAndSwap(stateOpen, stateSent) || p.state.Load() == stateSent) {
		return true
	}
	p.settle(quipu.Receipt{}, p.abandon())
	return false
}

// abandon takes the append back for a caller whose context has ended, if it still can, and gives the caller's error.
func (p *pending) abandon() error {
	cause := context.Cause(p.ctx)
	if p.state.CompareAndSwap(stateOpen, stateLeft) || p.state.Load() == stateLeft {
		return &quipu.Error{Kind: quipu.Unavailable, Op: p.op, Detail: "not sent: " + cause.Error(), Err: cause}
	}
	return &quipu.Error{Kind: quipu.Uncertain, Op: p.op, Detail: "not answered: " + cause.Error(), Err: cause,
		Hint: "the same append with the same idempotency key tells whether it happened"}
}

// answered takes the error of an attempt, and settles the append unless it is to be sent again.
func (p *pending) answered(err *quipu.Error) {
	p.last = err
	switch {
	case err.Kind == quipu.Unavailable && !p.maybe:
		p.state.Store(stateOpen)
	case err.Kind == quipu.Unavailable, err.Kind == quipu.Uncertain:
		p.maybe = true
	default:
		p.settle(quipu.Receipt{}, p.final(err))
	}
}

// final is the caller's error if there is no further attempt. Where an earlier attempt may have applied the append, only
// an answer that the ledger itself gave tells that it did not: it knows the key first. One that was refused at the door,
// as with a token that has run out in between, tells nothing.
func (p *pending) final(err *quipu.Error) *quipu.Error {
	if !p.maybe {
		return err
	}
	switch err.Kind {
	case quipu.Conflict, quipu.NotFound, quipu.NotRegistered, quipu.SchemaViolation, quipu.Mismatch, quipu.Invalid, quipu.TooLarge, quipu.Uncertain:
		return err
	}
	return &quipu.Error{Kind: quipu.Uncertain, Op: p.op, Err: err,
		Detail: "may have happened at an earlier attempt; the last: " + err.Detail}
}

// settle gives the caller the outcome. It is called once.
func (p *pending) settle(receipt quipu.Receipt, err error) {
	*p.result = AppendResult{Receipt: receipt, Err: err}
	close(p.done)
}

// settled reports whether settle was called.
func (p *pending) settled() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
