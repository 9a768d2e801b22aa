package apitest

import (
	"slices"

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
	files  map[record.Hash][]byte
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

// At implements api.View.
func (v *view) At(micros int64) (quipu.Position, error) {
	return ledger.Before(v.state.Head, v.source, micros)
}

// Read implements api.View.
func (v *view) Read(fn func(selector.Source) error) error { return fn(v.source) }

// File implements api.View.
func (v *view) File(hash record.Hash) ([]byte, bool, error) {
	content, ok := v.files[hash]
	return content, ok, nil
}

// Aggregates implements api.View.
func (v *view) Aggregates(aggregateType, after string, limit int) (keys []string, more bool, err error) {
	for i := range v.source.records {
		of, key, _, ok := v.source.records[i].Aggregate()
		if ok && string(of) == aggregateType && string(key) > after {
			keys = append(keys, string(key))
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return keys[:min(len(keys), limit)], len(keys) > limit, nil
}
