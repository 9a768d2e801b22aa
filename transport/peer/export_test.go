package peer

import (
	"bytes"
	"net"
	"time"
)

const (
	InboundConnsMax = inboundConnsMax
	NameBytesMax    = nameBytesMax
	HelloBytesMax   = helloBytesMax
	ServiceRaft     = serviceRaft
	ServiceCalls    = serviceCalls
)

var (
	ErrNotHello = errNotHello
	ReadAnswer  = readAnswer
	WriteAnswer = writeAnswer
	WriteHello  = writeHello
	ReadHello   = readHello
	ParseHello  = parseHello
)

type Hello = hello

// OpenImpatient is Open with another time for the hello.
func OpenImpatient(cfg Config, helloTimeout time.Duration) (*Peer, error) {
	return open(cfg, helloTimeout)
}

func NewHello(s service, cluster, from, to string) Hello { return hello{s, cluster, from, to} }

// HelloFrame is the hello as it travels.
func HelloFrame(h Hello) []byte {
	var b bytes.Buffer
	writeHello(&b, h)
	return b.Bytes()
}

func HelloPayload(h Hello) []byte { return h.append(nil) }

// Open connections, and those of them that were accepted.
func (p *Peer) OpenConns() (all, accepted int) {
	p.conns.mu.Lock()
	defer p.conns.mu.Unlock()
	return len(p.conns.conns), p.conns.inbound
}

func NewCallConn(c net.Conn) *callConn { return &callConn{Conn: c} }

func (c *callConn) Begin()    { c.begin() }
func (c *callConn) End() bool { return c.end() }
