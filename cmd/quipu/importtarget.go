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

// Append carries out appends one after the other.
func (t *importTarget) Append(ctx context.Context, appends []quipu.Append) (errs []error, replayed int) {
	results, _ := t.to.AppendAll(ctx, t.ledger, appends) // its error stands in the results
	errs = make([]error, len(results))
	for i, result := range results {
		if errs[i] = result.Err; result.Receipt.Replayed {
			replayed += len(appends[i].Events)
		}
	}
	return errs, replayed
}
