package store

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
)

const (
	// A chunk is closed when it holds this many positions or bytes: small enough
	// that a change rewrites little and a search decodes little, large enough that
	// keys are a small part of a long list.
	chunkPositionsMax = 256
	chunkBytesMax     = 1 << 10

	separator = 0x01
	escaped   = 0xff // follows a separator that is part of a term

	// positionMax leaves out the positions that begin like an escape.
	positionMax quipu.Position = math.MaxInt64
)

// appendPrefix appends what the keys of all chunks of a term begin with.
func appendPrefix(dst []byte, term string) []byte {
	return append(appendEscaped(dst, term), separator)
}

// appendEscaped appends what the keys of all terms begin with that begin with part.
func appendEscaped(dst []byte, part string) []byte {
	for i := range len(part) {
		dst = append(dst, part[i])
		if part[i] == separator {
			dst = append(dst, escaped)
		}
	}
	return dst
}

func appendPosition(dst []byte, p quipu.Position) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(p))
}

// chunkFirst reads a chunk's first position from its key. It reports false for
// the key of another term.
func chunkFirst(key, prefix []byte) (quipu.Position, bool) {
	if len(key) != len(prefix)+8 || !bytes.HasPrefix(key, prefix) {
		return 0, false
	}
	first := quipu.Position(binary.BigEndian.Uint64(key[len(prefix):]))
	return first, first <= positionMax
}

// splitChunkKey gives the term and the first position of any chunk's key.
func splitChunkKey(key []byte) (term string, first quipu.Position, ok bool) {
	if len(key) < 9 || key[len(key)-9] != separator {
		return "", 0, false
	}
	first = quipu.Position(binary.BigEndian.Uint64(key[len(key)-8:]))
	raw := key[:len(key)-9]
	term = string(bytes.ReplaceAll(raw, []byte{separator, escaped}, []byte{separator}))
	return term, first, first <= positionMax && bytes.Equal(appendPrefix(nil, term), key[:len(key)-8])
}

// decodeChunk gives the number of postings in earlier chunks, and appends this
// chunk's positions to dst.
func decodeChunk(dst []quipu.Position, first quipu.Position, value []byte) (before uint64, positions []quipu.Position, ok bool) {
	in := codec.NewReader(value)
	before = in.Uint()
	positions = append(slices.Grow(dst, min(len(value), chunkPositionsMax)), first)
	for last := first; in.Len() > 0; {
		distance := in.Uint()
		if in.Err() != nil || distance == 0 || distance > uint64(positionMax-last) {
			return 0, dst, false
		}
		last += quipu.Position(distance)
		positions = append(positions, last)
	}
	return before, positions, in.Err() == nil
}

// floor finds the last chunk of a term whose first position is at most p, and
// leaves the cursor there. key is a buffer that begins with the term's prefix.
func floor(c *bbolt.Cursor, prefix []byte, p quipu.Position) (first quipu.Position, value []byte, ok bool) {
	key, value := c.Seek(appendPosition(prefix, min(p, positionMax)))
	if first, ok = chunkFirst(key, prefix); !ok || first > p {
		key, value = c.Prev()
		first, ok = chunkFirst(key, prefix)
	}
	return first, value, ok
}

// chunk is a chunk that grows.
type chunk struct {
	first, last quipu.Position
	before      uint64
	count       int
	distances   []byte
}

func (c *chunk) full() bool { return c.count >= chunkPositionsMax || len(c.distances) >= chunkBytesMax }

func (c *chunk) put(b *bbolt.Bucket, prefix []byte) error {
	return b.Put(appendPosition(prefix, c.first), append(codec.AppendUint(nil, c.before), c.distances...))
}

// extend adds ascending positions to a term's postings. One that equals the
// position before it is left out.
func extend(b *bbolt.Bucket, term string, positions []quipu.Position) error {
	prefix := appendPrefix(make([]byte, 0, len(term)+9), term)
	c, err := lastChunk(b, prefix)
	if err != nil {
		return err
	}
	changed := false
	for _, p := range positions {
		switch {
		case c.count > 0 && p == c.last:
			continue
		case p <= c.last || p > positionMax:
			return quipu.Errorf(quipu.Internal, "posting %d of %q comes after %d", p, term, c.last)
		case c.count > 0 && !c.full():
			c.distances = codec.AppendUint(c.distances, uint64(p-c.last))
		default:
			if changed {
				if err := c.put(b, prefix); err != nil {
					return err
				}
			}
			c = chunk{first: p, before: c.before + uint64(c.count)}
		}
		c.last, changed = p, true
		c.count++
	}
	if !changed {
		return nil
	}
	return c.put(b, prefix)
}

// lastChunk is the chunk at the end of a term's postings, or an empty one.
func lastChunk(b *bbolt.Bucket, prefix []byte) (chunk, error) {
	first, value, ok := floor(b.Cursor(), prefix, positionMax)
	if !ok {
		return chunk{}, nil
	}
	before, positions, ok := decodeChunk(nil, first, value)
	if !ok {
		return chunk{}, quipu.Errorf(quipu.Corrupt, "the postings of %q from %d cannot be read", prefix, first)
	}
	_, header := binary.Uvarint(value)
	return chunk{
		first: first, last: positions[len(positions)-1], before: before, count: len(positions),
		distances: append([]byte(nil), value[header:]...),
	}, nil
}
