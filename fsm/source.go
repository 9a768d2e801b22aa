package fsm

import (
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/fsm/tail"
)

// source reads one ledger, tail and store as one, up to a head. The tail is
// taken first, so that what is flushed and dropped from it meanwhile is in the
// store when that is opened; where both hold an event, the tail answers. The
// store is opened only when something below the tail is asked for.
type source struct {
	slot  ledger.Slot
	head  quipu.Position
	store *store.Store
	tail  *tail.View

	view   *store.View
	ledger store.Ledger
}

var _ selector.Source = (*source)(nil)

func newSource(f *FSM, slot ledger.Slot, head quipu.Position) *source {
	return &source{slot: slot, head: head, store: f.store, tail: f.tail.View(slot, head)}
}

func (s *source) close() {
	if s.view != nil {
		s.view.Close()
		s.view = nil
	}
}

// stored opens the store; it says false if all that there is, is in the tail.
func (s *source) stored() (store.Ledger, bool, error) {
	if s.tail.Base() <= 1 {
		return nil, false, nil
	}
	if s.view == nil {
		view, err := s.store.View()
		if err != nil {
			return nil, false, err
		}
		s.view, s.ledger = view, view.Ledger(s.slot)
	}
	return s.ledger, true, nil
}

func (s *source) Record(p quipu.Position) (record.Record, error) {
	if p >= s.tail.Base() {
		return s.tail.Record(p)
	}
	stored, _, err := s.stored()
	if err != nil {
		return record.Record{}, err
	}
	return stored.Record(p)
}

// key finds an idempotency key among appends after a position.
func (s *source) key(key string, after quipu.Position) (ledger.KeyRecord, bool, error) {
	kept, ok := s.tail.Key(key)
	if !ok && after+1 < s.tail.Base() {
		stored, some, err := s.stored()
		if err != nil {
			return ledger.KeyRecord{}, false, err
		}
		if some {
			if kept, ok, err = stored.Key(key); err != nil {
				return ledger.KeyRecord{}, false, err
			}
		}
	}
	return kept, ok && kept.First > after, nil
}

// file gives the content of a file, in memory that is valid until the source is closed.
func (s *source) file(hash record.Hash) ([]byte, bool, error) {
	if content, ok := s.tail.File(hash); ok {
		return content, true, nil
	}
	stored, some, err := s.stored()
	if err != nil || !some {
		return nil, false, err
	}
	return stored.File(hash)
}

// hasFile is file for who does not want the content.
func (s *source) hasFile(hash record.Hash) (bool, error) {
	if _, ok := s.tail.File(hash); ok {
		return true, nil
	}
	stored, some, err := s.stored()
	return err == nil && some && stored.HasFile(hash), err
}

// terms gives the distinct terms of an index, up to the limit, that begin with a
// prefix and sort behind prefix+after.
func (s *source) terms(index selector.Index, prefix, after string, limit int) ([]string, error) {
	list := s.tail.Terms(index, prefix, after)
	if stored, some, err := s.stored(); err != nil {
		return nil, err
	} else if some {
		older, err := stored.Terms(index, prefix, after, s.tail.Base()-1, limit)
		if err != nil {
			return nil, err
		}
		list = append(list, older...)
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list[:min(len(list), limit)], nil
}

func (s *source) Estimate(index selector.Index, term string, after, until quipu.Position) uint64 {
	base := s.tail.Base()
	total := uint64(0)
	if until >= base {
		total = s.tail.Estimate(index, term, max(after, base-1), until)
	}
	if after+1 < base {
		if stored, some, err := s.stored(); err == nil && some {
			total += stored.Estimate(index, term, after, min(until, base-1))
		}
	}
	return total
}

func (s *source) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	return &joined{
		source: s, index: index, term: term, reverse: reverse,
		newer: s.tail.Postings(index, term, reverse), base: s.tail.Base(),
	}
}

// joined walks the postings of the store below the tail's base and those of the
// tail from there, in one direction. The store is opened when it is reached.
type joined struct {
	source  *source
	index   selector.Index
	term    string
	reverse bool
	newer   selector.Iterator
	older   selector.Iterator // nil until it is needed
	base    quipu.Position
}

func (j *joined) Seek(p quipu.Position) (quipu.Position, bool) {
	if j.reverse {
		if p >= j.base {
			if found, ok := j.newer.Seek(p); ok && found >= j.base {
				return found, true
			}
		}
		return j.seekOlder(min(p, j.base-1))
	}
	if p < j.base {
		if found, ok := j.seekOlder(p); ok {
			return found, true
		}
	}
	return j.newer.Seek(max(p, j.base))
}

func (j *joined) seekOlder(p quipu.Position) (quipu.Position, bool) {
	if j.older == nil {
		stored, some, err := j.source.stored()
		switch {
		case err != nil:
			return p, true // the walk asks for this record next, and meets the error there
		case some:
			j.older = stored.Postings(j.index, j.term, j.reverse)
		default:
			j.older = none{}
		}
	}
	found, ok := j.older.Seek(p)
	return found, ok && found < j.base
}

// none is an iterator over nothing.
type none struct{}

func (none) Seek(quipu.Position) (quipu.Position, bool) { return 0, false }
