// Package membership knows which nodes are there, under which addresses, and what each says of itself. It wraps
// hashicorp/memberlist, a gossip protocol. It is discovery only: it knows nothing of raft, and nothing that it reports may
// change a raft configuration, bootstrap a cluster or elect anybody by itself, because gossip repeats what anybody says who
// can reach the port and has the key, if there is one.
//
// What it adds to memberlist: addresses are always explicit (memberlist's default port is Docker Swarm's), host names work
// wherever an address does, joining goes on for ever in the background, a node that comes back under another address is
// found again, and closing does not wait for nodes that hang.
package membership

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	defaultProbeInterval = time.Second // memberlist's for a LAN; a dead node is known as dead after about seven seconds

	leaveTimeout   = 2 * time.Second // a farewell is sent within a few gossip intervals, or there is nobody to hear it
	resolveTimeout = 5 * time.Second // of one host name
	keyBytes       = 32              // AES-256
)

// Config says how to take part. Self, BindAddr and Logger are required.
type Config struct {
	Self Info

	// BindAddr is the host:port to listen on, TCP and UDP; port 0 is any that is free. For host 0.0.0.0 the others are told
	// AdvertiseAddr, else the first private IPv4 address of this machine; host :: needs an AdvertiseAddr.
	BindAddr string

	// AdvertiseAddr is the host:port that the others are told to use, "" for the one that is bound.
	AdvertiseAddr string

	// Join holds the gossip addresses, host:port, of nodes to find the others by. This node's own may be among them. A host
	// name is resolved at each try and may have several addresses.
	Join []string

	// Key encrypts and authenticates all gossip if it is given: 32 bytes, the same on all nodes.
	Key []byte

	Logger *slog.Logger

	// ProbeInterval is how often a node is probed; in proportion to it, when it counts as dead, how often gossip is sent and
	// how soon joining is tried again. Zero is one second; tests need less.
	ProbeInterval time.Duration
}

// Membership takes part in the gossip. Its methods may be called from any goroutine.
type Membership struct {
	logger    *slog.Logger
	join      []string
	probe     time.Duration
	self      atomic.Pointer[Info] // read by memberlist while it holds its lock, so it has none of ours
	roster    *roster
	transport *transport
	list      *memberlist.Memberlist

	stop    context.CancelFunc // ends the rejoin loop, and every dial and exchange under way
	stopped sync.WaitGroup     // the rejoin loop

	mu     sync.Mutex // serialises Update and Close, as memberlist demands
	closed bool       // guarded by mu
}

// Open listens and begins to look for the others. It does not wait for any, and their absence is no error: the join list is
// tried for ever. It fails if the address cannot be bound, if a host name in BindAddr or AdvertiseAddr cannot be resolved, or
// if Self or Key is not acceptable.
func Open(cfg Config) (*Membership, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	transport, settings, err := listen(ctx, cfg)
	if err != nil {
		stop()
		return nil, err
	}
	m := &Membership{
		logger: cfg.Logger, join: cfg.Join, probe: settings.ProbeInterval,
		roster: newRoster(cfg.Self.NodeID, cfg.Logger), transport: transport, stop: stop,
	}
	m.self.Store(&cfg.Self)
	settings.Delegate, settings.Events = delegate{m}, m.roster
	if m.list, err = memberlist.Create(settings); err != nil {
		stop()
		_ = transport.Shutdown() // the listeners; the error that matters is the first
		return nil, fmt.Errorf("start gossip on %s: %w", cfg.BindAddr, err)
	}
	m.stopped.Go(func() { m.keepJoined(ctx) })
	return m, nil
}

func (cfg Config) check() error {
	if cfg.Self.NodeID == "" {
		return fmt.Errorf("a member needs a node id")
	}
	if len(cfg.Key) != 0 && len(cfg.Key) != keyBytes {
		return fmt.Errorf("the gossip key has %d bytes, want %d", len(cfg.Key), keyBytes)
	}
	_, err := cfg.Self.encode()
	return err
}

// Members lists every node that was heard of, this one included, sorted by NodeID. Of the nodes that left or died, the latest
// 64 are kept, with what was last known of them. A node whose metadata cannot be read has nothing in its Info but NodeID. The
// slice is the caller's.
func (m *Membership) Members() []Member { return m.roster.members() }

// Changed returns a channel that is closed at the next change of what Members returns. Each change has a channel of its own,
// so that any number of goroutines may wait; to miss none, take the channel first and look at the members then.
func (m *Membership) Changed() <-chan struct{} { return m.roster.nextChange() }

// Update replaces what this node says of itself. NodeID must stay as it was. It returns as soon as this node's own entry in
// Members has changed; the others learn of it within a few gossip intervals, and those that miss it at the next full exchange.
func (m *Membership) Update(self Info) error {
	if was := m.self.Load().NodeID; self.NodeID != was {
		return fmt.Errorf("update metadata of member %s: its node id cannot become %q", was, self.NodeID)
	}
	if _, err := self.encode(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fmt.Errorf("update metadata of member %s: it is closed", self.NodeID)
	}
	m.self.Store(&self)
	// The only error is that the broadcast is still going out when the time is over, and we do not want to wait for it.
	_ = m.list.UpdateNode(time.Nanosecond)
	return nil
}

// Close ends the participation and frees the address. With leave the others are told first, for at most two seconds, and
// take this node for gone at once; without, they find out as if it had crashed. Only the first call does anything.
func (m *Membership) Close(leave bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	m.stop()
	m.stopped.Wait()
	var leaving error
	if leave {
		if err := m.list.Leave(leaveTimeout); err != nil {
			leaving = fmt.Errorf("tell the other members of leaving: %w", err)
		}
	}
	if err := m.list.Shutdown(); err != nil {
		return fmt.Errorf("stop gossip: %w", err)
	}
	return leaving
}

// delegate gives memberlist this node's metadata. The rest of the interface is for messages of the application, and there
// are none.
type delegate struct{ m *Membership }

var _ memberlist.Delegate = delegate{}

func (d delegate) NodeMeta(int) []byte {
	meta, _ := d.m.self.Load().encode() // it was encoded once before it was stored
	return meta
}

func (delegate) NotifyMsg([]byte)                {}
func (delegate) GetBroadcasts(int, int) [][]byte { return nil }
func (delegate) LocalState(bool) []byte          { return nil }
func (delegate) MergeRemoteState([]byte, bool)   {}
