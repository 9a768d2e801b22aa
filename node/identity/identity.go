package identity

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	quipu "github.com/quipu-ledger/quipu"
)

const (
	clusterIDBytes = 8 // 64 random bits: two clusters that share a network never share it
	nodeIDBytes    = 3 // 24 random bits: for a handful of nodes, and short enough to type

	nodeIDCharactersMax = 64 // the same limit as the setting node-id
)

// Identity is who a node is. It is a value: a change is stored by Save alone.
type Identity struct {
	// NodeID is the name of the node, unique in its cluster for ever: 1 to 64
	// of the characters A-Z a-z 0-9 . _ -
	NodeID string
	// ClusterID is 16 lower-case hex digits, or "" as long as the node belongs
	// to no cluster. Once set it never changes.
	ClusterID string
	// Created is when the node got its id, in UTC.
	Created time.Time
	// Pending is the cluster that the node agreed to form or join but is not
	// yet a member of. It is nil once ClusterID is set.
	Pending *Proposal
}

// Proposal is a cluster that nodes are about to form.
type Proposal struct {
	// ClusterID is the id that the cluster will have.
	ClusterID string `json:"clusterId"`
	// Proposer is the id of the node that made the proposal.
	Proposer string `json:"proposer"`
	// Members are the first voters, each once. The list may be empty for a
	// node that joins a cluster which already runs.
	Members []Member `json:"members"`
}

// Member is a node as a proposal names it.
type Member struct {
	NodeID string `json:"nodeId"`
	// PeerAddr is the host:port at which the node's peer port is reached.
	PeerAddr string `json:"peerAddr"`
}

// Formed reports whether the node belongs to a cluster. A formed node never
// bootstraps and accepts no proposal.
func (i Identity) Formed() bool { return i.ClusterID != "" }

// Stamp is what the databases of this node carry: the zero Stamp as long as
// it belongs to no cluster.
func (i Identity) Stamp() Stamp {
	if !i.Formed() {
		return Stamp{}
	}
	return Stamp{ClusterID: i.ClusterID, NodeID: i.NodeID}
}

// NewClusterID makes a random cluster id: 16 lower-case hex digits.
func NewClusterID() string { return randomHex(clusterIDBytes) }

// NewNodeID makes a random node id: "n-" and 6 lower-case hex digits.
func NewNodeID() string { return "n-" + randomHex(nodeIDBytes) }

// randomHex cannot fail: crypto/rand ends the process if the system has no randomness.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// check says what is wrong with an identity, or nil. What Save refuses, Load
// refuses too.
func (i Identity) check() error {
	switch {
	case !validNodeID(i.NodeID):
		return wrong("node id %q is not 1 to %d of the characters A-Z a-z 0-9 . _ -", i.NodeID, nodeIDCharactersMax)
	case i.Created.IsZero():
		return wrong("the time of creation of node %s is missing", i.NodeID)
	case i.Formed() && !validClusterID(i.ClusterID):
		return wrong("cluster id %q is not %d lower-case hex digits", i.ClusterID, 2*clusterIDBytes)
	case i.Formed() && i.Pending != nil:
		return wrong("node %s is in cluster %s and cannot be about to form cluster %s", i.NodeID, i.ClusterID, i.Pending.ClusterID)
	case i.Pending != nil:
		return i.Pending.check()
	}
	return nil
}

func (p *Proposal) check() error {
	if !validClusterID(p.ClusterID) {
		return wrong("proposed cluster id %q is not %d lower-case hex digits", p.ClusterID, 2*clusterIDBytes)
	}
	if !validNodeID(p.Proposer) {
		return wrong("proposer %q of cluster %s is not a node id", p.Proposer, p.ClusterID)
	}
	seen := make(map[string]bool, len(p.Members))
	for _, m := range p.Members {
		switch {
		case !validNodeID(m.NodeID):
			return wrong("member %q of proposed cluster %s is not a node id", m.NodeID, p.ClusterID)
		case m.PeerAddr == "":
			return wrong("member %s of proposed cluster %s has no peer address", m.NodeID, p.ClusterID)
		case seen[m.NodeID]:
			return wrong("member %s is in proposed cluster %s twice", m.NodeID, p.ClusterID)
		}
		seen[m.NodeID] = true
	}
	return nil
}

func wrong(format string, args ...any) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, format, args...)
}

func validNodeID(id string) bool {
	return len(id) >= 1 && len(id) <= nodeIDCharactersMax && !strings.ContainsFunc(id, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		digit := '0' <= r && r <= '9'
		return !letter && !digit && !strings.ContainsRune("._-", r)
	})
}

func validClusterID(id string) bool {
	return len(id) == 2*clusterIDBytes && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f')
	})
}
