// Package fsm is raft's state machine: it hands committed entries to the
// decision (package ledger), keeps what they add in the tail, and moves the
// tail to the store in the background.
//
// It decides nothing itself, and knows neither nodes nor networks.
//
// Three parties share an FSM. Raft's goroutine applies entries, one batch at a
// time. Readers see what was published at the end of a batch, never half of
// one. The flusher takes sealed segments of the tail to the store, each with
// the raft index up to which it is complete, in one transaction.
package fsm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/fsm/tail"
)

// Config is what an FSM needs beside its store. The zero value works.
type Config struct {
	// Fatal is called with an error after which this node must not go on: an
	// entry that cannot be read, a store that cannot be written. It ends the
	// process; if it returns (in tests), nothing is applied any more.
	Fatal func(error)
	// Logger gets a line for each flush that is unusually slow.
	Logger *slog.Logger
	// SegmentBytes is how much of the tail is flushed at once, 8 MiB if zero.
	SegmentBytes int64
	// TailBytesMax is the tail's size at which Apply waits for the flusher, 96
	// MiB if zero. It is the last resort; the sequencer slows down before.
	TailBytesMax int64
}

const (
	segmentBytesDefault = 8 << 20
	tailBytesMaxDefault = 96 << 20
)

// FSM implements raft.BatchingFSM over a store.
type FSM struct {
	cfg   Config
	store *store.Store
	tail  *tail.Tail

	// applying is held while a batch is applied and while a segment is sealed,
	// so that a segment always ends between two entries. It guards the fields
	// of this block, which are ahead of what is published.
	applying sync.Mutex
	machine  *ledger.Machine
	mark     store.Mark                   // the last entry that was applied
	changed  map[ledger.Slot]ledger.State // since the last seal
	fresh    map[ledger.Slot]ledger.State // since the last publication
	gone     []ledger.Slot                // dropped since the last seal
	stopped  bool                         // after a fault

	public  publication
	flusher flusher
}

var _ raft.BatchingFSM = (*FSM)(nil)

// Open reads the store's state and starts the flusher. The caller still owns
// the store, and closes it after the FSM.
func Open(s *store.Store, cfg Config) (*FSM, error) {
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = segmentBytesDefault
	}
	if cfg.TailBytesMax == 0 {
		cfg.TailBytesMax = tailBytesMaxDefault
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	f := &FSM{cfg: cfg, store: s, tail: tail.New()}
	f.flusher.init()
	if err := f.load(); err != nil {
		return nil, err
	}
	go f.runFlusher()
	return f, nil
}

var errStopped = errors.New("the state machine has stopped after a fault")

// load takes over what the store holds, at the start and after a restore.
func (f *FSM) load() error {
	states, next, mark, err := f.store.Load()
	if err != nil {
		return fmt.Errorf("load the ledgers: %w", err)
	}
	f.machine = ledger.NewMachine(states, next)
	f.mark = mark
	f.changed, f.fresh, f.gone = map[ledger.Slot]ledger.State{}, map[ledger.Slot]ledger.State{}, nil
	f.flusher.reset(mark.Index)
	f.public.replace(f.machine.States(), mark.Index)
	return nil
}

// Close stops the flusher after what is being flushed now. Unflushed events
// stay in the raft log.
func (f *FSM) Close() { f.flusher.stop() }

// fault ends this node's work. It must not be called with applying held by
// another goroutine than the caller's.
func (f *FSM) fault(err error) {
	f.cfg.Logger.Error("state machine stopped", "error", err)
	if f.cfg.Fatal != nil {
		f.cfg.Fatal(err)
	}
}

// TailBytes is about how much applied history is in memory only.
func (f *FSM) TailBytes() int64 { return f.tail.Bytes() }

// Applied is the raft index of the last entry whose effects readers see.
func (f *FSM) Applied() uint64 { return f.public.appliedIndex() }

// WaitApplied waits until readers see everything up to a raft index that the
// state machine is given (a command or a configuration).
func (f *FSM) WaitApplied(ctx context.Context, index uint64) error {
	return f.public.wait(ctx, func() bool { return f.public.applied >= index })
}
