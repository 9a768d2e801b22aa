package peer

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// acceptRetry is the pause after a failed accept, such as for too many open
// files: long enough not to spin, short beside an election.
const acceptRetry = 50 * time.Millisecond

// accept takes connections until Close. Each says hello in its own goroutine,
// so that a slow one holds nobody up.
func (p *Peer) accept() {
	for {
		c, err := p.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			p.cfg.Logger.Error("accept a peer connection", "node", p.cfg.NodeID, "err", err)
			select {
			case <-p.ctx.Done():
				return
			case <-time.After(acceptRetry):
			}
		default:
			if tracked := p.conns.add(c, true); tracked != nil {
				p.wg.Go(func() { p.welcome(tracked) })
			} else if !p.isClosed() {
				p.cfg.Logger.Warn("peer connection over the limit closed", "node", p.cfg.NodeID,
					"remote", c.RemoteAddr().String(), "limit", inboundConnsMax)
			}
		}
	}
}

// An inboundConn is an accepted connection with what its dialer said.
type inboundConn struct {
	net.Conn
	hello hello
}

// welcome reads the hello, answers it, and hands the connection to its service.
func (p *Peer) welcome(tracked *trackedConn) {
	tracked.SetDeadline(time.Now().Add(p.helloTimeout))
	var c net.Conn = tracked
	if p.cfg.ServerTLS != nil {
		c = tls.Server(tracked, p.cfg.ServerTLS) // shakes hands on the first read, under the same deadline
	}
	h, err := readHello(c)
	reason := ""
	switch {
	case errors.Is(err, errNotHello):
		reason = err.Error()
	case err != nil:
		p.cfg.Logger.Debug("peer connection without hello", "node", p.cfg.NodeID, "remote", c.RemoteAddr().String(), "err", err)
		tracked.Close()
		return
	default:
		reason = p.refusal(h)
	}
	if reason != "" {
		p.cfg.Logger.Warn("peer connection refused", "node", p.cfg.NodeID, "remote", c.RemoteAddr().String(),
			"peer", h.from, "service", h.service.String(), "reason", reason)
		writeAnswer(c, reason) // best effort: it is closed in any case
		tracked.Close()
		return
	}
	p.conns.assign(tracked, h.service)
	if err := writeAnswer(c, ""); err != nil {
		tracked.Close()
		return
	}
	tracked.SetDeadline(time.Time{})
	p.queue(h.service).put(&inboundConn{Conn: c, hello: h})
}

func (p *Peer) queue(s service) *queue {
	switch s {
	case serviceRaft:
		return p.raft
	case serviceCalls:
		return p.calls
	default:
		return nil
	}
}

// refusal says in words why this node does not accept the hello, or nothing.
func (p *Peer) refusal(h hello) string {
	own, queue := p.Cluster(), p.queue(h.service)
	switch {
	case queue == nil:
		return fmt.Sprintf("this node does not know %s", h.service)
	case h.from == "":
		return "a hello must name its node"
	case h.to != "" && h.to != p.cfg.NodeID:
		return fmt.Sprintf("this is node %s, not %s", p.cfg.NodeID, h.to)
	case own != "" && h.cluster != "" && own != h.cluster:
		return fmt.Sprintf("this node belongs to cluster %s, you to %s", own, h.cluster)
	case h.service == serviceRaft && own == "":
		return "this node belongs to no cluster yet"
	case h.service == serviceRaft && h.cluster == "":
		return fmt.Sprintf("this node belongs to cluster %s, you to none yet", own)
	case !queue.serving():
		return fmt.Sprintf("this node does not serve %s now", h.service)
	default:
		return ""
	}
}
