package peer

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/quipu-ledger/quipu"
)

// Target is whom to reach: the node at Addr (host:port), which must be NodeID
// unless that is empty.
type Target struct {
	NodeID string
	Addr   string
}

// String is how errors name the target.
func (t Target) String() string {
	if t.NodeID == "" {
		return "the node at " + t.Addr
	}
	return fmt.Sprintf("node %s at %s", t.NodeID, t.Addr)
}

// dial connects and says hello. Every error is quipu.Unavailable: nothing but
// the hello was sent.
func (p *Peer) dial(ctx context.Context, h hello, to Target) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.helloTimeout)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()

	raw, err := p.cfg.Dial(ctx, to.Addr)
	if err != nil {
		return nil, unreachable(to, err)
	}
	tracked := p.conns.add(raw, false)
	if tracked == nil {
		return nil, quipu.Errorf(quipu.Unavailable, "this node is closing")
	}
	p.conns.assign(tracked, h.service)
	var c net.Conn = tracked
	if p.cfg.ClientTLS != nil {
		c = tls.Client(tracked, p.tlsFor(to.Addr))
	}
	reason, err := introduce(ctx, tracked, c, h)
	switch {
	case err != nil:
		tracked.Close()
		return nil, unreachable(to, err)
	case reason != "":
		tracked.Close()
		return nil, quipu.Errorf(quipu.Unavailable, "%s refused the connection: %s", to, reason)
	}
	return c, nil
}

// introduce says hello over c and waits for the answer. If ctx ends first the
// connection is closed, rather than given a deadline that would have to be
// lifted again in a race with it.
func introduce(ctx context.Context, tracked *trackedConn, c net.Conn, h hello) (reason string, err error) {
	stop := context.AfterFunc(ctx, func() { tracked.Close() })
	if err := writeHello(c, h); err != nil {
		return "", err
	}
	if reason, err = readAnswer(c); err != nil {
		return "", err
	}
	if !stop() {
		return "", context.Cause(ctx)
	}
	return reason, nil
}

func unreachable(to Target, err error) error {
	return quipu.Errorf(quipu.Unavailable, "%s cannot be reached", to).Because(err)
}

// tlsFor fills in the name to verify, as tls.Dial would.
func (p *Peer) tlsFor(addr string) *tls.Config {
	if p.cfg.ClientTLS.ServerName != "" {
		return p.cfg.ClientTLS
	}
	config := p.cfg.ClientTLS.Clone()
	config.ServerName, _, _ = net.SplitHostPort(addr) // the dial before would have failed on a bad address
	return config
}

// hello is what this node says about itself to a service of another.
func (p *Peer) hello(s service, cluster, to string) hello {
	return hello{service: s, cluster: cluster, from: p.cfg.NodeID, to: to}
}
