package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/peer"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const (
	// leaderWait is how long a request waits for a leader to be elected.
	leaderWait = 3 * time.Second
	// proposeTimeout bounds a write from its arrival to its answer.
	proposeTimeout = 15 * time.Second
)

// Propose has commands carried out in order, here if this node leads, else on
// the leader, and gives an outcome for each.
func (n *Node) Propose(ctx context.Context, commands []command.Command) []*ledger.Outcome {
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	r, to, err := n.leader(ctx)
	if err != nil {
		return refuseAll(len(commands), err)
	}
	if to.NodeID == n.nodeID {
		return r.lead(ctx, commands)
	}
	return n.forward(ctx, to, commands)
}

// leader waits until a leader is known that can take commands.
func (n *Node) leader(ctx context.Context) (*replica, peer.Target, error) {
	const pause = 5 * time.Millisecond
	deadline := time.Now().Add(leaderWait)
	for {
		r := n.replica.Load()
		switch {
		case r == nil:
			return nil, peer.Target{}, n.notFormed()
		case r.failed.Load():
			return nil, peer.Target{}, unavailable("node %s has stopped after a fault", n.nodeID)
		case r.leads():
			return r, peer.Target{NodeID: n.nodeID}, nil
		}
		if address, id := r.raft.LeaderWithID(); id != "" && id != r.id {
			return r, n.target(id, address), nil
		}
		if time.Now().After(deadline) {
			return nil, peer.Target{}, noLeader()
		}
		select {
		case <-ctx.Done():
			return nil, peer.Target{}, ended(ctx, ctx.Err())
		case <-n.ctx.Done():
			return nil, peer.Target{}, unavailable("the node is shutting down")
		case <-time.After(pause):
		}
	}
}

func noLeader() *quipu.Error {
	return unavailable("there is no leader now").
		WithHint("a majority of the nodes must run and reach each other; an election takes some seconds")
}

// notFormed is the answer of a node without a replica.
func (n *Node) notFormed() *quipu.Error {
	if n.peer.Cluster() != "" {
		return unavailable("this node is starting").WithHint("try again, or another node")
	}
	return unavailable("this node belongs to no cluster yet; it waits for %d nodes", n.cfg.BootstrapExpect).
		WithHint("start the others with the same --join list and --bootstrap-expect")
}

func (n *Node) target(id raft.ServerID, address raft.ServerAddress) peer.Target {
	if newer, ok := n.resolve(string(id)); ok {
		return peer.Target{NodeID: string(id), Addr: newer}
	}
	return peer.Target{NodeID: string(id), Addr: string(address)}
}

// forward passes commands to the leader as they are. Nothing is sent twice: an
// error says whether the leader may have got them.
func (n *Node) forward(ctx context.Context, to peer.Target, commands []command.Command) []*ledger.Outcome {
	answer, err := n.peer.Call(ctx, to, pathPropose, command.AppendList(nil, commands))
	if err != nil {
		return refuseAll(len(commands), err)
	}
	list, err := wire.DecodeOutcomes(answer)
	if err != nil || len(list) != len(commands) {
		return refuseAll(len(commands), uncertain(err))
	}
	outcomes := make([]*ledger.Outcome, len(list))
	for i, o := range list {
		outcomes[i] = &ledger.Outcome{Err: o.Error, Receipt: o.Receipt, Ledger: o.Ledger, Created: o.Created}
	}
	return outcomes
}

// lead carries commands out on the leader: each is decided at once where a view
// of applied state settles it, and goes through the log otherwise.
func (r *replica) lead(ctx context.Context, commands []command.Command) []*ledger.Outcome {
	outcomes := make([]*ledger.Outcome, len(commands))
	room := clashRoom(clashesBytesMax)
	var undecided []int
	var proposed []*pending
	for i, c := range commands {
		if ctx.Err() != nil { // a check may take long, and nobody waits for the others any more
			outcomes[i] = outOfTime(ctx)
			continue
		}
		if a, ok := c.(*command.Append); ok {
			if outcomes[i] = room.outcome(r.precheck(ctx, a)); outcomes[i] != nil {
				continue
			}
		}
		undecided, proposed = append(undecided, i), append(proposed, newPending(c))
	}
	if ctx.Err() != nil {
		for _, i := range undecided {
			outcomes[i] = outOfTime(ctx)
		}
		return outcomes
	}
	r.sequencer.submit(proposed) // at once, so that they share an entry
	for k, i := range undecided {
		outcomes[i] = room.outcome(proposed[k].wait(ctx))
	}
	return outcomes
}

func outOfTime(ctx context.Context) *ledger.Outcome {
	return refuseAll(1, ended(ctx, ctx.Err()))[0]
}

// precheck gives an outcome that needs no entry in the log, or nil. A refusal
// because something is absent may come from a state that has been overtaken, if
// this node has just lost its leadership: it waits for what the leader of now
// has applied, and looks again. A match, a known key and data that does not fit the
// schema that its author named are so for ever.
func (r *replica) precheck(ctx context.Context, a *command.Append) *ledger.Outcome {
	out, err := r.check(a)
	if err == nil && out != nil && (absent(out.Err) || unfitDefault(a, out.Err)) {
		if err := r.synchronise(ctx); err != nil {
			return refuseAll(1, ended(ctx, err))[0]
		}
		out, err = r.check(a)
	}
	if err != nil {
		r.log.Error("pre-check", "error", err)
		return refuseAll(1, err)[0]
	}
	return out
}

func absent(err *quipu.Error) bool {
	return err != nil && len(err.Violations) == 0 &&
		err.Kind != quipu.Conflict && err.Kind != quipu.Mismatch && err.Kind != quipu.TooLarge
}

// unfitDefault reports a schema violation that may be of a schema that the registry
// means no more, since its author named none.
func unfitDefault(a *command.Append, err *quipu.Error) bool {
	return err != nil && len(err.Violations) > 0 &&
		slices.ContainsFunc(a.Events, func(d record.Draft) bool { return d.Filled&record.FilledSchema != 0 })
}

func refuseAll(n int, err error) []*ledger.Outcome {
	var known *quipu.Error
	if !errors.As(err, &known) {
		known = &quipu.Error{Kind: quipu.Internal, Err: err}
	}
	outcomes := make([]*ledger.Outcome, n)
	for i := range outcomes {
		outcomes[i] = refused(known)
	}
	return outcomes
}
