package apitest

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/api"
)

// pageEvents is small, so that short tests see several pages.
const pageEvents = 50

// view is a ledger as it was at one moment.
type view struct {
	state  *ledger.State
	source source
}

var _ api.View = (*view)(nil)

// State implements api.View.
func (v *view) State() *ledger.State { return v.state }

// Page implements api.View.
func (v *view) Page(s *selector.Selector, in selector.Range, fn func(*record.Record) bool) (quipu.Position, bool, error) {
	in.Candidates = pageEvents
	if s != nil {
		return s.Walk(v.source, in, fn)
	}
	reached := in.After
	for range pageEvents {
		if reached == in.Until {
			return reached, true, nil
		}
		reached++
		if r := v.source.records[reached-1]; !fn(&r) {
			break
		}
	}
	return reached, reached == in.Until, nil
}

// Record implements api.View.
func (v *view) Record(p quipu.Position) (record.Record, error) { return v.source.Record(p) }

// Find implements api.View.
func (v *view) Find(id quipu.EventID) (quipu.Position, bool, error) {
	return ledger.Find(v.state, v.source, id)
}
