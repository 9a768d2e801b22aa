package wire

import "github.com/quipu-ledger/quipu"

// Cluster is the answer to GET /v1/cluster.
type Cluster struct {
	// ID is the cluster's id, empty while it forms.
	ID string `json:"id"`
	// Leader is the id of the leading node, empty while there is none.
	Leader string `json:"leader"`
	// Nodes are all nodes of the configuration, by id.
	Nodes []Node `json:"nodes"`
}

// Node is one node of a cluster.
type Node struct {
	ID         string `json:"id"`
	APIAddr    string `json:"apiAddr"`
	PeerAddr   string `json:"peerAddr"`
	GossipAddr string `json:"gossipAddr,omitempty"`
	// State is leader, follower, candidate, or unreachable where the asked node
	// got no answer.
	State   string `json:"state"`
	Version string `json:"version,omitempty"`
	Term    uint64 `json:"term"`
	// AppliedIndex is raft's index up to which the node has applied commands.
	AppliedIndex uint64 `json:"appliedIndex"`
	// TailBytes is how much of the applied history is in memory only; it is in
	// the raft log on disk as well.
	TailBytes int64 `json:"tailBytes"`
	// Ledgers are the heads of the node's ledgers, by name.
	Ledgers []LedgerHead `json:"ledgers"`
}

// LedgerHead is how far a node has a ledger.
type LedgerHead struct {
	Name string         `json:"name"`
	ID   quipu.LedgerID `json:"id"`
	Head quipu.Position `json:"head"`
	// EventID is the id of the head's event; equal ids mean equal histories.
	EventID quipu.EventID `json:"eventId"`
}
