package peer

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const (
	// CallBytesMax bounds the body of a call and of its answer: four times the
	// largest append, for its JSON may be escaped.
	CallBytesMax = 32 << 20

	// FormPath begins the paths that are served to a node without a cluster,
	// and by one: what a cluster needs to form.
	FormPath = "/form/"

	// callTimeout bounds a call, from its first byte to the answer's last.
	callTimeout = time.Minute

	// clientIdleTimeout is when the caller closes an unused connection. The
	// server waits longer (serverIdleTimeout), so that it never closes one just
	// as a call is sent over it, whose outcome would be uncertain. That goes for
	// a new connection's first header too: net/http may dial one in reserve.
	clientIdleTimeout = time.Minute
	serverIdleTimeout = 2 * time.Minute

	headerBytesMax = 16 << 10 // a path and a handful of short headers
)

// Serve gives the calls of other nodes to the handler, from now on and until
// Close, and returns at once; call it once. The handler sees requests with a
// body of at most CallBytesMax, must answer within a minute, with status 200
// or with wire.EncodeProblem and its status, and must return when the request's context ends.
func (p *Peer) Serve(handler http.Handler) {
	server := &http.Server{
		Handler:           p.gate(handler),
		BaseContext:       func(net.Listener) context.Context { return p.ctx },
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ReadHeaderTimeout: serverIdleTimeout,
		IdleTimeout:       serverIdleTimeout,
		ReadTimeout:       serverIdleTimeout + callTimeout,
		WriteTimeout:      callTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(p.cfg.Logger.Handler(), slog.LevelWarn),
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if p.server != nil {
		panic("peer: Serve called twice")
	}
	p.server = server
	p.calls.opened.Store(true)
	p.wg.Go(func() { server.Serve(p.calls) }) // ends with Close, and has nothing to say then
}

// connKey finds the connection of a request in its context.
type connKey struct{}

// gate lets through what the two nodes' clusters allow, and bounds the body.
// It asks at each request, because either node may find its cluster while the
// connection is open.
func (p *Peer) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.enter() {
			writeProblem(w, quipu.Errorf(quipu.Unavailable, "this node is closing"))
			return
		}
		defer p.wg.Done()
		dialer := r.Context().Value(connKey{}).(*inboundConn).hello
		if err := p.admit(dialer, r.URL.Path); err != nil {
			writeProblem(w, err)
			return
		}
		if r.ContentLength > CallBytesMax {
			writeProblem(w, tooLarge(r.ContentLength))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, CallBytesMax)
		next.ServeHTTP(w, r)
	})
}

// enter counts a handler in, so that Close waits for it; false once it closes.
func (p *Peer) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Add(1)
	return true
}

// admit says what is wrong with a call, if anything. Where this node is the one
// without a cluster the call is unavailable rather than forbidden: it may be
// right in a moment.
func (p *Peer) admit(dialer hello, callPath string) *quipu.Error {
	own := p.Cluster()
	switch {
	case own != "" && dialer.cluster == own:
		return nil
	case own != "" && dialer.cluster != "":
		return quipu.Errorf(quipu.Forbidden, "this node belongs to cluster %s, you to %s", own, dialer.cluster)
	case strings.HasPrefix(path.Clean(callPath), FormPath):
		return nil
	case own == "":
		return quipu.Errorf(quipu.Unavailable, "node %s belongs to no cluster yet", p.cfg.NodeID)
	default:
		return quipu.Errorf(quipu.Forbidden, "this node belongs to cluster %s, you to none yet", own)
	}
}

func tooLarge(bytes int64) *quipu.Error {
	return quipu.Errorf(quipu.TooLarge, "a call's body may have %d bytes, this one has %d", CallBytesMax, bytes)
}

func writeProblem(w http.ResponseWriter, err *quipu.Error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(wire.Status(err.Kind))
	w.Write(wire.EncodeProblem(err)) // the caller may be gone
}
