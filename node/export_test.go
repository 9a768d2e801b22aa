package node

import (
	"context"
	"errors"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/node/raftlog"
)

// What the tests in the external package do to a node that nobody else may.

// PrepareData is the step of forming that makes the files.
func PrepareData(dir string, who identity.Identity, bootstrap *raft.Configuration) error {
	return prepareData(dir, who, bootstrap)
}

// BeginBootstrap leaves a log as a crash does between the two writes of the
// bootstrap.
func BeginBootstrap(dir string) error {
	log, err := raftlog.Open(raftlog.Config{Dir: dir})
	if err != nil {
		return err
	}
	return errors.Join(log.SetUint64(currentTermKey, 1), log.Close())
}

// Kill ends the node without a farewell, a last flush or an answer to anybody:
// its directory is as a killed process leaves it.
func (n *Node) Kill() {
	n.shutdown.Do(func() {
		n.server.Close()
		n.peer.Close()
		n.members.Close(false)
		n.cancel()
		n.work.Wait()
		if r := n.replica.Swap(nil); r != nil {
			r.release()
		}
		n.unwind()
	})
}

// Transfer gives leadership to the node, which need not be this one.
func (n *Node) Transfer(ctx context.Context, to string) error {
	r := n.replica.Load()
	for _, server := range r.configuration().Servers {
		if string(server.ID) == to {
			return r.raft.LeadershipTransferToServer(server.ID, server.Address).Error()
		}
	}
	return errors.New("no such node")
}

// Leads tells whether the node takes itself for the leader.
func (n *Node) Leads() bool {
	r := n.replica.Load()
	return r != nil && r.leads()
}

// Compact takes a snapshot now and lets raft forget all but the newest entries.
func (n *Node) Compact(trailing uint64) error {
	r := n.replica.Load()
	config := r.raft.ReloadableConfig()
	config.TrailingLogs = trailing
	return errors.Join(r.raft.ReloadConfig(config), r.raft.Snapshot().Error())
}

// Barrier commits an entry that no state machine sees.
func (n *Node) Barrier() error { return n.replica.Load().raft.Barrier(barrierTimeout).Error() }

// SnapshotAbove does what the watch does with its own bound.
func (n *Node) SnapshotAbove(bytes uint64) error { return n.replica.Load().snapshotAbove(bytes) }

// FirstLogIndex is where the raft log begins, and Mark where the flushed state ends.
func (n *Node) FirstLogIndex() (uint64, error)   { return n.replica.Load().raftLog.FirstIndex() }
func (n *Node) LogBytes() uint64                 { return n.replica.Load().raftLog.BytesSinceSnapshot() }
func (n *Node) Mark() (mark store.Mark, _ error) { return n.replica.Load().store.Mark() }

// Applied is the raft index up to which readers see the log's effects.
func (n *Node) Applied() uint64 { return n.replica.Load().fsm.Applied() }

// Check is what quipu check finds in the node's ledger file.
func (n *Node) Check(ctx context.Context) (store.Report, error) {
	return n.replica.Load().store.Check(ctx, nil)
}

// Fail reports a fault as the storage does.
func (n *Node) Fail(err error) { n.fail(err) }
