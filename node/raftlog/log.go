package raftlog

import (
	"errors"
	"path/filepath"
	"sync/atomic"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
)

// FileName is the name of the log's file in the data directory.
const FileName = "raft.db"

// deleteEntriesMax bounds one transaction of DeleteRange, so that a long
// truncation does not hold up the entries that arrive meanwhile.
const deleteEntriesMax = 4096

// Config is how to open a Log.
type Config struct {
	// Dir is the data directory, which must exist.
	Dir string
	// Fatal is told of the first storage fault, with an error of kind Corrupt or
	// Uncertain: the process must stop. It should not return. If it does, the
	// call that hit the fault returns the same error, and so does every later
	// one. It must not wait for raft, which may be waiting for this call. Nil
	// panics with the error.
	Fatal func(error)
}

// Log is raft's log and stable store. It is safe for concurrent use. Put
// raft.NewLogCache in front of it: raft reads the newest entries again and again.
type Log struct {
	path  string
	store *raftboltdb.BoltStore
	fatal func(error)
	fault atomic.Pointer[error] // the first fault; set once, never cleared
	count accounts
}

var (
	_ raft.LogStore    = (*Log)(nil)
	_ raft.StableStore = (*Log)(nil)
)

// Open opens the log in the data directory and creates it durably if there is
// none. It reads and checks all pages and records, which costs about a second for
// a gigabyte. A record that fails is an error of kind Corrupt that names the file;
// a file that another process holds is one of kind Unavailable.
func Open(config Config) (*Log, error) {
	path := filepath.Join(config.Dir, FileName)
	if err := create(path); err != nil {
		return nil, err
	}
	bytes, err := inspect(path)
	if err != nil {
		return nil, err
	}
	store, err := openStore(path, options())
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, store: store, fatal: config.Fatal}
	if l.fatal == nil {
		l.fatal = func(err error) { panic(err) }
	}
	l.count.sinceSnapshot.Store(bytes)
	return l, nil
}

// Close closes the file. raft must have shut down before.
func (l *Log) Close() error { return l.store.Close() }

// FirstIndex is the index of the oldest entry, 0 if there is none.
func (l *Log) FirstIndex() (index uint64, err error) {
	err = l.read(func() error {
		index, err = l.store.FirstIndex()
		return err
	})
	return index, err
}

// LastIndex is the index of the newest entry, 0 if there is none.
func (l *Log) LastIndex() (index uint64, err error) {
	err = l.read(func() error {
		index, err = l.store.LastIndex()
		return err
	})
	return index, err
}

// GetLog reads and checks one entry. The caller owns what entry points to
// afterwards. The error is raft.ErrLogNotFound if there is no such entry.
func (l *Log) GetLog(index uint64, entry *raft.Log) error {
	// A buffer of the caller's must not end up shared, so decode into a new one.
	var stored raft.Log
	err := l.read(func() error {
		if err := l.store.GetLog(index, &stored); err != nil {
			return undecodable(l.path, index, err)
		}
		return unsealEntry(l.path, index, &stored)
	})
	if err == nil {
		*entry = stored
	}
	return err
}

// StoreLog stores one entry; see StoreLogs.
func (l *Log) StoreLog(entry *raft.Log) error { return l.StoreLogs([]*raft.Log{entry}) }

// StoreLogs stores the entries in one transaction, which is durable when it
// returns nil. It changes none of them and keeps no reference. An error means
// that the process is about to end.
func (l *Log) StoreLogs(entries []*raft.Log) error {
	sealed, size := sealEntries(entries)
	err := l.write(func() error { return l.store.StoreLogs(sealed) })
	if err == nil {
		l.count.stored(len(entries), size)
	}
	return err
}

// DeleteRange removes the entries from low to high, both included, in
// transactions of bounded size. A crash in between leaves no hole: the head of the
// log is removed from the oldest entry up, its tail from the newest down.
func (l *Log) DeleteRange(low, high uint64) error {
	_, last, err := l.bounds()
	if err != nil {
		return err
	}
	next := l.deleteUpwards
	if high >= last {
		next = l.deleteDownwards
	}
	for low <= high {
		// What is stored may have a gap of millions of indexes, so look again.
		first, last, err := l.bounds()
		if err != nil {
			return err
		}
		low, high = max(low, first), min(high, last)
		if first == 0 || low > high {
			return nil
		}
		if low, high, err = next(low, high); err != nil {
			return err
		}
	}
	return nil
}

// deleteUpwards removes the oldest entries of a range and gives the rest of it.
func (l *Log) deleteUpwards(low, high uint64) (restLow, restHigh uint64, err error) {
	to := high
	if high-low >= deleteEntriesMax {
		to = low + deleteEntriesMax - 1
	}
	return to + 1, high, l.write(func() error { return l.store.DeleteRange(low, to) })
}

// deleteDownwards removes the newest entries of a range and gives the rest of it.
func (l *Log) deleteDownwards(low, high uint64) (restLow, restHigh uint64, err error) {
	from := low
	if high-low >= deleteEntriesMax {
		from = high - deleteEntriesMax + 1
	}
	return low, from - 1, l.write(func() error { return l.store.DeleteRange(from, high) })
}

func (l *Log) bounds() (first, last uint64, err error) {
	if first, err = l.FirstIndex(); err != nil {
		return 0, 0, err
	}
	last, err = l.LastIndex()
	return first, last, err
}

// undecodable turns an error of the store's decoder into a named one, since
// raft-boltdb reads a damaged record as a record of another shape.
func undecodable(path string, index uint64, err error) error {
	if errors.Is(err, raft.ErrLogNotFound) || closed(err) {
		return err
	}
	return corruptEntry(path, index, err)
}
