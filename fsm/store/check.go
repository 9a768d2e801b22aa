package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu/fsm/ledger"
)

// progressEvery is how many events lie between two calls of a check's progress.
const progressEvery = 10_000

// Check compares everything in the file with everything that it should follow
// from: bbolt's own structure, each ledger's events with their chain of ids, its
// registry and settings with its events, its indexes with its events in both
// directions, the versions of its aggregates and ids with those before them, its
// files' contents with their hashes and the events, its keys with the digests of
// the events that they stand for. It changes nothing and needs little memory
// whatever the size.
//
// progress, if not nil, is called as a ledger's events are gone through. The
// error is about the check itself, ctx for one; what is wrong with the file is in
// the report. Open with Options.ReadOnly first, which refuses a file that would crash this.
func (s *Store) Check(ctx context.Context, progress func(ledger string, done, total uint64)) (Report, error) {
	if progress == nil {
		progress = func(string, uint64, uint64) {}
	}
	tx, err := s.read()
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = tx.Rollback() }()
	c := checker{ctx: ctx, tx: tx, progress: progress}
	if s.options.ReadOnly { // beside a writer bbolt's check sees the writer's free pages
		c.structure()
	}
	if err := c.meta(); err != nil {
		return c.report, err
	}
	for _, state := range c.states {
		if err := c.ledger(state); err != nil {
			return c.report, err
		}
	}
	return c.report, nil
}

// checker is one check under way.
type checker struct {
	ctx      context.Context
	tx       *bbolt.Tx
	progress func(ledger string, done, total uint64)
	report   Report

	states []*ledger.State
	next   ledger.Slot
	name   string // of the ledger that is being checked
}

func (c *checker) found(f Finding) {
	f.Ledger = c.name
	c.report.add(f)
}

func (c *checker) structure() {
	for err := range c.tx.Check() {
		c.found(Finding{Problem: "the structure of the file: " + err.Error()})
	}
}

// meta checks what is there once, and that there is a bucket for each ledger
// and no other.
func (c *checker) meta() error {
	if err := checkFormat(c.tx); err != nil {
		return err
	}
	note := func(err error) {
		if err != nil {
			c.found(Finding{Bucket: string(metaBucket), Problem: err.Error()})
		}
	}
	var err error
	c.report.Stamp, err = readStamp(c.tx)
	note(err)
	c.report.Mark, err = readMark(c.tx)
	note(err)
	c.next, err = readNextSlot(c.tx)
	note(err)
	dropped, err := readDropped(c.tx)
	note(err)
	if err := c.ledgers(); err != nil {
		return err
	}
	c.report.Ledgers = len(c.states)
	return c.buckets(dropped)
}

// ledgers decodes the states and checks that no two are of the same ledger.
func (c *checker) ledgers() error {
	wrong := func(problem string, args ...any) {
		c.found(Finding{Bucket: string(ledgersBucket), Problem: fmt.Sprintf(problem, args...)})
	}
	ids, names := map[any]ledger.Slot{}, map[any]ledger.Slot{}
	return c.tx.Bucket(ledgersBucket).ForEach(func(key, value []byte) error {
		state, err := ledger.DecodeState(value)
		if err != nil || !bytes.Equal(key, slotKey(state.Slot)) {
			wrong("the state under %x cannot be read", key)
			return nil
		}
		c.states = append(c.states, state)
		if other, twice := ids[state.ID]; twice {
			wrong("the slots %d and %d both have the ledger id %s", other, state.Slot, state.ID)
		}
		if other, twice := names[state.Name]; twice && !state.Importing {
			wrong("the slots %d and %d both have the name %q", other, state.Slot, state.Name)
		}
		ids[state.ID] = state.Slot
		if !state.Importing {
			names[state.Name] = state.Slot
		}
		if state.Slot >= c.next && c.next != 0 {
			wrong("the slot %d is in use, but the next slot is %d", state.Slot, c.next)
		}
		return nil
	})
}

// buckets reports top-level buckets that belong to no ledger.
func (c *checker) buckets(dropped []ledger.Slot) error {
	return c.tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		switch {
		case bytes.Equal(name, metaBucket), bytes.Equal(name, ledgersBucket):
			return nil
		case len(name) == 5 && name[0] == 's':
			slot := ledger.Slot(binary.BigEndian.Uint32(name[1:]))
			known := slices.ContainsFunc(c.states, func(s *ledger.State) bool { return s.Slot == slot })
			if known || slices.Contains(dropped, slot) {
				return nil
			}
		}
		c.found(Finding{Problem: fmt.Sprintf("the bucket %q belongs to no ledger", name)})
		return nil
	})
}

func (c *checker) ledger(state *ledger.State) error {
	c.name = state.Name
	defer func() { c.name = "" }()
	pairs, err := c.events(state)
	if err != nil {
		return err
	}
	for index := range indexBuckets {
		if err := c.index(state, index, pairs[index]); err != nil {
			return err
		}
	}
	if err := c.files(state); err != nil {
		return err
	}
	return c.keys(state)
}
