package peer

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quipu-ledger/quipu"
)

const (
	// helloTimeout bounds TCP connect, and then TLS and hello together. It is
	// above a lost SYN's second retry (3 s) and below the raft RPC timeout.
	helloTimeout = 5 * time.Second

	// inboundConnsMax bounds what strangers can hold. In a cluster of five,
	// each of the four others has up to callConnsPerNode plus a few for raft:
	// about 420.
	inboundConnsMax = 512
)

// Peer is one node's end of the peer port. Its methods may be called from any
// goroutine.
type Peer struct {
	cfg          Config
	helloTimeout time.Duration
	cluster      atomic.Pointer[string] // never nil
	listener     net.Listener
	conns        registry
	raft, calls  *queue
	client       *http.Transport

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // the accept loop, hellos in progress, the calls server, running handlers

	mu        sync.Mutex
	closed    bool         // guarded by mu
	server    *http.Server // guarded by mu; nil before Serve
	transport *Transport   // guarded by mu; nil before NewTransport
}

// Open listens. Connections for raft are refused until NewTransport or
// StreamLayer, those for calls until Serve. Its errors are quipu.Invalid for a
// configuration that cannot work and quipu.Unavailable if the address cannot
// be had.
func Open(cfg Config) (*Peer, error) { return open(cfg, helloTimeout) }

func open(cfg Config, timeout time.Duration) (*Peer, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	listener, err := (&net.ListenConfig{KeepAliveConfig: keepAlive}).Listen(context.Background(), "tcp", cfg.Addr)
	if err != nil {
		return nil, quipu.Errorf(quipu.Unavailable, "listen for peers on %s", cfg.Addr).Because(err)
	}
	if cfg.Advertise, err = advertised(cfg.Advertise, listener.Addr()); err != nil {
		listener.Close()
		return nil, err
	}
	p := &Peer{
		cfg: cfg, helloTimeout: timeout, listener: listener,
		raft: newQueue(address(cfg.Advertise)), calls: newQueue(address(cfg.Advertise)),
	}
	p.cluster.Store(&cfg.ClusterID)
	p.client = p.newClient()
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.wg.Go(p.accept)
	return p, nil
}

// Addr is the host:port that other nodes dial.
func (p *Peer) Addr() string { return p.cfg.Advertise }

// Cluster is the id of the cluster that this node belongs to, "" for none yet.
func (p *Peer) Cluster() string { return *p.cluster.Load() }

// SetCluster says which cluster this node belongs to, once it does. It holds
// at once, for the calls of connections that are already open too. A node
// belongs to one cluster for ever: another id is refused as quipu.Invalid.
func (p *Peer) SetCluster(id string) error {
	if err := checkCluster(id); err != nil {
		return err
	}
	for {
		old := p.cluster.Load()
		if *old == id {
			return nil
		}
		if *old != "" {
			return quipu.Errorf(quipu.Invalid, "this node belongs to cluster %s and cannot join %q", *old, id)
		}
		if p.cluster.CompareAndSwap(old, &id) {
			// The pooled connections said hello without a cluster, and are good for /form/ alone.
			p.CloseIdle()
			return nil
		}
	}
}

// Close closes the listener and all connections, which ends the contexts of
// running handlers, and waits for these; no handler may call it. Calls in flight
// end as quipu.Uncertain at their caller. Raft should be shut down first.
func (p *Peer) Close() error {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	server, transport := p.server, p.transport
	p.mu.Unlock()
	if first {
		p.listener.Close()
		if transport != nil {
			transport.Close()
		}
		p.raft.Close()
		p.calls.Close()
		if server != nil {
			server.Close()
		}
		p.conns.close()
		p.CloseIdle()
		// After the connections: a handler that returns because its context has
		// ended must not have its silence taken for an answer of 200.
		p.cancel()
	}
	p.wg.Wait()
	return nil
}

// isClosed tells whether Close was called.
func (p *Peer) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}
