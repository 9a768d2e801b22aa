package peer

import (
	"io"
	"time"

	"github.com/hashicorp/raft"
)

const (
	// raftTimeout bounds one raft RPC (a snapshot's is scaled by its size). It
	// is five election timeouts: a follower whose disk is that slow has been
	// given up as a leader's voter long before.
	raftTimeout = 10 * time.Second

	// raftConnsPerNode are kept per node: replication, heartbeats, and one for votes.
	raftConnsPerNode = 3
)

// Transport is raft's network transport over the peer port, with three things
// changed: heartbeats take no short cut (SetHeartbeatHandler), each node is
// dialed under its id at its newest address, and the acknowledgements of this
// node's AppendEntries are kept with the times at which they were sent, which
// is what a linearizable read needs (AckedSince).
//
// It embeds raft's transport, so that raft finds pre-vote and Close on it too.
type Transport struct {
	*raft.NetworkTransport
	peer *Peer
	acks acks
}

var (
	_ raft.Transport   = (*Transport)(nil)
	_ raft.WithPreVote = (*Transport)(nil)
	_ raft.WithClose   = (*Transport)(nil)
)

// NewTransport starts the raft service; call it once, when the node is ready to
// give it to raft. Without pipelining (MaxRPCsInFlight 1), because a pipeline
// can wedge for good after a rejected entry (hashicorp/raft issue #612), and
// because every acknowledgement then passes through AppendEntries.
func (p *Peer) NewTransport() *Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.transport != nil {
		panic("peer: NewTransport called twice") // two would take each other's connections
	}
	p.transport = &Transport{
		peer: p,
		NetworkTransport: raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
			Logger:          HCLog(p.cfg.Logger),
			Stream:          p.StreamLayer(),
			MaxPool:         raftConnsPerNode,
			MaxRPCsInFlight: 1,
			Timeout:         raftTimeout,
		}),
	}
	if p.closed {
		p.transport.Close()
	}
	return p.transport
}

// SetHeartbeatHandler does nothing, so that heartbeats come to raft through
// Consumer like every other message.
//
// The handler that raft sets here would process them beside its main loop. That
// can raise the term of a leader while its loop runs, and the next entry is
// then stored with a term that the node never won: two different entries may
// end up under the same index and term (hashicorp/raft issue #695). The price
// is that heartbeats wait behind disk writes, so the election timeout must be
// well above a slow fsync.
func (t *Transport) SetHeartbeatHandler(func(raft.RPC)) {}

// AppendEntries sends entries or a heartbeat, and notes the acknowledgement.
//
// An answer with the term of the request is one, also when it says that the
// log does not match (Success false): the follower has compared terms first,
// so it was in our term and in no later one when it answered, and that is all
// that a read needs to know. It shows leadership, not replication.
func (t *Transport) AppendEntries(id raft.ServerID, target raft.ServerAddress,
	args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	sent := t.peer.cfg.Now() // before the message: an earlier time is the safe error
	err := t.NetworkTransport.AppendEntries(id, t.route(id, target), args, resp)
	if err == nil && resp.Term == args.Term {
		t.acks.note(id, args.Term, sent)
	}
	return err
}

// AppendEntriesPipeline is always raft.ErrPipelineReplicationNotSupported: an
// acknowledgement that came through a pipeline would not be noted.
func (t *Transport) AppendEntriesPipeline(raft.ServerID, raft.ServerAddress) (raft.AppendPipeline, error) {
	return nil, raft.ErrPipelineReplicationNotSupported
}

// RequestVote asks for a vote.
func (t *Transport) RequestVote(id raft.ServerID, target raft.ServerAddress,
	args *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	return t.NetworkTransport.RequestVote(id, t.route(id, target), args, resp)
}

// RequestPreVote asks whether a vote would be given.
func (t *Transport) RequestPreVote(id raft.ServerID, target raft.ServerAddress,
	args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	return t.NetworkTransport.RequestPreVote(id, t.route(id, target), args, resp)
}

// InstallSnapshot streams a snapshot.
func (t *Transport) InstallSnapshot(id raft.ServerID, target raft.ServerAddress,
	args *raft.InstallSnapshotRequest, resp *raft.InstallSnapshotResponse, data io.Reader) error {
	return t.NetworkTransport.InstallSnapshot(id, t.route(id, target), args, resp, data)
}

// TimeoutNow asks for an election at once, to transfer leadership.
func (t *Transport) TimeoutNow(id raft.ServerID, target raft.ServerAddress,
	args *raft.TimeoutNowRequest, resp *raft.TimeoutNowResponse) error {
	return t.NetworkTransport.TimeoutNow(id, t.route(id, target), args, resp)
}

// route addresses a node: its id, so that the hello can refuse a stranger at
// its address, and the newest address, else the one in raft's configuration.
// raft's ServerAddressProvider could not do it, because it also decides what
// the node tells others as its own address, and logs at each message if it
// knows none.
func (t *Transport) route(id raft.ServerID, configured raft.ServerAddress) raft.ServerAddress {
	to := Target{NodeID: string(id), Addr: string(configured)}
	if newest, ok := t.peer.cfg.Resolve(to.NodeID); ok {
		to.Addr = newest
	}
	return route(to)
}
