package raftlog

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	berrors "go.etcd.io/bbolt/errors"

	quipu "github.com/quipu-ledger/quipu"
)

// read runs a read of the store. A damaged record, or a fault that bbolt finds
// in the file, stops the node; that something is not there does not.
func (l *Log) read(do func() error) error {
	if fault := l.fault.Load(); fault != nil {
		return *fault
	}
	err := contain(do)
	switch {
	case err == nil, errors.Is(err, raft.ErrLogNotFound), errors.Is(err, raftboltdb.ErrKeyNotFound), closed(err):
		return err
	case quipu.KindOf(err) == quipu.Corrupt:
		return l.fail(err)
	}
	return l.fail(corrupt(l.path, err, damagedStructure))
}

// write runs a write of the store, one at a time as bbolt does too, so that
// the time it takes is its own. Whatever fails may still be on the disk, and bbolt's
// readers may see it, so it stops the node.
func (l *Log) write(do func() error) error {
	defer l.count.begin()()
	if fault := l.fault.Load(); fault != nil {
		return *fault
	}
	err := contain(do)
	if err == nil || closed(err) {
		return err
	}
	return l.fail(quipu.Errorf(quipu.Uncertain, "a write to %s failed and may or may not be on the disk", l.path).Because(err).
		WithHint("look at the disk and its free space, then start the node again"))
}

// fail records the first fault and reports it to the process; every caller
// gets that first one.
func (l *Log) fail(err error) error {
	if l.fault.CompareAndSwap(nil, &err) {
		l.fatal(err)
	}
	return *l.fault.Load()
}

// closed tells that the file was closed, which is an end and not a fault.
func closed(err error) bool { return errors.Is(err, berrors.ErrDatabaseNotOpen) }

// contain turns what bbolt does about a damaged file into an error that can
// name the file: it panics, or faults at an address of the mapping that the
// file is too short for.
func contain(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return do()
}
