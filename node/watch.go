package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/fsm/command"
)

// mainLedger exists from the start.
const mainLedger = "main"

const (
	watchInterval  = time.Second
	barrierTimeout = 10 * time.Second
	takeOverRetry  = 100 * time.Millisecond
)

// watchLeadership makes a new leader ready, and gives a replica that has heard
// of a leader the timeouts of normal operation.
func (n *Node) watchLeadership(r *replica, leads <-chan bool, voters int) {
	settled := voters == 1
	heard := make(chan raft.Observation, 8)
	observer := raft.NewObserver(heard, false, func(o *raft.Observation) bool {
		_, ok := o.Data.(raft.LeaderObservation)
		return ok
	})
	r.raft.RegisterObserver(observer)
	defer r.raft.DeregisterObserver(observer)
	if _, id := r.raft.LeaderWithID(); id != "" {
		settled = r.settle(settled)
	}
	for {
		select {
		case <-n.ctx.Done():
			return
		case leading := <-leads:
			if !leading {
				r.barrier.Store(0)
				n.log.Info("this node does not lead any more")
				continue
			}
			n.takeOver(r)
		case o := <-heard:
			if leader := o.Data.(raft.LeaderObservation); leader.LeaderID != "" {
				n.log.Info("the leader is known", "leader", string(leader.LeaderID), "term", r.raft.CurrentTerm())
				settled = r.settle(settled)
			}
		}
	}
}

// settle sets the timeouts of normal operation, once.
func (r *replica) settle(settled bool) bool {
	if settled {
		return true
	}
	config := r.raft.ReloadableConfig()
	config.HeartbeatTimeout, config.ElectionTimeout = electionTimeout, electionTimeout
	if err := r.raft.ReloadConfig(config); err != nil {
		r.log.Warn("raft keeps the timeouts of its start", "error", err)
	}
	return true
}

// takeOver makes a new leader ready. It tries as long as raft says that this
// node leads: nobody else would.
func (n *Node) takeOver(r *replica) {
	for r.raft.State() == raft.Leader {
		err := n.tryTakeOver(r)
		if err == nil {
			return
		}
		n.log.Warn("this node was elected but could not take over yet", "error", err)
		select {
		case <-time.After(takeOverRetry):
		case <-n.ctx.Done():
			return
		}
	}
}

// tryTakeOver waits until this node has applied all that was committed before
// its election. Only then does it serve reads and decide on appends, so that
// what it says is missing was missing when it was elected.
//
// An entry without commands does what raft's Barrier would, and one thing more:
// the state machine sees it. A snapshot may end at an entry that no state
// machine ever sees, and a leader that was restarted from it would give
// followers a read index that they wait for until the next append.
func (n *Node) tryTakeOver(r *replica) error {
	term := r.raft.CurrentTerm()
	barrier := command.Entry{}
	if err := r.raft.Apply(barrier.Append(nil), barrierTimeout).Error(); err != nil {
		return err
	}
	if err := n.createMain(r); err != nil {
		return err
	}
	if now := r.raft.CurrentTerm(); now != term {
		return fmt.Errorf("the term is %d, it was %d", now, term)
	}
	r.barrier.Store(term)
	n.log.Info("this node leads", "term", term, "raft_index", r.fsm.Applied())
	return nil
}

func (n *Node) createMain(r *replica) error {
	if _, ok := r.fsm.State(mainLedger); ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(n.ctx, proposeTimeout)
	defer cancel()
	if out := r.lead(ctx, []command.Command{&command.CreateLedger{Name: mainLedger}})[0]; out.Err != nil {
		return out.Err
	}
	return nil
}

// watchReplica asks the voters for their tails while this node leads, so that
// the sequencer can slow down, and takes a snapshot when the log has grown.
func (n *Node) watchReplica(r *replica) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-tick.C:
		}
		if r.leads() {
			r.tails.Store(n.fullestTail(r))
		} else {
			r.tails.Store(0)
		}
		if err := r.snapshotAbove(snapshotBytes); err != nil {
			n.log.Warn("snapshot", "error", err)
		}
	}
}

// snapshotAbove takes a snapshot if the log has grown by so many bytes.
func (r *replica) snapshotAbove(bytes uint64) error {
	if r.raftLog.BytesSinceSnapshot() < bytes {
		return nil
	}
	err := r.raft.Snapshot().Error()
	if errors.Is(err, raft.ErrRaftShutdown) || errors.Is(err, raft.ErrNothingNewToSnapshot) {
		return nil
	}
	return err
}

// fullestTail is the largest tail that a voter reports. One that does not
// answer does not slow the others down.
func (n *Node) fullestTail(r *replica) int64 {
	ctx, cancel := context.WithTimeout(n.ctx, statusTimeout)
	defer cancel()
	most := int64(0)
	for _, server := range r.configuration().Servers {
		if server.ID == r.id || server.Suffrage != raft.Voter {
			continue
		}
		most = max(most, n.statusOf(ctx, r, server).TailBytes)
	}
	return most
}
