package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// document is /openapi.json, walked as it is.
type document map[string]any

func openAPI(t *testing.T, n *node) document {
	return decode[document](t, n.want(200, "GET", "/openapi.json", "").body)
}

// object follows member names, and references on the way.
func (d document) object(from any, names ...string) map[string]any {
	value, _ := from.(map[string]any)
	for _, name := range append([]string{""}, names...) {
		if name != "" {
			value, _ = value[name].(map[string]any)
		}
		if ref, ok := value["$ref"].(string); ok {
			value = d.object(map[string]any(d), strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return value
}

func list(value any) (items []any) {
	items, _ = value.([]any)
	return items
}

// The route table and the document hold the same requests, with the same parameters and media types.
func TestOpenAPIAgreesWithTheRouteTable(t *testing.T) {
	d := openAPI(t, newNode(t))
	described := map[string]bool{}
	for pattern, item := range d.object(map[string]any(d), "paths") {
		for method := range item.(map[string]any) {
			described[strings.ToUpper(strings.TrimPrefix(method, "x-"))+" "+pattern] = true
		}
	}
	for _, r := range api.Routes() {
		if !described[r.Method+" "+r.Pattern] {
			t.Errorf("%s %s is not in openapi.json", r.Method, r.Pattern)
			continue
		}
		delete(described, r.Method+" "+r.Pattern)
		op := d.operation(r)
		var query, path []string
		for _, p := range list(op["parameters"]) {
			p := d.object(p)
			if p["in"] == "path" {
				path = append(path, "{"+p["name"].(string)+"}")
			} else {
				query = append(query, p["name"].(string))
			}
		}
		var values []string
		for segment := range strings.SplitSeq(r.Pattern, "/") {
			if strings.HasPrefix(segment, "{") {
				values = append(values, segment)
			}
		}
		media := slices.Collect(maps.Keys(d.object(op, "requestBody", "content")))
		for what, pair := range map[string][2][]string{"query": {r.Params, query}, "path": {values, path}, "media": {r.Media, media}} {
			slices.Sort(pair[1])
			if want := slices.Sorted(slices.Values(pair[0])); !slices.Equal(want, pair[1]) {
				t.Errorf("%s %s: %s %v in the table, %v in openapi.json", r.Method, r.Pattern, what, want, pair[1])
			}
		}
	}
	for left := range described {
		t.Errorf("%s is in openapi.json but no route", left)
	}
}

func (d document) operation(r api.Route) map[string]any {
	method := strings.ToLower(r.Method)
	if method == "query" {
		method = "x-query"
	}
	return d.object(map[string]any(d), "paths", r.Pattern, method)
}

// wholeEvent is an append of an event with all of its members, in a version of its id.
func wholeEvent(version int) string {
	return single(fmt.Sprintf(`,"id":"whole","version":%d,"happenedAt":"2021-11-16T03:30:47Z","producer":"web","aggregate":{"type":"order","key":"o-1"},
		"links":[{"type":"parent","target":{"position":1},"meta":{"a":1}},{"type":"x","target":{"id":"whole"}}],
		"files":[{"id":"f","contentType":"text/plain","filename":"f.txt","data":"aGk="},{"id":"r","isReference":true,"data":"s3://x"}],
		"correlations":[{"service":"s","name":"n","identifier":"1"}],"encryptedData":"x"`, version))
}

// Every kind of answer of every route fits the schema that the document gives for it, and has no other members.
func TestAnswersFitTheirSchemas(t *testing.T) {
	n := newNode(t)
	d := openAPI(t, n)
	export := exported(t)
	answered := map[string]bool{}
	const (
		schemas = "/v1/ledgers/{ledger}/registry/{event}/schemas/{version}"
		events  = "/v1/ledgers/{ledger}/events/{event}"
		byID    = "/v1/ledgers/{ledger}/events/by-id/{id}"
	)
	for _, c := range []struct{ method, pattern, path, body string }{
		{"GET", "/v1/ledgers", "", ""},
		{"POST", "/v1/ledgers", "", `{"name":"x","description":"d"}`},
		{"POST", "/v1/ledgers", "", `{"name":"x"}`},
		{"POST", "/v1/ledgers", "", `{}`},
		{"POST", "/v1/ledgers", "", `{"name":"y","settings":{"id":"uuid7"}}`},
		{"POST", "/v1/ledgers/import", "", export},
		{"PUT", "/v1/ledgers/{ledger}/settings", "/v1/ledgers/x/settings", `{"id":"uuid4"}`},
		{"GET", "/v1/ledgers/{ledger}", "/v1/ledgers/main", ""},
		{"GET", "/v1/ledgers/{ledger}", "/v1/ledgers/none", ""},
		{"GET", "/v1/ledgers/{ledger}/registry", "/v1/ledgers/main/registry", ""},
		{"POST", "/v1/ledgers/{ledger}/registry", "/v1/ledgers/main/registry", `{"event":"e","entities":["x"]}`},
		{"POST", "/v1/ledgers/{ledger}/registry", "/v1/ledgers/main/registry", `{"event":"e","entities":["y"]}`},
		{"GET", "/v1/ledgers/{ledger}/registry/{event}", "/v1/ledgers/main/registry/e", ""},
		{"PUT", schemas, "/v1/ledgers/main/registry/e/schemas/1.0", aSchema},
		{"PUT", schemas, "/v1/ledgers/main/registry/e/schemas/1.0", aSchema},
		{"PUT", schemas, "/v1/ledgers/main/registry/e/schemas/1.0", `{"type":1}`},
		{"GET", schemas, "/v1/ledgers/main/registry/e/schemas/1.0", ""},
		{"GET", schemas, "/v1/ledgers/main/registry/e/schemas/2.0", ""},
		{"POST", "/v1/ledgers/{ledger}/registry", "/v1/ledgers/main/registry", `{"event":"e","entities":["y"],"schema":{"default":"1.0","required":true}}`},
		{"GET", "/v1/ledgers/{ledger}/registry/{event}", "/v1/ledgers/main/registry/e", ""},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, `{"event":"e","entity":"y","key":"1","data":{}}`},
		{"DELETE", "/v1/ledgers/{ledger}/registry/{event}", "/v1/ledgers/main/registry/e", ""},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, fullAppend},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, fullAppend},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, seedEvent},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, guarded(`{"entity":"patron","key":"Harold_Cho"}`)},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, guarded(`{"events":{"x":{"query":"$.x ? ("}}}`)},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, wholeEvent(1)},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, wholeEvent(2)},
		{"POST", "/v1/ledgers/{ledger}/append", appendPath, `{"event":"Item Ordered","aggregate":{"type":"order","key":"o-1","expectedVersion":1}}`},
		{"POST", "/v1/ledgers/{ledger}/appends", appendsPath, event("") + "\n{}\n" + guarded(`{"entity":"patron","key":"Harold_Cho"}`)},
		{"POST", "/v1/ledgers/{ledger}/select", selectPath, `{"entity":"patron","key":"Harold_Cho"}`},
		{"QUERY", "/v1/ledgers/{ledger}/select", selectPath, `{"entity":"patron","key":"Harold_Cho"}`},
		{"GET", "/v1/ledgers/{ledger}/events/{event}", "/v1/ledgers/main/events/1", ""},
		{"GET", events, "/v1/ledgers/main/events/by-id/whole", ""},
		{"GET", events + "/links", "/v1/ledgers/main/events/1/links", ""},
		{"GET", events + "/graph", "/v1/ledgers/main/events/1/graph", ""},
		{"GET", events + "/files/{file}", "/v1/ledgers/main/events/14/files/f", ""},
		{"GET", byID, "/v1/ledgers/main/events/by-id/whole", ""},
		{"GET", byID, "/v1/ledgers/main/events/by-id/whole?files=inline", ""},
		{"GET", byID + "/versions", "/v1/ledgers/main/events/by-id/whole/versions", ""},
		{"GET", byID + "/links", "/v1/ledgers/main/events/by-id/whole/links?direction=both", ""},
		{"GET", byID + "/graph", "/v1/ledgers/main/events/by-id/whole/graph?depth=0", ""},
		{"GET", "/v1/ledgers/{ledger}/aggregates/{type}", "/v1/ledgers/main/aggregates/order", ""},
		{"GET", "/v1/ledgers/{ledger}/aggregates/{type}/{key}", "/v1/ledgers/main/aggregates/order/o-1", ""},
		{"GET", "/v1/ledgers/{ledger}/files/{hash}", "/v1/ledgers/main/files/" + hashOf("hi"), ""},
		{"GET", "/v1/ledgers/{ledger}/export", "/v1/ledgers/main/export", ""},
		{"GET", "/v1/cluster", "", ""},
		{"GET", "/v1/limits", "", ""},
		{"GET", "/v1/version", "", ""},
		{"GET", "/livez", "", ""},
		{"GET", "/readyz", "", ""},
		{"GET", "/metrics", "", ""},
		{"GET", "/openapi.json", "", ""},
	} {
		if c.path == "" {
			c.path = c.pattern
		}
		a := n.do(c.method, c.path, c.body)
		if a.status < 400 {
			answered[c.method+" "+c.pattern] = true
		}
		responses := d.object(d.operation(api.Route{Method: c.method, Pattern: c.pattern}), "responses")
		response := d.object(responses, fmt.Sprint(a.status))
		if response == nil {
			response = d.object(responses, "default")
		}
		media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
		if media == "" && a.status == 204 || d.object(response, "content", "*/*") != nil {
			continue
		}
		schema := d.object(response, "content", media, "schema")
		if schema == nil {
			t.Errorf("%s %s: status %d of %s is not described", c.method, c.pattern, a.status, media)
			continue
		}
		if media == "text/plain" || media == wire.TypeBytes {
			continue
		}
		for line := range strings.Lines(a.body) {
			if media == "application/json" {
				line = a.body
			}
			if err := d.fits(schema, decode[any](t, line)); err != nil {
				t.Errorf("%s %s, status %d: %v in %s", c.method, c.pattern, a.status, err, line)
			}
			if media == "application/json" {
				break
			}
		}
	}
	for _, r := range api.Routes() {
		if !answered[r.Method+" "+r.Pattern] {
			t.Errorf("%s %s has no sample here that succeeds", r.Method, r.Pattern)
		}
	}
}

// fits checks a value against the part of JSON Schema that the document uses.
func (d document) fits(of, value any) error {
	schema := d.object(of)
	if options := list(schema["oneOf"]); options != nil {
		var errs []string
		for _, option := range options {
			err := d.fits(option, value)
			if err == nil {
				return nil
			}
			errs = append(errs, err.Error())
		}
		return fmt.Errorf("none of: %s", strings.Join(errs, "; "))
	}
	if enum := list(schema["enum"]); enum != nil && !slices.Contains(enum, value) {
		return fmt.Errorf("%v is not one of %v", value, enum)
	}
	if err := fitsType(schema["type"], value); err != nil {
		return err
	}
	switch value := value.(type) {
	case string:
		if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value) {
			return fmt.Errorf("%q does not match %s", value, pattern)
		}
	case []any:
		for i, item := range value {
			if err := d.fits(schema["items"], item); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
	case map[string]any:
		return d.fitsObject(schema, value)
	}
	return nil
}

func fitsType(types, value any) error {
	wanted := list(types)
	if one, ok := types.(string); ok {
		wanted = []any{one}
	}
	kind := map[string]string{"string": "string", "bool": "boolean", "float64": "integer", "<nil>": "null",
		"map[string]interface {}": "object", "[]interface {}": "array"}[fmt.Sprintf("%T", value)]
	if wanted != nil && !slices.Contains(wanted, any(kind)) {
		return fmt.Errorf("%v is %s, not %v", value, kind, wanted)
	}
	return nil
}

func (d document) fitsObject(schema, value map[string]any) error {
	properties := d.object(schema, "properties")
	for _, name := range list(schema["required"]) {
		if _, ok := value[name.(string)]; !ok {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for name, member := range value {
		of, ok := properties[name]
		if !ok {
			if of = schema["additionalProperties"]; of == false {
				return fmt.Errorf("%s is not described", name)
			}
		}
		if err := d.fits(of, member); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Every reference in the document leads somewhere.
func TestOpenAPIReferencesExist(t *testing.T) {
	body := newNode(t).want(200, "GET", "/openapi.json", "").body
	d := decode[document](t, body)
	for _, match := range regexp.MustCompile(`"\$ref": "#/([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if d.object(map[string]any(d), strings.Split(match[1], "/")...) == nil {
			t.Errorf("%s does not exist", match[1])
		}
	}
	if !json.Valid([]byte(body)) {
		t.Error("not JSON")
	}
}
