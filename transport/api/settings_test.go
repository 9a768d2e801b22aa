package api_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// refusal is what a request is refused with.
type refusal struct {
	body          string
	status        int
	kind          quipu.Kind
	pointer, says string
}

// refuses checks refusals of one request: kind, place, and a part of what is said.
func (n *node) refuses(method, path string, table []refusal) {
	n.t.Helper()
	for _, c := range table {
		e := n.do(method, path, c.body).problem(n.t, c.status, c.kind)
		if e.Pointer != c.pointer || !strings.Contains(e.Detail+"; "+e.Hint, c.says) {
			n.t.Errorf("%s %s %.60s: %+v", method, path, c.body, e)
		}
	}
}

// single is an append of one event that is the body.
func single(members string) string {
	return `{"event":"Item Ordered","entity":"patron","key":"a"` + members + `}`
}

func (n *node) receipt(body string) quipu.Receipt {
	n.t.Helper()
	return decode[quipu.Receipt](n.t, n.want(201, "POST", appendPath, body).body)
}

func TestSettingsAreSetShownAndReplaced(t *testing.T) {
	n := newNode(t)
	created := decode[quipu.Ledger](t, n.want(201, "POST", "/v1/ledgers", `{"name":"x","settings":{"id":"uuid7"}}`).body)
	if created.Settings.ID != quipu.UUID7 {
		t.Errorf("%+v", created)
	}
	n.want(200, "POST", "/v1/ledgers", `{"name":"x","settings":{"id":"uuid7"}}`)
	n.want(200, "POST", "/v1/ledgers", `{"name":"x"}`)
	n.refuses("POST", "/v1/ledgers", []refusal{{`{"name":"x","settings":{"id":"uuid4"}}`, 422, quipu.Mismatch, "/settings", "PUT …/settings"}})
	for _, c := range []struct {
		body string
		id   quipu.IDKind
		head quipu.Position
	}{
		{`{"id":"uuid7"}`, quipu.UUID7, 1}, // the same is no change
		{`{"id":"uuid1"}`, quipu.UUID1, 2},
		{`{"id":"uuid4"}`, quipu.UUID4, 3},
		{`{}`, "", 4},
		{`{}`, "", 4},
	} {
		answer := n.want(200, "PUT", "/v1/ledgers/x/settings", c.body).body
		if shown := n.want(200, "GET", "/v1/ledgers/x", "").body; shown != answer {
			t.Errorf("%s: answered %s, shown %s", c.body, answer, shown)
		}
		if l := decode[quipu.Ledger](t, answer); l.Settings.ID != c.id || l.Head.Position != c.head {
			t.Errorf("%s: %+v", c.body, l)
		}
	}
	if shown := n.want(200, "GET", "/v1/ledgers/x", "").body; strings.Contains(shown, "settings") {
		t.Errorf("no settings are shown as %s", shown)
	}
	events, _ := n.want(200, "POST", "/v1/ledgers/x/select", `{"events":["$settings-changed"],"system":true}`).events(t)
	if len(events) != 3 || string(events[0].Data) != `{"settings":{"id":"uuid1"}}` || string(events[2].Data) != `{"settings":{}}` {
		t.Errorf("%+v", events)
	}
}

func TestSettingsRefuse(t *testing.T) {
	n := newNode(t)
	n.refuses("PUT", "/v1/ledgers/main/settings", []refusal{
		{``, 400, quipu.Invalid, "", "the input ends"},
		{`[]`, 400, quipu.Invalid, "", "expected an object"},
		{`{"id":"uuid2"}`, 400, quipu.Invalid, "/id", `did you mean "uuid1"`},
		{`{"id":"UUID7"}`, 400, quipu.Invalid, "/id", `did you mean "uuid7"`},
		{`{"id":"serial"}`, 400, quipu.Invalid, "/id", `known are ["uuid1" "uuid4" "uuid7"]`},
		{`{"id":""}`, 400, quipu.Invalid, "/id", "known are"},
		{`{"id":null}`, 400, quipu.Invalid, "/id", "expected a string, found null"},
		{`{"ids":"uuid4"}`, 400, quipu.Invalid, "/ids", `did you mean "id"`},
	})
	n.refuses("POST", "/v1/ledgers", []refusal{
		{`{"name":"x","settings":{"id":"uuid2"}}`, 400, quipu.Invalid, "/settings/id", "uuid1"},
		{`{"name":"x","settings":null}`, 400, quipu.Invalid, "/settings", "expected an object, found null"},
		{`{"name":"x","settings":{"idd":"uuid4"}}`, 400, quipu.Invalid, "/settings/idd", `did you mean "id"`},
	})
	n.do("PUT", "/v1/ledgers/nowhere/settings", `{}`).problem(t, 404, quipu.NotFound)
	n.do("PUT", "/v1/ledgers/00000004/settings", `{}`).problem(t, 404, quipu.NotFound)
	if n.head("main") != 5 {
		t.Error("something was stored")
	}
}

func TestLedgerMakesIDsWhereItsSettingsSaySo(t *testing.T) {
	n := newNode(t)
	n.want(200, "PUT", "/v1/ledgers/main/settings", `{"id":"uuid4"}`)
	r := n.receipt(`{"events":[{"event":"Item Ordered","entity":"patron","key":"a"},{"event":"Item Ordered","entity":"patron","key":"a","id":"mine"}]}`)
	if len(r.IDs) != 2 || !regexp.MustCompile(`^[0-9a-f-]{36}$`).MatchString(r.IDs[0]) || r.IDs[1] != "mine" {
		t.Fatalf("%q", r.IDs)
	}
	e := decode[quipu.Event](t, n.want(200, "GET", "/v1/ledgers/main/events/by-id/"+r.IDs[0], "").body)
	if e.ID != r.IDs[0] || e.Position != r.First {
		t.Errorf("%+v", e)
	}
}
