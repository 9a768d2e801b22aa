package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/quipu-ledger/quipu"
)

const (
	// lockTimeout is how long another process may still hold the file, such as
	// one that is just ending.
	lockTimeout = time.Second

	// mapBytes is the address space that is reserved for the file. bbolt maps the
	// file anew when it outgrows its map, for which it waits until no reader is
	// left and lets no new one in; a stream to another node would stop this node.
	// Address space costs nothing until it is touched.
	mapBytes = 32 << 30

	// Files that are made complete under another name before they are renamed.
	creatingName   = FileName + ".new"
	compactingName = FileName + ".compact"
)

// openIn opens the file of a directory.
func openIn(dir string, readOnly bool) (*bbolt.DB, error) {
	path := filepath.Join(dir, FileName)
	if readOnly {
		if err := verifyPages(path); err != nil {
			return nil, err
		}
		return openKnown(path, true)
	}
	for _, leftover := range []string{creatingName, compactingName} {
		if err := os.Remove(filepath.Join(dir, leftover)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(dir); err != nil {
			return nil, fmt.Errorf("create: %w", err)
		}
	} else if err != nil {
		return nil, err
	}
	if err := verifyLength(path); err != nil {
		return nil, err
	}
	return openKnown(path, false)
}

// openKnown opens a file for writing only after it was read that its format is
// known: bbolt may write while it opens.
func openKnown(path string, readOnly bool) (*bbolt.DB, error) {
	db, err := openFile(path, true)
	if err != nil {
		return nil, err
	}
	if err := db.View(checkFormat); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if readOnly {
		return db, nil
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return openFile(path, false)
}

// openFile opens a bbolt file. Never with NoSync: a power cut would lose nearly
// everything. The list of free pages is written with each transaction: that costs
// a flush of 10,000 events some 10 % at most, while a file without the list is
// scanned whole at every start, 0.26 s instead of 0.3 ms for a million events that are
// in the page cache already, and that grows with the file.
func openFile(path string, readOnly bool) (db *bbolt.DB, err error) {
	defer func() { // bbolt panics on some damaged files
		if damage := recover(); damage != nil {
			db, err = nil, quipu.Errorf(quipu.Corrupt, "%s is damaged: %v", filepath.Base(path), damage)
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         lockTimeout,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mapBytes,
		ReadOnly:        readOnly,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, quipu.Errorf(quipu.Unavailable, "another process has %s open", filepath.Base(path)).
			WithHint("is a quipu running on this data directory? Stop it first").Because(err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, quipu.Errorf(quipu.Corrupt, "%s is not a ledger file, or is damaged: %v", filepath.Base(path), err).Because(err)
	}
	return db, err
}

// create makes an empty file. Under its own name it is there whole or not at
// all: a crash while bbolt initialises a file can leave one that does not open.
func create(dir string) error {
	path := filepath.Join(dir, creatingName)
	db, err := openFile(path, false)
	if err != nil {
		return err
	}
	if err := db.Update(initialise); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := errors.Join(db.Close(), syncFile(path)); err != nil {
		return err
	}
	return install(path, dir)
}

// install gives a complete and synced file its name, durably.
func install(path, dir string) error {
	if err := os.Rename(path, filepath.Join(dir, FileName)); err != nil {
		return err
	}
	return syncFile(dir)
}

// syncFile syncs a file or a directory with all of its metadata.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
