package peer

import (
	"net"
	"sync"
)

// A callConn is a connection that knows whether any byte of the call that uses
// it may have been sent. net/http's own account is not enough: it says so only
// in errors that it does not export.
type callConn struct {
	net.Conn

	mu      sync.Mutex
	sent    bool // some byte of the current call was sent, or is being sent
	refused bool // the call was given up, or the other side has closed: nothing is sent any more
}

// begin starts the account of a call. net/http gives a connection to one call at
// a time.
func (c *callConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = false
}

// end tells whether something was sent for the call. Nothing will be after it, so
// the answer stays true whatever net/http's goroutines still do.
func (c *callConn) end() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = true
	return c.sent
}

// Read notes the end of the connection, for the moment in which net/http does not
// yet know that a pooled one is dead.
func (c *callConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.mu.Lock()
		c.refused = true
		c.mu.Unlock()
	}
	return n, err
}

// Write counts as sent while it runs, and after it unless it sent nothing.
func (c *callConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.refused {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	before := c.sent
	c.sent = true
	c.mu.Unlock()

	n, err := c.Conn.Write(b)
	if n == 0 && err != nil && !before {
		c.mu.Lock()
		c.sent = false
		c.mu.Unlock()
	}
	return n, err
}
