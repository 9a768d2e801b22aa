package schema_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/schema"
)

// FuzzCompile holds what strangers may send to what the package promises: an answer in time, of which the library has not
// been asked to load anything, and for data the library's own verdict.
func FuzzCompile(f *testing.F) {
	for _, document := range []string{
		`true`, `{"$ref":"#"}`, `{"$ref":"file:///etc/passwd"}`, `{"$id":"urn:a","$ref":"#/$defs/a","$defs":{"a":{"$id":"b#","$anchor":"c"}}}`,
		`{"$schema":"http://json-schema.org/draft-04/schema#","id":"a","items":[{"$ref":"#b"}],"definitions":{"b":{"id":"#b","exclusiveMinimum":true,"minimum":1e-9}}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"],"c":{"not":{"const":[1.0,{}]}}},"if":{"enum":[null,"é"]},"then":false}`,
		`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"additionalProperties":{"$recursiveRef":"#"},"unevaluatedItems":false,"contains":{},"minContains":0}`,
		`{"$dynamicAnchor":"n","prefixItems":[{"$dynamicRef":"#n"}],"items":{"type":["array","null"]},"uniqueItems":true,"unevaluatedProperties":{"multipleOf":0.1}}`,
		`{"patternProperties":{"^[a-c]{1,3}$":{"format":"date-time"}},"propertyNames":{"pattern":"\\d"},"oneOf":[{"maxLength":1},{"minLength":1}],"dependentSchemas":{"a":{}}}`,
		`{"anyOf":[{"properties":{"x":{"$ref":"#"}}},{"properties":{"x":{"$ref":"#"}}}]}`, `{"pattern":"(?=a)|(a{9}){99}\\1"}`, `{"maxLength":1e30,"$vocabulary":{"x":true}}`,
		`{"$id":"http://[::1","$anchor":"","$defs":{"%":{"$ref":"#/%25defs/~01"}}}`, `{"$id":"?#","$ref":"?"}`, `{"$defs":{"a":{"$id":"/"},"b":{"$ref":"/#"}}}`,
	} {
		f.Add([]byte(document), []byte(`{"a":[1,1.0,{"x":null}],"b":"2026-01-31T12:30:00Z","é":0.3e1}`))
		f.Add([]byte(document), []byte(document))
	}
	f.Fuzz(func(t *testing.T, document, data []byte) {
		began := time.Now()
		s, err := schema.Compile(document)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			checkRefusal(t, err)
			return
		}
		raw, err := canonical.Append(nil, data)
		if err != nil {
			return
		}
		kept := slices.Clone(raw)
		found := s.Validate(raw)
		if !slices.Equal(kept, raw) || len(found) > quipu.ViolationsMax || !slices.IsSortedFunc(found, func(a, b quipu.Violation) int { return strings.Compare(a.Pointer, b.Pointer) }) {
			t.Errorf("%s", lines(found))
		}
		if lines(s.Validate(raw)) != lines(found) {
			t.Error("another answer to the same question")
		}
		compareWithLibrary(t, string(document), string(raw), found)
	})
}

func checkRefusal(t *testing.T, err error) {
	var refused *quipu.Error
	if !errors.As(err, &refused) || refused.Kind != quipu.Invalid && refused.Kind != quipu.TooLarge || refused.Detail == "" {
		t.Errorf("%v", err)
	}
	var load *jsonschema.LoadURLError
	if errors.As(err, &load) {
		t.Errorf("the library was asked to load %s", load.URL)
	}
}

// compareWithLibrary leaves out what the two are known to see differently: const beside $ref in old drafts, and lengths
// of time.
func compareWithLibrary(t *testing.T, document, data string, found []quipu.Violation) {
	if len(document)+len(data) > 2000 || strings.Contains(document, `"const"`) || len(found) > 0 && strings.HasPrefix(found[0].Detail, "the data cannot be checked") {
		return
	}
	oracle, err := library(t, document)
	if err != nil {
		t.Fatalf("accepted, the library says %v", err)
	}
	if want := fitsLibrary(t, oracle, data); want != (found == nil) {
		t.Errorf("the library says that the data fits: %v\n%s", want, lines(found))
	}
}
