package api_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// linked appends an event with an id and links to other ids, each "type:id".
func (n *node) linked(id string, links ...string) quipu.Position {
	n.t.Helper()
	list := make([]string, len(links))
	for i, link := range links {
		linkType, target, _ := strings.Cut(link, ":")
		list[i] = fmt.Sprintf(`{"type":%q,"target":{"id":%q}}`, linkType, target)
	}
	return n.receipt(single(fmt.Sprintf(`,"id":%q,"links":[%s]`, id, strings.Join(list, ",")))).First
}

// lines reads the answer to a walk: its lines in short, and the end line, which must be the last.
func (a answer) lines(t *testing.T) (text string, end wire.GraphEnd) {
	t.Helper()
	var list []string
	for line := range strings.Lines(a.body) {
		switch l := decode[wire.GraphLine](t, line); {
		case end.Head > 0:
			t.Fatalf("a line after the end line: %s", line)
		case l.Node != nil && l.Edge == nil && l.End == nil:
			list = append(list, fmt.Sprintf("%d/%d", l.Node.Position, l.Node.Depth))
		case l.Edge != nil && l.Node == nil && l.End == nil:
			list = append(list, fmt.Sprintf("%d-%s-%d", l.Edge.From, l.Edge.Type, l.Edge.To))
		case l.End != nil && l.Node == nil && l.Edge == nil:
			end = *l.End
		default:
			t.Fatalf("a line of another kind: %s", line)
		}
	}
	if end.Head == 0 {
		t.Fatalf("no end line in %q", a.body)
	}
	return strings.Join(list, " "), end
}

// family is a ledger with events at 6 to 11: a; b and c with the parent a; d with the parents b and c and a reference to a; e that
// links to nothing; f that has itself as its reference.
func family(t *testing.T) *node {
	n := newNode(t)
	n.linked("a")
	n.linked("b", "parent:a")
	n.linked("c", "parent:a")
	n.linked("d", "parent:b", "parent:c", "reference:a")
	n.linked("e")
	n.linked("f", "reference:f")
	return n
}

func TestLinksAndGraphAreWalked(t *testing.T) {
	n := family(t)
	for path, want := range map[string]string{
		"9/links":                                 "9/0 7/1 9-parent-7 8/1 9-parent-8 6/1 9-reference-6",
		"9/links?direction=out":                   "9/0 7/1 9-parent-7 8/1 9-parent-8 6/1 9-reference-6",
		"9/links?type=reference":                  "9/0 6/1 9-reference-6",
		"9/links?type=reference&type=parent":      "9/0 7/1 9-parent-7 8/1 9-parent-8 6/1 9-reference-6",
		"9/links?type=child":                      "9/0",
		"6/links":                                 "6/0",
		"6/links?direction=in":                    "6/0 7/1 7-parent-6 8/1 8-parent-6 9/1 9-reference-6",
		"6/links?direction=in&type=reference":     "6/0 9/1 9-reference-6",
		"7/links?direction=both":                  "7/0 6/1 7-parent-6 9/1 9-parent-7",
		"10/links?direction=both":                 "10/0",
		"11/links?direction=both":                 "11/0 11-reference-11",
		"1/links":                                 "1/0",
		"by-id/d/links?type=reference":            "9/0 6/1 9-reference-6",
		"by-id/d/links?version=1&type=reference":  "9/0 6/1 9-reference-6",
		"by-id/d/graph?type=parent":               "9/0 7/1 9-parent-7 8/1 9-parent-8 6/2 7-parent-6 8-parent-6",
		"9/graph?type=parent":                     "9/0 7/1 9-parent-7 8/1 9-parent-8 6/2 7-parent-6 8-parent-6",
		"6/graph?direction=in&type=parent":        "6/0 7/1 7-parent-6 8/1 8-parent-6 9/2 9-parent-7 9-parent-8",
		"9/graph?depth=16&limit=10000&type=child": "9/0",
		"9/graph?consistency=local&type=child":    "9/0",
	} {
		text, end := n.want(200, "GET", "/v1/ledgers/main/events/"+path, "").lines(t)
		if text != want || end != (wire.GraphEnd{Head: 11}) {
			t.Errorf("%s: %s %+v, want %s", path, text, end, want)
		}
	}
}

func TestWalkSaysWhyItWasCut(t *testing.T) {
	n := family(t)
	for path, want := range map[string]string{
		"9/graph?depth=0":                          "9/0 depth",
		"9/graph?type=parent&depth=1":              "9/0 7/1 9-parent-7 8/1 9-parent-8 depth",
		"9/graph?type=parent&depth=2":              "9/0 7/1 9-parent-7 8/1 9-parent-8 6/2 7-parent-6 8-parent-6 ",
		"9/graph?type=parent&limit=1":              "9/0 limit",
		"9/graph?type=parent&limit=3":              "9/0 7/1 9-parent-7 8/1 9-parent-8 limit",
		"9/graph?type=parent&limit=4":              "9/0 7/1 9-parent-7 8/1 9-parent-8 6/2 7-parent-6 8-parent-6 ",
		"10/graph?depth=0":                         "10/0 ",
		"9/links?type=parent":                      "9/0 7/1 9-parent-7 8/1 9-parent-8 ", // that these have links is no news
		"6/graph?direction=in&type=parent&limit=3": "6/0 7/1 7-parent-6 8/1 8-parent-6 limit",
	} {
		text, end := n.want(200, "GET", "/v1/ledgers/main/events/"+path, "").lines(t)
		if text+" "+end.Cut != want || end.More != (end.Cut != "") {
			t.Errorf("%s: %s %+v, want %s", path, text, end, want)
		}
	}
}

// A link is shown as its author gave it, with where it leads; an id without a version leads to the latest.
func TestLinesOfAWalkHaveWhatTheirEventsHave(t *testing.T) {
	n := newNode(t)
	n.receipt(single(`,"id":"a/1"`))
	n.receipt(single(`,"id":"a/1","version":2`))
	r := n.receipt(single(`,"links":[{"type":"é/x","target":{"id":"a/1"},"meta":{"n":1.50}},{"type":"old","target":{"id":"a/1","version":1}}]`))
	a := n.want(200, "GET", "/v1/ledgers/main/events/"+r.EventIDs[0].String()+"/links", "")
	latest := decode[quipu.Event](t, n.want(200, "GET", byIDPath+"a%2F1", "").body)
	want := fmt.Sprintf(`{"node":{"position":7,"eventId":%q,"event":"Item Ordered","id":"a/1","version":2,"depth":1}}`, latest.EventID) + "\n" +
		`{"edge":{"from":8,"to":7,"type":"é/x","target":{"id":"a/1"},"meta":{"n":1.50}}}` + "\n"
	if !strings.Contains(a.body, want) || !strings.Contains(a.body, `{"edge":{"from":8,"to":6,"type":"old","target":{"id":"a/1","version":1}}}`+"\n") {
		t.Errorf("%s\nhas not\n%s", a.body, want)
	}
	if !strings.HasSuffix(a.body, `{"end":{"head":8,"more":false}}`+"\n") || a.header.Get("Content-Type") != wire.TypeNDJSON {
		t.Errorf("%s", a.body)
	}
	if head := n.want(200, "HEAD", "/v1/ledgers/main/events/8/graph", ""); head.body != "" || head.header.Get("Content-Type") != wire.TypeNDJSON {
		t.Errorf("%+v", head)
	}
}

func TestWalkRefuses(t *testing.T) {
	n := family(t)
	types := strings.Repeat("&type=x", 101)
	for _, c := range []struct {
		path   string
		status int
		kind   quipu.Kind
		says   string
	}{
		{"12/links", 404, quipu.NotFound, "positions 1 to 11"},
		{"0/graph", 404, quipu.NotFound, "no event at position 0"},
		{"0005d0df8d1e990f13658533a0f8f294/links", 404, quipu.NotFound, "not in this ledger"},
		{"first/links", 400, quipu.Invalid, "neither a position nor an event id"},
		{"by-id/g/links", 404, quipu.NotFound, "there are 0 versions"},
		{"by-id/a/graph?version=2", 404, quipu.NotFound, "has 1 versions, and no version 2"},
		{"9/links?direction=up", 400, quipu.Invalid, `["out" "in" "both"]`},
		{"9/graph?direction=", 400, quipu.Invalid, "direction"},
		{"9/links?type=", 400, quipu.Invalid, "the type of the link is empty"},
		{"9/links?type=" + strings.Repeat("x", 201), 413, quipu.TooLarge, "the limit is 200"},
		{"9/links?x=1" + types, 400, quipu.Invalid, "unknown query parameter"},
		{"9/links?direction=in" + types, 413, quipu.TooLarge, "types: there are 101"},
		{"9/links?depth=1", 400, quipu.Invalid, "unknown query parameter"},
		{"9/graph?depth=99999999999", 413, quipu.TooLarge, "the limit is 16"},
		{"9/graph?depth=17", 413, quipu.TooLarge, "depth: it is 17, the limit is 16"},
		{"9/graph?depth=-1", 400, quipu.Invalid, `depth is "-1"`},
		{"9/graph?limit=0", 400, quipu.Invalid, "at least 1"},
		{"9/graph?limit=10001", 413, quipu.TooLarge, "limit: 10001 events, the limit is 10000"},
		{"9/graph?version=1", 400, quipu.Invalid, "unknown query parameter"},
	} {
		if e := n.do("GET", "/v1/ledgers/main/events/"+c.path, "").problem(t, c.status, c.kind); !strings.Contains(e.Detail+"; "+e.Hint, c.says) {
			t.Errorf("%.40s: %+v", c.path, e)
		}
	}
}

// reading is a node whose views call the test before each read, and know whether one is running.
type reading struct {
	*apitest.Backend
	before func(read int) error
}

func (r reading) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	v, err := r.Backend.View(ctx, ref, read)
	return &readingView{View: v, before: r.before}, err
}

type readingView struct {
	api.View
	before func(int) error
	reads  int
}

func (v *readingView) Read(fn func(selector.Source) error) error {
	v.reads++
	if err := v.before(v.reads); err != nil {
		return err
	}
	return v.View.Read(fn)
}

// fan is a ledger with an event at 121 that links to 15 events, each of which links to the 100 from 6: more than one step.
func fan(t *testing.T) *apitest.Backend {
	n := newNode(t)
	n.want(201, "POST", appendPath, events(100))
	links := func(from, to int) string {
		var list []string
		for position := from; position <= to; position++ {
			list = append(list, fmt.Sprintf(`{"type":"parent","target":{"position":%d}}`, position))
		}
		return single(`,"links":[` + strings.Join(list, ",") + `]`)
	}
	for range 15 {
		n.receipt(links(6, 105))
	}
	n.receipt(links(106, 120))
	return n.backend
}

// No read of the ledger is open while the answer is being written, and its first lines are on their way before its last.
func TestWalkIsReadAndSentInSteps(t *testing.T) {
	backend := fan(t)
	read := make(chan bool)
	n := serve(t, backend, api.Config{Backend: reading{backend, func(number int) error {
		if number == 2 {
			<-read
		}
		return nil
	}}})
	response, err := http.Get(n.server.URL + "/v1/ledgers/main/events/121/graph")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := bufio.NewReader(response.Body)
	if line, err := body.ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"node":{"position":121,`) {
		t.Fatalf("%q %v", line, err)
	}
	close(read)
	rest, err := io.ReadAll(body)
	if err != nil || bytes.Count(rest, []byte("\n")) != 116+15+1500 || !bytes.HasSuffix(rest, []byte(`{"end":{"head":121,"more":false}}`+"\n")) {
		t.Errorf("%v, %d lines", err, bytes.Count(rest, []byte("\n")))
	}
}

func TestErrorInTheMiddleOfAWalkBreaksTheAnswerOff(t *testing.T) {
	backend := fan(t)
	failAt := 1
	n := serve(t, backend, api.Config{Backend: reading{backend, func(number int) error {
		if number == failAt {
			return errors.New("disk on fire")
		}
		return nil
	}}})
	const path = "/v1/ledgers/main/events/121/graph"
	n.do("GET", path, "").problem(t, 500, quipu.Internal)
	failAt = 2
	response, err := http.Get(n.server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); err == nil || response.StatusCode != 200 || bytes.Contains(got, []byte(`"end"`)) {
		t.Errorf("status %d, error %v", response.StatusCode, err)
	}
}
