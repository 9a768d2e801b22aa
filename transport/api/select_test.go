package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const selectPath = "/v1/ledgers/main/select"

func TestSelectEndLineSaysHowFarItGoes(t *testing.T) {
	n := newNode(t) // positions 1 to 5 are the ledger's own
	for _, patron := range []string{"a", "b", "a", "b", "a"} {
		n.order(patron)
	}
	const a = `"entities":{"patron":["a"]}`
	for _, c := range []struct {
		selector, want string
		end            wire.End
	}{
		{`{` + a + `}`, "6 8 10", wire.End{Position: 10, Head: 10}},
		{`{"entities":{"patron":["b"]}}`, "7 9", wire.End{Position: 10, Head: 10}},
		{`{"entities":{"patron":["nobody"]}}`, "", wire.End{Position: 10, Head: 10}},
		{`{` + a + `,"after":8}`, "10", wire.End{Position: 10, Head: 10}},
		{`{` + a + `,"after":10}`, "", wire.End{Position: 10, Head: 10}},
		{`{` + a + `,"until":8}`, "6 8", wire.End{Position: 8, Head: 10}},
		{`{` + a + `,"until":99}`, "6 8 10", wire.End{Position: 10, Head: 10}},
		{`{` + a + `,"after":9,"until":6}`, "", wire.End{Position: 9, Head: 10}},
		{`{` + a + `,"limit":1}`, "6", wire.End{Position: 6, Head: 10, More: true}},
		{`{` + a + `,"limit":2}`, "6 8", wire.End{Position: 8, Head: 10, More: true}},
		{`{` + a + `,"limit":3}`, "6 8 10", wire.End{Position: 10, Head: 10}},
		{`{` + a + `,"limit":4}`, "6 8 10", wire.End{Position: 10, Head: 10}},
		{`{"entities":{"patron":["b"]},"limit":2}`, "7 9", wire.End{Position: 10, Head: 10}},
		{`{` + a + `,"reverse":true}`, "10 8 6", wire.End{Position: 1, Head: 10}},
		{`{` + a + `,"reverse":true,"limit":1}`, "10", wire.End{Position: 10, Head: 10, More: true}},
		{`{` + a + `,"reverse":true,"limit":1,"until":9}`, "8", wire.End{Position: 8, Head: 10, More: true}},
		{`{` + a + `,"reverse":true,"limit":1,"until":7}`, "6", wire.End{Position: 1, Head: 10}},
		{`{` + a + `,"reverse":true,"after":8}`, "10", wire.End{Position: 9, Head: 10}},
		{`{` + a + `,"reverse":true,"after":10}`, "", wire.End{Position: 10, Head: 10}},
		{`{"events":["$event-registered"],"system":true}`, "2 3 4 5", wire.End{Position: 10, Head: 10}},
	} {
		events, end := n.selected(c.selector)
		if got := positions(events); got != c.want || end != c.end {
			t.Errorf("%s: %q %+v, want %q %+v", c.selector, got, end, c.want, c.end)
		}
	}
}

func TestSelectContinuedFromItsEndMissesNothing(t *testing.T) {
	n := newNode(t)
	for i := range 230 { // several pages of the backend
		n.order(fmt.Sprint("p", i%3))
	}
	whole, _ := n.selected(`{"entities":{"patron":["p0","p2"]}}`)
	for _, limit := range []int{1, 7, 50, 51, 500} {
		var parts []quipu.Event
		for after, more := quipu.Position(0), true; more; {
			events, end := n.selected(fmt.Sprintf(`{"entities":{"patron":["p0","p2"]},"after":%d,"limit":%d}`, after, limit))
			parts = append(parts, events...)
			after, more = end.Position, end.More
		}
		if positions(parts) != positions(whole) {
			t.Errorf("limit %d: %s", limit, positions(parts))
		}
		var reversed []quipu.Event
		until := quipu.Position(1 << 40)
		for more := true; more; {
			events, end := n.selected(fmt.Sprintf(`{"entities":{"patron":["p0","p2"]},"until":%d,"limit":%d,"reverse":true}`, until, limit))
			reversed = append(reversed, events...)
			until, more = end.Position-1, end.More
		}
		if len(reversed) != len(whole) || reversed[0].Position != whole[len(whole)-1].Position {
			t.Errorf("limit %d in reverse: %s", limit, positions(reversed))
		}
	}
}

func TestSelectTakesAPlaceByEventID(t *testing.T) {
	n := newNode(t)
	n.order("a")
	second := n.order("a")
	n.order("a")
	e := decode[quipu.Event](t, n.want(200, "GET", fmt.Sprintf("/v1/ledgers/main/events/%d", second), "").body)
	events, _ := n.selected(`{"entity":"patron","key":"a","after":"` + e.EventID.String() + `"}`)
	if positions(events) != fmt.Sprint(second+1) {
		t.Errorf("got %s", positions(events))
	}
}

func TestSelectByQueryMethodAndByLedgerID(t *testing.T) {
	n := newNode(t)
	n.order("a")
	l := decode[quipu.Ledger](t, n.want(200, "GET", "/v1/ledgers/main", "").body)
	events, _ := n.want(200, wire.MethodQuery, "/v1/ledgers/"+l.ID.String()+"/select", `{"entity":"patron","key":"a"}`).events(t)
	if len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
}

func TestReadsSayTheirPositionAndNode(t *testing.T) {
	n := newNode(t)
	head := fmt.Sprint(n.order("a"))
	for _, c := range []struct{ method, path, body string }{
		{"POST", selectPath, `{"events":["Item Ordered"]}`},
		{"GET", "/v1/ledgers/main", ""},
		{"GET", "/v1/ledgers/main/registry", ""},
		{"GET", "/v1/ledgers/main/registry/Item%20Ordered", ""},
		{"GET", "/v1/ledgers/main/events/1", ""},
		{"GET", "/v1/ledgers/main/export", ""},
	} {
		for _, consistency := range []string{"", "?consistency=linearizable", "?consistency=session&minPosition=3", "?consistency=local"} {
			h := n.want(200, c.method, c.path+consistency, c.body).header
			if h.Get(wire.HeaderPosition) != head || h.Get(wire.HeaderNode) != "n1" {
				t.Errorf("%s %s: position %q, node %q", c.method, c.path, h.Get(wire.HeaderPosition), h.Get(wire.HeaderNode))
			}
		}
	}
}

func TestSelectRefuses(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		name, query, body string
		status            int
		kind              quipu.Kind
		pointer, says     string
	}{
		{"no body", "", ``, 400, quipu.Invalid, "", "the input ends"},
		{"not JSON", "", `select *`, 400, quipu.Invalid, "", "where a value"},
		{"no part", "", `{}`, 400, quipu.Invalid, "", "no part"},
		{"only a limit", "", `{"limit":5}`, 400, quipu.Invalid, "", "no part"},
		{"unknown member", "", `{"evnets":["x"]}`, 400, quipu.Invalid, "/evnets", `did you mean "events"`},
		{"limit 0", "", `{"events":["x"],"limit":0}`, 400, quipu.Invalid, "/limit", "at least 1"},
		{"until 0", "", `{"events":["x"],"until":0}`, 400, quipu.Invalid, "/until", "count from 1"},
		{"after beyond the head", "", `{"events":["x"],"after":99}`, 400, quipu.Invalid, "/after", "beyond the ledger's head 5"},
		{"after an unknown event", "", `{"events":["x"],"after":"0005d0df8d1e990f13658533a0f8f294"}`, 400, quipu.Invalid, "/after", "not in this ledger"},
		{"same, locally", "?consistency=local", `{"events":["x"],"after":"0005d0df8d1e990f13658533a0f8f294"}`, 400, quipu.Invalid, "/after", "not in this ledger"},
		{"session not there yet", "?consistency=session", `{"events":["x"],"after":99}`, 503, quipu.Unavailable, "", "not yet 99"},
		{"too large", "", strings.Repeat(" ", quipu.SelectorBytesMax) + `{}`, 413, quipu.TooLarge, "", "65536"},
		{"unknown consistency", "?consistency=strong", `{"events":["x"]}`, 400, quipu.Invalid, "", "linearizable, session or local"},
		{"no position", "?minPosition=x", `{"events":["x"]}`, 400, quipu.Invalid, "", "whole number"},
		{"local with a position", "?consistency=local&minPosition=1", `{"events":["x"]}`, 400, quipu.Invalid, "", "consistency=session"},
		{"unknown parameter", "?consistncy=local", `{"events":["x"]}`, 400, quipu.Invalid, "", `did you mean "consistency"`},
		{"parameter twice", "?consistency=local&consistency=local", `{"events":["x"]}`, 400, quipu.Invalid, "", "2 times"},
		{"query cannot be read", "?%zz", `{"events":["x"]}`, 400, quipu.Invalid, "", "query string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := n.do("POST", selectPath+c.query, c.body).problem(t, c.status, c.kind)
			if e.Pointer != c.pointer || !strings.Contains(e.Detail+" "+e.Hint, c.says) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestLocalSelectAfterWhatThisNodeLacksIsEmpty(t *testing.T) {
	n := newNode(t)
	events, end := n.want(200, "POST", selectPath+"?consistency=local", `{"events":["x"],"after":99}`).events(t)
	if len(events) != 0 || end != (wire.End{Position: 99, Head: 5}) {
		t.Errorf("%v %+v", events, end)
	}
}

func TestEventByPositionAndID(t *testing.T) {
	n := newNode(t)
	byPosition := n.want(200, "GET", "/v1/ledgers/main/events/1", "")
	e := decode[quipu.Event](t, byPosition.body)
	if byID := n.want(200, "GET", "/v1/ledgers/main/events/"+e.EventID.String(), ""); byID.body != byPosition.body {
		t.Errorf("%s and %s", byID.body, byPosition.body)
	}
	if e.Name != quipu.LedgerCreated || e.Position != 1 {
		t.Errorf("%+v", e)
	}
	n.do("GET", "/v1/ledgers/main/events/0", "").problem(t, 404, quipu.NotFound)
	n.do("GET", "/v1/ledgers/main/events/6", "").problem(t, 404, quipu.NotFound)
	n.do("GET", "/v1/ledgers/main/events/0005d0df8d1e990f13658533a0f8f294", "").problem(t, 404, quipu.NotFound)
	n.do("GET", "/v1/ledgers/main/events/first", "").problem(t, 400, quipu.Invalid)
	n.do("GET", "/v1/ledgers/main/events/-1", "").problem(t, 400, quipu.Invalid)
}

func TestHeadAnswersLikeGetWithoutABody(t *testing.T) {
	n := newNode(t)
	for _, path := range []string{"/v1/ledgers/main", "/v1/ledgers/main/export", "/livez"} {
		if a := n.do(http.MethodHead, path, ""); a.status != 200 || a.body != "" || a.header.Get("Content-Type") == "" {
			t.Errorf("%s: %+v", path, a)
		}
	}
}
