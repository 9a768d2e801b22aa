package fsm

import (
	"fmt"
	"io"

	"github.com/hashicorp/raft"
)

// Snapshot costs the same whatever the ledgers' size, since the store is the
// snapshot: see the snapshot store, which waits until it is flushed far enough.
func (f *FSM) Snapshot() (raft.FSMSnapshot, error) { return snapshot{}, nil }

// snapshot has nothing to write. The sink that is closed without a byte written
// stands for the live store.
type snapshot struct{}

func (snapshot) Persist(sink raft.SnapshotSink) error { return sink.Close() }
func (snapshot) Release()                             {}

// received is what the snapshot store hands to Restore: a whole store in a file
// of this directory's file system, which Restore may rename.
type received interface {
	Path() string
	// Covers is what raft was told that the file holds.
	Covers() (index, term uint64)
}

// Restore takes over a store that another node has sent. It is verified before
// anything here is touched; until then this node's own state stands.
func (f *FSM) Restore(from io.ReadCloser) error {
	defer from.Close()
	if wrapper, ok := from.(raft.ReadCloserWrapper); ok { // raft counts what is read
		from = wrapper.WrappedReadCloser()
	}
	file, ok := from.(received)
	if !ok {
		return fmt.Errorf("restore from %T: not a received store", from)
	}
	f.flusher.writing.Lock()
	defer f.flusher.writing.Unlock()
	f.applying.Lock()
	defer f.applying.Unlock()
	if f.stopped {
		return errStopped
	}
	index, term := file.Covers()
	if err := f.store.Replace(file.Path(), index, term); err != nil {
		return err
	}
	f.tail.Reset()
	if err := f.load(); err != nil {
		f.stopped = true
		f.fault(err)
		return err
	}
	return nil
}
