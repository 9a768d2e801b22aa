package peer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/peer"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// pair opens a node that serves the handler, and one that calls it.
func pair(t *testing.T, handler http.Handler) (client *peer.Peer, to peer.Target) {
	server := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	server.Serve(handler)
	return open(t, peer.Config{NodeID: "n1", ClusterID: "c1"}), target("n2", server)
}

func TestCallGivesTheAnswersBody(t *testing.T) {
	client, to := pair(t, echo)
	for _, body := range []string{"", "x", strings.Repeat("long ", 100_000)} {
		answer, err := client.Call(within(t), to, "/append", []byte(body))
		if err != nil || string(answer) != "/append "+body {
			t.Errorf("%d bytes: %d bytes, %v", len(body), len(answer), err)
		}
	}
}

func TestCallGivesTheAnswersError(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		want   quipu.Kind
	}{
		{409, `{"kind":"conflict","detail":"newer events match"}`, quipu.Conflict},
		{503, `{"kind":"unavailable","detail":"no leader"}`, quipu.Unavailable},
		{504, `{"kind":"uncertain","detail":"leadership was lost"}`, quipu.Uncertain},
		{500, `{"kind":"internal"}`, quipu.Internal},
		// What no node writes goes by its status.
		{504, `{"kind":"of-a-later-version"}`, quipu.Uncertain},
		{400, `400 Bad Request`, quipu.Invalid},
	} {
		client, to := pair(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		}))
		answer, err := client.Call(within(t), to, "/append", []byte("x"))
		if answer != nil || quipu.KindOf(err) != test.want {
			t.Errorf("%d %s: %q, %v", test.status, test.body, answer, err)
		}
	}
}

func TestConflictCrossesWithWhatItClashedWith(t *testing.T) {
	client, to := pair(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusConflict)
		w.Write(wire.EncodeProblem(&quipu.Error{Kind: quipu.Conflict, Detail: "it clashed", Clash: &quipu.Clash{Head: 7}}))
	}))
	_, err := client.Call(within(t), to, "/append", []byte("x"))
	var e *quipu.Error
	if !errors.As(err, &e) || e.Detail != "it clashed" || e.Clash == nil || e.Clash.Head != 7 {
		t.Errorf("got %#v", err)
	}
}

func TestCallsAreServedByCluster(t *testing.T) {
	for _, test := range []struct {
		caller, server string
		path           string
		want           quipu.Kind // "" if served
	}{
		{"c1", "c1", "/append", ""},
		{"c1", "c1", "/form/confirm", ""},
		{"", "", "/form/confirm", ""},
		{"", "c1", "/form/confirm", ""},
		{"c1", "", "/form/confirm", ""},
		{"", "", "/append", quipu.Unavailable},
		{"c1", "", "/append", quipu.Unavailable},
		{"", "c1", "/append", quipu.Forbidden},
		{"", "c1", "/form", quipu.Forbidden},
		{"", "c1", "/form/../append", quipu.Forbidden},
		{"", "c1", "/formless/", quipu.Forbidden},
		{"c1", "c2", "/form/confirm", quipu.Unavailable}, // the hello is refused
	} {
		server := open(t, peer.Config{NodeID: "n2", ClusterID: test.server})
		server.Serve(echo)
		client := open(t, peer.Config{NodeID: "n1", ClusterID: test.caller})
		_, err := client.Call(within(t), target("n2", server), test.path, []byte("x"))
		if quipu.KindOf(err) != test.want {
			t.Errorf("from %q to %q, %s: %v", test.caller, test.server, test.path, err)
		}
	}
}

func TestFormationOpensTheCallsOfOpenConnections(t *testing.T) {
	server, client := open(t, peer.Config{NodeID: "n2"}), open(t, peer.Config{NodeID: "n1"})
	server.Serve(echo)
	call := func(path string) quipu.Kind {
		_, err := client.Call(within(t), target("n2", server), path, []byte("x"))
		return quipu.KindOf(err)
	}
	if got := call("/form/confirm"); got != "" {
		t.Fatalf("while forming: %s", got)
	}
	server.SetCluster("c1")
	if got := call("/append"); got != quipu.Forbidden {
		t.Errorf("before the caller has formed: %q", got)
	}
	client.SetCluster("c1")
	if got := call("/append"); got != "" {
		t.Errorf("after: %s", got)
	}
}

func TestFormationElsewhereClosesOpenConnectionsToCalls(t *testing.T) {
	server, client := open(t, peer.Config{NodeID: "n2"}), open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
	server.Serve(echo)
	if _, err := client.Call(within(t), target("n2", server), "/form/confirm", nil); err != nil {
		t.Fatal(err)
	}
	server.SetCluster("c2")
	if _, err := client.Call(within(t), target("n2", server), "/form/confirm", nil); !errors.Is(err, quipu.Forbidden) {
		t.Errorf("from another cluster: %v", err)
	}
}

func TestCallBodiesAreBounded(t *testing.T) {
	largest := make([]byte, peer.CallBytesMax)
	client, to := pair(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Errorf("read a call's body: %v", err)
		}
		switch r.URL.Path {
		case "/largest":
			w.Write(largest)
		case "/larger":
			w.Write(largest)
			w.Write(largest[:1])
		}
	}))
	for _, test := range []struct {
		path    string
		body    []byte
		want    quipu.Kind
		answers int
	}{
		{"/", largest, "", 0},
		{"/", append(largest, 'x'), quipu.TooLarge, 0},
		{"/largest", nil, "", len(largest)},
		{"/larger", nil, quipu.Uncertain, 0}, // it was applied, perhaps
	} {
		answer, err := client.Call(within(t), to, test.path, test.body)
		if quipu.KindOf(err) != test.want || len(answer) != test.answers {
			t.Errorf("%d bytes to %s: %d bytes, %v", len(test.body), test.path, len(answer), err)
		}
	}
}

func TestServerBoundsBodiesThatAreNotAnnounced(t *testing.T) {
	_, to := pair(t, echo)
	for _, test := range []struct {
		header string
		want   string
	}{
		{fmt.Sprintf("Content-Length: %d\r\n\r\n", peer.CallBytesMax+1), "HTTP/1.1 413"},
		{fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", peer.CallBytesMax+1) + strings.Repeat("x", peer.CallBytesMax+1), "HTTP/1.1 413"},
	} {
		c := dialRaw(t, to.Addr)
		peer.WriteHello(c, peer.NewHello(peer.ServiceCalls, "c1", "n1", "n2"))
		if reason, err := peer.ReadAnswer(c); err != nil || reason != "" {
			t.Fatal(reason, err)
		}
		go io.WriteString(c, "POST / HTTP/1.1\r\nHost: peer\r\n"+test.header)
		status := make([]byte, len(test.want))
		if _, err := io.ReadFull(c, status); err != nil || string(status) != test.want {
			t.Errorf("answered %q, %v", status, err)
		}
	}
}

func TestConcurrentCallsShareAPool(t *testing.T) {
	var dials atomic.Int32
	server := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	server.Serve(echo)
	client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1", Dial: counting(&dials)})
	var wg sync.WaitGroup
	for range 150 { // more than the connections to one node
		wg.Go(func() {
			for range 20 {
				if _, err := client.Call(within(t), target("n2", server), "/append", []byte("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := dials.Load(); n > 100 {
		t.Errorf("%d connections for 3,000 calls", n)
	}
	client.CloseIdle()
	until(t, "no connection is left", func() bool { all, _ := client.OpenConns(); return all == 0 })
}

func TestCallBeforeAnythingIsSentIsUnavailable(t *testing.T) {
	client, to := pair(t, echo)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range map[string]struct {
		ctx context.Context
		to  peer.Target
	}{
		"the context had ended": {ended, to},
		"another node":          {within(t), peer.Target{NodeID: "n3", Addr: to.Addr}},
		"nobody listens":        {within(t), peer.Target{NodeID: "n2", Addr: "127.0.0.1:1"}},
		"no address":            {within(t), peer.Target{NodeID: "n2"}},
	} {
		if _, err := client.Call(call.ctx, call.to, "/append", []byte("x")); !errors.Is(err, quipu.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloseEndsTheContextOfRunningHandlersAndWaits(t *testing.T) {
	started, returned := make(chan bool, 1), false
	server := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	server.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started <- true
		<-r.Context().Done()
		returned = true
	}))
	client := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
	outcome := make(chan error, 1)
	go func() {
		_, err := client.Call(context.Background(), target("n2", server), "/append", []byte("x"))
		outcome <- err
	}()
	receive(t, "the handler runs", started)
	server.Close()
	if !returned {
		t.Error("closed before the handler returned")
	}
	if err := receive(t, "the call ends", outcome); !errors.Is(err, quipu.Uncertain) {
		t.Errorf("the call in flight: %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	server, err := peer.Open(peer.Config{NodeID: "n2", ClusterID: "c1", Addr: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	server.Serve(echo)
	client, err := peer.Open(peer.Config{NodeID: "n1", ClusterID: "c1", Addr: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	to, body := peer.Target{NodeID: "n2", Addr: server.Addr()}, make([]byte, 300)
	b.SetParallelism(32) // times the cores: 64 on two
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.Call(context.Background(), to, "/append", body); err != nil {
				b.Error(err)
			}
		}
	})
}
