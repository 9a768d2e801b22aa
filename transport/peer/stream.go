package peer

import (
	"cmp"
	"context"
	"net"
	"strings"
	"time"

	"github.com/hashicorp/raft"
)

// streamLayer gives raft the connections of its service.
type streamLayer struct{ peer *Peer }

var _ raft.StreamLayer = streamLayer{}

// StreamLayer is the raft service as connections, for a transport of raft's
// own; from now on hellos for raft are accepted. The node uses NewTransport,
// which is built on it: call one of the two, once.
func (p *Peer) StreamLayer() raft.StreamLayer {
	p.raft.opened.Store(true)
	return streamLayer{p}
}

// Accept gives the next connection of another node's raft.
func (s streamLayer) Accept() (net.Conn, error) { return s.peer.raft.Accept() }

// Addr is the address that others dial.
func (s streamLayer) Addr() net.Addr { return s.peer.raft.Addr() }

// Close ends the raft service and all of its connections, in both directions:
// raft's transport would leave those open that wait for a message.
func (s streamLayer) Close() error {
	s.peer.raft.Close()
	s.peer.conns.closeService(serviceRaft)
	return nil
}

// Dial reaches the node at the address, which is host:port or what route made.
func (s streamLayer) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(timeout, s.peer.helloTimeout))
	defer cancel()
	to := unroute(address)
	return s.peer.dial(ctx, s.peer.hello(serviceRaft, s.peer.Cluster(), to.NodeID), to)
}

// route writes a target as one raft address, "n2@10.0.0.2:7401": raft's
// transport gives its stream layer nothing but an address, and keeps its pool
// of connections by it. No host or port holds an @.
func route(to Target) raft.ServerAddress { return raft.ServerAddress(to.NodeID + "@" + to.Addr) }

func unroute(address raft.ServerAddress) Target {
	at := strings.LastIndexByte(string(address), '@')
	if at < 0 {
		return Target{Addr: string(address)}
	}
	return Target{NodeID: string(address[:at]), Addr: string(address[at+1:])}
}
