package main

import (
	"context"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
)

// importTarget is a ledger behind the client.
type importTarget struct {
	to     *client.Client
	ledger string
}

var _ bulk.Target = (*importTarget)(nil)

// Registry gives what may be appended.
func (t *importTarget) Registry(ctx context.Context) ([]quipu.Registration, error) {
	return t.to.Registry(ctx, t.ledger)
}

// Register replaces what may be appended under one event name.
func (t *importTarget) Register(ctx context.Context, r quipu.Registration) error {
	return t.to.Register(ctx, t.ledger, r)
}

// Append carries out appends one after the other, up to the first that is refused. They
// are not sent together: those behind a refused one would be in the ledger without it.
func (t *importTarget) Append(ctx context.Context, appends []quipu.Append) (errs []error, replayed int) {
	errs = make([]error, len(appends))
	for i, a := range appends {
		receipt, err := t.to.Append(ctx, t.ledger, a)
		if err != nil {
			for k := range errs[i:] {
				errs[i+k] = err
			}
			return errs, replayed
		}
		if receipt.Replayed {
			replayed += len(a.Events)
		}
	}
	return errs, replayed
}
