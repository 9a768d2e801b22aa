package apitest

import (
	"bytes"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// history is what has been applied, by slot. It is the state machine's log and its source of events.
type history struct {
	slots map[ledger.Slot]*events
}

type events struct {
	records []record.Record // by position, from 1
	keys    map[string]ledger.KeyRecord
	files   map[record.Hash][]byte
}

var (
	_ ledger.Log      = (*history)(nil)
	_ selector.Source = source{}
)

func (h *history) slot(slot ledger.Slot) *events {
	if h.slots[slot] == nil {
		h.slots[slot] = &events{keys: map[string]ledger.KeyRecord{}, files: map[record.Hash][]byte{}}
	}
	return h.slots[slot]
}

// Key implements ledger.History.
func (h *history) Key(slot ledger.Slot, key string, after quipu.Position) (ledger.KeyRecord, bool, error) {
	known, ok := h.slot(slot).keys[key]
	return known, ok && known.First > after, nil
}

// Source implements ledger.History.
func (h *history) Source(slot ledger.Slot, _ quipu.Position) (selector.Source, error) {
	return source{h.slot(slot).records}, nil
}

// File implements ledger.History.
func (h *history) File(slot ledger.Slot, hash record.Hash) (bool, error) {
	_, ok := h.slot(slot).files[hash]
	return ok, nil
}

// Add implements ledger.Log.
func (h *history) Add(slot ledger.Slot, records []record.Record, key string, kept ledger.KeyRecord, files []command.File) {
	e := h.slot(slot)
	for i := range records {
		e.records = append(e.records, records[i].Clone())
	}
	if key != "" {
		e.keys[key] = kept
	}
	for _, f := range files {
		e.files[f.Hash] = bytes.Clone(f.Bytes)
	}
}

// Changed implements ledger.Log.
func (h *history) Changed(*ledger.State) {}

// Dropped implements ledger.Log.
func (h *history) Dropped(slot ledger.Slot) { delete(h.slots, slot) }

// source reads records as they were when it was made: appending leaves a slice's earlier elements alone.
type source struct{ records []record.Record }

// Record implements selector.Source.
func (s source) Record(p quipu.Position) (record.Record, error) {
	if p == 0 || p > quipu.Position(len(s.records)) {
		return record.Record{}, quipu.Errorf(quipu.Internal, "no event at position %d", p)
	}
	return s.records[p-1], nil
}

// Postings implements selector.Source.
func (s source) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	var found positions
	for i := range s.records {
		if has(&s.records[i], index, term) {
			found.list = append(found.list, s.records[i].Position)
		}
	}
	found.reverse = reverse
	return found
}

func has(r *record.Record, index selector.Index, term string) bool {
	found := false
	_ = index.Terms(&r.Draft, nil, func(t []byte) bool {
		found = string(t) == term
		return !found
	})
	return found
}

// Estimate implements selector.Source.
func (s source) Estimate(index selector.Index, term string, after, until quipu.Position) uint64 {
	count := uint64(0)
	for i := range s.records {
		if p := s.records[i].Position; after < p && p <= until && has(&s.records[i], index, term) {
			count++
		}
	}
	return count
}

// positions are an iterator's, ascending.
type positions struct {
	list    []quipu.Position
	reverse bool
}

// Seek implements selector.Iterator.
func (l positions) Seek(p quipu.Position) (quipu.Position, bool) {
	i, exact := slices.BinarySearch(l.list, p)
	if l.reverse && !exact {
		i--
	}
	if i < 0 || i >= len(l.list) {
		return 0, false
	}
	return l.list[i], true
}
