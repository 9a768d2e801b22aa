package selector

import "github.com/quipu-ledger/quipu"

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
