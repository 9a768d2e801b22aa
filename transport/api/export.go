package api

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// exportLedger streams every event, the ledger's own too. With the end line behind them they are what an import takes, if
// they have the contents of files.
func exportLedger(x *exchange) error {
	read, err := x.read()
	if err != nil {
		return err
	}
	var after quipu.Place
	if x.params.Has(wire.ParamAfter) {
		if after, err = parsePlace(x.params.Get(wire.ParamAfter)); err != nil {
			return err
		}
	}
	until, given, err := x.positionParam(wire.ParamUntil)
	if err != nil {
		return err
	}
	if given && until == 0 {
		return quipu.Errorf(quipu.Invalid, "until is 0").WithHint("positions count from 1")
	}
	inline, err := x.filesParam(true)
	if err != nil {
		return err
	}
	view, span, err := x.span(read, after, until, "")
	if err != nil {
		return err
	}
	answer := stream{x: x, view: view, span: span, inline: inline}
	return answer.run()
}
