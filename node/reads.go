package node

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/transport/api"
)

// readTimeout bounds how long a read waits for its promise.
const readTimeout = 5 * time.Second

// View gives a ledger at the consistency that the read asks for.
func (n *Node) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	r := n.replica.Load()
	if r == nil {
		return nil, n.notFormed()
	}
	if read.Consistency == quipu.Linearizable || read.Consistency == "" {
		if err := r.synchronise(ctx); err != nil {
			return nil, ended(ctx, err)
		}
	}
	state, ok := r.fsm.State(ref)
	if !ok { // this node may lag
		if err := r.synchronise(ctx); err != nil {
			return nil, ended(ctx, err)
		}
		if state, ok = r.fsm.State(ref); !ok {
			return nil, ledger.NoLedger(ref)
		}
	}
	if read.Consistency == quipu.Session {
		if err := r.reach(ctx, state, read.MinPosition); err != nil {
			return nil, err
		}
	}
	view, _ := r.fsm.View(ref)
	return view, nil
}

var _ api.View = (*fsm.View)(nil)

// reach waits for a position, and says how far this node is if it cannot.
func (r *replica) reach(ctx context.Context, s ledger.State, position quipu.Position) error {
	if err := r.fsm.WaitPosition(ctx, s.ID, position); err != nil {
		now, _ := r.fsm.State(s.ID.String())
		return unavailable("this node has ledger %s up to position %d, not %d yet", s.Name, now.Head, position).
			Because(err).WithHint("try again, or another node")
	}
	return nil
}

// Ledgers lists the visible ledgers by name.
func (n *Node) Ledgers(ctx context.Context, read api.Read) ([]quipu.Ledger, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	r := n.replica.Load()
	if r == nil {
		return nil, n.notFormed()
	}
	if read.Consistency == quipu.Linearizable || read.Consistency == "" {
		if err := r.synchronise(ctx); err != nil {
			return nil, ended(ctx, err)
		}
	}
	states := r.fsm.States()
	list := make([]quipu.Ledger, len(states))
	for i := range states {
		list[i] = states[i].Public()
	}
	return list, nil
}

// Ready is nil if the node can serve a linearizable read.
func (n *Node) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	r := n.replica.Load()
	if r == nil {
		return n.notFormed()
	}
	err := r.synchronise(ctx)
	if err == nil {
		return nil
	}
	if _, leader := r.raft.LeaderWithID(); leader == "" {
		return noLeader().Because(err)
	}
	return ended(ctx, err)
}

// synchronise waits until this node's state holds every append that was
// acknowledged before the call: it asks the leader, together with all reads
// that wait at this moment, for its read index, and waits until that is applied
// here.
func (r *replica) synchronise(ctx context.Context) error {
	index, err := r.reads.join(ctx)
	if err != nil {
		return err
	}
	return r.fsm.WaitApplied(ctx, index)
}

// readIndex is one round for all reads that joined it before it began. The read
// index is the leader's own applied index when the round begins: an append is
// acknowledged only after its leader has applied it, and a new leader serves
// only once it has applied all that was committed before it.
func (n *Node) readIndex(ctx context.Context, r *replica) (uint64, error) {
	_, to, err := n.leader(ctx)
	if err != nil {
		return 0, err
	}
	if to.NodeID == n.nodeID {
		return r.confirm(ctx)
	}
	answer, err := n.peer.Call(ctx, to, pathReadIndex, nil)
	if err != nil {
		return 0, unavailable("the leader %s does not answer", to.NodeID).Because(err).WithHint("try again, or read with consistency=local")
	}
	if len(answer) != 8 {
		return 0, unavailable("the leader %s gives no read index", to.NodeID)
	}
	return binary.BigEndian.Uint64(answer), nil
}

// confirm gives the applied index once a majority has acknowledged, in this
// term, a message that was sent after the round began. Raft's own check also
// counts answers to messages that were sent before; it is used only to make
// raft send some, since idle heartbeats come seldom.
func (r *replica) confirm(ctx context.Context) (uint64, error) {
	notLeading := unavailable("this node has just lost its leadership").WithHint("try again")
	term := r.barrier.Load()
	if !r.leads() {
		return 0, notLeading
	}
	index, began := r.fsm.Applied(), time.Now()
	ids := voters(r.configuration())
	for {
		check := r.raft.VerifyLeader()
		failed := make(chan error, 1)
		go func() { failed <- check.Error() }()
		select {
		case err := <-failed:
			if err != nil {
				return 0, notLeading
			}
		case <-ctx.Done():
			return 0, ended(ctx, ctx.Err())
		}
		if !r.leads() || r.barrier.Load() != term {
			return 0, notLeading
		}
		if r.transport.AckedSince(term, began, ids, r.id) {
			return index, nil
		}
	}
}

// rounds shares one answer among all who ask for it while the answer before it
// is still being worked out. Nobody gets an answer that was begun before they asked.
type rounds struct {
	ctx context.Context // ends every round
	ask func(context.Context) (uint64, error)

	mu      sync.Mutex
	next    *round // who joins now gets this one; guarded by mu
	running bool   // guarded by mu
}

type round struct {
	done  chan struct{}
	index uint64
	err   error
}

func newRounds(ctx context.Context, ask func(context.Context) (uint64, error)) *rounds {
	return &rounds{ctx: ctx, ask: ask}
}

// join waits for the round that begins next.
func (g *rounds) join(ctx context.Context) (uint64, error) {
	g.mu.Lock()
	if g.next == nil {
		g.next = &round{done: make(chan struct{})}
	}
	mine := g.next
	if !g.running {
		g.running = true
		go g.run()
	}
	g.mu.Unlock()
	select {
	case <-mine.done:
		return mine.index, mine.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (g *rounds) run() {
	for {
		g.mu.Lock()
		current := g.next
		g.next = nil
		g.running = current != nil
		g.mu.Unlock()
		if current == nil {
			return
		}
		ctx, cancel := context.WithTimeout(g.ctx, readTimeout)
		current.index, current.err = g.ask(ctx)
		cancel()
		close(current.done)
	}
}
