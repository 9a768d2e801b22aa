// Package node composes a running node: identity, gossip, the peer port, the
// replica behind raft, and the HTTP API; and it takes each of them down again.
//
// The decisions are elsewhere: what a command does is in fsm/ledger, how nodes
// speak is in transport. A node that belongs to no cluster yet serves the API
// and answers that it is forming.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/node/membership"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/peer"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Config is how to run a node. Addresses are host:port; port 0 takes a free one.
type Config struct {
	// DataDir holds everything that the node must not lose.
	DataDir string
	// NodeID is used for a new data directory only; empty makes one.
	NodeID     string
	APIAddr    string
	PeerAddr   string
	GossipAddr string
	// Join are gossip addresses of other nodes; ours among them does no harm.
	Join []string
	// BootstrapExpect is the number of nodes that form a new cluster together;
	// 0 is 1.
	BootstrapExpect int
	Version         string
	Logger          *slog.Logger
	// Fatal is told, once, why the node cannot go on. By default it ends the
	// process with exit code 1. It must not wait for the node, which may be in
	// the middle of a write; if it returns, the node decides nothing any more.
	Fatal func(error)
	// Dial replaces TCP between nodes, so that tests can cut links; see
	// peer.Config.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
}

// Node is one running node. Its methods may be called from any goroutine.
type Node struct {
	cfg     Config
	log     *slog.Logger
	metrics *prometheus.Registry

	undo []func() // what Open did, to be undone from the last to the first

	nodeID  string
	forming sync.Mutex        // held through each step of forming
	self    identity.Identity // guarded by forming

	members  *membership.Membership
	peer     *peer.Peer
	listener net.Listener
	server   *http.Server

	replica  atomic.Pointer[replica] // nil until the node belongs to a cluster
	replicas chan struct{}           // closed when replica is set

	ctx      context.Context // ends when Shutdown begins
	cancel   context.CancelFunc
	work     sync.WaitGroup // goroutines that end with ctx
	failed   atomic.Bool    // Fatal was called
	shutdown sync.Once
}

var _ api.Backend = (*Node)(nil)

// Open starts a node. It returns when the node listens; forming a cluster,
// electing a leader and catching up go on behind it: see WaitReady.
func Open(_ context.Context, cfg Config) (*Node, error) {
	n := newNode(cfg)
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"data directory", n.openDirectory},
		{"peer port", n.openPeer},
		{"API", n.openAPI},
		{"gossip", n.openGossip},
		{"replica", n.openReplica},
	} {
		if err := step.do(); err != nil {
			n.unwind()
			return nil, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return n, nil
}

func newNode(cfg Config) *Node {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.BootstrapExpect == 0 {
		cfg.BootstrapExpect = 1
	}
	if cfg.Fatal == nil {
		cfg.Fatal = func(error) { os.Exit(1) }
	}
	n := &Node{cfg: cfg, log: cfg.Logger, metrics: prometheus.NewRegistry(), replicas: make(chan struct{})}
	n.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.undo = append(n.undo, n.cancel)
	return n
}

// unwind undoes what Open did so far, in reverse.
func (n *Node) unwind() {
	for i := len(n.undo) - 1; i >= 0; i-- {
		n.undo[i]()
	}
	n.undo = nil
}

// fail ends the process: what happened must not be followed by anything.
func (n *Node) fail(err error) {
	if n.failed.CompareAndSwap(false, true) {
		n.log.Error("the node stops", "error", err)
		n.cfg.Fatal(err)
	}
}

func (n *Node) openDirectory() error {
	if err := os.MkdirAll(n.cfg.DataDir, 0o750); err != nil {
		return err
	}
	lock, err := identity.Acquire(n.cfg.DataDir)
	if err != nil {
		return err
	}
	n.undo = append(n.undo, func() { lock.Close() })
	self, found, err := identity.Load(n.cfg.DataDir)
	if err != nil {
		return err
	}
	if !self.Formed() {
		if err := verifyUnformed(n.cfg.DataDir, self); err != nil {
			return err
		}
	}
	if found && n.cfg.NodeID != "" && n.cfg.NodeID != self.NodeID {
		return quipu.Errorf(quipu.Invalid, "the data directory %s belongs to node %s, not to %s", n.cfg.DataDir, self.NodeID, n.cfg.NodeID).
			WithHint("start it as %s, or give the new node a directory of its own", self.NodeID)
	}
	if !found {
		self = identity.Identity{NodeID: n.cfg.NodeID, Created: time.Now().UTC()}
		if self.NodeID == "" {
			self.NodeID = identity.NewNodeID()
		}
		if err := identity.Save(n.cfg.DataDir, self); err != nil {
			return err
		}
	}
	n.self, n.nodeID = self, self.NodeID
	n.log = n.log.With("node", self.NodeID)
	return nil
}

func (n *Node) openPeer() (err error) {
	n.peer, err = peer.Open(peer.Config{
		Addr: n.cfg.PeerAddr, NodeID: n.nodeID, ClusterID: n.self.ClusterID,
		Resolve: n.resolve, Logger: n.log, Dial: n.cfg.Dial,
	})
	if errors.Is(err, quipu.Unavailable) {
		return cannotListen(n.cfg.PeerAddr, "--peer-addr", err)
	}
	if err != nil {
		return err
	}
	n.undo = append(n.undo, func() { n.peer.Close() })
	return nil
}

func cannotListen(addr, flag string, err error) error {
	return quipu.Errorf(quipu.Unavailable, "listen on %s: %s", addr, cause(err)).Because(err).
		WithHint("another process may use the address, or it is not one of this machine; choose one with %s", flag)
}

// cause is the innermost error in words, such as "address already in use".
func cause(err error) string {
	for next := err; next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err.Error()
}

func (n *Node) openAPI() (err error) {
	n.listener, err = net.Listen("tcp", n.cfg.APIAddr)
	if err != nil {
		return cannotListen(n.cfg.APIAddr, "--api-addr", err)
	}
	handlers := api.New(api.Config{
		Backend: n, Logger: n.log, Version: buildVersion(n.cfg.Version), Metrics: n.metrics, SpoolDir: n.cfg.DataDir,
	})
	n.server = api.NewServer(handlers.Handler(), n.log)
	n.server.RegisterOnShutdown(handlers.EndStreams)
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := n.server.Serve(n.listener); !errors.Is(err, http.ErrServerClosed) {
			n.fail(fmt.Errorf("serve the API on %s: %w", n.APIAddr(), err))
		}
	}()
	n.undo = append(n.undo, func() {
		n.server.Close()
		<-served
	})
	return nil
}

// buildVersion is what the binary knows of itself.
func buildVersion(release string) wire.Version {
	v := wire.Version{Version: release}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Go = info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				v.Revision = setting.Value
			}
		}
	}
	return v
}

func (n *Node) openGossip() (err error) {
	n.members, err = membership.Open(membership.Config{
		Self: n.info(), BindAddr: n.cfg.GossipAddr, Join: n.cfg.Join, Logger: n.log,
	})
	if err != nil {
		return cannotListen(n.cfg.GossipAddr, "--gossip-addr", err)
	}
	n.undo = append(n.undo, func() { n.members.Close(true) })
	return nil
}

// info is what this node says of itself by gossip.
func (n *Node) info() membership.Info {
	info := membership.Info{
		NodeID: n.nodeID, ClusterID: n.self.ClusterID, PeerAddr: n.PeerAddr(), APIAddr: n.APIAddr(), Version: n.cfg.Version,
	}
	if !n.self.Formed() {
		info.Expect = n.cfg.BootstrapExpect
	}
	return info
}

// resolve gives the newest address that gossip knows of a node.
func (n *Node) resolve(nodeID string) (string, bool) {
	if n.members == nil {
		return "", false
	}
	for _, m := range n.members.Members() {
		if m.NodeID == nodeID && m.Alive && m.PeerAddr != "" {
			return m.PeerAddr, true
		}
	}
	return "", false
}

// openReplica starts what other nodes call, as the last step: a call reaches a
// node that is whole, or none.
func (n *Node) openReplica() error {
	n.undo = append(n.undo, n.closeReplica)
	if n.self.Formed() {
		if err := n.startReplica(); err != nil {
			return err
		}
	} else {
		n.work.Add(1)
		go func() {
			defer n.work.Done()
			n.form()
		}()
	}
	n.peer.Serve(n.calls())
	return nil
}

// closeReplica ends what works in the background, forming too: after that no
// replica starts any more.
func (n *Node) closeReplica() {
	n.cancel()
	n.work.Wait()
	if r := n.replica.Load(); r != nil {
		r.close()
	}
}

// NodeID is this node's id.
func (n *Node) NodeID() string { return n.nodeID }

// APIAddr is the address at which the HTTP API is served.
func (n *Node) APIAddr() string { return n.listener.Addr().String() }

// PeerAddr is the address that other nodes dial.
func (n *Node) PeerAddr() string { return n.peer.Addr() }

// WaitReady waits until the node can serve a linearizable read.
func (n *Node) WaitReady(ctx context.Context) error {
	const pause = 20 * time.Millisecond
	for {
		err := n.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

// Shutdown hands over leadership, lets requests in progress finish as long as
// ctx allows, and closes everything. What was acknowledged is on disk already.
func (n *Node) Shutdown(ctx context.Context) error {
	var err error
	n.shutdown.Do(func() {
		if r := n.replica.Load(); r != nil {
			r.handOver()
		}
		err = n.server.Shutdown(ctx)
		n.unwind()
	})
	return err
}
