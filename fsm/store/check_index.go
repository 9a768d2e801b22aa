package store

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// index compares an index with the events, without building another: each
// posting is looked up in its event, so that none is too many; since no posting is
// there twice, as many postings as there are pairs of a term and an event mean
// that none is missing. Only if the numbers differ are the missing ones looked for.
func (c *checker) index(state *ledger.State, index int, want uint64) error {
	bucket := inner(c.tx, state.Slot, indexBuckets[index])
	right := uint64(0)
	if bucket != nil {
		check := indexChecker{checker: c, state: state, index: selector.Index(index)}
		check.source = (&View{tx: c.tx}).reader(state.Slot)
		if err := bucket.ForEach(check.chunk); err != nil {
			return err
		}
		right = check.right
	}
	if right == want {
		return nil
	}
	return c.missing(state, selector.Index(index), bucket)
}

// indexChecker goes through an index chunk by chunk.
type indexChecker struct {
	*checker
	state  *ledger.State
	index  selector.Index
	source *reader

	term      string
	before    uint64         // postings of the term in earlier chunks
	last      quipu.Position // of the chunk before
	positions []quipu.Position
	right     uint64 // postings whose event has the term
	chunks    uint64
	buf       [128]byte
	versions  versions
}

func (c *indexChecker) wrong(p quipu.Position, problem string, args ...any) {
	c.found(Finding{Bucket: string(indexBuckets[c.index]), Position: p, Problem: fmt.Sprintf(problem, args...)})
}

func (c *indexChecker) chunk(key, value []byte) error {
	if c.chunks++; c.chunks%progressEvery == 0 && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	term, first, ok := splitChunkKey(key)
	if !ok {
		c.wrong(0, "the key %q is not that of a chunk of postings", key)
		return nil
	}
	if term != c.term {
		c.term, c.before, c.last, c.versions = term, 0, 0, versions{}
	}
	before, positions, ok := decodeChunk(c.positions[:0], first, value)
	if !ok {
		c.wrong(first, "the postings of %q from here cannot be read", term)
		c.versions.lost = true
		return nil
	}
	c.positions = positions
	if before != c.before {
		c.wrong(first, "the chunk of %q from here counts %d earlier postings, there are %d", term, before, c.before)
	}
	if first <= c.last {
		c.wrong(first, "the postings of %q are not in order: the chunk before this ends at %d", term, c.last)
		c.versions.lost = true
		return nil
	}
	for _, p := range positions {
		c.posting(p)
	}
	c.before += uint64(len(positions))
	c.last = positions[len(positions)-1]
	return nil
}

// posting checks that the event at a position has the term.
func (c *indexChecker) posting(p quipu.Position) {
	r, err := c.source.Record(p)
	if err != nil {
		c.wrong(p, "the postings of %q have an event that cannot be read; the head is %d", c.term, c.state.Head)
		c.versions.lost = true
		return
	}
	has := false
	_ = c.index.Terms(&r.Draft, c.buf[:0], func(term []byte) bool {
		has = string(term) == c.term
		return !has
	})
	if !has {
		c.wrong(p, "the postings of %q have this event, which does not concern it", c.term)
		return
	}
	c.right++
	if c.index == selector.ByMember {
		c.version(&r)
	}
}

// missing looks every event up in the index.
func (c *checker) missing(state *ledger.State, index selector.Index, bucket *bbolt.Bucket) error {
	postings := (&View{tx: c.tx}).reader(state.Slot)
	err := eachEvent(c.tx, state.Slot, func(p quipu.Position, value []byte) error {
		if p%progressEvery == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		r, err := record.DecodeValue(p, value)
		if err != nil {
			return nil // reported with the events
		}
		terms, _ := termsOf(index, &r) // an error is reported with the events
		for _, term := range terms {
			postings.err = nil // reported with the chunks
			at, ok := postings.Postings(index, term, false).Seek(p)
			if bucket == nil || !ok || at != p || postings.err != nil {
				c.found(Finding{Bucket: string(indexBuckets[index]), Position: p, Problem: fmt.Sprintf("the postings of %q lack this event", term)})
			}
		}
		return nil
	})
	if errors.Is(err, quipu.Corrupt) { // reported with the events
		return nil
	}
	return err
}
