package api

import (
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// appendOne carries out one atomic append. The whole body is read and understood before anything is proposed.
func appendOne(x *exchange) error {
	body, err := x.readBody()
	if err != nil {
		return err
	}
	draft, err := readAppend(shape.Of(body))
	if err != nil {
		return err
	}
	if draft.Ledger, err = x.ledgerID(); err != nil {
		return err
	}
	out := x.api.backend.Propose(x.context(), commands(draft))[0]
	if out.Err != nil {
		return draft.located(out.Err)
	}
	return x.sendJSON(wire.ReceiptStatus(out.Receipt), wire.AppendReceipt(nil, out.Receipt))
}
