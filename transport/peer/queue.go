package peer

import (
	"net"
	"sync"
	"sync/atomic"
)

// queue is the net.Listener of one service: connections whose hello was
// accepted wait here for the service to take them.
type queue struct {
	addr   net.Addr
	opened atomic.Bool // somebody accepts; until then hellos are refused
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

var _ net.Listener = (*queue)(nil)

func newQueue(addr net.Addr) *queue {
	return &queue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// serving tells whether a connection that is put would be taken.
func (q *queue) serving() bool {
	select {
	case <-q.closed:
		return false
	default:
		return q.opened.Load()
	}
}

// put hands a connection to the service, or closes it if the service has ended.
func (q *queue) put(c net.Conn) {
	select {
	case q.conns <- c:
	case <-q.closed:
		c.Close()
	}
}

// Accept gives the next connection, or net.ErrClosed.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case <-q.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the service; connections that it took are its own to close.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// Addr is the address that others dial.
func (q *queue) Addr() net.Addr { return q.addr }

// address is a net.Addr for host:port where the host may be a name.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
