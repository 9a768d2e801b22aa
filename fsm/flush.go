package fsm

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/fsm/tail"
)

// flushInterval is how long events stay in the open segment at most. When the
// flusher runs is no part of the state: any replica may flush at any time.
const flushInterval = 5 * time.Second

// clearBudget bounds the keys of an abandoned import that are deleted at once.
const clearBudget = 10_000

// slowFlush is what is worth a line in the log.
const slowFlush = 5 * time.Second

// sealed is a segment on its way to the store, with all that belongs into the
// same transaction.
type sealed struct {
	segment *tail.Segment
	batch   *store.Batch
}

// flusher is the state that Apply and the flushing goroutine share.
type flusher struct {
	mu      sync.Mutex
	queue   []*sealed     // oldest first; guarded by mu
	flushed uint64        // raft index up to which the store is complete; guarded by mu
	asked   bool          // somebody waits for a flush; guarded by mu
	moved   chan struct{} // closed when flushed moves or the flusher stops; guarded by mu
	work    chan struct{} // holds at most one wake-up
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once

	// writing is held while the store is written, so that a restore can keep
	// the flusher out.
	writing sync.Mutex
}

var errClosed = errors.New("the state machine is closed")

func (w *flusher) init() {
	w.work, w.quit, w.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	w.moved = make(chan struct{})
}

func (w *flusher) stop() {
	w.once.Do(func() { close(w.quit) })
	<-w.done
}

// reset forgets the queue: the store holds everything up to the index.
func (w *flusher) reset(index uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue, w.flushed = nil, index
	w.announce()
}

// announce wakes everyone who waits; mu is held.
func (w *flusher) announce() {
	close(w.moved)
	w.moved = make(chan struct{})
}

func (w *flusher) push(s *sealed) {
	w.mu.Lock()
	w.queue = append(w.queue, s)
	w.mu.Unlock()
	w.wake()
}

func (w *flusher) wake() {
	select {
	case w.work <- struct{}{}:
	default:
	}
}

func (w *flusher) oldest() *sealed {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return nil
	}
	return w.queue[0]
}

// makeRoom waits while the tail is over its bound and the flusher has work.
func (w *flusher) makeRoom(bytes func() int64, most int64) {
	for bytes() > most {
		w.mu.Lock()
		idle, moved := len(w.queue) == 0, w.moved
		w.mu.Unlock()
		if idle {
			return
		}
		select {
		case <-moved:
		case <-w.done:
			return
		}
	}
}

// seal ends the open segment at the last applied entry and queues it; applying
// is held. Where no event was added but something else changed, a batch without
// a segment is queued.
func (f *FSM) seal() {
	segment := f.tail.Seal()
	if segment == nil && f.mark.Index == f.lastQueued() {
		return
	}
	batch := &store.Batch{Mark: f.mark, NextSlot: f.machine.NextSlot(), Dropped: f.gone}
	for _, s := range f.changed {
		batch.States = append(batch.States, s)
	}
	if segment != nil {
		for slot, h := range segment.Histories() {
			if f.dropped(slot) {
				continue
			}
			batch.Histories = append(batch.Histories, storedHistory(slot, h))
		}
	}
	f.changed, f.gone = map[ledger.Slot]ledger.State{}, nil
	f.flusher.push(&sealed{segment: segment, batch: batch})
}

func (f *FSM) dropped(slot ledger.Slot) bool {
	for _, gone := range f.gone {
		if gone == slot {
			return true
		}
	}
	return false
}

func storedHistory(slot ledger.Slot, h *tail.History) store.History {
	out := store.History{Slot: slot, Records: h.Records, Keys: make([]store.Key, 0, len(h.Keys))}
	for key, kept := range h.Keys {
		out.Keys = append(out.Keys, store.Key{Key: key, KeyRecord: kept})
	}
	out.Files = h.Files
	out.Terms = [len(selector.Indexes)]map[string][]quipu.Position(h.Terms)
	return out
}

// lastQueued is the index up to which everything is flushed or on its way.
func (f *FSM) lastQueued() uint64 {
	f.flusher.mu.Lock()
	defer f.flusher.mu.Unlock()
	if n := len(f.flusher.queue); n > 0 {
		return f.flusher.queue[n-1].batch.Mark.Index
	}
	return f.flusher.flushed
}

// runFlusher is the flushing goroutine.
func (f *FSM) runFlusher() {
	w := &f.flusher
	defer close(w.done)
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-tick.C:
			f.sealNow()
		case <-w.work:
			if w.takeAsked() {
				f.sealNow()
			}
		}
		if err := f.flushQueue(); err != nil {
			f.stop()
			f.fault(err)
			return
		}
	}
}

// stop lets nothing more be applied.
func (f *FSM) stop() {
	f.applying.Lock()
	defer f.applying.Unlock()
	f.stopped = true
}

func (w *flusher) takeAsked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = false
	return asked
}

func (f *FSM) sealNow() {
	f.applying.Lock()
	defer f.applying.Unlock()
	if !f.stopped {
		f.seal()
	}
}

func (f *FSM) flushQueue() error {
	for s := f.flusher.oldest(); s != nil; s = f.flusher.oldest() {
		start := time.Now()
		if err := f.flushOne(s); err != nil {
			return err
		}
		if took := time.Since(start); took > slowFlush {
			f.cfg.Logger.Warn("slow flush", "took", took, "raft_index", s.batch.Mark.Index)
		}
		select {
		case <-f.flusher.quit:
			return nil
		default:
		}
	}
	f.flusher.writing.Lock()
	defer f.flusher.writing.Unlock()
	_, err := f.store.ClearDropped(clearBudget)
	return err
}

// flushOne writes the segment if it is still the oldest: a restore may have
// replaced the store since.
func (f *FSM) flushOne(s *sealed) error {
	w := &f.flusher
	w.writing.Lock()
	defer w.writing.Unlock()
	if w.oldest() != s {
		return nil
	}
	if err := f.store.Flush(s.batch); err != nil {
		return err
	}
	if s.segment != nil {
		f.tail.Drop(s.segment)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = w.queue[1:]
	w.flushed = s.batch.Mark.Index
	w.announce()
	return nil
}

// Flush waits until everything that has been applied so far is in the store,
// and gives the raft index up to which that is.
func (f *FSM) Flush(ctx context.Context) (uint64, error) {
	target := f.Applied()
	w := &f.flusher
	for {
		w.mu.Lock()
		flushed, moved := w.flushed, w.moved
		if flushed < target {
			w.asked = true
		}
		w.mu.Unlock()
		if flushed >= target {
			return flushed, nil
		}
		w.wake()
		select {
		case <-moved:
		case <-w.done:
			return 0, errClosed
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}
