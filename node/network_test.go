package node_test

import (
	"context"
	"errors"
	"net"
	"sync"
)

// network carries what nodes say to each other, and can cut one of them off.
// Over a cut link nothing arrives and nobody is told so; once it is healed its
// connections break, since bytes are missing.
type network struct {
	mu    sync.Mutex
	nodes map[string]string // node id by peer address
	cut   map[string]bool   // node ids
	links map[*link]bool    // open connections; true for one that has lost bytes
}

func newNetwork() *network {
	return &network{nodes: map[string]string{}, cut: map[string]bool{}, links: map[*link]bool{}}
}

func (w *network) named(addr, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes[addr] = id
}

// cutOff separates a node from all others.
func (w *network) cutOff(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[id] = true
}

func (w *network) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.cut)
	for l, lossy := range w.links {
		if lossy {
			_ = l.Conn.Close()
			delete(w.links, l)
		}
	}
}

// severed also notes that the link loses what it was asked about.
func (w *network) severed(l *link) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.cut[l.from] && !w.cut[l.to] {
		return false
	}
	if _, open := w.links[l]; open {
		w.links[l] = true
	}
	return true
}

var errCut = errors.New("the link is cut")

func (w *network) dialFrom(id string) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, addr string) (net.Conn, error) {
		w.mu.Lock()
		l := &link{network: w, from: id, to: w.nodes[addr]}
		cut := w.cut[l.from] || w.cut[l.to]
		w.mu.Unlock()
		if cut {
			return nil, errCut
		}
		var err error
		if l.Conn, err = new(net.Dialer).DialContext(ctx, "tcp", addr); err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.links[l] = false
		w.mu.Unlock()
		return l, nil
	}
}

type link struct {
	net.Conn
	network  *network
	from, to string
}

func (l *link) Write(b []byte) (int, error) {
	if l.network.severed(l) {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

func (l *link) Read(b []byte) (int, error) {
	for {
		n, err := l.Conn.Read(b)
		if err != nil || !l.network.severed(l) {
			return n, err
		}
	}
}

func (l *link) Close() error {
	l.network.mu.Lock()
	delete(l.network.links, l)
	l.network.mu.Unlock()
	return l.Conn.Close()
}
