package peer

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// callConnsPerNode are open to one node at most, and kept for the next calls:
// more calls than this at once wait for one another, here, where a wait that
// is given up has certainly sent nothing.
const callConnsPerNode = 100

// Call sends body to the path (clean, absolute, without a query) on the target
// and gives the body of its answer, which is the caller's to keep. The body is
// not changed, and not read any more once Call returns.
//
// The error tells what became of the call:
//
//   - quipu.Unavailable: the node cannot be reached, refused the connection, or
//     the context ended before anything was sent. It was certainly not applied.
//   - quipu.Uncertain: some of it was sent, and no complete answer came (a lost
//     connection, the context's end, a minute). It may have been applied.
//   - quipu.TooLarge: the body is over CallBytesMax; nothing was sent.
//   - any kind, these too: what the node answered (wire.DecodeProblem).
//
// It never sends a call twice.
func (p *Peer) Call(ctx context.Context, to Target, path string, body []byte) ([]byte, error) {
	if len(body) > CallBytesMax {
		return nil, tooLarge(int64(len(body)))
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// A pooled connection may prove dead before anything is sent over it. Each is
	// dropped then, so that after this many the next one is new.
	for range callConnsPerNode {
		answer, stale, err := p.attempt(ctx, to, path, body)
		if !stale || ctx.Err() != nil {
			return answer, err
		}
	}
	return nil, quipu.Errorf(quipu.Unavailable, "%s closes every connection", to)
}

// CloseIdle closes the connections for calls that no call uses, such as those to
// a node that has left.
func (p *Peer) CloseIdle() { p.client.CloseIdleConnections() }

// attempt makes the call over one connection. It is stale if that was a used one
// over which nothing was sent.
func (p *Peer) attempt(ctx context.Context, to Target, path string, body []byte) (answer []byte, stale bool, err error) {
	var conn *callConn
	reused := false
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		conn, reused = got.Conn.(*callConn), got.Reused
		conn.begin()
	}})
	response, err := p.client.RoundTrip(p.request(traced, to, path, body))
	switch {
	case err == nil:
		answer, err = p.read(response, to)
		return answer, false, err
	case conn != nil && conn.end():
		return nil, false, uncertain(ctx, to, err)
	default:
		return nil, reused && conn != nil, unsent(ctx, to, err)
	}
}

// request is made so that net/http cannot send it twice: a POST without GetBody
// and without an idempotency header.
func (p *Peer) request(ctx context.Context, to Target, path string, body []byte) *http.Request {
	request := &http.Request{
		Method:        http.MethodPost,
		URL:           &url.URL{Scheme: "http", Host: poolKey{p.Cluster(), to}.host(), Path: path},
		Host:          "peer", // the URL's is a key of the pool
		Header:        make(http.Header),
		Body:          http.NoBody,
		ContentLength: int64(len(body)),
	}
	if len(body) > 0 {
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	return request.WithContext(ctx)
}

// read takes the whole answer.
func (p *Peer) read(response *http.Response, to Target) ([]byte, error) {
	defer response.Body.Close()
	if response.ContentLength > CallBytesMax {
		return nil, quipu.Errorf(quipu.Uncertain, "the answer of %s has %d bytes, more than %d",
			to, response.ContentLength, CallBytesMax)
	}
	var answer bytes.Buffer
	if response.ContentLength > 0 {
		answer.Grow(int(response.ContentLength) + bytes.MinRead) // so that reading to the end does not grow it again
	}
	n, err := answer.ReadFrom(io.LimitReader(response.Body, CallBytesMax+1))
	switch {
	case err != nil:
		return nil, uncertain(response.Request.Context(), to, err)
	case n > CallBytesMax:
		return nil, quipu.Errorf(quipu.Uncertain, "the answer of %s has more than %d bytes", to, CallBytesMax)
	case response.StatusCode == http.StatusOK:
		return answer.Bytes(), nil
	}
	return nil, wire.DecodeProblem(response.StatusCode, answer.Bytes())
}

func uncertain(ctx context.Context, to Target, cause error) error {
	return quipu.Errorf(quipu.Uncertain, "%s did not answer: %s", to, ending(ctx)).Because(cause)
}

// unsent keeps what dial says, which is an Unavailable already.
func unsent(ctx context.Context, to Target, cause error) error {
	if classified := (*quipu.Error)(nil); errors.As(cause, &classified) {
		return classified
	}
	return quipu.Errorf(quipu.Unavailable, "nothing was sent to %s: %s", to, ending(ctx)).Because(cause)
}

func ending(ctx context.Context) string {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "the time ran out"
	case ctx.Err() != nil:
		return "the call was given up"
	default:
		return "the connection was lost"
	}
}

// newClient makes the pool of connections for calls.
func (p *Peer) newClient() *http.Transport {
	return &http.Transport{
		DialContext:            p.dialCalls,
		MaxConnsPerHost:        callConnsPerNode,
		MaxIdleConnsPerHost:    callConnsPerNode,
		IdleConnTimeout:        clientIdleTimeout,
		MaxResponseHeaderBytes: headerBytesMax,
		DisableCompression:     true,
	}
}

func (p *Peer) dialCalls(ctx context.Context, _, hostport string) (net.Conn, error) {
	key, err := parsePoolKey(hostport)
	if err != nil {
		return nil, err
	}
	c, err := p.dial(ctx, p.hello(serviceCalls, key.cluster, key.to.NodeID), key.to)
	if err != nil {
		return nil, err
	}
	return &callConn{Conn: c}, nil
}

// A poolKey is what the hello of a pooled connection said: it serves no call
// that would say something else. net/http keeps its pool by the URL's host, so
// the key is written as one.
type poolKey struct {
	cluster string
	to      Target
}

func (k poolKey) host() string {
	return hex.EncodeToString([]byte(k.cluster + "\x00" + k.to.NodeID + "\x00" + k.to.Addr))
}

func parsePoolKey(hostport string) (poolKey, error) {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return poolKey{}, fmt.Errorf("pool key: %w", err)
	}
	text, err := hex.DecodeString(host)
	if err != nil {
		return poolKey{}, fmt.Errorf("pool key: %w", err)
	}
	parts := strings.SplitN(string(text), "\x00", 3)
	if len(parts) != 3 {
		return poolKey{}, fmt.Errorf("pool key of %d parts", len(parts))
	}
	return poolKey{cluster: parts[0], to: Target{NodeID: parts[1], Addr: parts[2]}}, nil
}
