package client_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// fakeLedger answers the part of the API that the tests need from a slice of events. Every node of a network shares it.
type fakeLedger struct {
	mu       sync.Mutex
	events   []quipu.Event
	keys     map[string]quipu.Receipt
	clashMax int // events in a conflict
}

// request is an append as it is on the wire.
type request struct {
	Events []struct {
		Name     string              `json:"event"`
		Entities map[string][]string `json:"entities"`
		Data     json.RawMessage     `json:"data"`
	} `json:"events"`
	Conditions []quipu.Selector `json:"conditions"`
	Key        string           `json:"idempotencyKey"`
}

func newFakeLedger() *fakeLedger {
	return &fakeLedger{keys: map[string]quipu.Receipt{}, clashMax: 100}
}

// add appends events behind the client's back.
func (l *fakeLedger) add(entity string, keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		l.push(quipu.Event{Name: "happened", Entities: map[string][]string{entity: {key}}})
	}
}

func (l *fakeLedger) push(e quipu.Event) quipu.Event {
	e.Position = quipu.Position(len(l.events) + 1)
	e.EventID = quipu.NewEventID(int64(e.Position), 0, 4)
	e.Timestamp = e.EventID.Time()
	if e.Data == nil {
		e.Data = json.RawMessage("null")
	}
	e.Meta = json.RawMessage("{}")
	l.events = append(l.events, e)
	return e
}

func (l *fakeLedger) head() quipu.Position { return quipu.Position(len(l.events)) }

func (l *fakeLedger) matching(s quipu.Selector) []quipu.Event {
	var found []quipu.Event
	for _, e := range l.events {
		if s.After != nil && e.Position <= s.After.Position || s.Until > 0 && e.Position > s.Until {
			continue
		}
		if _, ok := s.Events[e.Name]; len(s.Events) > 0 && !ok {
			continue
		}
		if len(s.Entities) == 0 || concerns(e, s.Entities) {
			found = append(found, e)
		}
	}
	if s.Reverse {
		slices.Reverse(found)
	}
	return found
}

func concerns(e quipu.Event, entities map[string][]string) bool {
	for entity, keys := range entities {
		for _, key := range keys {
			if slices.Contains(e.Entities[entity], key) {
				return true
			}
		}
	}
	return false
}

func (l *fakeLedger) append(r request) (quipu.Receipt, *quipu.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if receipt, ok := l.keys[r.Key]; ok {
		receipt.Replayed = true
		return receipt, nil
	}
	for i, condition := range r.Conditions {
		if found := l.matching(condition); len(found) > 0 {
			n := min(len(found), l.clashMax)
			return quipu.Receipt{}, &quipu.Error{Kind: quipu.Conflict, Detail: "newer events match",
				Clash: &quipu.Clash{Condition: i, Head: l.head(), Events: found[:n], More: n < len(found)}}
		}
	}
	var receipt quipu.Receipt
	for _, e := range r.Events {
		if e.Name == "unknown" {
			return receipt, quipu.Errorf(quipu.NotRegistered, "the event %q is not registered", e.Name)
		}
	}
	for _, e := range r.Events {
		stored := l.push(quipu.Event{Name: e.Name, Entities: e.Entities, Data: e.Data})
		receipt.EventIDs = append(receipt.EventIDs, stored.EventID)
		receipt.First, receipt.Last, receipt.Timestamp = l.head(), l.head(), stored.Timestamp
	}
	receipt.First -= quipu.Position(len(r.Events) - 1)
	l.keys[r.Key] = receipt
	return receipt, nil
}

// ServeHTTP is a node of which nothing is wrong.
func (l *fakeLedger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch path := strings.TrimPrefix(r.URL.Path, "/v1/ledgers/main/"); path {
	case "append":
		var a request
		_ = json.Unmarshal(body, &a)
		receipt, err := l.append(a)
		if err != nil {
			problem(w, err)
			return
		}
		w.WriteHeader(wire.ReceiptStatus(&receipt))
		_, _ = w.Write(wire.AppendReceipt(nil, &receipt))
	case "appends":
		for line := range bytes.Lines(body) {
			var a request
			_ = json.Unmarshal(line, &a)
			if receipt, err := l.append(a); err != nil {
				_, _ = w.Write(wire.AppendProblemLine(nil, err))
			} else {
				_, _ = w.Write(wire.AppendReceiptLine(nil, &receipt))
			}
		}
	case "select", "export":
		l.stream(w, r, body)
	case "registry":
		w.WriteHeader(http.StatusCreated)
	default:
		problem(w, quipu.Errorf(quipu.NotFound, "there is nothing under %s", r.URL.Path))
	}
}

func (l *fakeLedger) stream(w io.Writer, r *http.Request, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var s quipu.Selector
	_ = json.Unmarshal(body, &s)
	if after := r.URL.Query().Get(wire.ParamAfter); after != "" {
		s.After = &quipu.Place{}
		_ = json.Unmarshal([]byte(after), s.After)
	}
	end := wire.End{Position: l.head(), Head: l.head()}
	for i, e := range l.matching(s) {
		if s.Limit > 0 && i == s.Limit {
			end.More = true
			break
		}
		if s.Limit > 0 {
			end.Position = e.Position
		}
		line, _ := json.Marshal(e)
		_, _ = w.Write(append(line, '\n'))
	}
	_, _ = w.Write(wire.AppendEndLine(nil, end))
}

func problem(w http.ResponseWriter, err *quipu.Error) {
	w.Header().Set("Content-Type", wire.TypeProblem)
	w.WriteHeader(wire.Status(err.Kind))
	_, _ = w.Write(wire.EncodeProblem(err))
}

// network is an http.RoundTripper to nodes by host. It runs without sockets, so that tests can run on a fake clock.
type network struct {
	ledger *fakeLedger
	mu     sync.Mutex
	// nodes are what the hosts do; a host that is not there refuses connections.
	nodes map[string]roundTrip
	// log has a line such as "a POST append" for each request that a node got, questions for the cluster left out.
	log []string
	// bodies are the requests' bodies, one for each line of the log.
	bodies []string
}

type roundTrip func(*http.Request) (*http.Response, error)

// newNetwork makes a network of healthy nodes.
func newNetwork(hosts ...string) *network {
	n := &network{ledger: newFakeLedger(), nodes: map[string]roundTrip{}}
	for _, host := range hosts {
		n.nodes[host] = n.healthy
	}
	return n
}

func (n *network) set(host string, node roundTrip) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nodes[host] = node
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	r = r.Clone(r.Context()) // a round trip must not change its request
	r.Body = io.NopCloser(bytes.NewReader(body))
	n.mu.Lock()
	node := n.nodes[r.URL.Host]
	if node != nil && r.URL.Path != "/v1/cluster" {
		n.log = append(n.log, fmt.Sprintf("%s %s %s", r.URL.Host, r.Method, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]))
		n.bodies = append(n.bodies, string(body))
	}
	n.mu.Unlock()
	if node == nil {
		return refuseConnection(r)
	}
	return node(r)
}

// requests gives the log.
func (n *network) requests() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.log)
}

func (n *network) healthy(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	n.ledger.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// appended gives the number of events in the ledger.
func (n *network) appended() int {
	n.ledger.mu.Lock()
	defer n.ledger.mu.Unlock()
	return len(n.ledger.events)
}

// inTurn makes a node that does one thing after the other, and the last for ever.
func inTurn(things ...roundTrip) roundTrip {
	var mu sync.Mutex
	return func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		thing := things[0]
		if len(things) > 1 {
			things = things[1:]
		}
		mu.Unlock()
		return thing(r)
	}
}

// answers makes a node that answers each request with this problem.
func answers(kind quipu.Kind) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		problem(recorder, quipu.Errorf(kind, "injected"))
		return recorder.Result(), nil
	}
}

// silent makes a node that takes requests and never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// breaks makes a node whose connections break before the request takes effect.
func breaks(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

// breaksAfter makes a node whose connections break after the request has taken effect.
func breaksAfter(node roundTrip) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		if _, err := node(r); err != nil {
			return nil, err
		}
		return nil, io.ErrUnexpectedEOF
	}
}

// cuts makes a node whose answers break off in the middle of the line after n whole ones.
func cuts(node roundTrip, n int) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		answer, err := node(r)
		if err != nil {
			return nil, err
		}
		body, _ := io.ReadAll(answer.Body)
		kept := 0
		for range n {
			kept += bytes.IndexByte(body[kept:], '\n') + 1
		}
		answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:kept+5]), errReader{}))
		return answer, nil
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// gated makes a node that waits for the gate to open before each request.
func gated(node roundTrip, gate <-chan struct{}) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-gate:
			return node(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// slow makes a node that takes its time.
func slow(node roundTrip, d time.Duration) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		time.Sleep(d) // on the fake clock
		return node(r)
	}
}

// answerOf is an answer that is JSON.
func answerOf(body []byte) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}
}
