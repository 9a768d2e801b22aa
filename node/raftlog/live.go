package raftlog

import (
	"context"
	"fmt"
	"io"

	"github.com/hashicorp/raft"
)

// Mark is the place in raft's log up to which a state holds everything.
type Mark struct {
	// Index and Term are those of the last entry that the state covers. The
	// entry may be one that the state machine never sees, such as a barrier.
	Index, Term uint64
	// Configuration is the committed membership at Index, and
	// ConfigurationIndex, at most Index, the entry that set it.
	Configuration      raft.Configuration
	ConfigurationIndex uint64
}

// Live is the state that is on disk already: the ledger file behind its
// flusher. All methods are called concurrently.
type Live interface {
	// Mark reads the mark that is on disk; its Index is 0 for a state that
	// holds nothing yet.
	Mark() (Mark, error)

	// Advance waits until everything up to mark.Index that the state machine
	// was given is on disk, and then records the mark there: index, term and
	// configuration in one transaction. A mark that is not beyond the recorded
	// one changes nothing and is no error, as the flusher may have gone further
	// meanwhile. It returns an error when ctx ends first.
	Advance(ctx context.Context, mark Mark) error

	// Stream opens a consistent copy of the state. Its mark, its exact size in
	// bytes and the bytes themselves are of one moment, and the mark is in the
	// bytes too. The caller closes the reader, soon: it holds the moment open.
	Stream() (mark Mark, size int64, state io.ReadCloser, err error)
}

// snapshotVersion is the only version since raft's protocol 1.
const snapshotVersion = raft.SnapshotVersionMax

// meta is the mark in raft's form. Peers stays empty, as it is of version 0.
func (m Mark) meta(id string, size int64) *raft.SnapshotMeta {
	return &raft.SnapshotMeta{
		Version:            snapshotVersion,
		ID:                 id,
		Index:              m.Index,
		Term:               m.Term,
		Configuration:      m.Configuration,
		ConfigurationIndex: m.ConfigurationIndex,
		Size:               size,
	}
}

// check says why raft must not be shown the mark of a state, or nil. From a
// snapshot without members raft would go on as a node of no cluster.
func (m Mark) check() error {
	switch {
	case m.Term == 0:
		return fmt.Errorf("mark %d has no term", m.Index)
	case len(m.Configuration.Servers) == 0:
		return fmt.Errorf("mark %d has no members", m.Index)
	case m.ConfigurationIndex > m.Index:
		return fmt.Errorf("mark %d has the members of index %d", m.Index, m.ConfigurationIndex)
	}
	return nil
}
