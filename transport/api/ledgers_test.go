package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

func TestLedgerIsCreatedOnceAndFoundByNameAndID(t *testing.T) {
	n := newNode(t)
	a := n.want(201, "POST", "/v1/ledgers", `{"name":"shop & co","description":"what was sold"}`)
	l := decode[quipu.Ledger](t, a.body)
	if location := a.header.Get("Location"); location != "/v1/ledgers/shop%20&%20co" {
		t.Errorf("location %q", location)
	}
	if l.Name != "shop & co" || l.Description != "what was sold" || l.Count != 1 || l.Head.Position != 1 || l.ID == 0 {
		t.Errorf("%+v", l)
	}
	if again := n.want(200, "POST", "/v1/ledgers", `{"name":"shop & co","description":"what was sold"}`); again.body != a.body {
		t.Errorf("%s, then %s", a.body, again.body)
	}
	for _, ref := range []string{"shop%20%26%20co", l.ID.String()} {
		if got := n.want(200, "GET", "/v1/ledgers/"+ref, ""); got.body != a.body {
			t.Errorf("%s: %s", ref, got.body)
		}
	}
	list := decode[wire.Ledgers](t, n.want(200, "GET", "/v1/ledgers", "").body).Ledgers
	if len(list) != 2 || list[0].Name != "main" || list[1] != l {
		t.Errorf("%+v", list)
	}
	n.do("POST", "/v1/ledgers", `{"name":"shop & co","description":"other"}`).problem(t, 422, quipu.Mismatch)
	n.do("GET", "/v1/ledgers/shop", "").problem(t, 404, quipu.NotFound)
}

func TestCreateLedgerRefuses(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		body          string
		status        int
		kind          quipu.Kind
		pointer, says string
	}{
		{`{}`, 400, quipu.Invalid, "", "name is missing"},
		{`{"name":""}`, 400, quipu.Invalid, "/name", "is empty"},
		{`{"name":7}`, 400, quipu.Invalid, "/name", "expected a string"},
		{`{"name":"$x"}`, 400, quipu.Invalid, "/name", "begins with"},
		{`{"name":"a/b"}`, 400, quipu.Invalid, "/name", `"/"`},
		{`{"name":".."}`, 400, quipu.Invalid, "/name", "path"},
		{`{"name":"0123abcd"}`, 400, quipu.Invalid, "/name", "looks like a ledger's id"},
		{`{"name":"a\tb"}`, 400, quipu.Invalid, "/name", "control character"},
		{`{"name":` + quoted(201) + `}`, 413, quipu.TooLarge, "/name", "the limit is 200"},
		{`{"name":"x","description":` + quoted(2001) + `}`, 413, quipu.TooLarge, "/description", "2001 characters, the limit is 2000"},
		{`{"name":"x","descripton":""}`, 400, quipu.Invalid, "/descripton", `did you mean "description"`},
		{strings.Repeat(" ", 64<<10) + `{"name":"x"}`, 413, quipu.TooLarge, "", "65536"},
	} {
		e := n.do("POST", "/v1/ledgers", c.body).problem(t, c.status, c.kind)
		if e.Pointer != c.pointer || !strings.Contains(e.Detail+" "+e.Hint, c.says) {
			t.Errorf("%.40s: %+v", c.body, e)
		}
	}
	if list := decode[wire.Ledgers](t, n.want(200, "GET", "/v1/ledgers", "").body).Ledgers; len(list) != 1 {
		t.Errorf("%+v", list)
	}
	n.want(201, "POST", "/v1/ledgers", `{"name":"0123ABCD"}`) // ids are lower case
	n.want(201, "POST", "/v1/ledgers", `{"name":"import"}`)
	n.want(200, "GET", "/v1/ledgers/import", "")
}

func TestRegistryIsWrittenReadAndUnregistered(t *testing.T) {
	n := newNode(t)
	const registry = "/v1/ledgers/main/registry"
	a := n.want(201, "POST", registry, `{"event":"a/b c","entities":["y","x","y"]}`)
	if want := `{"event":"a/b c","entities":["x","y"]}` + "\n"; a.body != want {
		t.Errorf("%s", a.body)
	}
	head := n.head("main")
	n.want(200, "POST", registry, `{"event":"a/b c","entities":["x","y"]}`)
	if n.head("main") != head {
		t.Error("the same registration again was recorded")
	}
	n.want(200, "POST", registry, `{"event":"a/b c","entities":["z"]}`)
	if got := n.want(200, "GET", registry+"/a%2Fb%20c", "").body; got != `{"event":"a/b c","entities":["z"]}`+"\n" {
		t.Errorf("%s", got)
	}
	n.want(201, "POST", appendPath, `{"event":"a/b c","entity":"z","key":"1"}`)
	list := decode[wire.Registry](t, n.want(200, "GET", registry, "").body).Registry
	if len(list) != 5 || list[1].Event != "Item Ordered" || len(list[1].Entities) != 2 {
		t.Errorf("%+v", list)
	}

	// An event may concern aggregates and correlations alone, whose types are not registered.
	alone := n.want(201, "POST", registry, `{"event":"alone","entities":[]}`)
	if want := `{"event":"alone","entities":[]}` + "\n"; alone.body != want || n.want(200, "GET", registry+"/alone", "").body != want {
		t.Errorf("%s", alone.body)
	}
	n.want(201, "POST", appendPath, `{"event":"alone","aggregate":{"type":"t","key":"k"}}`)
	n.do("POST", appendPath, `{"event":"alone","entity":"z","key":"1"}`).problem(t, 422, quipu.NotRegistered)

	if gone := n.want(204, "DELETE", registry+"/a%2Fb%20c", ""); gone.body != "" {
		t.Errorf("%q", gone.body)
	}
	n.do("DELETE", registry+"/a%2Fb%20c", "").problem(t, 404, quipu.NotFound)
	n.do("GET", registry+"/a%2Fb%20c", "").problem(t, 404, quipu.NotFound)
	n.do("POST", appendPath, `{"event":"a/b c","entity":"z","key":"1"}`).problem(t, 422, quipu.NotRegistered)
	if events, _ := n.selected(`{"events":["a/b c"]}`); len(events) != 1 {
		t.Errorf("old events: %+v", events)
	}
	e := n.do("GET", registry+"/Item%20Orderd", "").problem(t, 404, quipu.NotFound)
	if !strings.Contains(e.Hint, `"Item Ordered"`) {
		t.Errorf("hint %q", e.Hint)
	}
}

func TestRegisterRefuses(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		body          string
		status        int
		kind          quipu.Kind
		pointer, says string
	}{
		{`{"entities":["x"]}`, 400, quipu.Invalid, "", "event is missing"},
		{`{"event":"e"}`, 400, quipu.Invalid, "", "entities is missing"},
		{`{"event":"e","entities":"x"}`, 400, quipu.Invalid, "/entities", "expected an array"},
		{`{"event":"e","entities":["x",1]}`, 400, quipu.Invalid, "/entities/1", "expected a string"},
		{`{"event":"$e","entities":["x"]}`, 400, quipu.Invalid, "/event", "the ledger's own"},
		{`{"event":"e","entities":["$x"]}`, 400, quipu.Invalid, "/entities/0", "the ledger's own"},
		{`{"event":"e","entities":` + keys(101) + `}`, 413, quipu.TooLarge, "/entities", "101 entity types, the limit is 100"},
		{`{"event":"e","entity":["x"]}`, 400, quipu.Invalid, "/entity", "unknown member"},
	} {
		e := n.do("POST", "/v1/ledgers/main/registry", c.body).problem(t, c.status, c.kind)
		if e.Pointer != c.pointer || !strings.Contains(e.Detail+" "+e.Hint, c.says) {
			t.Errorf("%.60s: %+v", c.body, e)
		}
	}
}

func TestUnknownLedgerIsNotFoundEverywhere(t *testing.T) {
	n := newNode(t)
	for _, ref := range []string{"nowhere", "00000004"} {
		base := "/v1/ledgers/" + ref
		for _, c := range []struct{ method, path, body string }{
			{"GET", base, ""},
			{"GET", base + "/registry", ""},
			{"GET", base + "/registry/x", ""},
			{"DELETE", base + "/registry/x", ""},
			{"POST", base + "/registry", `{"event":"e","entities":["x"]}`},
			{"POST", base + "/append", event("")},
			{"POST", base + "/select", `{"events":["x"]}`},
			{"GET", base + "/events/1", ""},
			{"GET", base + "/export", ""},
		} {
			n.do(c.method, c.path, c.body).problem(t, 404, quipu.NotFound)
		}
	}
	n.do("POST", "/v1/ledgers/nowhere/appends", event("")).problem(t, 404, quipu.NotFound)
}

func TestSystemRequests(t *testing.T) {
	backend := apitest.NewBackend()
	n := serve(t, backend, api.Config{Backend: backend, Version: wire.Version{Version: "0.1.0"}})
	if v := decode[wire.Version](t, n.want(200, "GET", "/v1/version", "").body); v.Version != "0.1.0" {
		t.Errorf("%+v", v)
	}
	if limits := decode[map[string]int](t, n.want(200, "GET", "/v1/limits", "").body); limits["dataBytesMax"] != quipu.DataBytesMax {
		t.Errorf("%+v", limits)
	}
	if c := decode[wire.Cluster](t, n.want(200, "GET", "/v1/cluster", "").body); c.Leader != "n1" || c.Nodes[0].Ledgers[0].Name != "main" {
		t.Errorf("%+v", c)
	}
	n.want(200, "GET", "/livez", "")
	n.want(200, "GET", "/readyz", "")
	n.want(404, "GET", "/nowhere/"+strings.Repeat("x", 99), "")
	metrics := n.want(200, "GET", "/metrics", "").body
	for _, line := range []string{
		`quipu_http_requests_total{method="GET",route="/v1/version",status="200"} 1`,
		`quipu_http_requests_total{method="other",route="none",status="404"} 1`,
		`quipu_http_request_seconds_count{method="GET",route="/livez"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("no %s in\n%s", line, metrics)
		}
	}
}

// notReady is a node without a leader.
type notReady struct{ *apitest.Backend }

func (notReady) Ready(context.Context) error {
	return quipu.Errorf(quipu.Unavailable, "there is no leader").Because(errors.New("secret"))
}

func TestReadyzSaysWhyNot(t *testing.T) {
	backend := apitest.NewBackend()
	n := serve(t, backend, api.Config{Backend: notReady{backend}})
	a := n.do("GET", "/readyz", "")
	if e := a.problem(t, 503, quipu.Unavailable); e.Detail != "there is no leader" || strings.Contains(a.body, "secret") {
		t.Errorf("%s", a.body)
	}
	n.want(200, "GET", "/livez", "")
}
