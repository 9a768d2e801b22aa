package api_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const (
	schemasPath = "/v1/ledgers/main/registry/Item%20Ordered/schemas/"
	aSchema     = `{"required":["menuItem"],"type":"object"}`
)

func TestSchemaIsRegisteredOnceAndGivenBack(t *testing.T) {
	n := newNode(t)
	a := n.want(201, "PUT", schemasPath+"1.0", "\n { \"type\": \"object\", \"required\": [ \"menuItem\" ] }\n")
	digest := record.HashOf([]byte(aSchema)).String()
	if got := decode[wire.Schema](t, a.body); got != (wire.Schema{Event: "Item Ordered", Version: "1.0", Digest: digest}) {
		t.Errorf("%+v", got)
	}
	if location := a.header.Get("Location"); location != schemasPath+"1.0" {
		t.Errorf("location %q", location)
	}
	head := n.head("main")
	again := n.want(200, "PUT", schemasPath+"1.0", aSchema, "Content-Type", wire.TypeSchema)
	if again.body != a.body || again.header.Get("Location") != "" || n.head("main") != head {
		t.Errorf("the same schema again: %s", again.body)
	}
	e := n.do("PUT", schemasPath+"1.0", `{"type":"object"}`).problem(t, 422, quipu.Mismatch)
	if !strings.Contains(e.Hint, "another version") {
		t.Errorf("hint %q", e.Hint)
	}

	shown := n.want(200, "GET", schemasPath+"1.0", "")
	if shown.body != aSchema+"\n" || shown.header.Get("Content-Type") != wire.TypeSchema || shown.header.Get("ETag") != `"`+digest+`"` {
		t.Errorf("%+v", shown)
	}
	if shown := n.want(200, "HEAD", schemasPath+"1.0", ""); shown.body != "" || shown.header.Get("ETag") != `"`+digest+`"` {
		t.Errorf("%+v", shown)
	}
	for _, known := range []string{`"` + digest + `"`, `"x", W/"` + digest + `"`, "*"} {
		a := n.want(304, "GET", schemasPath+"1.0", "", "If-None-Match", known)
		if a.body != "" || a.header.Get("ETag") != `"`+digest+`"` {
			t.Errorf("%s: %+v", known, a)
		}
	}
	n.want(200, "GET", schemasPath+"1.0", "", "If-None-Match", `"sha256:0"`)
}

func TestRegistrationListsVersionsAndItsRule(t *testing.T) {
	n := newNode(t)
	const registry = "/v1/ledgers/main/registry"
	n.refuses("POST", registry, []refusal{
		{`{"event":"Item Ordered","entities":["patron"],"schema":{"default":"1.0"}}`, 422, quipu.NotRegistered, "/schema/default", "it has none at all"},
	})
	for _, version := range []string{"1.0", "0.9", "2.0"} {
		n.want(201, "PUT", schemasPath+version, aSchema)
	}
	a := n.want(200, "POST", registry, `{"event":"Item Ordered","entities":["patron"],"schema":{"required":true,"default":"1.0"}}`)
	if want := `{"event":"Item Ordered","entities":["patron"],"schema":{"required":true,"default":"1.0"}}` + "\n"; a.body != want {
		t.Errorf("%s", a.body)
	}
	const want = `{"event":"Item Ordered","entities":["patron"],"schema":{"required":true,"default":"1.0"},"versions":["1.0","0.9","2.0"]}`
	if got := n.want(200, "GET", registry+"/Item%20Ordered", "").body; got != want+"\n" {
		t.Errorf("%s", got)
	}
	if got := n.want(200, "GET", registry, "").body; !strings.Contains(got, want) || strings.Count(got, "versions") != 1 {
		t.Errorf("%s", got)
	}
	n.want(200, "POST", registry, `{"event":"Item Ordered","entities":["patron"]}`)
	if got := n.want(200, "GET", registry+"/Item%20Ordered", "").body; strings.Contains(got, `"schema"`) || !strings.Contains(got, "versions") {
		t.Errorf("%s", got)
	}
	n.refuses("POST", registry, []refusal{
		{`{"event":"e","entities":["x"],"schema":null}`, 400, quipu.Invalid, "/schema", "expected an object"},
		{`{"event":"e","entities":["x"],"schema":{"requird":true}}`, 400, quipu.Invalid, "/schema/requird", `did you mean "required"`},
		{`{"event":"e","entities":["x"],"schema":{"required":1}}`, 400, quipu.Invalid, "/schema/required", "true or false"},
		{`{"event":"e","entities":["x"],"schema":{"default":1}}`, 400, quipu.Invalid, "/schema/default", "expected a string"},
		{`{"event":"e","entities":["x"],"schema":{"default":""}}`, 400, quipu.Invalid, "/schema/default", "is empty"},
		{`{"event":"e","entities":["x"],"schema":{"default":` + quoted(201) + `}}`, 413, quipu.TooLarge, "/schema/default", "the limit is 200"},
		{`{"event":"Item Ordered","entities":["patron"],"schema":{"default":"1.1"}}`, 422, quipu.NotRegistered, "/schema/default", `did you mean "1.0"`},
	})
}

func TestSchemaNamesMayHoldAnything(t *testing.T) {
	n := newNode(t)
	n.register("main", "a/b %é", "x")
	const event = "/v1/ledgers/main/registry/a%2Fb%20%25%C3%A9/schemas/"
	for _, version := range []string{"v%2F1", "%25", "%C3%A9%20%F0%90%8A%BE", "..", "schemas", strings.Repeat("v", 200)} {
		a := n.want(201, "PUT", event+version, aSchema)
		if location := a.header.Get("Location"); location != event+version {
			t.Errorf("location %q", location)
		}
		if got := n.want(200, "GET", event+version, "").body; got != aSchema+"\n" {
			t.Errorf("%s: %s", version, got)
		}
	}
	if got := decode[quipu.Registration](t, n.want(200, "GET", "/v1/ledgers/main/registry/a%2Fb%20%25%C3%A9", "").body); len(got.Versions) != 6 || got.Versions[0] != "v/1" {
		t.Errorf("%+v", got)
	}
}

func TestSchemaIsNotFound(t *testing.T) {
	n := newNode(t)
	for path, says := range map[string]string{
		"/v1/ledgers/nowhere/registry/x/schemas/1":            "no ledger",
		"/v1/ledgers/main/registry/Item%20Orderd/schemas/1.0": `did you mean "Item Ordered"`,
		schemasPath + "1.0":                                   "it has none at all",
	} {
		if e := n.do("GET", path, "").problem(t, 404, quipu.NotFound); !strings.Contains(e.Detail+"; "+e.Hint, says) {
			t.Errorf("%s: %+v", path, e)
		}
	}
	n.want(201, "PUT", schemasPath+"1.0", aSchema)
	if e := n.do("GET", schemasPath+"1.1", "").problem(t, 404, quipu.NotFound); !strings.Contains(e.Hint, `did you mean "1.0"`) {
		t.Errorf("%+v", e)
	}
	n.do("PUT", "/v1/ledgers/main/registry/Nothing/schemas/1", aSchema).problem(t, 404, quipu.NotFound)
	n.want(204, "DELETE", "/v1/ledgers/main/registry/Item%20Ordered", "")
	n.want(200, "GET", schemasPath+"1.0", "") // what was checked against it is still there
	n.do("PUT", schemasPath+"2.0", aSchema).problem(t, 404, quipu.NotFound)
	n.want(200, "PUT", schemasPath+"1.0", aSchema)
}

func TestSchemaRefuses(t *testing.T) {
	n := newNode(t)
	before := n.head("main")
	n.refuses("PUT", schemasPath+"1.0", []refusal{
		{``, 400, quipu.Invalid, "", "the input ends"},
		{`{"type":"object"`, 400, quipu.Invalid, "", "the input ends"},
		{`{"type":"object","type":"object"}`, 400, quipu.Invalid, "/type", "a second member"},
		{`"object"`, 400, quipu.Invalid, "", "a schema is an object"},
		{`{"properties":{"a/b":{"type":"objekt"}}}`, 400, quipu.Invalid, "/properties/a~1b/type", "objekt"},
		{`{"$ref":"https://example.com/other.json"}`, 400, quipu.Invalid, "/$ref", ""},
		{`{"$comment":` + quoted(quipu.SchemaBytesMax) + `}`, 413, quipu.TooLarge, "", "the limit is 262144"},
		{strings.Repeat(" ", 64<<10) + `{"$comment":` + quoted(quipu.SchemaBytesMax) + `}`, 413, quipu.TooLarge, "", "the limit is 327680"},
	})
	n.refuses("PUT", schemasPath+strings.Repeat("v", 201), []refusal{{aSchema, 413, quipu.TooLarge, "", "201 characters, the limit is 200"}})
	n.refuses("PUT", schemasPath+"a%00", []refusal{{aSchema, 400, quipu.Invalid, "", "control character"}})
	n.do("PUT", schemasPath+"1.0", aSchema, "Content-Type", "text/plain").problem(t, 415, quipu.Invalid)
	if n.head("main") != before {
		t.Error("something was stored")
	}
}

func TestDataIsHeldAgainstItsSchema(t *testing.T) {
	n := newNode(t)
	n.want(201, "PUT", schemasPath+"1.0", aSchema)
	n.want(200, "POST", "/v1/ledgers/main/registry", `{"event":"Item Ordered","entities":["patron"],"schema":{"required":true}}`)
	n.receipt(single(`,"schema":"1.0","data":{"menuItem":"Bean Burrito"}`))
	n.refuses("POST", appendPath, []refusal{
		{single(`,"schema":"1.0","data":{}`), 422, quipu.SchemaViolation, "/data", "menuItem"},
		{single(``), 422, quipu.SchemaViolation, "", `"1.0"`},
		{single(`,"schema":"1.1"`), 422, quipu.NotRegistered, "/schema", `did you mean "1.0"`},
	})
	body := `{"events":[` + single(`,"schema":"1.0","data":{"menuItem":1}`) + `,` + single(`,"schema":"1.0","data":{}`) + `]}`
	e := n.do("POST", appendPath, body).problem(t, 422, quipu.SchemaViolation)
	if v := e.Violations; len(v) != 1 || v[0].Event != 1 || v[0].Keyword != "required" || v[0].Detail == "" || e.Pointer != "/events/1/data" {
		t.Errorf("%+v", e)
	}
}

// A schema may nest as deep as data: the ledger that has it can be restored.
func TestDeepestSchemaComesBackFromAnExport(t *testing.T) {
	n := newNode(t)
	n.want(201, "POST", "/v1/ledgers", `{"name":"deep"}`)
	n.want(201, "POST", "/v1/ledgers/deep/registry", `{"event":"e","entities":["a"]}`)
	schema := strings.Repeat(`{"not":`, quipu.SchemaDepthMax) + "true" + strings.Repeat("}", quipu.SchemaDepthMax)
	n.want(201, "PUT", "/v1/ledgers/deep/registry/e/schemas/1", schema)
	export := n.want(200, "GET", "/v1/ledgers/deep/export", "").body
	other := newNode(t)
	other.want(201, "POST", "/v1/ledgers/import", export)
	if got := other.want(200, "GET", "/v1/ledgers/deep/registry/e/schemas/1", "").body; strings.TrimSpace(got) != schema {
		t.Errorf("%.100s", got)
	}
}

// Who gets only the first errors is told so, whether their number or their words are too many.
func TestViolationsSayWhetherTheyAreAll(t *testing.T) {
	n := newNode(t)
	const schemas = "/v1/ledgers/main/registry/Item%20Ordered/schemas/"
	n.want(201, "PUT", schemas+"words", `{"items":{"type":"string"}}`)
	n.want(201, "PUT", schemas+"named", `{"additionalProperties":{"anyOf":[`+strings.Repeat(`{"type":"string"},`, 50)+`{"type":"null"}]}}`)
	long := strings.Repeat("n", 300_000)
	for _, test := range []struct {
		schema, data string
		errors       int
		more         bool
	}{
		{"words", "[1" + strings.Repeat(",1", quipu.ViolationsMax-2) + "]", quipu.ViolationsMax - 1, false},
		{"words", "[1" + strings.Repeat(",1", quipu.ViolationsMax) + "]", quipu.ViolationsMax, true},
		{"named", `{"` + long + `":1}`, 1, true},
	} {
		e := n.do("POST", appendPath, `{"event":"Item Ordered","entity":"patron","key":"a","schema":"`+test.schema+`","data":`+test.data+`}`).
			problem(t, 422, quipu.SchemaViolation)
		if len(e.Violations) != test.errors || strings.Contains(e.Hint, "there may be more") != test.more {
			t.Errorf("%s: %d errors, hint %q", test.schema, len(e.Violations), e.Hint)
		}
	}
}
