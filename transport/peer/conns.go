package peer

import (
	"net"
	"sync"
)

// registry knows every open connection, in both directions, so that Close and
// the end of a service can end them: neither raft's transport nor net/http
// closes all of the connections that they were given.
type registry struct {
	mu      sync.Mutex
	closed  bool
	conns   map[*trackedConn]service // guarded by mu; the service is 0 until the hello is done
	inbound int                      // guarded by mu; how many of conns were accepted
}

// A trackedConn leaves the registry when it is closed.
type trackedConn struct {
	net.Conn
	accepted bool
	registry *registry
	once     sync.Once
	closeErr error
}

// add takes the connection over. It closes it and gives nil if the registry is
// closed or if it was accepted and there are inboundMax already.
func (r *registry) add(c net.Conn, accepted bool) *trackedConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || (accepted && r.inbound >= inboundConnsMax) {
		c.Close()
		return nil
	}
	if r.conns == nil {
		r.conns = make(map[*trackedConn]service)
	}
	if accepted {
		r.inbound++
	}
	tracked := &trackedConn{Conn: c, accepted: accepted, registry: r}
	r.conns[tracked] = 0
	return tracked
}

// assign notes which service the connection is for.
func (r *registry) assign(c *trackedConn, s service) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, open := r.conns[c]; open {
		r.conns[c] = s
	}
}

// Close closes the connection once and frees its place.
func (c *trackedConn) Close() error {
	c.once.Do(func() {
		c.registry.mu.Lock()
		delete(c.registry.conns, c)
		if c.accepted {
			c.registry.inbound--
		}
		c.registry.mu.Unlock()
		c.closeErr = c.Conn.Close()
	})
	return c.closeErr
}

// closeService closes all connections of one service.
func (r *registry) closeService(s service) {
	r.closeWhere(func(of service) bool { return of == s })
}

// close closes all connections, and those that are added later.
func (r *registry) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.closeWhere(func(service) bool { return true })
}

func (r *registry) closeWhere(match func(service) bool) {
	r.mu.Lock()
	var matching []*trackedConn
	for c, s := range r.conns {
		if match(s) {
			matching = append(matching, c)
		}
	}
	r.mu.Unlock()
	for _, c := range matching {
		c.Close()
	}
}
