package schema_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

func TestDrafts(t *testing.T) {
	// Each of these is read in another way by some draft.
	const arrayItems = `"items":[{"type":"null"}]`
	tests := []struct {
		draft string // the $schema, or nothing
		body  string
		data  string
		fits  bool
	}{
		{``, `"prefixItems":[{"type":"null"}]`, `[1]`, false},
		{`http://json-schema.org/draft-07/schema#`, `"prefixItems":[{"type":"null"}]`, `[1]`, true},
		{`http://json-schema.org/draft-07/schema`, arrayItems, `[1]`, false},
		{`https://json-schema.org/draft-07/schema#`, arrayItems, `[1]`, false},
		{`https://json-schema.org/draft/2019-09/schema`, arrayItems, `[1]`, false},
		{`http://json-schema.org/draft-06/schema#`, arrayItems, `[1]`, false},
		{`http://json-schema.org/draft-06/schema#`, `"if":true,"then":false`, `1`, true},
		{`http://json-schema.org/draft-07/schema#`, `"if":true,"then":false`, `1`, false},
		{`http://json-schema.org/draft-04/schema#`, `"const":1`, `2`, true},
		{`http://json-schema.org/draft-06/schema#`, `"const":1`, `2`, false},
		{`http://json-schema.org/draft-07/schema#`, `"dependentRequired":{"a":["b"]}`, `{"a":1}`, true},
		{`https://json-schema.org/draft/2019-09/schema`, `"dependentRequired":{"a":["b"]}`, `{"a":1}`, false},
		{`https://json-schema.org/draft/2020-12/schema#`, `"dependentRequired":{"a":["b"]}`, `{"a":1}`, false},
		{`http://json-schema.org/draft-04/schema#`, `"format":"ipv4"`, `"x"`, false},
		{`https://json-schema.org/draft/2020-12/schema`, `"format":"ipv4"`, `"x"`, false}, // asserted in all drafts
		{`http://json-schema.org/draft-07/schema#`, `"definitions":{"a":{}},"$ref":"#/definitions/a","const":1`, `2`, true},
		{`https://json-schema.org/draft/2019-09/schema`, `"definitions":{"a":{}},"$ref":"#/definitions/a","const":1`, `2`, false},
	}
	for _, tt := range tests {
		document := `{` + tt.body + `}`
		if tt.draft != "" {
			document = `{"$schema":"` + tt.draft + `",` + tt.body + `}`
		}
		if got := violations(t, compile(t, document), tt.data) == nil; got != tt.fits {
			t.Errorf("%s fits %s: %v", tt.data, document, got)
		}
	}
}

// Numbers are compared as they are written, however long, and never as floats.
func TestNumbersAreExact(t *testing.T) {
	tests := []struct {
		document, data string
		fits           bool
	}{
		{`{"const":9007199254740993}`, `9007199254740992`, false},
		{`{"const":9007199254740993}`, `9007199254740993.0`, true},
		{`{"maximum":0.3}`, `0.30000000000000001`, false},
		{`{"multipleOf":0.1}`, `0.3`, true},
		{`{"multipleOf":1e-1000}`, `1e1000`, true},
		{`{"multipleOf":1e1000}`, `1e-1000`, false},
		{`{"multipleOf":3}`, `1e1000`, false},
		{`{"multipleOf":3}`, `-3e1000`, true},
		{`{"multipleOf":7}`, `0e-3`, true},
		{`{"type":"integer"}`, `1e1000`, true},
		{`{"type":"integer"}`, `123456789012345678901234567890.000`, true},
		{`{"type":"integer"}`, `1e-1000`, false},
		{`{"uniqueItems":true}`, `[1e1000,10e999]`, false},
		{`{"uniqueItems":true}`, `[9007199254740993,9007199254740992]`, true},
		{`{"uniqueItems":true}`, `[0,-0]`, false},
		{`{"enum":[100]}`, `1E+2`, true},
	}
	for _, tt := range tests {
		if got := violations(t, compile(t, tt.document), tt.data) == nil; got != tt.fits {
			t.Errorf("%s fits %s: %v", tt.data, tt.document, got)
		}
	}
}

// Big rationals are the oracle for our decimals.
func TestNumbersAgreeWithRationals(t *testing.T) {
	seed := rand.Uint64()
	g := rand.New(rand.NewPCG(seed, 1))
	literal := func() string {
		var b strings.Builder
		b.WriteString([]string{"", "-"}[g.IntN(2)])
		b.WriteString([]string{"0", "1", "12", "120", "999", "10"}[g.IntN(6)])
		b.WriteString([]string{"", ".0", ".5", ".050", ".99"}[g.IntN(5)])
		b.WriteString([]string{"", "e1", "E-1", "e+3", "e-4", "e20"}[g.IntN(6)])
		return b.String()
	}
	for range 3000 {
		limit, data := literal(), literal()
		a, _ := new(big.Rat).SetString(data)
		b, _ := new(big.Rat).SetString(limit)
		order := a.Cmp(b)
		want := map[string]bool{"minimum": order >= 0, "maximum": order <= 0, "exclusiveMinimum": order > 0, "exclusiveMaximum": order < 0, "const": order == 0}
		if b.Sign() > 0 {
			want["multipleOf"] = new(big.Rat).Quo(a, b).IsInt()
		}
		for keyword, want := range want {
			if got := violations(t, compile(t, fmt.Sprintf(`{%q:%s}`, keyword, limit)), data) == nil; got != want {
				t.Fatalf("seed %d: %s fits {%q:%s}: %v", seed, data, keyword, limit, got)
			}
		}
	}
}

func TestFormats(t *testing.T) {
	tests := map[string][2]string{ // of that format, and not
		"date": {"2024-02-29", "2024-13-01"}, "date-time": {"2026-01-31T12:30:00+01:00", "2026-01-31"}, "duration": {"P1DT12H", "1D"}, "email": {"a@b.c", "a"},
		"hostname": {"a.b", "-a"}, "ipv4": {"192.0.2.1", "192.0.2.256"}, "ipv6": {"::1", "1"}, "iri": {"https://a/é", "a"}, "iri-reference": {"/é", `\`}, "json-pointer": {"/a~1b", "a"},
		"period": {"2026-01-31T12:30:00Z/P1D", "x"}, "regex": {"^a$", "("}, "relative-json-pointer": {"1/a", "/a"}, "semver": {"1.0.2", "1.0"}, "time": {"12:30:00Z", "12:30"},
		"uri": {"urn:a:b", "/a"}, "uri-reference": {"/a", `\`}, "uri-template": {"/{a}", "/{a"}, "uuid": {"018f2b3c-7d1a-7c3e-9f00-5a3b2c1d0e4f", "018f2b3c"},
	}
	for format, examples := range tests {
		s := compile(t, fmt.Sprintf(`{"format":%q}`, format))
		if v := violations(t, s, quote(examples[0])); v != nil {
			t.Errorf("%s", lines(v))
		}
		v := violations(t, s, quote(examples[1]))
		if len(v) != 1 || v[0].Keyword != "format" || !strings.Contains(v[0].Detail, fmt.Sprintf("is not of the format %q, such as ", format)) {
			t.Errorf("%s is of the format %q: %s", examples[1], format, lines(v))
			continue
		}
		_, example, _ := strings.Cut(v[0].Detail, ", such as ")
		if v := violations(t, s, quote(example)); v != nil {
			t.Errorf("the example is wrong: %s", lines(v))
		}
		if v := violations(t, s, `7`); v != nil {
			t.Errorf("a number has no format: %s", lines(v))
		}
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestSchemaIsSafeForConcurrentUse(t *testing.T) {
	s := compile(t, `{"properties":{"a":{"anyOf":[{"type":"null"},{"$ref":"#"}]}},"unevaluatedProperties":false,"patternProperties":{"^x":{"uniqueItems":true}}}`)
	want := lines(violations(t, s, `{"a":{"b":1},"x":[1,1]}`))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				if got := lines(violations(t, s, `{"a":{"b":1},"x":[1,1]}`)); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
	wait.Wait()
}

func TestCompileKeepsNothingOfTheDocument(t *testing.T) {
	document := []byte(`{"required":["abc"],"properties":{"abc":{"const":"xyz"}}}`)
	data := []byte(`{"abc":"xyz"}`)
	s := compile(t, string(document))
	clear(document)
	before := string(data)
	if v := s.Validate(data); v != nil || string(data) != before {
		t.Errorf("%s, %s", lines(v), data)
	}
}
