package store

import (
	"bytes"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Terms seeks from each term to the next, over however many chunks lie between.
func (l *reader) Terms(index selector.Index, prefix, after string, until quipu.Position, limit int) (found []string, err error) {
	bucket := l.indexes[index]
	if bucket == nil {
		return nil, nil
	}
	start := appendEscaped(nil, prefix)
	from := start
	if after != "" {
		from = behind(prefix + after)
	}
	c := bucket.Cursor()
	for key, _ := c.Seek(from); key != nil && bytes.HasPrefix(key, start) && len(found) < limit; {
		term, first, ok := splitChunkKey(key)
		if !ok {
			return nil, corrupt(l.slot, indexBuckets[index], "the key %q is not that of a chunk of postings", key)
		}
		if term > prefix+after && first <= until {
			found = append(found, term)
		}
		key, _ = c.Seek(behind(term))
	}
	return found, nil
}

// behind is greater than the keys of all chunks of a term, and less than those of
// the terms that come after it.
func behind(term string) []byte {
	return appendPosition(appendPrefix(make([]byte, 0, len(term)+9), term), positionMax+1)
}
