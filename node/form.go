package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/transport/peer"
)

// A cluster is formed once. Gossip only names the candidates: as soon as the
// expected number is there, the one with the lowest id proposes a cluster id
// and the full list of members over the peer port. Each member writes its
// agreement to disk before it confirms, agrees to one proposal only, and never
// bootstraps. When all have confirmed, the proposer bootstraps raft with that
// list. The others ask the members of the proposal, until one says that the
// cluster exists; so it does not matter who crashes when. Each step may be
// repeated: the proposer makes the same proposal again.

const (
	formRetry   = time.Second
	formTimeout = 5 * time.Second

	pathPrepare = "/form/prepare"
	pathFormed  = "/form/formed"
)

// form runs until the node belongs to a cluster or shuts down.
func (n *Node) form() {
	n.log.Info("forming a cluster", "expect", n.cfg.BootstrapExpect)
	for {
		changed := n.members.Changed()
		if n.replica.Load() != nil {
			return
		}
		if err := n.tryForm(); err != nil {
			n.log.Info("not formed yet", "error", err)
		}
		select {
		case <-changed:
		case <-time.After(formRetry):
		case <-n.replicas:
			return
		case <-n.ctx.Done():
			return
		}
	}
}

// tryForm proposes a cluster if it is this node's turn to, or looks whether the
// one that it agreed to exists.
func (n *Node) tryForm() error {
	proposal, err := n.proposal()
	switch {
	case proposal == nil || err != nil:
		return err
	case proposal.Proposer != n.nodeID:
		return n.tryJoin(proposal)
	}
	for _, m := range proposal.Members {
		if m.NodeID == proposal.Proposer {
			continue
		}
		if err := n.formCall(m, pathPrepare, proposal); err != nil {
			return fmt.Errorf("ask %s: %w", m.NodeID, err)
		}
	}
	n.forming.Lock()
	defer n.forming.Unlock()
	return n.bootstrap(proposal)
}

// tryJoin makes this node a part of the cluster that it agreed to, as soon as
// another member is.
func (n *Node) tryJoin(p *identity.Proposal) error {
	err := fmt.Errorf("node %s is its only member", n.nodeID)
	for _, m := range p.Members {
		if m.NodeID == n.nodeID {
			continue
		}
		if err = n.formCall(m, pathFormed, p); err == nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("wait for cluster %s: %w", p.ClusterID, err)
	}
	n.forming.Lock()
	defer n.forming.Unlock()
	if n.self.Pending == nil || n.self.Pending.ClusterID != p.ClusterID {
		return nil // its proposer has come with another one since
	}
	if err := n.joinCluster(p.ClusterID, nil); err != nil {
		n.failUnlessEnding(err)
		return err
	}
	n.log.Info("joined the cluster", "cluster", p.ClusterID)
	return nil
}

// proposal is what this node has agreed to, or has to propose, durable on its
// disk; nil if there is nothing and it is another node's turn.
func (n *Node) proposal() (*identity.Proposal, error) {
	n.forming.Lock()
	defer n.forming.Unlock()
	if n.self.Formed() || n.self.Pending != nil {
		return n.self.Pending, nil
	}
	members, err := n.candidates()
	if err != nil || members[0].NodeID != n.nodeID {
		return nil, err
	}
	proposal := &identity.Proposal{ClusterID: identity.NewClusterID(), Proposer: n.nodeID, Members: members}
	return proposal, n.agree(proposal)
}

// candidates are the nodes to form a cluster of, lowest id first.
func (n *Node) candidates() ([]identity.Member, error) {
	if n.cfg.BootstrapExpect == 1 {
		return []identity.Member{{NodeID: n.nodeID, PeerAddr: n.PeerAddr()}}, nil
	}
	var members []identity.Member
	for _, m := range n.members.Members() {
		if m.ClusterID != "" {
			return nil, fmt.Errorf("node %s belongs to cluster %s already; this node does not start another one beside it", m.NodeID, m.ClusterID)
		}
		if m.Alive && m.Expect == n.cfg.BootstrapExpect && m.PeerAddr != "" {
			members = append(members, identity.Member{NodeID: m.NodeID, PeerAddr: m.PeerAddr})
		}
	}
	if len(members) < n.cfg.BootstrapExpect {
		return nil, fmt.Errorf("%d of %d nodes are here", len(members), n.cfg.BootstrapExpect)
	}
	slices.SortFunc(members, func(a, b identity.Member) int { return cmp.Compare(a.NodeID, b.NodeID) })
	return members[:n.cfg.BootstrapExpect], nil
}

// agree writes a proposal to disk; forming is held.
func (n *Node) agree(p *identity.Proposal) error {
	next := n.self
	next.Pending = p
	if err := identity.Save(n.cfg.DataDir, next); err != nil {
		return err
	}
	n.self = next
	return nil
}

// bootstrap starts raft with the proposal's members; forming is held. It is
// safe to repeat: a log that holds a configuration is left as it is.
func (n *Node) bootstrap(p *identity.Proposal) error {
	var servers []raft.Server
	for _, m := range p.Members {
		servers = append(servers, raft.Server{ID: raft.ServerID(m.NodeID), Address: raft.ServerAddress(m.PeerAddr)})
	}
	if err := n.joinCluster(p.ClusterID, &raft.Configuration{Servers: servers}); err != nil {
		n.failUnlessEnding(err)
		return err
	}
	n.log.Info("cluster formed", "cluster", p.ClusterID, "nodes", len(servers))
	return nil
}

// joinCluster makes this node a member for ever and starts its replica; forming
// is held. The files are made before the identity says that the cluster exists,
// so that a crash in between repeats the step.
func (n *Node) joinCluster(clusterID string, bootstrap *raft.Configuration) error {
	if n.ctx.Err() != nil {
		return unavailable("node %s is shutting down", n.nodeID)
	}
	formed := n.self
	formed.ClusterID, formed.Pending = clusterID, nil
	if err := prepareData(n.cfg.DataDir, formed, bootstrap); err != nil {
		return err
	}
	if err := identity.Save(n.cfg.DataDir, formed); err != nil {
		return err
	}
	n.self = formed
	if err := n.peer.SetCluster(clusterID); err != nil {
		return err
	}
	if err := n.members.Update(n.info()); err != nil {
		return err
	}
	return n.startReplica()
}

// failUnlessEnding ends a node that could not complete a step on disk, unless it
// is ending anyhow.
func (n *Node) failUnlessEnding(err error) {
	if n.ctx.Err() == nil {
		n.fail(err)
	}
}

func (n *Node) formCall(m identity.Member, path string, p *identity.Proposal) error {
	ctx, cancel := context.WithTimeout(n.ctx, formTimeout)
	defer cancel()
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	address := m.PeerAddr
	if newer, ok := n.resolve(m.NodeID); ok {
		address = newer
	}
	_, err = n.peer.Call(ctx, peer.Target{NodeID: m.NodeID, Addr: address}, path, body)
	return err
}

// prepare is a member's answer to a proposal.
func (n *Node) prepare(p *identity.Proposal) error {
	n.forming.Lock()
	defer n.forming.Unlock()
	in := slices.ContainsFunc(p.Members, func(m identity.Member) bool { return m.NodeID == n.nodeID })
	switch old := n.self.Pending; {
	case !in:
		return quipu.Errorf(quipu.Invalid, "node %s is not in the proposal", n.nodeID)
	case n.self.ClusterID == p.ClusterID:
		return nil
	case n.self.Formed():
		return quipu.Errorf(quipu.Forbidden, "node %s belongs to cluster %s", n.nodeID, n.self.ClusterID)
	case len(p.Members) != n.cfg.BootstrapExpect:
		return quipu.Errorf(quipu.Invalid, "node %s expects %d nodes, the proposal has %d", n.nodeID, n.cfg.BootstrapExpect, len(p.Members))
	case old != nil && old.Proposer != p.Proposer:
		// A node that has not joined has voted for nobody, so the proposer itself
		// may come again with empty hands; another one may not.
		return quipu.Errorf(quipu.Forbidden, "node %s has agreed to the proposal of node %s", n.nodeID, old.Proposer).
			WithHint("if node %s is gone for good, empty the data directory of node %s, which holds no events yet", old.Proposer, n.nodeID)
	}
	return n.agree(p)
}

// formed answers whether this node belongs to the cluster that was proposed.
func (n *Node) formed(p *identity.Proposal) error {
	n.forming.Lock()
	defer n.forming.Unlock()
	if n.self.ClusterID != p.ClusterID {
		return unavailable("node %s does not belong to cluster %s", n.nodeID, p.ClusterID)
	}
	return nil
}
