package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
)

// Replace puts what another node's Stream gave in the place of the file. path is
// the complete and synced copy, on the same file system, which becomes the file or
// is left to the caller to remove. wantIndex and wantTerm are what the sender said
// that it covers.
//
// Everything is verified first: the checksum, every page, format, mark, that it is
// of this node's cluster (so SetStamp comes before), the chain of ids of each ledger
// and the contents of its files. Only then is it stamped as this node's, renamed and opened in place of the
// old file, whose views stay valid. Until the rename an error leaves the old state
// usable and is of kind Corrupt if the copy is at fault; after it an error is fatal.
func (s *Store) Replace(path string, wantIndex, wantTerm uint64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	db, err := s.openReceived(path, wantIndex, wantTerm)
	if err != nil {
		return fmt.Errorf("replace %s: %w", s.path(), err)
	}
	return s.installOpen(db, path)
}

// openReceived verifies and opens a copy, and stamps it.
func (s *Store) openReceived(path string, wantIndex, wantTerm uint64) (*bbolt.DB, error) {
	stamp, err := s.Stamp()
	if err != nil {
		return nil, err
	}
	mark, size, err := verifyStream(path)
	if err != nil {
		return nil, err
	}
	if mark.Index != wantIndex || mark.Term != wantTerm {
		return nil, quipu.Errorf(quipu.Corrupt, "the received copy covers index %d of term %d, but %d of %d was announced",
			mark.Index, mark.Term, wantIndex, wantTerm)
	}
	if err := os.Truncate(path, size); err != nil {
		return nil, err
	}
	if err := verifyPages(path); err != nil {
		return nil, err
	}
	db, err := openKnown(path, false)
	if err != nil {
		return nil, err
	}
	if err := adopt(db, mark, stamp); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// adopt verifies what is in a copy and stamps it as this node's.
func adopt(db *bbolt.DB, mark Mark, stamp Stamp) error {
	err := db.View(func(tx *bbolt.Tx) error {
		inside, err := readMark(tx)
		if err != nil {
			return err
		}
		if inside.Index != mark.Index || inside.Term != mark.Term {
			return quipu.Errorf(quipu.Corrupt, "the received copy says that it covers index %d of term %d, but holds %d of %d",
				mark.Index, mark.Term, inside.Index, inside.Term)
		}
		theirs, err := readStamp(tx)
		if err != nil {
			return err
		}
		if theirs.ClusterID != stamp.ClusterID || stamp.ClusterID == "" {
			return quipu.Errorf(quipu.Corrupt, "the received copy is of cluster %q, this node is of %q", theirs.ClusterID, stamp.ClusterID)
		}
		return verifyHistories(tx)
	})
	if err != nil {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error { return putStamp(tx, stamp) })
}

func verifyHistories(tx *bbolt.Tx) error {
	states, err := loadStates(tx)
	if err != nil {
		return err
	}
	for _, state := range states {
		if err := verifyChain(tx, state); err != nil {
			return err
		}
		if err := verifyFiles(tx, state.Slot); err != nil {
			return err
		}
	}
	_, err = readNextSlot(tx)
	return err
}

// installOpen gives a file that is complete and open the name of the ledger
// file, and makes it the one that is used. The caller holds writing.
func (s *Store) installOpen(db *bbolt.DB, path string) error {
	if err := syncFile(path); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := os.Rename(path, s.path()); err != nil {
		return errors.Join(err, db.Close())
	}
	s.swap(db)
	for _, dir := range []string{s.dir, filepath.Dir(path)} {
		if err := syncFile(dir); err != nil {
			return s.fail(fmt.Errorf("rename to %s: %w", s.path(), err))
		}
	}
	return nil
}

// Compact writes the file anew without the pages that are free, and fills the
// others. It takes the time of reading and writing all of it once, during which
// nothing is flushed; reads go on.
func (s *Store) Compact() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	path := filepath.Join(s.dir, compactingName)
	db, err := compactTo(path, s.db)
	if err != nil {
		return errors.Join(fmt.Errorf("compact %s: %w", s.path(), err), os.Remove(path))
	}
	return s.installOpen(db, path)
}

// compactBytesMax bounds one transaction of Compact.
const compactBytesMax = 16 << 20

func compactTo(path string, from *bbolt.DB) (*bbolt.DB, error) {
	db, err := openFile(path, false)
	if err != nil {
		return nil, err
	}
	if err := bbolt.Compact(db, from, compactBytesMax); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
