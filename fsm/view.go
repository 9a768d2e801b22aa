package fsm

import (
	"bytes"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// The bounds of one page, and so of one read transaction of the store: a
// transaction pins the pages that it may read until it ends.
const (
	pageBytesMax      = 1 << 20
	pageCandidatesMax = 8192
)

// View is one ledger at one head. Since history does not change, it needs no
// transaction of its own: each call opens what it reads and closes it again.
type View struct {
	fsm   *FSM
	state ledger.State
}

// View gives a ledger as it is now.
func (f *FSM) View(ref string) (*View, bool) {
	s, ok := f.State(ref)
	return &View{fsm: f, state: s}, ok
}

// State is the ledger's state at the view's head. It must not be changed.
func (v *View) State() *ledger.State { return &v.state }

// Page calls fn with the events in the range that the selector matches, or with
// every event, system events too, if the selector is nil, until fn returns
// false or a page's worth of work is done. The record's bytes are valid during
// the call only; fn must not block, since a transaction is open. It gives the
// last position that was dealt with and whether the range is finished.
func (v *View) Page(s *selector.Selector, in selector.Range, fn func(*record.Record) bool) (quipu.Position, bool, error) {
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	in.Until = min(in.Until, v.state.Head)
	if in.Candidates == 0 {
		in.Candidates = pageCandidatesMax
	}
	bytes := 0
	bounded := func(r *record.Record) bool {
		bytes += r.Size()
		return fn(r) && bytes < pageBytesMax
	}
	if s == nil {
		return walkAll(src, in, bounded)
	}
	return s.Walk(src, in, bounded)
}

// walkAll is Walk for an export: every event, oldest first.
func walkAll(src *source, in selector.Range, fn func(*record.Record) bool) (quipu.Position, bool, error) {
	for p := in.After + 1; p <= in.Until; p++ {
		r, err := src.Record(p)
		if err != nil {
			return p - 1, false, err
		}
		if !fn(&r) || p-in.After == quipu.Position(in.Candidates) {
			return p, p == in.Until, nil
		}
	}
	return max(in.After, in.Until), true, nil
}

// Record gives one event up to the head, with bytes of its own.
func (v *View) Record(p quipu.Position) (record.Record, error) {
	if p == 0 || p > v.state.Head {
		return record.Record{}, quipu.Errorf(quipu.NotFound, "there is no event at position %d", p).
			WithHint("the ledger's head is %d", v.state.Head)
	}
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	r, err := src.Record(p)
	if err != nil {
		return record.Record{}, err
	}
	return r.Clone(), nil
}

// Find gives the position of the event with an id.
func (v *View) Find(id quipu.EventID) (quipu.Position, bool, error) {
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	return ledger.Find(&v.state, src, id)
}

// Read gives fn the ledger up to the view's head. What fn reads is valid until it
// returns; fn must not block, since a transaction is open, and bounds its own work.
func (v *View) Read(fn func(selector.Source) error) error {
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	return fn(src)
}

// File gives the content of a file, in memory of its own.
func (v *View) File(hash record.Hash) ([]byte, bool, error) {
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	content, ok, err := src.file(hash)
	return bytes.Clone(content), ok, err
}

// Aggregates gives keys of the aggregates of a type in their order, those behind
// a key, and whether there are more than the limit.
func (v *View) Aggregates(aggregateType, after string, limit int) (keys []string, more bool, err error) {
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	prefix := record.AggregatesTerm(aggregateType)
	terms, err := src.terms(selector.ByMember, prefix, after, limit+1)
	if err != nil {
		return nil, false, err
	}
	for _, term := range terms[:min(len(terms), limit)] {
		keys = append(keys, term[len(prefix):])
	}
	return keys, len(terms) > limit, nil
}

// At gives the last position that was recorded before a time, in microseconds
// since 1970; 0 if there is none.
func (v *View) At(micros int64) (quipu.Position, error) {
	src := newSource(v.fsm, v.state.Slot, v.state.Head)
	defer src.close()
	return ledger.Before(v.state.Head, src, micros)
}

// Precheck decides on an append as far as this view allows: see ledger.Precheck.
func (v *View) Precheck(c *command.Append) (*ledger.Outcome, error) {
	h := &viewHistory{view: v}
	defer h.close()
	out, err := ledger.Precheck(&v.state, h, c)
	if err != nil {
		return nil, fmt.Errorf("check an append on ledger %s: %w", v.state.Name, err)
	}
	return out, nil
}

// viewHistory is the ledger.History of one pre-check.
type viewHistory struct {
	view *View
	src  *source
}

func (h *viewHistory) source() *source {
	if h.src == nil {
		h.src = newSource(h.view.fsm, h.view.state.Slot, h.view.state.Head)
	}
	return h.src
}

func (h *viewHistory) close() {
	if h.src != nil {
		h.src.close()
	}
}

func (h *viewHistory) File(_ ledger.Slot, hash record.Hash) (bool, error) {
	return h.source().hasFile(hash)
}

func (h *viewHistory) Source(ledger.Slot, quipu.Position) (selector.Source, error) {
	return h.source(), nil
}

func (h *viewHistory) Key(_ ledger.Slot, key string, after quipu.Position) (ledger.KeyRecord, bool, error) {
	kept, ok, err := h.source().key(key, after)
	// The tail knows keys of appends that came after the view's head.
	return kept, ok && kept.Last <= h.view.state.Head, err
}
