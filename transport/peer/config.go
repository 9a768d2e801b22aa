package peer

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/quipu-ledger/quipu"
)

// Config says where a node listens and who it is. Only Addr and NodeID are needed.
type Config struct {
	// Addr is the host:port to listen on; port 0 takes a free one.
	Addr string
	// Advertise is the host:port that the other nodes dial; a port of 0 stands
	// for the one listened on. Empty means the listener's own address, which
	// must then be a specific one.
	Advertise string
	// NodeID is this node's id, 1 to 64 bytes. It is the raft server id too.
	NodeID string
	// ClusterID is at most 64 bytes, empty while no cluster is formed; see SetCluster.
	ClusterID string

	// ServerTLS and ClientTLS, if set, wrap accepted and dialed connections.
	ServerTLS, ClientTLS *tls.Config

	// Resolve gives a node's newest known address; where it knows none, the one
	// in raft's configuration is used. It must not block.
	Resolve func(nodeID string) (addr string, ok bool)
	// Logger is where refusals and raft's network troubles go; nil discards them.
	Logger *slog.Logger

	// Dial replaces TCP, so that tests can cut links.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// Now replaces time.Now for the times of raft's acknowledgements. It must
	// not jump: its values are compared with the reader's own.
	Now func() time.Time
}

// keepAlive finds a peer that vanished without a word within about 20 s. It
// does not find a stopped process, whose kernel still answers.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 3}

func (c Config) check() error {
	if c.NodeID == "" || len(c.NodeID) > nameBytesMax {
		return quipu.Errorf(quipu.Invalid, "node id %q must have 1 to %d bytes", c.NodeID, nameBytesMax)
	}
	return checkCluster(c.ClusterID)
}

func checkCluster(id string) error {
	if len(id) > nameBytesMax {
		return quipu.Errorf(quipu.Invalid, "cluster id %q must have at most %d bytes", id, nameBytesMax)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Resolve == nil {
		c.Resolve = func(string) (string, bool) { return "", false }
	}
	if c.Dial == nil {
		dialer := &net.Dialer{KeepAliveConfig: keepAlive}
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", addr) }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// advertised completes the address that others are told.
func advertised(wanted string, bound net.Addr) (string, error) {
	boundHost, boundPort, err := net.SplitHostPort(bound.String())
	if err != nil {
		return "", fmt.Errorf("listener's address %s: %w", bound, err)
	}
	if wanted == "" {
		wanted = net.JoinHostPort(boundHost, boundPort)
	}
	host, port, err := net.SplitHostPort(wanted)
	if err != nil {
		return "", quipu.Errorf(quipu.Invalid, "advertised peer address %q is not host:port", wanted)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "", quipu.Errorf(quipu.Invalid, "other nodes cannot dial %s", wanted).
			WithHint("advertise an address of this machine that they can reach")
	}
	if port == "0" {
		port = boundPort
	}
	return net.JoinHostPort(host, port), nil
}
