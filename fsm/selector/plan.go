package selector

import (
	"math"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Index names one of a ledger's two indexes.
type Index uint8

const (
	// ByEntity finds events by an entity's term.
	ByEntity Index = iota
	// ByName finds events by their name.
	ByName
)

// Indexes are all of them.
var Indexes = [...]Index{ByEntity, ByName}

// Source is what a selector reads: one ledger, as it was at one moment.
type Source interface {
	// Postings walks the positions that an index holds for a term.
	Postings(index Index, term string, reverse bool) Iterator
	// Estimate is about how many positions Postings would give in (after, until].
	Estimate(index Index, term string, after, until quipu.Position) uint64
	// Record reads one event. Its bytes are valid until the source is closed.
	Record(quipu.Position) (record.Record, error)
}

// Iterator walks positions in one direction, each at most once.
type Iterator interface {
	// Seek gives the next position at or beyond p in the iterator's direction:
	// the smallest that is >= p, or in reverse the largest that is <= p.
	// Consecutive calls never go back. It reports false when there is none.
	Seek(p quipu.Position) (quipu.Position, bool)
}

// Range is the part of a ledger that a walk covers: (After, Until].
type Range struct {
	After, Until quipu.Position
	Reverse      bool
	// Candidates bounds the events that are looked at; 0 is no bound.
	Candidates int
}

// Walk calls fn with each event in the range that the selector matches, in
// order, until fn returns false. It gives the last position that it has dealt
// with, and whether the range is finished, which it never is when fn stopped the
// walk. Another Walk continues from there: its After, or in reverse its Until +
// 1, is the position. The record's bytes are the source's.
func (s *Selector) Walk(src Source, in Range, fn func(*record.Record) bool) (reached quipu.Position, finished bool, err error) {
	candidates := s.candidates(src, in)
	at, step := in.After+1, 1
	reached = in.After
	if in.Reverse {
		at, step = in.Until, -1
		reached = in.Until + 1
	}
	for looked := 0; in.After < at && at <= in.Until; looked++ {
		p, ok := candidates.Seek(at)
		if !ok || p <= in.After || p > in.Until {
			break
		}
		if in.Candidates > 0 && looked == in.Candidates {
			return reached, false, nil
		}
		r, err := src.Record(p)
		if err != nil {
			return reached, false, err
		}
		match, err := s.Matches(&r)
		if err != nil {
			return reached, false, err
		}
		reached = p
		if match && !fn(&r) {
			return reached, false, nil
		}
		at = quipu.Position(int64(p) + int64(step))
	}
	if in.Reverse {
		return min(in.After, in.Until) + 1, true, nil
	}
	return max(in.After, in.Until), true, nil
}

// candidates picks the narrowest of the entity index, the name index and the
// log itself. What the index does not say is tested on each event.
func (s *Selector) candidates(src Source, in Range) Iterator {
	best := uint64(in.Until - min(in.After, in.Until))
	pick := func() Iterator { return everything{} }
	consider := func(index Index, terms []string) {
		if len(terms) == 0 {
			return
		}
		total := estimate(src, index, terms, in, best)
		if total >= best {
			return
		}
		best = total
		pick = func() Iterator { return union(src, index, terms, in.Reverse) }
	}
	consider(ByEntity, s.terms)
	if s.named {
		consider(ByName, s.distinctNames())
	}
	return pick()
}

// estimate adds up the terms' estimates and stops where another plan is better already.
func estimate(src Source, index Index, terms []string, in Range, enough uint64) uint64 {
	total := uint64(0)
	for _, term := range terms {
		if total += src.Estimate(index, term, in.After, in.Until); total >= enough {
			return math.MaxUint64
		}
	}
	return total
}

func (s *Selector) distinctNames() []string {
	names := make([]string, 0, len(s.names))
	for _, n := range s.names {
		if len(names) == 0 || names[len(names)-1] != n.name {
			names = append(names, n.name)
		}
	}
	return names
}

// everything is the log itself as an iterator.
type everything struct{}

func (everything) Seek(p quipu.Position) (quipu.Position, bool) { return p, p > 0 }

func union(src Source, index Index, terms []string, reverse bool) Iterator {
	if len(terms) == 1 {
		return src.Postings(index, terms[0], reverse)
	}
	u := &merged{reverse: reverse}
	for _, term := range terms {
		u.parts = append(u.parts, part{Iterator: src.Postings(index, term, reverse)})
	}
	return u
}

// merged gives the union of several iterators.
type merged struct {
	parts   []part
	reverse bool
}

// part remembers the position that its iterator stands at.
type part struct {
	Iterator
	at      quipu.Position
	started bool
}

// Seek drops the parts that have ended. A linear search is right for the few
// terms and names that selectors have, and bounded by quipu.SelectorKeysMax.
func (m *merged) Seek(p quipu.Position) (best quipu.Position, found bool) {
	kept := m.parts[:0]
	for _, one := range m.parts {
		if !one.started || m.before(one.at, p) {
			at, ok := one.Iterator.Seek(p)
			if !ok {
				continue
			}
			one.at, one.started = at, true
		}
		if !found || m.before(one.at, best) {
			best, found = one.at, true
		}
		kept = append(kept, one)
	}
	m.parts = kept
	return best, found
}

func (m *merged) before(a, b quipu.Position) bool {
	if m.reverse {
		return a > b
	}
	return a < b
}
