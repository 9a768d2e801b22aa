package node

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
)

const (
	// entryBytesMax bounds an entry of several commands: a larger one delays
	// the heartbeats behind it. One large command is alone in its entry.
	entryBytesMax = 256 << 10
	// entriesInFlight is how many entries raft works on at once: one is written
	// here, one by the followers, one is applied. More of them make smaller
	// batches, each with fsyncs of its own. It must stay far below a quarter of
	// trailingLogs.
	entriesInFlight = 3
	// queueCommandsMax and queueBytesMax bound what waits for its entry.
	queueCommandsMax = 8192
	queueBytesMax    = 64 << 20
	// tailSlow is the fullest tail of the voters at which batches wait for the
	// flushers, well before Apply itself would have to.
	tailSlow = 48 << 20

	enqueueTimeout = 5 * time.Second
)

// pending is a command on its way through the log.
type pending struct {
	command command.Command
	size    int
	outcome *ledger.Outcome // set before done is closed
	done    chan struct{}
}

// sequencer puts commands that arrive together into one raft entry. There is
// no timer: an entry leaves as soon as there is room in the pipeline, with all
// that has arrived by then.
type sequencer struct {
	replica *replica
	slots   chan struct{} // one token for each entry in flight

	mu      sync.Mutex
	queue   []*pending // guarded by mu
	bytes   int        // of queue; guarded by mu
	stopped bool       // guarded by mu
	arrived chan struct{}
	quit    chan struct{}
	work    sync.WaitGroup
}

func startSequencer(r *replica) *sequencer {
	s := &sequencer{
		replica: r, slots: make(chan struct{}, entriesInFlight),
		arrived: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	s.work.Add(1)
	go s.run()
	return s
}

// stop refuses what has not been proposed, and waits for what has been.
func (s *sequencer) stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	close(s.quit)
	s.work.Wait()
	for _, p := range s.take(1 << 30) {
		p.finish(refused(unavailable("the node is shutting down")))
	}
}

func newPending(c command.Command) *pending {
	return &pending{command: c, size: command.Size(c), done: make(chan struct{})}
}

// submit queues commands in order. Those for which there is no room, and all
// once the sequencer has stopped, are finished as Unavailable.
func (s *sequencer) submit(list []*pending) {
	s.mu.Lock()
	taken := 0
	for _, p := range list {
		if s.stopped || len(s.queue) >= queueCommandsMax || s.bytes+p.size > queueBytesMax {
			break
		}
		s.queue = append(s.queue, p)
		s.bytes += p.size
		taken++
	}
	s.mu.Unlock()
	for _, p := range list[taken:] {
		p.finish(refused(unavailable("the node is overloaded or shutting down").WithHint("try again a little later")))
	}
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// take removes commands for one entry from the front of the queue.
func (s *sequencer) take(bytesMax int) []*pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, bytes := 0, 0
	for n < len(s.queue) && (n == 0 || bytes+s.queue[n].size <= bytesMax) {
		bytes += s.queue[n].size
		n++
	}
	batch := s.queue[:n:n]
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	s.bytes -= bytes
	return batch
}

func (s *sequencer) run() {
	defer s.work.Done()
	for {
		select {
		case s.slots <- struct{}{}:
		case <-s.quit:
			return
		}
		batch := s.next()
		if batch == nil {
			return
		}
		s.propose(batch)
	}
}

// next waits for something to propose, and while the tails are too full.
func (s *sequencer) next() []*pending {
	for {
		if s.replica.tails.Load() > tailSlow || s.replica.fsm.TailBytes() > tailSlow {
			select {
			case <-time.After(5 * time.Millisecond):
				continue
			case <-s.quit:
				return nil
			}
		}
		runtime.Gosched() // who is about to submit joins this entry
		if batch := s.take(entryBytesMax); len(batch) > 0 {
			return batch
		}
		select {
		case <-s.arrived:
		case <-s.quit:
			return nil
		}
	}
}

// propose hands one entry to raft; its slot is free again when the outcome is known.
func (s *sequencer) propose(batch []*pending) {
	entry := command.Entry{Micros: time.Now().UnixMicro(), Commands: make([]command.Command, len(batch))}
	size := 0
	for i, p := range batch {
		entry.Commands[i] = p.command
		size += p.size
	}
	future := s.replica.raft.Apply(entry.Append(make([]byte, 0, size)), enqueueTimeout)
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		defer func() { <-s.slots }()
		s.settle(batch, future)
	}()
}

func (s *sequencer) settle(batch []*pending, future raft.ApplyFuture) {
	if err := future.Error(); err != nil {
		out := refused(outcomeOf(err))
		for _, p := range batch {
			p.finish(out)
		}
		return
	}
	outcomes, _ := future.Response().([]*ledger.Outcome)
	for i, p := range batch {
		if len(outcomes) != len(batch) { // the state machine has stopped in the middle
			p.finish(refused(quipu.Errorf(quipu.Uncertain, "this node stopped while it applied the request")))
			continue
		}
		p.finish(outcomes[i])
	}
}

func (p *pending) finish(out *ledger.Outcome) {
	p.outcome = out
	close(p.done)
}

// wait gives the outcome, or Uncertain if the context ends first.
func (p *pending) wait(ctx context.Context) *ledger.Outcome {
	select {
	case <-p.done:
		return p.outcome
	case <-ctx.Done():
		return refused(uncertain(context.Cause(ctx)))
	}
}

func refused(err *quipu.Error) *ledger.Outcome { return &ledger.Outcome{Err: err} }

func uncertain(cause error) *quipu.Error {
	return quipu.Errorf(quipu.Uncertain, "the request was on its way when the time for it, or this node's leadership, ran out; it may have been applied").
		Because(cause).WithHint("send it again with the same idempotency key")
}

// outcomeOf classifies what raft says of a proposal. Only errors that raft gives
// before an entry reaches its log are certain; any other is not.
func outcomeOf(err error) *quipu.Error {
	switch {
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipTransferInProgress), errors.Is(err, raft.ErrEnqueueTimeout):
		return unavailable("this node does not lead now").Because(err).WithHint("try again; a new leader is elected within seconds")
	default:
		return uncertain(err)
	}
}
