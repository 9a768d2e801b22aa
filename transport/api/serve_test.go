package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

func TestWrongMethodIsAnsweredWithAllow(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct{ method, path, allow string }{
		{"PUT", "/v1/ledgers", "GET, HEAD, POST"},
		{"GET", appendPath, "POST"},
		{"GET", selectPath, "POST, QUERY"},
		{"DELETE", "/v1/ledgers/main", "GET, HEAD"},
		{"POST", "/v1/ledgers/main/registry/x", "DELETE, GET, HEAD"},
		{"POST", "/livez", "GET, HEAD"},
		{"NONSENSE", "/v1/cluster", "GET, HEAD"},
	} {
		a := n.do(c.method, c.path, "")
		a.problem(t, 405, quipu.Invalid)
		if allow := a.header.Get("Allow"); allow != c.allow {
			t.Errorf("%s %s: Allow %q, want %q", c.method, c.path, allow, c.allow)
		}
	}
}

func TestUnknownPathIsAProblem(t *testing.T) {
	n := newNode(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/ledgers/", "/v2/ledgers", "/v1/ledgers/main/appendix", "//v1/ledgers", "/v1/ledgers//registry"} {
		n.do("GET", path, "").problem(t, 404, quipu.NotFound)
	}
}

func TestMediaTypeIsChecked(t *testing.T) {
	n := newNode(t)
	before := n.head("main")
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "application/x-ndjson", "application/json; charset=latin1", ";"} {
		a := n.do("POST", appendPath, event(""), "Content-Type", media)
		if e := a.problem(t, 415, quipu.Invalid); !strings.Contains(e.Hint, wire.TypeJSON) {
			t.Errorf("hint %q", e.Hint)
		}
	}
	if n.head("main") != before {
		t.Error("something was stored")
	}
	n.want(201, "POST", appendPath, event(""), "Content-Type", "application/json; charset=UTF-8")
	n.want(201, "POST", appendPath, event(""))
	n.want(200, "POST", "/v1/ledgers/main/appends", event(""), "Content-Type", "application/x-ndjson")
	n.want(200, "POST", "/v1/ledgers/main/appends", event(""), "Content-Type", "application/json")
	n.want(200, "GET", "/v1/ledgers/main", "", "Content-Type", "text/plain")
}

func TestUnknownQueryParameterIsRefused(t *testing.T) {
	n := newNode(t)
	before := n.head("main")
	if e := n.do("POST", appendPath+"?consistency=local", event("")).problem(t, 400, quipu.Invalid); !strings.Contains(e.Hint, "has none") {
		t.Errorf("hint %q", e.Hint)
	}
	n.do("GET", "/v1/ledgers/main/export?before=3", "").problem(t, 400, quipu.Invalid)
	if n.head("main") != before {
		t.Error("something was stored")
	}
}

// A body that breaks off is not carried out, whether its length was said or it came in chunks.
func TestHalfSentBodyStoresNothing(t *testing.T) {
	n := newNode(t)
	before := n.head("main")
	whole := event("")
	for name, request := range map[string]string{
		"length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(whole)+10, whole),
		"chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(whole), whole),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", n.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", appendPath, request)
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(conn); err != nil || !bytes.Contains(got, []byte("the body ended before its end")) {
				t.Errorf("%v %s", err, got)
			}
		})
	}
	if after := n.head("main"); after != before {
		t.Errorf("the head went from %d to %d", before, after)
	}
}

// failing is a node whose calls fail as the test says.
type failing struct {
	*apitest.Backend
	panics  any
	outcome *quipu.Error
}

func (f failing) Propose(context.Context, []command.Command) []*ledger.Outcome {
	if f.panics != nil {
		panic(f.panics)
	}
	return []*ledger.Outcome{{Err: f.outcome}}
}

func TestPanicIsAnsweredAndLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	backend := apitest.NewBackend()
	n := serve(t, backend, api.Config{Backend: failing{Backend: backend, panics: "the secret"}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	a := n.do("POST", appendPath, event(""))
	if e := a.problem(t, 500, quipu.Internal); strings.Contains(a.body, "secret") || !strings.Contains(log.String(), e.RequestID) {
		t.Errorf("answer %s, log %s", a.body, log.String())
	}
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "goroutine") {
		t.Errorf("log %s", log.String())
	}
	n.want(200, "GET", "/livez", "")
}

func TestEveryKindOfOutcomeIsAnsweredWithItsStatus(t *testing.T) {
	backend := apitest.NewBackend()
	for _, kind := range quipu.Kinds {
		outcome := quipu.Errorf(kind, "the detail").Because(io.ErrClosedPipe)
		n := serve(t, backend, api.Config{Backend: failing{Backend: backend, outcome: outcome}})
		a := n.do("POST", appendPath, event(""))
		e := a.problem(t, wire.Status(kind), kind)
		if (kind == quipu.Internal) == (e.Detail == "the detail") || strings.Contains(a.body, "closed pipe") {
			t.Errorf("%s", a.body)
		}
	}
}

func TestServerHasTimeoutsButNoneForAWholeAnswer(t *testing.T) {
	s := api.NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 || s.WriteTimeout != 0 || s.ReadTimeout != 0 || s.ErrorLog == nil {
		t.Errorf("%+v", s)
	}
}
