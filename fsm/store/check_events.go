package store

import (
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// pairs counts, for each index, the pairs of a term and an event that have it.
type pairs [len(indexBuckets)]uint64

// events checks a ledger's events by themselves: positions, ids, times, content,
// and the registry and settings that they fold to.
func (c *checker) events(state *ledger.State) (pairs, error) {
	check := eventChecker{checker: c, state: state, links: newChain(state.ID), registry: ledger.Registry{}}
	check.contents = inner(c.tx, state.Slot, filesBucket)
	err := eachEvent(c.tx, state.Slot, check.event)
	var bad *quipu.Error
	if errors.As(err, &bad) && bad.Kind == quipu.Corrupt { // a key that is no position ends the walk
		check.wrong(eventsBucket, 0, bad.Detail)
	} else if err != nil {
		return check.counted, err
	}
	check.end()
	c.progress(state.Name, uint64(state.Head), uint64(state.Head))
	return check.counted, nil
}

// eventChecker goes through a ledger's events.
type eventChecker struct {
	*checker
	state    *ledger.State
	contents *bbolt.Bucket // of files; nil if there are none
	links    *chain
	registry ledger.Registry
	settings quipu.Settings
	counted  pairs
}

// wrong notes a problem, if there is one.
func (c *eventChecker) wrong(bucket []byte, p quipu.Position, problem string) {
	if problem != "" {
		c.found(Finding{Bucket: string(bucket), Position: p, Problem: problem})
	}
}

func (c *eventChecker) event(p quipu.Position, value []byte) error {
	if err := c.tick(c.state, uint64(p)); err != nil {
		return err
	}
	c.report.Events++
	r, err := record.DecodeValue(p, value)
	if err != nil {
		c.wrong(eventsBucket, p, "the value cannot be read")
		return nil
	}
	c.wrong(eventsBucket, p, c.link(&r))
	c.wrong(eventsBucket, p, c.content(&r))
	c.wrong(filesBucket, p, missingFile(c.contents, &r.Draft))
	c.wrong(eventsBucket, p, c.fold(&r))
	return nil
}

// content checks the parts of an event and counts its terms.
func (c *eventChecker) content(r *record.Record) (problem string) {
	problem = badContent(r)
	for index, bucket := range indexBuckets {
		terms, err := termsOf(selector.Index(index), r)
		c.counted[index] += uint64(len(terms))
		if err != nil && problem == "" {
			problem = fmt.Sprintf("what the bucket %s should have of it cannot be read", bucket)
		}
	}
	return problem
}

// fold follows what the system events say. It says what is wrong, or nothing.
func (c *eventChecker) fold(r *record.Record) (problem string) {
	var err error
	if c.settings, err = ledger.FoldSettings(c.settings, &r.Draft); err == nil {
		err = c.registry.FoldIn(r.Position, &r.Draft)
	}
	if err != nil {
		return "the data of this system event cannot be read"
	}
	return ""
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
func (c *eventChecker) link(r *record.Record) (problem string) {
	if r.Position == c.links.next {
		return c.links.follow(r)
	}
	first, last := c.links.next, r.Position-1
	c.links.skip(r)
	if first == last {
		return fmt.Sprintf("the event before it, %d, is missing", first)
	}
	return fmt.Sprintf("the events before it, %d to %d, are missing", first, last)
}

// end compares where the events end with the ledger's state.
func (c *eventChecker) end() {
	wrong := func(problem string, args ...any) { c.wrong(ledgersBucket, c.state.Head, fmt.Sprintf(problem, args...)) }
	if last := c.links.next - 1; last != c.state.Head {
		wrong("the state's head is %d, but the last event is %d", c.state.Head, last)
	} else if id := c.links.previous[0]; id != c.state.HeadID {
		wrong("the state's head has the id %s, but the last event has %s", c.state.HeadID, id)
	}
	if !c.registry.Equal(c.state.Registry) {
		wrong("the state's registry is not what the events fold to")
	}
	if c.settings != c.state.Settings {
		wrong("the state's settings are not what the events fold to")
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
	return ""
}

// termsOf are the distinct terms under which an index should have an event.
func termsOf(index selector.Index, r *record.Record) (terms []string, err error) {
	err = index.Terms(&r.Draft, nil, func(term []byte) bool {
		terms = append(terms, string(term))
		return true
	})
	slices.Sort(terms)
	return slices.Compact(terms), err
}
