package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
)

// impatient serves a backend with little patience for clients, and says when a handler has returned.
func impatient(t *testing.T, backend *apitest.Backend) (server *httptest.Server, returned chan bool) {
	t.Helper()
	a := api.New(api.Config{Backend: backend})
	a.SetIOTimeout(50 * time.Millisecond)
	returned = make(chan bool, 10)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { returned <- true }()
		a.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server, returned
}

func dial(t *testing.T, server *httptest.Server, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestClientThatStopsSendingIsNotWaitedFor(t *testing.T) {
	n := newNode(t)
	server, returned := impatient(t, n.backend)
	for _, path := range []string{appendPath, appendsPath, importPath} {
		conn := dial(t, server, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%s", path, event("")[:20]))
		<-returned
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.Contains(string(answer), "nothing came of the body") {
			t.Errorf("%s: %v %s", path, err, answer)
		}
	}
	// Nor is the rest of a body that nobody reads.
	conn := dial(t, server, "POST /v1/nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !strings.Contains(string(answer), "404") {
		t.Errorf("%v %s", err, answer)
	}
	if n.head("main") != 5 {
		t.Error("something was stored")
	}
}

func TestClientThatStopsReadingIsNotWaitedFor(t *testing.T) {
	n := newNode(t)
	for range 20 { // more than a connection's buffers take
		n.want(201, "POST", appendPath, event(`,"data":`+quoted(quipu.DataBytesMax-2)))
	}
	server, returned := impatient(t, n.backend)
	dial(t, server, "GET /v1/ledgers/main/export HTTP/1.1\r\nHost: x\r\n\r\n")
	<-returned
}

// The times are for one read or write each: a client that goes on, however slowly, is served.
func TestSlowAnswerDoesNotEndTheConnection(t *testing.T) {
	n := newNode(t)
	released := make(chan bool)
	a := api.New(api.Config{Backend: paged{n.backend, func(int) error {
		<-released
		return nil
	}}})
	a.SetIOTimeout(20 * time.Millisecond)
	server := httptest.NewServer(a.Handler())
	defer server.Close()
	go func() {
		<-time.After(100 * time.Millisecond) // longer than the timeout, which is what is tested
		close(released)
	}()
	slow := &node{t: t, server: server}
	for range 2 { // the second on the same connection
		slow.want(200, "POST", selectPath, `{"events":["x"]}`)
	}
}
