package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// node is a served backend with the calls that tests make.
type node struct {
	t       *testing.T
	backend *apitest.Backend
	server  *httptest.Server
}

// newNode serves a fresh backend in which the events of the tests are registered in main.
func newNode(t *testing.T) *node {
	t.Helper()
	backend := apitest.NewBackend()
	n := serve(t, backend, api.Config{Backend: backend, SpoolDir: t.TempDir()})
	n.register("main", "Item Ordered", "patron", "order")
	n.register("main", "Account Closed", "patron")
	n.register("main", "match-created", "game")
	n.register("main", "game-started", "game")
	return n
}

func serve(t *testing.T, backend *apitest.Backend, config api.Config) *node {
	t.Helper()
	server := apitest.StartConfig(config)
	t.Cleanup(server.Close)
	return &node{t: t, backend: backend, server: server}
}

// answer is a whole answer.
type answer struct {
	status int
	header http.Header
	body   string
}

func (n *node) do(method, path, body string, header ...string) answer {
	n.t.Helper()
	return n.send(method, path, strings.NewReader(body), header...)
}

func (n *node) send(method, path string, body io.Reader, header ...string) answer {
	n.t.Helper()
	request, err := http.NewRequest(method, n.server.URL+path, body)
	if err != nil {
		n.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := n.server.Client().Do(request)
	if err != nil {
		n.t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		n.t.Fatalf("%s %s: %v after %q", method, path, err, got)
	}
	return answer{response.StatusCode, response.Header, string(got)}
}

// want does a request and checks its status.
func (n *node) want(status int, method, path, body string, header ...string) answer {
	n.t.Helper()
	a := n.do(method, path, body, header...)
	if a.status != status {
		n.t.Fatalf("%s %s %s: status %d, want %d\n%s", method, path, body, a.status, status, a.body)
	}
	return a
}

func (n *node) register(ledger, event string, entities ...string) {
	n.t.Helper()
	n.want(201, "POST", "/v1/ledgers/"+ledger+"/registry", encode(n.t, quipu.Registration{Event: event, Entities: entities}))
}

// order appends one event and gives its position.
func (n *node) order(patron string) quipu.Position {
	n.t.Helper()
	a := n.want(201, "POST", "/v1/ledgers/main/append", `{"event":"Item Ordered","entity":"patron","key":"`+patron+`"}`)
	return decode[quipu.Receipt](n.t, a.body).First
}

func (n *node) head(ledger string) quipu.Position {
	n.t.Helper()
	return decode[quipu.Ledger](n.t, n.want(200, "GET", "/v1/ledgers/"+ledger, "").body).Head.Position
}

// problem checks that the answer is a whole problem of a kind.
func (a answer) problem(t *testing.T, status int, kind quipu.Kind) *quipu.Error {
	t.Helper()
	e := wire.DecodeProblem(a.status, []byte(a.body))
	if a.status != status || e.Kind != kind {
		t.Fatalf("status %d kind %q, want %d %q: %s", a.status, e.Kind, status, kind, a.body)
	}
	if media := a.header.Get("Content-Type"); media != wire.TypeProblem {
		t.Errorf("media type %q", media)
	}
	if id := a.header.Get(wire.HeaderRequestID); id == "" || id != e.RequestID {
		t.Errorf("request id %q in the header, %q in the body", id, e.RequestID)
	}
	return e
}

// events splits a stream into its events and its end line, which must be there.
func (a answer) events(t *testing.T) ([]quipu.Event, wire.End) {
	t.Helper()
	var events []quipu.Event
	lines := bufio.NewScanner(strings.NewReader(a.body))
	lines.Buffer(nil, 10<<20)
	for lines.Scan() {
		if end, ok := wire.DecodeEnd(lines.Bytes()); ok {
			if lines.Scan() {
				t.Fatalf("a line after the end line: %s", lines.Text())
			}
			return events, end
		}
		events = append(events, decode[quipu.Event](t, lines.Text()))
	}
	t.Fatalf("no end line in %q", a.body)
	return nil, wire.End{}
}

func (n *node) selected(selector string) ([]quipu.Event, wire.End) {
	n.t.Helper()
	return n.want(200, "POST", "/v1/ledgers/main/select", selector).events(n.t)
}

func positions(events []quipu.Event) string {
	var list []string
	for _, e := range events {
		list = append(list, strconv.FormatUint(uint64(e.Position), 10))
	}
	return strings.Join(list, " ")
}

func decode[T any](t *testing.T, body string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return value
}

func encode(t *testing.T, value any) string {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
