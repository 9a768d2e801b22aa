package selector

import (
	"math"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Index names one of a ledger's indexes.
type Index uint8

const (
	// ByEntity finds events by an entity's term.
	ByEntity Index = iota
	// ByName finds events by their name.
	ByName
	// ByMember finds events by terms of their optional members.
	ByMember
)

// Indexes are all of them.
var Indexes = [...]Index{ByEntity, ByName, ByMember}

// Terms calls fn with each term under which the index has the event, until fn
// returns false. A term may come twice, and is valid during the call only.
func (i Index) Terms(d *record.Draft, buf []byte, fn func(term []byte) bool) error {
	switch i {
	case ByName:
		fn(d.Name)
		return nil
	case ByMember:
		return d.MemberTerms(buf, fn)
	default:
		return d.Terms(buf, fn)
	}
}

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

// candidates picks the part with the fewest events by its index, or the log
// itself. What the index does not say is tested on each event.
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
	consider(ByEntity, s.correlations)
	consider(ByMember, termsOf(s.ids, record.IDTerm))
	consider(ByMember, termsOf(s.producers, record.ProducerTerm))
	consider(ByMember, termsOf(s.schemas, record.SchemaTerm))
	consider(ByMember, s.linkTerms())
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

// termsOf are the terms of values in the member index.
func termsOf(values []string, term func(string) string) []string {
	terms := make([]string, len(values))
	for i, value := range values {
		terms[i] = term(value)
	}
	return terms
}

// linkTerms are the terms of the link filters in the member index: of a target,
// which fewer links have, or of a type if that is all there is.
func (s *Selector) linkTerms() []string {
	terms := make([]string, len(s.links))
	for i, f := range s.links {
		if terms[i] = f.target; f.target == "" {
			terms[i] = record.LinkTypeTerm(f.linkType)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
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
