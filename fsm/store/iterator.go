package store

import (
	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Postings walks the positions of a term, a chunk at a time. Damage is reported
// by the next Record.
func (l *reader) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	bucket := l.indexes[index]
	if bucket == nil {
		return nowhere{}
	}
	it := postings{ledger: l, index: index, cursor: bucket.Cursor()}
	it.prefix = appendPrefix(make([]byte, 0, len(term)+9), term)
	if reverse {
		return &backward{it}
	}
	return &forward{it}
}

// Estimate counts the positions of a term in (after, until]. It is exact, and two
// searches however long the list is. Damage is reported by the next Record.
func (l *reader) Estimate(index selector.Index, term string, after, until quipu.Position) uint64 {
	bucket := l.indexes[index]
	if bucket == nil || after >= until {
		return 0
	}
	it := postings{ledger: l, index: index, cursor: bucket.Cursor()}
	it.prefix = appendPrefix(make([]byte, 0, len(term)+9), term)
	upTo := it.rank(until)
	if upTo == 0 || after == 0 {
		return upTo
	}
	return upTo - min(upTo, it.rank(after))
}

type nowhere struct{}

func (nowhere) Seek(quipu.Position) (quipu.Position, bool) { return 0, false }

// postings is what both directions share: a cursor over a term's chunks, and the
// positions of the chunk that it stands at.
type postings struct {
	ledger *reader
	index  selector.Index
	cursor *bbolt.Cursor
	prefix []byte
	before uint64           // postings in earlier chunks
	chunk  []quipu.Position // empty before the first Seek
	at     int              // in chunk
	ended  bool
}

// load decodes the chunk with the given value.
func (it *postings) load(first quipu.Position, value []byte) bool {
	before, chunk, ok := decodeChunk(it.chunk[:0], first, value)
	if !ok {
		term, _, _ := splitChunkKey(appendPosition(it.prefix, first))
		it.ledger.err = corrupt(it.ledger.slot, indexBuckets[it.index], "the postings of %q from %d cannot be read", term, first)
		it.chunk, it.ended = nil, true
		return false
	}
	it.before, it.chunk = before, chunk
	return true
}

// rank is the number of positions that are at most p.
func (it *postings) rank(p quipu.Position) uint64 {
	first, value, ok := floor(it.cursor, it.prefix, p)
	if !ok || !it.load(first, value) {
		return 0
	}
	n := it.before
	for _, one := range it.chunk {
		if one > p {
			break
		}
		n++
	}
	return n
}

// stop is what Seek answers once the postings have ended. After damage it is the
// place that was asked for, so that the walk goes on to Record and gets the error.
func (it *postings) stop(p quipu.Position) (quipu.Position, bool) {
	it.ended = true
	return p, it.ledger.err != nil
}

type forward struct{ postings }

// Seek gives the smallest position that is >= p.
func (it *forward) Seek(p quipu.Position) (quipu.Position, bool) {
	if it.ended || p > it.ledger.head || !it.reach(p) {
		return it.stop(p)
	}
	for it.chunk[it.at] < p {
		it.at++
	}
	return it.chunk[it.at], true
}

// reach makes the chunk the one with the smallest position that is >= p.
func (it *forward) reach(p quipu.Position) bool {
	if len(it.chunk) > 0 {
		if it.chunk[len(it.chunk)-1] >= p {
			return true
		}
		// The next chunk is usually the one; if it is not, a search is.
		first, value, ok := it.next()
		if !ok || first >= p {
			return ok && it.enter(first, value)
		}
	}
	if first, value, ok := floor(it.cursor, it.prefix, p); ok {
		if !it.enter(first, value) {
			return false
		}
		if it.chunk[len(it.chunk)-1] >= p {
			return true
		}
		first, value, ok = it.next()
		return ok && it.enter(first, value)
	}
	key, value := it.cursor.Seek(appendPosition(it.prefix, min(p, positionMax)))
	first, ok := chunkFirst(key, it.prefix)
	return ok && it.enter(first, value)
}

func (it *forward) next() (first quipu.Position, value []byte, ok bool) {
	key, value := it.cursor.Next()
	first, ok = chunkFirst(key, it.prefix)
	return first, value, ok
}

func (it *forward) enter(first quipu.Position, value []byte) bool {
	it.at = 0
	return it.load(first, value)
}

type backward struct{ postings }

// Seek gives the largest position that is <= p.
func (it *backward) Seek(p quipu.Position) (quipu.Position, bool) {
	if it.ended || !it.reach(p) {
		return it.stop(min(p, it.ledger.head))
	}
	for it.chunk[it.at] > p {
		it.at--
	}
	return it.chunk[it.at], true
}

// reach makes the chunk the one with the largest position that is <= p.
func (it *backward) reach(p quipu.Position) bool {
	if len(it.chunk) > 0 {
		if it.chunk[0] <= p {
			return true
		}
		key, value := it.cursor.Prev()
		first, ok := chunkFirst(key, it.prefix)
		if !ok || first <= p {
			return ok && it.enter(first, value)
		}
	}
	first, value, ok := floor(it.cursor, it.prefix, p)
	return ok && it.enter(first, value)
}

func (it *backward) enter(first quipu.Position, value []byte) bool {
	ok := it.load(first, value)
	it.at = len(it.chunk) - 1
	return ok
}
