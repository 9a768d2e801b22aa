package peer_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/peer"
)

// These tests hold that a call's error says whether it may have been applied,
// and that nothing is sent twice.

// fakeServer accepts every hello, and leaves each request, once it is read, to
// the script. It counts the requests.
func fakeServer(t *testing.T, script func(request int32, c net.Conn)) (to peer.Target, requests *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	requests = new(atomic.Int32)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := peer.ReadHello(c); err != nil {
					return
				}
				peer.WriteAnswer(c, "")
				in := bufio.NewReader(c)
				for {
					request, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, request.Body)
					script(requests.Add(1), c)
				}
			}()
		}
	}()
	return peer.Target{NodeID: "n2", Addr: listener.Addr().String()}, requests
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestServerThatDiesAfterReadingTheRequestLeavesItUncertain(t *testing.T) {
	for name, script := range map[string]func(net.Conn){
		"a clean end":            func(c net.Conn) { c.Close() },
		"a reset":                func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() },
		"half a status line":     func(c net.Conn) { io.WriteString(c, "HTTP/1."); c.Close() },
		"half a body":            func(c net.Conn) { io.WriteString(c, okAnswer[:len(okAnswer)-1]); c.Close() },
		"an answer over a bound": func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			to, requests := fakeServer(t, func(n int32, c net.Conn) {
				if n == 1 { // so that the call goes over a connection that was used before
					io.WriteString(c, okAnswer)
					return
				}
				script(c)
			})
			client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
			if _, err := client.Call(within(t), to, "/append", []byte("first")); err != nil {
				t.Fatal(err)
			}
			for _, body := range []string{"second", ""} { // net/http has other rules for an empty body
				if _, err := client.Call(within(t), to, "/append", []byte(body)); !errors.Is(err, quipu.Uncertain) {
					t.Errorf("body %q: %v", body, err)
				}
			}
			if n := requests.Load(); n != 3 {
				t.Errorf("%d requests for three calls", n)
			}
		})
	}
}

func TestContextThatEndsAfterSendingLeavesTheCallUncertain(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	to, requests := fakeServer(t, func(int32, net.Conn) { cancel() })
	client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
	_, err := client.Call(ctx, to, "/append", []byte("x"))
	if !errors.Is(err, quipu.Uncertain) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestIdleConnectionThatTheServerClosedIsNotUsed(t *testing.T) {
	to, requests := fakeServer(t, func(n int32, c net.Conn) {
		io.WriteString(c, okAnswer)
		c.Close() // after an answer that promised to stay
	})
	client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
	for call := range 20 {
		if _, err := client.Call(within(t), to, "/append", []byte("x")); err != nil {
			t.Fatalf("call %d: %v", call, err)
		}
		until(t, "the end is seen", func() bool { all, _ := client.OpenConns(); return all == 0 })
	}
	if n := requests.Load(); n != 20 {
		t.Errorf("%d requests for 20 calls", n)
	}
}

// The moment in which net/http does not know yet that a pooled connection is dead.
func TestConnectionWhoseEndWasReadSendsNothing(t *testing.T) {
	near, far := net.Pipe()
	c := peer.NewCallConn(near)
	c.Begin()
	far.Close()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Fatal("read from a closed connection")
	}
	if n, err := c.Write([]byte("x")); n != 0 || err == nil || c.End() {
		t.Errorf("%d bytes written, %v", n, err)
	}
}

func TestCallThatWasGivenUpSendsNothingLater(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	c := peer.NewCallConn(near)
	c.Begin()
	if c.End() {
		t.Error("something was sent before the first write")
	}
	if n, err := c.Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("%d bytes written, %v", n, err)
	}
}

func TestBytesOnTheirWayCountAsSent(t *testing.T) {
	near, far := net.Pipe()
	c := peer.NewCallConn(near)
	c.Begin()
	written := make(chan bool)
	go func() { c.Write([]byte("xy")); close(written) }()
	if _, err := io.ReadFull(far, make([]byte, 1)); err != nil { // so that the write is running
		t.Fatal(err)
	}
	if !c.End() {
		t.Error("a write in progress does not count")
	}
	far.Close()
	<-written
	if !c.End() {
		t.Error("a write of which a part was taken does not count")
	}
}

func TestConnectionThatTakesNothingIsReplacedIfUsedAndUnavailableIfNew(t *testing.T) {
	to, requests := fakeServer(t, func(_ int32, c net.Conn) { io.WriteString(c, okAnswer) })
	var dead atomic.Bool // the connections that exist when it is set take no byte any more
	client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1", Dial: func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		dead.Store(false)
		return &deafConn{Conn: c, dead: &dead}, err
	}})
	for range 3 {
		if _, err := client.Call(within(t), to, "/append", []byte("x")); err != nil {
			t.Fatal(err)
		}
		dead.Store(true)
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests for three calls", n)
	}

	var writes atomic.Int32
	client = open(t, peer.Config{NodeID: "n1", ClusterID: "c1", Dial: func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		return &deafConn{Conn: c, failAfter: 1, writes: &writes}, err // the hello alone passes
	}})
	if _, err := client.Call(within(t), to, "/append", []byte("x")); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("a new connection that takes nothing: %v", err)
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestPartOfARequestThatWasTakenIsUncertain(t *testing.T) {
	to, _ := fakeServer(t, func(_ int32, c net.Conn) { io.WriteString(c, okAnswer) })
	var writes atomic.Int32
	client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1", Dial: func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		return &deafConn{Conn: c, failAfter: 2, writes: &writes}, err // the hello and the first part
	}})
	if _, err := client.Call(within(t), to, "/append", make([]byte, 1<<20)); !errors.Is(err, quipu.Uncertain) {
		t.Errorf("got %v", err)
	}
}

func TestServerThatAcceptsAndSaysNothingIsUnavailable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := peer.OpenImpatient(peer.Config{NodeID: "n1", Addr: "127.0.0.1:0"}, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	to := peer.Target{NodeID: "n2", Addr: listener.Addr().String()}
	if _, err := client.Call(within(t), to, "/append", []byte("x")); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("got %v", err)
	}
}

// A deafConn does not take every byte.
type deafConn struct {
	net.Conn
	dead      *atomic.Bool  // nothing is taken while it is true
	writes    *atomic.Int32 // counted if failAfter is set
	failAfter int32         // writes are taken
}

func (c *deafConn) Write(b []byte) (int, error) {
	if c.dead != nil && c.dead.Load() || c.failAfter > 0 && c.writes.Add(1) > c.failAfter {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(b)
}

// counting dials TCP and counts.
func counting(dials *atomic.Int32) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, addr string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	}
}
