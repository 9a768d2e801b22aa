package peer_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu/transport/peer"
)

func TestHelloIsAnsweredByClusterAndNode(t *testing.T) {
	const raftService, calls = peer.ServiceRaft, peer.ServiceCalls
	for _, test := range []struct {
		name  string
		own   string // the listener's cluster
		hello peer.Hello
		want  string
	}{
		{"raft within a cluster", "c1", peer.NewHello(raftService, "c1", "n1", "n2"), ""},
		{"raft, any node", "c1", peer.NewHello(raftService, "c1", "n1", ""), ""},
		{"calls within a cluster", "c1", peer.NewHello(calls, "c1", "n1", "n2"), ""},
		{"calls while nobody has a cluster", "", peer.NewHello(calls, "", "n1", "n2"), ""},
		{"calls to a node without", "", peer.NewHello(calls, "c1", "n1", "n2"), ""},
		{"calls from a node without", "c1", peer.NewHello(calls, "", "n1", "n2"), ""},

		{"raft from another cluster", "c1", peer.NewHello(raftService, "c2", "n1", "n2"), "this node belongs to cluster c1, you to c2"},
		{"calls from another cluster", "c1", peer.NewHello(calls, "c2", "n1", "n2"), "this node belongs to cluster c1, you to c2"},
		{"raft while nobody has a cluster", "", peer.NewHello(raftService, "", "n1", "n2"), "this node belongs to no cluster yet"},
		{"raft to a node without", "", peer.NewHello(raftService, "c1", "n1", "n2"), "this node belongs to no cluster yet"},
		{"raft from a node without", "c1", peer.NewHello(raftService, "", "n1", "n2"), "this node belongs to cluster c1, you to none yet"},
		{"another node", "c1", peer.NewHello(raftService, "c1", "n1", "n3"), "this is node n2, not n3"},
		{"another node, calls", "", peer.NewHello(calls, "", "n1", "n3"), "this is node n2, not n3"},
		{"nobody", "c1", peer.NewHello(calls, "c1", "", "n2"), "a hello must name its node"},
		{"an unknown service", "c1", peer.NewHello(3, "c1", "n1", "n2"), "this node does not know service 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := open(t, peer.Config{NodeID: "n2", ClusterID: test.own})
			p.Serve(echo)
			p.NewTransport()
			c := dialRaw(t, p.Addr())
			if err := peer.WriteHello(c, test.hello); err != nil {
				t.Fatal(err)
			}
			if reason, err := peer.ReadAnswer(c); err != nil || reason != test.want {
				t.Fatalf("answered %q, %v; want %q", reason, err, test.want)
			}
			if test.want != "" {
				expectEnd(t, c)
			}
		})
	}
}

func TestServiceIsRefusedUntilSomebodyServesIt(t *testing.T) {
	p := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	ask := func(h peer.Hello) string {
		c := dialRaw(t, p.Addr())
		peer.WriteHello(c, h)
		reason, err := peer.ReadAnswer(c)
		if err != nil {
			t.Fatal(err)
		}
		return reason
	}
	raftHello, callsHello := peer.NewHello(peer.ServiceRaft, "c1", "n1", "n2"), peer.NewHello(peer.ServiceCalls, "c1", "n1", "n2")
	if got := ask(raftHello); got != "this node does not serve raft now" {
		t.Errorf("raft: %q", got)
	}
	if got := ask(callsHello); got != "this node does not serve calls now" {
		t.Errorf("calls: %q", got)
	}
	p.Serve(echo)
	transport := p.NewTransport()
	if got := ask(raftHello) + ask(callsHello); got != "" {
		t.Errorf("refused: %q", got)
	}
	transport.Close()
	if got := ask(raftHello); got != "this node does not serve raft now" {
		t.Errorf("raft after its end: %q", got)
	}
}

func TestStrangerIsToldSoAndClosed(t *testing.T) {
	p := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	c := dialRaw(t, p.Addr())
	io.WriteString(c, "GET / HTTP/1.1\r\n\r\n")
	if reason, err := peer.ReadAnswer(c); err == nil && reason != peer.ErrNotHello.Error() {
		t.Errorf("told %q", reason)
	}
	expectEnd(t, c)
}

func TestSilentConnectionIsClosedAfterTheHelloTime(t *testing.T) {
	p, err := peer.OpenImpatient(peer.Config{Addr: "127.0.0.1:0", NodeID: "n2"}, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c := dialRaw(t, p.Addr())
	c.Write([]byte("QPU1\x00")) // and no more
	expectEnd(t, c)
}

func TestConnectionsAreBounded(t *testing.T) {
	p := open(t, peer.Config{NodeID: "n2"})
	var conns []net.Conn
	for range peer.InboundConnsMax {
		conns = append(conns, dialRaw(t, p.Addr()))
	}
	until(t, "all are accepted", func() bool { _, accepted := p.OpenConns(); return accepted == peer.InboundConnsMax })
	expectEnd(t, dialRaw(t, p.Addr())) // the first too many

	conns[0].Close()
	until(t, "the place is free", func() bool { _, accepted := p.OpenConns(); return accepted < peer.InboundConnsMax })
	c := dialRaw(t, p.Addr())
	peer.WriteHello(c, peer.NewHello(peer.ServiceCalls, "", "n1", "n3"))
	if reason, err := peer.ReadAnswer(c); err != nil || reason != "this is node n2, not n3" {
		t.Errorf("in a free place: %q, %v", reason, err)
	}
}

// expectEnd checks that the other side closes the connection.
func expectEnd(t *testing.T, c net.Conn) {
	t.Helper()
	n, err := io.Copy(io.Discard, c)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("still open (%d bytes came)", n)
	}
}
