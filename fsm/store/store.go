package store

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
)

// FileName is the name of the file in the data directory.
const FileName = "ledger.db"

// Options are how to open a Store. The zero value works.
type Options struct {
	// Fatal ends the process: the file on disk may no longer be what readers
	// see. It is called with the first such error; nil panics with it.
	Fatal func(error)
	// Logger gets what an operator should know; nil discards it.
	Logger *slog.Logger
	// ReadOnly opens a file that is there for Check alone. It reads the whole
	// file first and refuses one whose pages would crash the process.
	ReadOnly bool
}

// Store is the open file. All methods are safe for concurrent use.
type Store struct {
	dir     string
	options Options

	// writing serialises what changes the file or swaps it. Lock it before mu.
	writing sync.Mutex
	failed  error // the first error of a commit; guarded by writing

	// mu guards what follows. It is held to begin a transaction, never during one.
	mu      sync.RWMutex
	db      *bbolt.DB
	closed  bool
	streams map[*stream]struct{}

	retired sync.WaitGroup // files that were swapped out and still have readers
}

// Open opens the ledger file of a data directory, and makes it if there is none.
// A file of a format that this program does not know is refused before anything
// is written, one that another process has open after a second.
func Open(dir string, o Options) (*Store, error) {
	if o.Fatal == nil {
		o.Fatal = func(err error) { panic(err) }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := openIn(dir, o.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Join(dir, FileName), err)
	}
	return &Store{dir: dir, options: o, db: db, streams: map[*stream]struct{}{}}, nil
}

// Close ends running streams, waits for open views and closes the file.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	db, closed := s.db, s.closed
	s.closed = true
	running := s.streams
	s.streams = nil
	s.mu.Unlock()
	if closed {
		return nil
	}
	for one := range running {
		one.abort(errClosed)
	}
	err := db.Close()
	s.retired.Wait()
	return err
}

var errClosed = quipu.Errorf(quipu.Unavailable, "the ledger file is closed")

// read begins a read transaction, which the caller rolls back.
func (s *Store) read() (*bbolt.Tx, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, errClosed
	}
	return s.db.Begin(false)
}

// view runs fn in a read transaction.
func (s *Store) view(fn func(*bbolt.Tx) error) error {
	tx, err := s.read()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return fn(tx)
}

// update runs fn in a synced transaction. An error of fn leaves the file as it
// was; an error of the commit is fatal.
func (s *Store) update(fn func(*bbolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.updateLocked(fn)
}

func (s *Store) updateLocked(fn func(*bbolt.Tx) error) error {
	if err := s.writable(); err != nil {
		return err
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return s.fail(fmt.Errorf("commit to %s: %w", s.path(), err))
	}
	return nil
}

// writable says why nothing can be written. The caller holds writing, under
// which closed and db do not change.
func (s *Store) writable() error {
	switch {
	case s.failed != nil:
		return s.failed
	case s.closed:
		return errClosed
	case s.options.ReadOnly:
		return errors.New("the ledger file is open for reading only")
	}
	return nil
}

// fail ends the process, or whatever Fatal does instead. The caller holds writing.
func (s *Store) fail(err error) error {
	s.failed = err
	s.options.Fatal(err)
	return err
}

// swap makes db the open file. Views of the old one stay valid until they are
// closed, and the old one, which has no name any more, goes with the last of them.
// The caller holds writing.
func (s *Store) swap(db *bbolt.DB) {
	s.mu.Lock()
	old := s.db
	s.db = db
	s.mu.Unlock()
	s.retired.Go(func() {
		if err := old.Close(); err != nil {
			s.options.Logger.Warn("replaced ledger file did not close", "error", err)
		}
	})
}

func (s *Store) path() string { return filepath.Join(s.dir, FileName) }

// Stats are for metrics.
type Stats struct {
	// FileBytes is the size of the file as bbolt uses it.
	FileBytes int64
	// FreeBytes of it can be used again without growing; Compact gives them back.
	FreeBytes int64
	// Views is the number of open read transactions, streams included.
	Views int
	// Streams is the number of running streams, and OldestStream how long the
	// oldest of them has kept replaced pages from being used again.
	Streams      int
	OldestStream time.Duration
}

// Stats gives the figures of this moment; after Close it gives zeros.
func (s *Store) Stats() Stats {
	tx, err := s.read()
	if err != nil {
		return Stats{}
	}
	defer func() { _ = tx.Rollback() }()
	in := tx.DB().Stats()
	page := int64(tx.DB().Info().PageSize)
	stats := Stats{
		FileBytes: tx.Size(),
		FreeBytes: int64(in.FreePageN+in.PendingPageN) * page,
		Views:     in.OpenTxN - 1, // this one
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	stats.Streams = len(s.streams)
	for one := range s.streams {
		stats.OldestStream = max(stats.OldestStream, time.Since(one.started))
	}
	return stats
}
