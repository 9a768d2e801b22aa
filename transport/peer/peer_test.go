package peer_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/peer"
)

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	taken := open(t, peer.Config{NodeID: "n1"})
	long := strings.Repeat("x", peer.NameBytesMax)
	for _, test := range []struct {
		name string
		cfg  peer.Config
		want error // nil if it opens
	}{
		{"the longest ids", peer.Config{NodeID: long, ClusterID: long}, nil},
		{"no node id", peer.Config{}, quipu.Invalid},
		{"a node id too long", peer.Config{NodeID: long + "x"}, quipu.Invalid},
		{"a cluster id too long", peer.Config{NodeID: "n1", ClusterID: long + "x"}, quipu.Invalid},
		{"nothing to dial", peer.Config{NodeID: "n1", Addr: "0.0.0.0:0"}, quipu.Invalid},
		{"nothing to dial, advertised", peer.Config{NodeID: "n1", Advertise: "[::]:7401"}, quipu.Invalid},
		{"no port", peer.Config{NodeID: "n1", Advertise: "n1.example"}, quipu.Invalid},
		{"an address that is taken", peer.Config{NodeID: "n1", Addr: taken.Addr()}, quipu.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.cfg.Addr == "" {
				test.cfg.Addr = "127.0.0.1:0"
			}
			p, err := peer.Open(test.cfg)
			if err == nil {
				defer p.Close()
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestAdvertisedAddressTakesTheBoundPortForZero(t *testing.T) {
	p := open(t, peer.Config{NodeID: "n1", Addr: "0.0.0.0:0", Advertise: "localhost:0"})
	if host, port, err := net.SplitHostPort(p.Addr()); err != nil || host != "localhost" || port == "0" {
		t.Errorf("advertised as %s", p.Addr())
	}
	fixed := open(t, peer.Config{NodeID: "n1", Advertise: "n1.example:7401"})
	if got := fixed.StreamLayer().Addr().String(); got != "n1.example:7401" {
		t.Errorf("advertised as %s", got)
	}
}

func TestClusterIsSetOnce(t *testing.T) {
	p := open(t, peer.Config{NodeID: "n1"})
	for _, step := range []struct {
		id   string
		want error
	}{{"", nil}, {"c1", nil}, {"c1", nil}, {"c2", quipu.Invalid}, {"", quipu.Invalid}, {strings.Repeat("x", 65), quipu.Invalid}} {
		if err := p.SetCluster(step.id); !errors.Is(err, step.want) {
			t.Errorf("set %q: %v, want %v", step.id, err, step.want)
		}
	}
	if p.Cluster() != "c1" {
		t.Errorf("belongs to %q", p.Cluster())
	}
}

func TestCloseEndsEverything(t *testing.T) {
	server, client := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"}), open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
	server.Serve(echo)
	server.NewTransport()
	if _, err := client.Call(within(t), target("n2", server), "/a", nil); err != nil {
		t.Fatal(err)
	}
	silent := dialRaw(t, server.Addr())
	raftConn, err := client.StreamLayer().Dial("n2@"+raftAddr(server), patience)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "all are there", func() bool { all, _ := server.OpenConns(); return all == 3 })
	server.Close()
	for _, c := range []net.Conn{silent, raftConn} {
		expectEnd(t, c)
	}
	if all, accepted := server.OpenConns(); all != 0 || accepted != 0 {
		t.Errorf("%d and %d connections are left", all, accepted)
	}
	raftConn.Close()
	until(t, "the client has seen it", func() bool { all, _ := client.OpenConns(); return all == 0 })
	if _, err := client.Call(within(t), target("n2", server), "/a", nil); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("a call to a closed node: %v", err)
	}
	if _, err := server.Call(within(t), target("n1", client), "/a", nil); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("a call from a closed node: %v", err)
	}
	server.Close() // again
	server.Serve(echo)
}
