package api

import (
	"net/http"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// setSettings replaces a ledger's settings: what the body leaves out is not set afterwards.
func setSettings(x *exchange) error {
	o, err := x.bodyObject(settingsMembers...)
	if err != nil {
		return err
	}
	c := &command.SetSettings{}
	if c.Settings, err = readSettings(o); err != nil {
		return err
	}
	if c.Ledger, err = x.ledgerID(); err != nil {
		return err
	}
	out, err := x.propose(c)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, wire.EncodeLedger(out.Ledger))
}

var settingsMembers = []string{"id"}

func readSettings(o shape.Object) (s quipu.Settings, err error) {
	v := o.Member("id")
	if !v.Exists() {
		return s, nil
	}
	text, err := v.Text()
	if err != nil {
		return s, err
	}
	if s.ID = quipu.IDKind(text); slices.Contains(quipu.IDKinds, s.ID) {
		return s, nil
	}
	kinds := make([]string, len(quipu.IDKinds))
	for i, kind := range quipu.IDKinds {
		kinds[i] = string(kind)
	}
	refusal := v.Errorf("the kind of ids %q is not known", clip(text))
	if near := quipu.Nearest(text, kinds); near != "" {
		return s, refusal.WithHint("did you mean %q?", near)
	}
	return s, refusal.WithHint("known are %q; leave it out, and the ledger makes no ids", kinds)
}
