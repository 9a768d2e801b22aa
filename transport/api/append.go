package api

import "github.com/quipu-ledger/quipu/transport/wire"

// appendOne carries out one atomic append. The whole body is read and understood before anything is proposed.
func appendOne(x *exchange) error {
	draft, err := x.readAppend()
	if err != nil {
		return err
	}
	if draft.Ledger, err = x.ledgerID(); err != nil {
		return err
	}
	out := x.api.backend.Propose(x.context(), commands(draft))[0]
	if out.Err != nil {
		return draft.Located(out.Err)
	}
	return x.sendJSON(wire.ReceiptStatus(out.Receipt), wire.AppendReceipt(nil, out.Receipt))
}
