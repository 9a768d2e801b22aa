package node

import (
	"github.com/hashicorp/raft"
	"github.com/prometheus/client_golang/prometheus"
)

// registerMetrics exports what an operator watches of the replica. Raft's own
// metrics need a build tag to appear, so these are read from it.
func (n *Node) registerMetrics(r *replica) {
	gauge := func(name, help string, value func() float64) {
		n.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "quipu", Name: name, Help: help}, value))
	}
	gauge("raft_leader", "1 if this node leads and is ready to.", func() float64 {
		if r.leads() {
			return 1
		}
		return 0
	})
	gauge("raft_term", "The current term.", func() float64 { return float64(r.raft.CurrentTerm()) })
	gauge("raft_commit_index", "The index up to which the log is committed.", func() float64 { return float64(r.raft.CommitIndex()) })
	gauge("raft_applied_index", "The index up to which readers see the log's effects.", func() float64 { return float64(r.fsm.Applied()) })
	gauge("raft_log_bytes_since_snapshot", "Bytes written to the log since the last snapshot.", func() float64 {
		return float64(r.raftLog.BytesSinceSnapshot())
	})
	gauge("raft_state", "0 follower, 1 candidate, 2 leader, 3 shut down.", func() float64 {
		return float64(map[raft.RaftState]int{raft.Follower: 0, raft.Candidate: 1, raft.Leader: 2, raft.Shutdown: 3}[r.raft.State()])
	})
	gauge("tail_bytes", "Applied history that is not in the store yet.", func() float64 { return float64(r.fsm.TailBytes()) })
	gauge("store_bytes", "The size of the ledger file.", func() float64 { return float64(r.store.Stats().FileBytes) })
	gauge("ledgers", "The number of ledgers.", func() float64 { return float64(len(r.fsm.States())) })
}
