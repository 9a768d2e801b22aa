package tail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// View is one ledger's part of the tail as it was at one moment, up to a head.
// It stays readable when its segments are dropped. It is a selector.Source for
// the positions from Base on.
type View struct {
	tail  *Tail
	parts []part // oldest first, at least one record each
	base  quipu.Position
	head  quipu.Position
}

type part struct {
	history *History
	records []record.Record // of history, as of the view
}

var _ selector.Source = (*View)(nil)

// View gives what the tail holds of a ledger up to a head. Whoever reads the
// store as well takes this view first: what is dropped from the tail later is
// in the store before that.
func (t *Tail) View(slot ledger.Slot, head quipu.Position) *View {
	t.mu.RLock()
	defer t.mu.RUnlock()
	v := &View{tail: t, base: head + 1, head: head}
	for _, s := range t.segments {
		h := s.histories[slot]
		if h == nil || h.Records[0].Position > head {
			continue
		}
		if len(v.parts) == 0 {
			v.base = h.Records[0].Position
		}
		v.parts = append(v.parts, part{history: h, records: h.Records})
	}
	return v
}

// Base is the first position that the view holds; the head's successor if it
// holds none.
func (v *View) Base() quipu.Position { return v.base }

// Record gives an event from Base to the head.
func (v *View) Record(p quipu.Position) (record.Record, error) {
	for i := len(v.parts) - 1; i >= 0 && p <= v.head; i-- {
		records := v.parts[i].records
		if first := records[0].Position; p >= first && p-first < quipu.Position(len(records)) {
			return records[p-first], nil
		}
	}
	return record.Record{}, fmt.Errorf("position %d is not in the tail from %d to %d", p, v.base, v.head)
}

// Key finds what an idempotency key stands for, also that of an append behind
// the head. Where a leader let one pass twice, the newest counts, as in the store.
func (v *View) Key(key string) (ledger.KeyRecord, bool) {
	v.tail.mu.RLock()
	defer v.tail.mu.RUnlock()
	for i := len(v.parts) - 1; i >= 0; i-- {
		if kept, ok := v.parts[i].history.Keys[key]; ok {
			return kept, true
		}
	}
	return ledger.KeyRecord{}, false
}

// File finds a content, also one that came behind the head: a hash stands for the
// same bytes at every head, and who asks for it has read it in an event. The bytes
// must not be changed.
func (v *View) File(hash record.Hash) ([]byte, bool) {
	v.tail.mu.RLock()
	defer v.tail.mu.RUnlock()
	for i := len(v.parts) - 1; i >= 0; i-- {
		if content, ok := v.parts[i].history.Files[hash]; ok {
			return content, true
		}
	}
	return nil, false
}

// Terms gives the distinct terms of an index that begin with the prefix and are
// greater than the prefix and after, as far as an event up to the head has them,
// in the order of their bytes. It looks at every term of the tail, which is bounded.
func (v *View) Terms(index selector.Index, prefix, after string) []string {
	found := v.terms(index, prefix, prefix+after)
	slices.Sort(found)
	return slices.Compact(found)
}

func (v *View) terms(index selector.Index, prefix, after string) (found []string) {
	v.tail.mu.RLock()
	defer v.tail.mu.RUnlock()
	for _, part := range v.parts {
		for term, list := range part.history.Terms[index] {
			if term > after && strings.HasPrefix(term, prefix) && list[0] <= v.head {
				found = append(found, term)
			}
		}
	}
	return found
}

// lists are the posting lists of a term, oldest first, each ascending. A list
// only ever grows behind what is given here.
func (v *View) lists(index selector.Index, term string) [][]quipu.Position {
	v.tail.mu.RLock()
	defer v.tail.mu.RUnlock()
	var lists [][]quipu.Position
	for _, part := range v.parts {
		if list := part.history.Terms[index][term]; len(list) > 0 {
			lists = append(lists, list)
		}
	}
	return lists
}

// Estimate is exact here.
func (v *View) Estimate(index selector.Index, term string, after, until quipu.Position) uint64 {
	total := 0
	until = min(until, v.head)
	for _, list := range v.lists(index, term) {
		from, _ := slices.BinarySearch(list, after+1)
		to, _ := slices.BinarySearch(list, until+1)
		total += max(0, to-from)
	}
	return uint64(total)
}

// Postings walks the positions of a term.
func (v *View) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	lists := v.lists(index, term)
	if reverse {
		return &descending{lists: lists, head: v.head}
	}
	return &ascending{lists: lists, head: v.head}
}

type ascending struct {
	lists [][]quipu.Position
	head  quipu.Position
}

func (it *ascending) Seek(p quipu.Position) (quipu.Position, bool) {
	for len(it.lists) > 0 {
		i, _ := slices.BinarySearch(it.lists[0], p)
		if i < len(it.lists[0]) {
			it.lists[0] = it.lists[0][i:]
			found := it.lists[0][0]
			return found, found <= it.head
		}
		it.lists = it.lists[1:]
	}
	return 0, false
}

type descending struct {
	lists [][]quipu.Position
	head  quipu.Position
}

func (it *descending) Seek(p quipu.Position) (quipu.Position, bool) {
	p = min(p, it.head)
	for n := len(it.lists); n > 0; n = len(it.lists) {
		i, _ := slices.BinarySearch(it.lists[n-1], p+1)
		if i > 0 {
			it.lists[n-1] = it.lists[n-1][:i]
			return it.lists[n-1][i-1], true
		}
		it.lists = it.lists[:n-1]
	}
	return 0, false
}
