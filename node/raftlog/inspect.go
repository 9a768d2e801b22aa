package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
)

// raft-boltdb's buckets, which it does not export.
var (
	logsBucket = []byte("logs")
	confBucket = []byte("conf")
)

// Check reads the whole log file of a stopped node and returns the first fault
// in its pages or its records as an error of kind Corrupt. It changes nothing.
// A file that a process holds is an error of kind Unavailable.
func Check(path string) error {
	_, err := inspect(path)
	return err
}

// inspect checks the pages and then all records through a read-only view, and
// gives the size of all entries as they are stored.
func inspect(path string) (bytes uint64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", path, err)
	}
	if info.Size() == 0 { // bbolt would take it for a new file
		return 0, corrupt(path, nil, "it is empty, and was made with content")
	}
	db, err := openReadOnly(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := openStore(path, &bbolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	// Under the lock of db, so that no other process writes meanwhile.
	if err := checkPages(path); err != nil {
		return 0, err
	}
	var fault error
	err = contain(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			bytes, fault = inspectBuckets(path, tx, store)
			return nil
		})
	})
	if err != nil {
		err = corrupt(path, err, damagedStructure)
	}
	return bytes, errors.Join(err, fault)
}

func inspectBuckets(path string, tx *bbolt.Tx, store *raftboltdb.BoltStore) (bytes uint64, err error) {
	logs, conf := tx.Bucket(logsBucket), tx.Bucket(confBucket)
	if logs == nil || conf == nil {
		return 0, corrupt(path, nil, "a bucket is missing")
	}
	err = conf.ForEach(func(key, stored []byte) error {
		_, err := unsealValue(path, key, stored)
		return err
	})
	if err != nil {
		return 0, err
	}
	return inspectEntries(path, logs, store)
}

// inspectEntries takes the keys from bbolt and the entries from raft-boltdb,
// which alone knows their encoding. The indexes may have a gap, where a
// snapshot was installed.
func inspectEntries(path string, logs *bbolt.Bucket, store *raftboltdb.BoltStore) (bytes uint64, err error) {
	var previous uint64
	err = logs.ForEach(func(key, stored []byte) error {
		if len(key) != 8 {
			return corrupt(path, fmt.Errorf("a key of %d bytes", len(key)), "the key after index %d is not what was stored", previous)
		}
		index := binary.BigEndian.Uint64(key)
		if index <= previous {
			return corrupt(path, errors.New("keys are out of order"), "the key after index %d is not what was stored", previous)
		}
		previous = index
		bytes += uint64(len(stored))
		var entry raft.Log
		if err := store.GetLog(index, &entry); err != nil {
			return corruptEntry(path, index, err)
		}
		return unsealEntry(path, index, &entry)
	})
	return bytes, err
}

func openReadOnly(path string) (db *bbolt.DB, err error) {
	err = contain(func() error {
		db, err = bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true, Timeout: lockTimeout})
		return err
	})
	return db, openError(path, err)
}
