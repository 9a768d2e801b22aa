package node

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/transport/wire"
)

// statusTimeout bounds how long one node's status is waited for.
const statusTimeout = time.Second

// status is what this node says of itself.
func (n *Node) status(r *replica) wire.Node {
	node := wire.Node{
		ID: n.nodeID, APIAddr: n.APIAddr(), PeerAddr: n.PeerAddr(), GossipAddr: n.GossipAddr(),
		State: strings.ToLower(r.raft.State().String()), Version: n.cfg.Version, Term: r.raft.CurrentTerm(),
		AppliedIndex: r.fsm.Applied(), TailBytes: r.fsm.TailBytes(), Ledgers: []wire.LedgerHead{},
	}
	for _, s := range r.fsm.States() {
		node.Ledgers = append(node.Ledgers, wire.LedgerHead{Name: s.Name, ID: s.ID, Head: s.Head, EventID: s.HeadID})
	}
	return node
}

// GossipAddr is the address at which this node is found by gossip.
func (n *Node) GossipAddr() string {
	for _, m := range n.members.Members() {
		if m.NodeID == n.nodeID {
			return m.GossipAddr
		}
	}
	return n.cfg.GossipAddr
}

// Cluster asks every node of the configuration for its status.
func (n *Node) Cluster(ctx context.Context) (wire.Cluster, error) {
	r := n.replica.Load()
	if r == nil {
		return wire.Cluster{}, n.notFormed()
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	_, leader := r.raft.LeaderWithID()
	servers := r.configuration().Servers
	cluster := wire.Cluster{ID: r.clusterID, Leader: string(leader), Nodes: make([]wire.Node, len(servers))}
	var asked sync.WaitGroup
	for i, server := range servers {
		asked.Go(func() { cluster.Nodes[i] = n.statusOf(ctx, r, server) })
	}
	asked.Wait()
	return cluster, nil
}

func (n *Node) statusOf(ctx context.Context, r *replica, server raft.Server) wire.Node {
	if server.ID == r.id {
		return n.status(r)
	}
	target := n.target(server.ID, server.Address)
	unreachable := wire.Node{ID: target.NodeID, PeerAddr: target.Addr, State: "unreachable", Ledgers: []wire.LedgerHead{}}
	for _, m := range n.members.Members() {
		if m.NodeID == target.NodeID {
			unreachable.APIAddr, unreachable.GossipAddr = m.APIAddr, m.GossipAddr
		}
	}
	answer, err := n.peer.Call(ctx, target, pathStatus, nil)
	if err != nil {
		return unreachable
	}
	var node wire.Node
	if err := json.Unmarshal(answer, &node); err != nil {
		return unreachable
	}
	return node
}
