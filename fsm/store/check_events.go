package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// pairs counts, for each index, the pairs of a term and an event that have it.
type pairs [len(indexBuckets)]uint64

// events checks a ledger's events by themselves: positions, ids, times, content,
// and the registry that they fold to.
func (c *checker) events(state *ledger.State) (pairs, error) {
	var counted pairs
	links := newChain(state.ID)
	registry := ledger.Registry{}
	wrong := func(p quipu.Position, problem string) {
		c.found(Finding{Bucket: string(eventsBucket), Position: p, Problem: problem})
	}
	err := eachEvent(c.tx, state.Slot, func(p quipu.Position, value []byte) error {
		if err := c.tick(state, uint64(p)); err != nil {
			return err
		}
		c.report.Events++
		r, err := record.DecodeValue(p, value)
		if err != nil {
			wrong(p, "the value cannot be read")
			return nil
		}
		if problem := c.link(links, &r); problem != "" {
			wrong(p, problem)
		}
		if problem := badContent(&r); problem != "" {
			wrong(p, problem)
		}
		folded, err := registry.Fold(&r.Draft)
		if err != nil {
			wrong(p, "the data of this system event cannot be read")
		}
		registry = folded
		for index := range counted {
			counted[index] += uint64(len(termsOf(selector.Index(index), &r)))
		}
		return nil
	})
	var bad *quipu.Error
	if errors.As(err, &bad) && bad.Kind == quipu.Corrupt { // a key that is no position ends the walk
		wrong(0, bad.Detail)
	} else if err != nil {
		return counted, err
	}
	c.end(state, links, registry)
	c.progress(state.Name, uint64(state.Head), uint64(state.Head))
	return counted, nil
}

// tick reports progress now and then, and ends the check with its context.
func (c *checker) tick(state *ledger.State, done uint64) error {
	if done%progressEvery != 0 {
		return nil
	}
	c.progress(state.Name, done, uint64(state.Head))
	return c.ctx.Err()
}

// link follows the chain, over a gap too.
func (c *checker) link(links *chain, r *record.Record) (problem string) {
	if r.Position == links.next {
		return links.follow(r)
	}
	first, last := links.next, r.Position-1
	links.skip(r)
	if first == last {
		return fmt.Sprintf("the event before it, %d, is missing", first)
	}
	return fmt.Sprintf("the events before it, %d to %d, are missing", first, last)
}

// end compares where the events end with the ledger's state.
func (c *checker) end(state *ledger.State, links *chain, registry ledger.Registry) {
	wrong := func(problem string, args ...any) {
		c.found(Finding{Bucket: string(ledgersBucket), Position: state.Head, Problem: fmt.Sprintf(problem, args...)})
	}
	if last := links.next - 1; last != state.Head {
		wrong("the state's head is %d, but the last event is %d", state.Head, last)
	} else if id := links.previous[0]; id != state.HeadID {
		wrong("the state's head has the id %s, but the last event has %s", state.HeadID, id)
	}
	if !registry.Equal(state.Registry) {
		wrong("the state's registry is not what the events fold to")
	}
}

// badContent says what is wrong with the parts of an event.
func badContent(r *record.Record) string {
	parts := []struct {
		name     string
		value    []byte
		required bool
	}{{"entities", r.Entities, true}, {"data", r.Data, false}, {"meta", r.Meta, false}, {"rest", r.Rest, false}}
	for _, part := range parts {
		if (part.required || len(part.value) > 0) && !canonical.Valid(part.value) {
			return part.name + " is not canonical JSON"
		}
	}
	if len(r.Name) == 0 {
		return "the name is empty"
	}
	if err := r.Terms(nil, func([]byte) bool { return true }); err != nil {
		return "entities is not an object of arrays of strings"
	}
	return ""
}

// termsOf are the distinct terms under which an index should have an event.
func termsOf(index selector.Index, r *record.Record) []string {
	if index == selector.ByName {
		return []string{string(r.Name)}
	}
	var terms []string
	_ = r.Terms(nil, func(term []byte) bool {
		terms = append(terms, string(term))
		return true
	})
	slices.Sort(terms)
	return slices.Compact(terms)
}

// keys checks that each key stands for events that are there, with its digest.
func (c *checker) keys(state *ledger.State) error {
	bucket := inner(c.tx, state.Slot, keysBucket)
	if bucket == nil {
		return nil
	}
	source := (&View{tx: c.tx}).reader(state.Slot)
	var drafts []record.Draft
	checked := uint64(0)
	return bucket.ForEach(func(key, value []byte) error {
		if checked++; checked%progressEvery == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		wrong := func(p quipu.Position, problem string, args ...any) error {
			c.found(Finding{Bucket: string(keysBucket), Position: p, Problem: fmt.Sprintf("key %q: ", key) + fmt.Sprintf(problem, args...)})
			return nil
		}
		k, ok := decodeKeyRecord(value)
		if !ok {
			return wrong(0, "the value cannot be read")
		}
		if k.Last > state.Head || k.Last-k.First >= quipu.AppendEventsMax {
			return wrong(k.First, "it stands for the events up to %d, the head is %d", k.Last, state.Head)
		}
		drafts = drafts[:0]
		for p := k.First; p <= k.Last; p++ {
			r, err := source.Record(p)
			if err != nil {
				return wrong(p, "it stands for an event that cannot be read")
			}
			drafts = append(drafts, r.Draft)
		}
		if record.DigestOf(drafts) != k.Digest {
			return wrong(k.First, "the digest is not that of its events up to %d", k.Last)
		}
		return nil
	})
}
