package store

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// chain recomputes the ids of a ledger's events, one after the other.
type chain struct {
	id   quipu.LedgerID
	next quipu.Position
	// previous are what may be the id of the event before next: the one that is
	// stored and, if that is not what follows from the content, the one that does
	// follow, so that one damaged event is reported once.
	previous [2]quipu.EventID
}

func newChain(id quipu.LedgerID) *chain { return &chain{id: id, next: 1} }

// follow checks the event at next and goes on to the one after. It says what is
// wrong, or nothing.
func (c *chain) follow(r *record.Record) (problem string) {
	computed, problem := c.expected(r)
	if problem == "" && computed != r.ID {
		problem = fmt.Sprintf("the id is %s, but from the content and the history before it follows %s", r.ID, computed)
	}
	c.previous = [2]quipu.EventID{r.ID, computed}
	c.next = r.Position + 1
	return problem
}

func (c *chain) expected(r *record.Record) (id quipu.EventID, problem string) {
	micros := r.ID.Micros()
	if c.next == 1 {
		ledgerID, id := record.Genesis(&r.Draft, micros)
		if ledgerID != c.id {
			return id, fmt.Sprintf("the first event gives the ledger id %s, but the ledger's state says %s", ledgerID, c.id)
		}
		return id, ""
	}
	for _, previous := range c.previous {
		if id = record.NextID(&r.Draft, micros, c.id, previous); id == r.ID {
			break
		}
	}
	if micros <= c.previous[0].Micros() {
		return id, fmt.Sprintf("the time %d µs is not after %d µs, that of the event before", micros, c.previous[0].Micros())
	}
	return id, ""
}

// skip goes on after a gap, with an event whose predecessor is not known.
func (c *chain) skip(r *record.Record) {
	c.previous = [2]quipu.EventID{r.ID, r.ID}
	c.next = r.Position + 1
}

// verifyChain checks that a ledger's events are dense from 1 to its state's
// head, that each id follows from the history before it, that the last one is the
// state's, and that the contents of their files are there. With verifyFiles it is
// what a node does with a file that it was sent; Check does more.
func verifyChain(tx *bbolt.Tx, state *ledger.State) error {
	c := newChain(state.ID)
	files := inner(tx, state.Slot, filesBucket)
	err := eachEvent(tx, state.Slot, func(p quipu.Position, value []byte) error {
		if p != c.next {
			return corrupt(state.Slot, eventsBucket, "event %d is missing", c.next)
		}
		r, err := record.DecodeValue(p, value)
		if err != nil {
			return corrupt(state.Slot, eventsBucket, "event %d cannot be read", p).Because(err)
		}
		if problem := c.follow(&r); problem != "" {
			return corrupt(state.Slot, eventsBucket, "event %d: %s", p, problem)
		}
		if problem := missingFile(files, &r.Draft); problem != "" {
			return corrupt(state.Slot, filesBucket, "event %d: %s", p, problem)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if head := c.next - 1; head != state.Head || c.previous[0] != state.HeadID {
		return corrupt(state.Slot, eventsBucket, "the last event is %d (%s), the ledger's state says %d (%s)",
			head, c.previous[0], state.Head, state.HeadID)
	}
	return nil
}

// eachEvent calls fn with every stored event of a slot, in order.
func eachEvent(tx *bbolt.Tx, slot ledger.Slot, fn func(quipu.Position, []byte) error) error {
	bucket := inner(tx, slot, eventsBucket)
	if bucket == nil {
		return nil
	}
	return bucket.ForEach(func(key, value []byte) error {
		if len(key) != 8 {
			return corrupt(slot, eventsBucket, "the key %x is not a position", key)
		}
		return fn(quipu.Position(binary.BigEndian.Uint64(key)), value)
	})
}

// inner is a bucket in a slot's bucket, nil if it is not there.
func inner(tx *bbolt.Tx, slot ledger.Slot, name []byte) *bbolt.Bucket {
	if outer := tx.Bucket(slotBucket(slot)); outer != nil {
		return outer.Bucket(name)
	}
	return nil
}
