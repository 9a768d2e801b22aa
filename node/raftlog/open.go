package raftlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	quipu "github.com/quipu-ledger/quipu"
)

const (
	// mmapBytes is what is mapped from the start. When the file outgrows its
	// mapping, bbolt maps it again and stops all readers and the writer
	// meanwhile. A log that is truncated as configured stays far below a
	// gigabyte, and mapping costs address space but no memory.
	mmapBytes = 1 << 30

	// lockTimeout is how long to wait for another process to let go of the
	// file, for the case that it is just ending. Without one bbolt waits for ever.
	lockTimeout = time.Second
)

// options are those of every open for writing. Never with NoSync: one power
// cut without it loses nearly everything. The freelist is not synced, since a
// log that is truncated at its head has a long one that would be written with
// each entry; it is rebuilt at the next open.
func options() *bbolt.Options {
	return &bbolt.Options{
		Timeout:         lockTimeout,
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mmapBytes,
	}
}

// create makes the file if there is none. bbolt's first write to a file can be
// torn by a crash into one that never opens again (bbolt#567), so it is made
// under another name and takes its own once it is durable.
func create(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := createAt(path); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	return nil
}

func createAt(path string) error {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	store, err := openStore(temporary, options())
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	if err := syncPath(temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// syncPath makes the content of a file, or the names in a directory, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openStore opens raft-boltdb and gives its errors names.
func openStore(path string, options *bbolt.Options) (store *raftboltdb.BoltStore, err error) {
	err = contain(func() error {
		store, err = raftboltdb.New(raftboltdb.Options{Path: path, BoltOptions: options})
		return err
	})
	return store, openError(path, err)
}

// openError tells a file in use and a system that refuses from a damaged file.
func openError(path string, err error) error {
	var system syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		return quipu.Errorf(quipu.Unavailable, "another process holds %s", path).Because(err).
			WithHint("stop it, or use another data directory")
	case errors.As(err, &system):
		return fmt.Errorf("open %s: %w", path, err)
	}
	return corrupt(path, err, damagedStructure)
}
