package raftlog

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/raft"
)

// spillBytes is the size of the pieces in which a received snapshot is
// written: some hundred of them a second fill a fast network.
const spillBytes = 1 << 20

var errCanceled = errors.New("snapshot was canceled")

// sink is one snapshot in the making. raft uses it from one goroutine.
//
// It starts as a local snapshot, and becomes a received one with the first
// call of ReadFrom or Write. raft's installSnapshot copies with io.Copy, which
// calls ReadFrom even if nothing arrives, so that an empty stream is never
// taken for a local snapshot: that would mark as held what never came.
type sink struct {
	store *Snapshots
	mark  Mark

	spill *os.File // nil for a local snapshot
	id    string   // of the received snapshot, "" for a local one

	closed bool
	err    error // what Close returned, or errCanceled
}

var (
	_ raft.SnapshotSink = (*sink)(nil)
	_ io.ReaderFrom     = (*sink)(nil)
)

// ID is what Open takes. It is final once the sink is closed.
func (s *sink) ID() string {
	if s.id != "" {
		return s.id
	}
	return liveID(s.mark)
}

// Write adds to a received snapshot.
func (s *sink) Write(p []byte) (int, error) {
	if err := s.receive(); err != nil {
		return 0, err
	}
	return s.spill.Write(p)
}

// ReadFrom receives a snapshot up to the end of the reader.
func (s *sink) ReadFrom(r io.Reader) (int64, error) {
	if err := s.receive(); err != nil {
		return 0, err
	}
	// Bare interfaces, so that CopyBuffer uses the buffer.
	return io.CopyBuffer(struct{ io.Writer }{s.spill}, struct{ io.Reader }{r}, make([]byte, spillBytes))
}

// receive makes the sink one of a received snapshot.
func (s *sink) receive() error {
	if s.closed {
		return os.ErrClosed
	}
	if s.spill != nil {
		return nil
	}
	id, path := s.store.newReceived(s.mark)
	spill, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		// It must not pass for a local snapshot at Close.
		s.closed, s.err = true, fmt.Errorf("receive snapshot: %w", err)
		return s.err
	}
	s.id, s.spill = id, spill
	return nil
}

// Close finishes the snapshot: a local one is in the mark of the live state
// when it returns nil, a received one is durable and can be opened. It may be
// called again and says the same.
func (s *sink) Close() error {
	if s.closed {
		return s.err
	}
	s.closed = true
	if s.spill == nil {
		s.err = s.closeLocal()
	} else {
		s.err = s.closeReceived()
	}
	return s.err
}

func (s *sink) closeLocal() error {
	if err := s.store.live.Advance(s.store.ctx, s.mark); err != nil {
		return fmt.Errorf("take snapshot at %d: %w", s.mark.Index, err)
	}
	s.store.taken(s.mark)
	return nil
}

// closeReceived makes the content durable. The name need not be: after a crash
// the file is removed, and Restore makes durable the name that it gives it.
func (s *sink) closeReceived() error {
	info, err := s.spill.Stat()
	if err == nil && info.Size() == 0 {
		err = errors.New("it is empty")
	}
	if err == nil {
		err = s.spill.Sync()
	}
	err = errors.Join(err, s.spill.Close())
	if err != nil {
		err = errors.Join(err, os.Remove(s.spill.Name()))
		return fmt.Errorf("receive snapshot at %d: %w", s.mark.Index, err)
	}
	s.store.keepReceived(s.id, s.mark)
	return nil
}

// Cancel gives the snapshot up and removes what was received. After Close it
// removes a received snapshot that nobody opened.
func (s *sink) Cancel() error {
	wasClosed := s.closed
	s.closed, s.err = true, errCanceled
	switch {
	case s.spill == nil:
		return nil
	case !wasClosed:
		return errors.Join(s.spill.Close(), os.Remove(s.spill.Name()))
	}
	if _, kept := s.store.takeReceived(s.id); !kept {
		return nil
	}
	return os.Remove(s.spill.Name())
}
