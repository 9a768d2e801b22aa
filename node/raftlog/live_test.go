package raftlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/node/raftlog"
)

// state is what the fake ledger file holds: the mark and the commands.
type state struct {
	Mark     raftlog.Mark
	Commands []string
}

// ledger is a state machine with a file behind it that a restart reads again.
// What was applied gets to the file when it is flushed, and not before.
type ledger struct {
	path string

	mu      sync.Mutex
	memory  state    // what was applied
	disk    state    // what is in the file
	applied []uint64 // indexes that ApplyBatch was given since the start

	advanceErr  error          // what Advance fails with
	streamMoves []string       // commands that get to the file between Mark and Stream
	block       chan struct{}  // if not nil, Advance waits for it
	received    []raftlog.Mark // what Restore was told by the reader
}

var (
	_ raftlog.Live     = (*ledger)(nil)
	_ raft.BatchingFSM = (*ledger)(nil)
)

func newLedger(t *testing.T, dir string) *ledger {
	t.Helper()
	l := &ledger{path: filepath.Join(dir, "ledger.json")}
	b, err := os.ReadFile(l.path)
	if err == nil {
		err = json.Unmarshal(b, &l.disk)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	l.memory = l.disk
	return l
}

func (l *ledger) flush() error {
	b, err := json.Marshal(l.memory)
	if err != nil {
		return err
	}
	l.disk = l.memory
	l.disk.Commands = slices.Clone(l.memory.Commands)
	return os.WriteFile(l.path, b, 0o600)
}

func (l *ledger) Mark() (raftlog.Mark, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.disk.Mark, nil
}

func (l *ledger) Advance(ctx context.Context, mark raftlog.Mark) error {
	if l.block != nil {
		select {
		case <-l.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.advanceErr != nil {
		return l.advanceErr
	}
	if mark.Index > l.memory.Mark.Index {
		l.memory.Mark = mark
	}
	return l.flush()
}

func (l *ledger) Stream() (raftlog.Mark, int64, io.ReadCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, command := range l.streamMoves {
		l.memory.Mark.Index++
		l.memory.Commands = append(l.memory.Commands, command)
	}
	l.streamMoves = nil
	if err := l.flush(); err != nil {
		return raftlog.Mark{}, 0, nil, err
	}
	b, err := os.ReadFile(l.path)
	return l.disk.Mark, int64(len(b)), io.NopCloser(bytes.NewReader(b)), err
}

func (l *ledger) ApplyBatch(logs []*raft.Log) []any {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, log := range logs {
		l.applied = append(l.applied, log.Index)
		l.memory.Mark.Index, l.memory.Mark.Term = log.Index, log.Term
		if log.Type == raft.LogConfiguration {
			l.memory.Mark.Configuration, l.memory.Mark.ConfigurationIndex = raft.DecodeConfiguration(log.Data), log.Index
			continue
		}
		l.memory.Commands = append(l.memory.Commands, string(log.Data))
	}
	return make([]any, len(logs))
}

func (l *ledger) Apply(log *raft.Log) any { return l.ApplyBatch([]*raft.Log{log})[0] }

func (l *ledger) Snapshot() (raft.FSMSnapshot, error) { return persist{}, nil }

// persist is all that a state machine needs to do for a local snapshot.
type persist struct{}

func (persist) Persist(sink raft.SnapshotSink) error { return sink.Close() }
func (persist) Release()                             {}

// Restore verifies the received file and renames it over its own, as the real
// one does.
func (l *ledger) Restore(source io.ReadCloser) error {
	wrapper, ok := source.(raft.ReadCloserWrapper)
	if !ok {
		return fmt.Errorf("raft did not wrap the reader: %T", source)
	}
	file, ok := wrapper.WrappedReadCloser().(interface {
		Path() string
		Mark() raftlog.Mark
	})
	if !ok {
		return fmt.Errorf("no received file: %T", wrapper.WrappedReadCloser())
	}
	b, err := os.ReadFile(file.Path())
	if err != nil {
		return err
	}
	var got state
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	if got.Mark.Index != file.Mark().Index || got.Mark.Term != file.Mark().Term {
		return fmt.Errorf("the file is at %d and its metadata at %d", got.Mark.Index, file.Mark().Index)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.memory, l.disk = got, got
	l.received = append(l.received, file.Mark())
	return os.Rename(file.Path(), l.path)
}

func (l *ledger) commands() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.memory.Commands)
}
