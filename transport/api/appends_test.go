package api_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const appendsPath = "/v1/ledgers/main/appends"

// statuses are what the lines of an answer to many appends say.
func statuses(t *testing.T, body string) string {
	t.Helper()
	var list []string
	for line := range strings.Lines(body) {
		receipt, refused, err := wire.DecodeLine([]byte(line))
		switch {
		case err != nil:
			t.Fatalf("%v in %s", err, line)
		case refused != nil:
			list = append(list, string(refused.Kind))
			if refused.RequestID == "" {
				t.Errorf("no request id in %s", line)
			}
		default:
			list = append(list, fmt.Sprint(wire.ReceiptStatus(receipt)))
		}
	}
	return strings.Join(list, " ")
}

func TestAppendsAnswersEachLineInOrder(t *testing.T) {
	n := newNode(t)
	body := strings.Join([]string{
		`{"event":"Item Ordered","entity":"patron","key":"a","idempotencyKey":"k"}`,
		`{"event":"Item Ordered","entity":"patron","key":"a","idempotencyKey":"k"}`,
		`not JSON`,
		``,
		`{"event":"Item Ordered","entity":"patron","key":"a","condition":{"entity":"patron","key":"a"}}`,
		`{"event":"Unheard Of","entity":"patron","key":"a"}`,
		"  \r",
		`{"event":"Item Ordered","entity":"patron","key":"b","idempotencyKey":"k"}`,
		`{"events":[{"event":"Item Ordered","entity":"patron","key":"a"},{"event":"Item Ordered","entity":"patron","key":"a"}]}`,
		`{"event":"Item Ordered","entity":"patron","key":"a","data":` + quoted(quipu.AppendBodyBytesMax) + `}`,
		`{"event":"Item Ordered","entity":"patron","key":"last"}`,
	}, "\n")
	a := n.want(200, "POST", appendsPath, body)
	if got, want := statuses(t, a.body), "201 200 invalid conflict not_registered mismatch 201 too_large 201"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !strings.HasPrefix(a.body, `{"status":201,"first":6,"last":6,"eventIds":["`) {
		t.Errorf("%s", a.body)
	}
	if n.head("main") != 9 {
		t.Errorf("head %d", n.head("main"))
	}
}

func TestAppendsOfNothingAnswersNothing(t *testing.T) {
	n := newNode(t)
	if a := n.want(200, "POST", appendsPath, "\n\n"); a.body != "" || a.header.Get("Content-Type") != wire.TypeNDJSON {
		t.Errorf("%+v", a)
	}
}

func TestAppendsOverManyGroupsKeepsOrder(t *testing.T) {
	n := newNode(t)
	var body strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&body, `{"event":"Item Ordered","entity":"patron","key":"p%d","data":"%s"}`+"\n", i, strings.Repeat("x", i%900))
	}
	a := n.want(200, "POST", appendsPath, body.String())
	next := quipu.Position(6)
	for line := range strings.Lines(a.body) {
		receipt, refused, err := wire.DecodeLine([]byte(line))
		if err != nil || refused != nil || receipt.First != next {
			t.Fatalf("%v %v, want position %d: %s", err, refused, next, line)
		}
		next++
	}
	if next != 3006 {
		t.Errorf("%d answers", next-6)
	}
}

// A client may wait for each answer before it sends the next line: nothing waits for a group to fill.
func TestAppendsAnswersWhileTheBodyIsOpen(t *testing.T) {
	n := newNode(t)
	from, to := io.Pipe()
	request, _ := http.NewRequest("POST", n.server.URL+appendsPath, from)
	answers := make(chan *bufio.Reader)
	go func() {
		response, err := n.server.Client().Do(request)
		if err != nil {
			t.Error(err)
			close(answers)
			return
		}
		answers <- bufio.NewReader(response.Body)
	}()
	var lines *bufio.Reader
	for i := range 5 {
		fmt.Fprintf(to, `{"event":"Item Ordered","entity":"patron","key":"p%d"}`+"\n", i)
		if lines == nil {
			lines = <-answers
		}
		line, err := lines.ReadString('\n')
		if err != nil || !strings.Contains(line, fmt.Sprintf(`"first":%d,`, 6+i)) {
			t.Fatalf("%q %v", line, err)
		}
	}
	to.Close()
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
}

func TestAppendsBodyOverItsLimit(t *testing.T) {
	n := newNode(t)
	line := event("") + "\n"
	body := []byte(line + strings.Repeat(" ", quipu.BatchBytesMax) + "\n" + line)
	n.send("POST", appendsPath, bytes.NewReader(body)).problem(t, 413, quipu.TooLarge)
	if n.head("main") != 5 {
		t.Error("something was stored of a body that says that it is too large")
	}
	a := n.send("POST", appendsPath, struct{ io.Reader }{bytes.NewReader(body)})
	if got := statuses(t, a.body); a.status != 200 || got != "201 too_large" {
		t.Errorf("status %d, %s", a.status, got)
	}
}

// What was carried out before the body broke off stays so; the line that broke off is never carried out, and the client
// is told.
func TestAppendsDropsTheLineThatBreaksOff(t *testing.T) {
	n := newNode(t)
	conn, err := net.Dial("tcp", n.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := event("") + "\n" + event("") // the second has all of its bytes, but the body ends too early
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%s\r\n", appendsPath, len(sent), sent)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if n.head("main") != 6 || !bytes.Contains(answer, []byte("the body ended before its end")) {
		t.Errorf("head %d, want 6: %s", n.head("main"), answer)
	}
}

// grouped counts how many commands come at once.
type grouped struct {
	*apitest.Backend
	mu     sync.Mutex
	groups []int
}

func (g *grouped) Propose(ctx context.Context, commands []command.Command) []*ledger.Outcome {
	g.mu.Lock()
	g.groups = append(g.groups, len(commands))
	g.mu.Unlock()
	return g.Backend.Propose(ctx, commands)
}

func TestAppendsProposesWhatHasArrivedTogether(t *testing.T) {
	backend := newNode(t).backend
	g := &grouped{Backend: backend}
	n := serve(t, backend, api.Config{Backend: g})
	n.want(200, "POST", appendsPath, strings.Repeat(event("")+"\n", 1000))
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.groups) > 100 {
		t.Errorf("%d groups for 1000 lines: %v", len(g.groups), g.groups)
	}
	for _, size := range g.groups {
		if size > 256 {
			t.Errorf("a group of %d", size)
		}
	}
}
