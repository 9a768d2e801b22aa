package schema_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// A schema of a stranger must not make this process read a file or open a connection. The server and the file are there,
// and would be valid schemas.
func TestNothingIsFetched(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{}`))
	}))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "schema.json")
	if err := os.WriteFile(file, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, reference := range []string{
		"file:///etc/passwd", "file://" + file, file, "schema.json", "./schema.json", "../schema.json#/a", server.URL, server.URL + "/a#/b", "//" + strings.TrimPrefix(server.URL, "http://"),
		"urn:example:a", "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2020-12/meta/core",
		"https://json-schema.org/schema", "data:application/json,{}", "%zz", ":", "http://[bad",
	} {
		for _, document := range []struct{ before, after, pointer string }{
			{`{"$ref":`, `}`, "/$ref"},
			{`{"properties":{"a":{"anyOf":[{"$ref":`, `}]}}}`, "/properties/a/anyOf/0/$ref"},
			{`{"$defs":{"unused":{"$dynamicRef":`, `}}}`, "/$defs/unused/$dynamicRef"},
			{`{"$id":"https://example.com/","$ref":`, `}`, "/$ref"},
			{`{"$schema":"http://json-schema.org/draft-04/schema#","items":[{"$ref":`, `}]}`, "/items/0/$ref"},
		} {
			err := refusal(t, document.before+strconv.Quote(reference)+document.after)
			outside := strings.Contains(err.Detail, strconv.Quote(reference)+" is outside of this schema") && strings.Contains(err.Hint, "$defs")
			if err.Kind != quipu.Invalid || err.Pointer != document.pointer || !outside {
				t.Errorf("%s: %v", reference, err)
			}
		}
	}
	for _, document := range []string{`{"$schema":` + strconv.Quote(server.URL) + `}`, `{"$defs":{"a":{"$schema":` + strconv.Quote("file://"+file) + `}}}`} {
		if err := refusal(t, document); !strings.HasSuffix(err.Pointer, "/$schema") {
			t.Error(err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

func TestReferencesWithinTheDocument(t *testing.T) {
	for _, document := range []string{
		`{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}`,
		`{"$ref":"#/%24defs/a","$defs":{"a":{"type":"null"}}}`,
		`{"$ref":"#/$defs/a~1b~0%22","$defs":{"a/b~\"":{"type":"null"}}}`,
		`{"$ref":"#a","$defs":{"a":{"$anchor":"a","type":"null"}}}`,
		`{"$ref":"a.json","$defs":{"a":{"$id":"a.json","type":"null"}}}`,
		`{"$ref":"a.json#/$defs/b","$defs":{"a":{"$id":"a.json","$defs":{"b":{"type":"null"}}}}}`,
		`{"$ref":"a.json#b","$defs":{"a":{"$id":"a.json","$defs":{"b":{"$anchor":"b","type":"null"}}}}}`,
		`{"$id":"https://example.com/root.json","$ref":"https://example.com/a.json","$defs":{"a":{"$id":"a.json","type":"null"}}}`,
		`{"$id":"https://example.com/root.json","allOf":[{"$ref":"root.json#/$defs/a"}],"$defs":{"a":{"type":"null"}}}`,
		`{"$id":"urn:example:root","$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}`,
		`{"$id":"urn:example:root","$ref":"urn:example:a","$defs":{"a":{"$id":"urn:example:a","type":"null"}}}`,
		`{"$id":"https://json-schema.org/draft/2020-12/schema","$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#a","definitions":{"a":{"$id":"#a","type":"null"}}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"a.json#b","definitions":{"a":{"$id":"a.json","definitions":{"b":{"$id":"#b","type":"null"}}}}}`,
		`{"$schema":"http://json-schema.org/draft-04/schema#","$ref":"#a","definitions":{"a":{"id":"#a","type":"null"}}}`,
		`{"$ref":"#/definitions/a","definitions":{"a":{"type":"null"}}}`,
	} {
		s := compile(t, document)
		if violations(t, s, `null`) != nil || violations(t, s, `1`) == nil {
			t.Errorf("%s does not lead to {\"type\":\"null\"}", document)
		}
	}
}

// What looks like a reference but is data is data.
func TestReferencesInDataAreData(t *testing.T) {
	const odd = `{"$ref":"file:///etc/passwd","$id":"http://[bad","pattern":"(","$schema":"x"}`
	s := compile(t, `{"const":`+odd+`,"enum":[`+odd+`],"default":`+odd+`,"examples":[`+odd+`],"x-mine":{"properties":{"a":`+odd+`}},"properties":{"$ref":{"type":"string"}}}`)
	if v := violations(t, s, odd); v != nil {
		t.Error(lines(v))
	}
}
