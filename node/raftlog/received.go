package raftlog

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
)

// Received is the reader of a snapshot that a leader sent. The state machine's
// Restore need not copy it: it can verify the file at Path and rename it over
// its own. raft wraps what it hands to Restore, so unwrap it first with
// raft.ReadCloserWrapper; an interface with the methods needed is enough there.
type Received struct {
	file *os.File
	mark Mark
}

var _ io.ReadCloser = (*Received)(nil)

// Path is where the complete and durable file is. Restore may rename it, and
// makes the new name durable.
func (r *Received) Path() string { return r.file.Name() }

// Mark is what the leader said that the snapshot holds. The mark inside the
// file must be the same.
func (r *Received) Mark() Mark { return r.mark }

// Covers is the index and the term of Mark, for a state machine that knows no
// configuration.
func (r *Received) Covers() (index, term uint64) { return r.mark.Index, r.mark.Term }

// Read reads the file from its start.
func (r *Received) Read(p []byte) (int, error) { return r.file.Read(p) }

// Close ends the use of the snapshot and removes the file if it is still at
// Path: either it was taken or it was not wanted.
func (r *Received) Close() error {
	err := r.file.Close()
	if gone := os.Remove(r.file.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

func (s *Snapshots) openReceived(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	mark, ok := s.takeReceived(id)
	if !ok {
		return nil, nil, fs.ErrNotExist
	}
	path := filepath.Join(s.dir, id)
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, errors.Join(err, os.Remove(path))
	}
	info, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return mark.meta(id, info.Size()), &Received{file: file, mark: mark}, nil
}
