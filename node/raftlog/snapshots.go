package raftlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/raft"
)

const (
	livePrefix     = "live-"
	receivedPrefix = "received-"
)

// SnapshotsConfig is how to open Snapshots.
type SnapshotsConfig struct {
	// Dir is where received snapshots are spilled to, and is made if its parent exists. It must
	// be on the file system of the live file, so that Restore can rename.
	Dir string
	// Live is the state that snapshots are of.
	Live Live
	// Taken, if not nil, is called after each local snapshot that succeeded.
	Taken func(Mark)
}

// Snapshots is raft's snapshot store. The only snapshot that it lists is the
// live state, at the mark that is on disk; received ones are reached by id
// alone, once. It is safe for concurrent use. Use it with
// NoSnapshotRestoreOnStart: the live state needs no restoring from itself.
type Snapshots struct {
	dir    string
	live   Live
	taken  func(Mark)
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu       sync.Mutex
	sequence int
	received map[string]Mark // spilled and not opened yet, by id
}

var _ raft.SnapshotStore = (*Snapshots)(nil)

// OpenSnapshots opens the store and removes what a crash left of received
// snapshots: the leader sends them again.
func OpenSnapshots(config SnapshotsConfig) (*Snapshots, error) {
	if err := os.Mkdir(config.Dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	leftovers, err := filepath.Glob(filepath.Join(config.Dir, receivedPrefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	for _, path := range leftovers {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("open snapshots: %w", err)
		}
	}
	s := &Snapshots{dir: config.Dir, live: config.Live, taken: config.Taken, received: make(map[string]Mark)}
	if s.taken == nil {
		s.taken = func(Mark) {}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends the local snapshots that wait for the flusher. Call it before
// raft's shutdown is waited for, which waits for them.
func (s *Snapshots) Close() { s.cancel() }

// List shows the live state, or nothing as long as it is at index 0. The size
// is left out, since Open knows the one that counts.
func (s *Snapshots) List() ([]*raft.SnapshotMeta, error) {
	mark, err := s.live.Mark()
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	if mark.Index == 0 {
		return nil, nil
	}
	if err := mark.check(); err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	return []*raft.SnapshotMeta{mark.meta(liveID(mark), 0)}, nil
}

// Create gives a sink for a snapshot at the mark that its arguments are. What
// the sink is for shows in its use; see the package comment.
func (s *Snapshots) Create(version raft.SnapshotVersion, index, term uint64, configuration raft.Configuration,
	configurationIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	if version != snapshotVersion {
		return nil, fmt.Errorf("create snapshot: version %d is not supported", version)
	}
	mark := Mark{Index: index, Term: term, Configuration: configuration.Clone(), ConfigurationIndex: configurationIndex}
	if err := mark.check(); err != nil {
		return nil, fmt.Errorf("create snapshot: %w", err)
	}
	return &sink{store: s, mark: mark}, nil
}

// Open opens the live state, or a received snapshot by the id of its sink. The
// metadata are those of the bytes that the reader gives: the live state may have moved
// on since List. raft sends these and no others (sendLatestSnapshot).
//
// The reader of a received snapshot is a *Received.
func (s *Snapshots) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	open := s.openReceived
	if strings.HasPrefix(id, livePrefix) {
		open = s.openLive
	}
	meta, reader, err := open(id)
	if err != nil {
		return nil, nil, fmt.Errorf("open snapshot %s: %w", id, err)
	}
	return meta, reader, nil
}

func (s *Snapshots) openLive(string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	mark, size, state, err := s.live.Stream()
	if err != nil {
		return nil, nil, err
	}
	err = mark.check()
	if err == nil && size <= 0 {
		// The other side takes an empty stream for a broken one.
		err = fmt.Errorf("the state has %d bytes", size)
	}
	if err != nil {
		return nil, nil, errors.Join(err, state.Close())
	}
	return mark.meta(liveID(mark), size), state, nil
}

func liveID(mark Mark) string { return fmt.Sprintf("%s%d-%d", livePrefix, mark.Term, mark.Index) }

// newReceived names a file for a snapshot that arrives.
func (s *Snapshots) newReceived(mark Mark) (id, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence++
	id = fmt.Sprintf("%s%d-%d-%d", receivedPrefix, mark.Term, mark.Index, s.sequence)
	return id, filepath.Join(s.dir, id)
}

func (s *Snapshots) keepReceived(id string, mark Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received[id] = mark
}

// takeReceived gives a received snapshot away: it can be opened once.
func (s *Snapshots) takeReceived(id string) (Mark, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark, ok := s.received[id]
	delete(s.received, id)
	return mark, ok
}
