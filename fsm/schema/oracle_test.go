package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/schema"
)

// The library's own validator, which passes the official test suite, is the oracle for which data fits.

// library compiles a document as the package does, for the library's own Validate.
func library(t *testing.T, document string) (*jsonschema.Schema, error) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("test:///schema", value); err != nil {
		t.Fatal(err)
	}
	return c.Compile("test:///schema")
}

func fitsLibrary(t *testing.T, s *jsonschema.Schema, data string) bool {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value) == nil
}

var draftURLs = []string{
	"https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
	"http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-04/schema#",
}

func TestAgreesWithLibrary(t *testing.T) {
	seed, rounds := rand.Uint64(), 1500
	if testing.Short() {
		rounds = 300
	}
	accepted, fitting := 0, 0
	for round := range rounds {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(round)))}
		draft := g.pick(draftURLs...)
		document := g.root(draft)
		compiled, err := schema.Compile([]byte(document))
		if err != nil {
			continue
		}
		oracle, err := library(t, document)
		if err != nil {
			t.Fatalf("seed %d, round %d: accepted %s, the library says %v", seed, round, document, err)
		}
		accepted++
		for range 30 {
			data, err := canonical.Append(nil, []byte(g.value(3)))
			if err != nil {
				t.Fatal(err)
			}
			got, want := compiled.Validate(data) == nil, fitsLibrary(t, oracle, string(data))
			if got != want {
				t.Fatalf("seed %d, round %d: %s fits %s: %v, the library says %v", seed, round, data, document, got, want)
			}
			if want {
				fitting++
			}
		}
	}
	if accepted < rounds/2 || fitting < rounds {
		t.Fatalf("seed %d: %d of %d schemas accepted, %d values fit: the test is too weak", seed, accepted, rounds, fitting)
	}
}

// What is no JSON Schema is so for the library too, which has its own way to apply the metaschema.
func TestAgreesWithLibraryOnWhatASchemaIs(t *testing.T) {
	seed := rand.Uint64()
	accepted, refused := 0, 0
	for round := range 2000 {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(round))), mixed: true}
		document := g.root(g.pick(draftURLs...))
		_, err := schema.Compile([]byte(document))
		_, want := library(t, document)
		switch {
		case err == nil && want != nil:
			t.Fatalf("seed %d, round %d: accepted %s, the library says %v", seed, round, document, want)
		case err == nil:
			accepted++
		case strings.Contains(err.Error(), "not a JSON Schema"):
			if refused++; want == nil {
				t.Fatalf("seed %d, round %d: the library accepts %s: %v", seed, round, document, err)
			}
		}
	}
	if accepted < 200 || refused < 200 {
		t.Fatalf("seed %d: %d accepted, %d refused: the test is too weak", seed, accepted, refused)
	}
}

// generator makes random schemas, and data that has something to do with them.
type generator struct {
	*rand.Rand
	draft string
	mixed bool // some keywords have the value of another
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) value(depth int) string {
	kind := g.IntN(8)
	if depth == 0 {
		kind = g.IntN(5)
	}
	var parts []string
	for range g.IntN(4) * min(1, depth) {
		parts = append(parts, g.value(depth-1))
	}
	switch kind {
	case 0:
		return g.pick("null", "true", "false")
	case 1, 2:
		return g.pick("0", "1", "1.0", "2", "-1", "1.5", "10", "3", "1e2", "0.30", "9007199254740993", "-0", "1e-3")
	case 3, 4:
		return strconv.Quote(g.pick("", "a", "b", "abc", "é", "aa", "2026-01-31", "192.0.2.1", "a@b.c"))
	case 5, 6:
		var members []string
		names := []string{"a", "b", "c", "a/b"}
		g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for i, part := range parts {
			members = append(members, strconv.Quote(names[i])+":"+part)
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (g *generator) root(draft string) string {
	g.draft = draft
	body := strings.TrimPrefix(g.object(3), "{")
	definitions := ""
	for _, name := range []string{"x", "y"} {
		definitions += strconv.Quote(name) + ":" + g.schema(2) + ","
	}
	head := fmt.Sprintf(`{"$schema":%q,"definitions":{%s}`, draft, strings.TrimSuffix(definitions, ","))
	if body != "}" {
		head += ","
	}
	return head + body
}

func (g *generator) schema(depth int) string {
	if g.IntN(12) == 0 && !strings.Contains(g.draft, "draft-04") {
		return g.pick("true", "false")
	}
	return g.object(depth)
}

// object is a schema of some keywords, each once. Of const beside $ref, which drafts 6 and 7 ignore and the library does
// not, it has one.
func (g *generator) object(depth int) string {
	var members []string
	seen := map[string]bool{}
	for range 1 + g.IntN(3) {
		name, value := g.keyword(depth)
		if g.mixed && g.IntN(8) == 0 {
			name, _ = g.keyword(depth)
		}
		if !seen[name] && !(name == "const" && seen["$ref"]) && !(name == "$ref" && seen["const"]) {
			seen[name] = true
			members = append(members, strconv.Quote(name)+":"+value)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g *generator) keyword(depth int) (name, value string) {
	small := func() string { return strconv.Itoa(g.IntN(4)) }
	simple := [][2]string{
		{"type", strconv.Quote(g.pick("null", "boolean", "number", "integer", "string", "array", "object"))},
		{"type", `["object","array","integer"]`}, {"enum", `[1,"a",{"a":1},[],null]`}, {"enum", "[" + g.value(1) + "]"},
		{"minimum", g.pick("0", "1.5")}, {"maximum", g.pick("2", "1.50")}, {"multipleOf", g.pick("2", "0.5", "0.1", "3e-3")},
		{"minLength", small()}, {"maxLength", small()}, {"pattern", `"^a"`}, {"format", strconv.Quote(g.pick("date", "ipv4", "email", "regex"))},
		{"minItems", small()}, {"maxItems", small()}, {"uniqueItems", "true"}, {"minProperties", small()}, {"maxProperties", small()},
		{"required", `["a"]`}, {"dependencies", `{"a":["b"]}`},
	}
	if !strings.Contains(g.draft, "draft-04") {
		simple = append(simple, [2]string{"const", g.value(1)}, [2]string{"exclusiveMinimum", "1"}, [2]string{"exclusiveMaximum", "2"})
	}
	if strings.Contains(g.draft, "/20") {
		simple = append(simple, [2]string{"dependentRequired", `{"b":["a","c"]}`}, [2]string{"minContains", small()}, [2]string{"maxContains", small()})
	}
	if depth == 0 || g.IntN(2) == 0 {
		k := simple[g.IntN(len(simple))]
		return k[0], k[1]
	}
	return g.applicator(depth - 1)
}

func (g *generator) applicator(depth int) (name, value string) {
	one := func() string { return g.schema(depth) }
	list := func() string {
		parts := []string{one()}
		for range g.IntN(3) {
			parts = append(parts, one())
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	named := func() string { return fmt.Sprintf(`{%q:%s,"b":%s}`, g.pick("a", "c"), one(), one()) }
	applicators := map[string]func() string{
		"allOf": list, "anyOf": list, "oneOf": list, "not": one, "properties": named, "additionalProperties": one, "dependencies": named,
		"patternProperties": func() string { return `{"^a":` + one() + `}` }, "items": one,
		"$ref": func() string { return strconv.Quote(g.pick("#/definitions/x", "#/definitions/y", "#")) },
	}
	if !strings.Contains(g.draft, "draft-04") {
		applicators["contains"], applicators["propertyNames"] = one, one
	}
	if !strings.Contains(g.draft, "draft-04") && !strings.Contains(g.draft, "draft-06") {
		applicators["if"], applicators["then"], applicators["else"] = one, one, one
	}
	if strings.Contains(g.draft, "/20") {
		applicators["dependentSchemas"], applicators["unevaluatedProperties"], applicators["unevaluatedItems"] = named, one, one
	}
	if strings.Contains(g.draft, "2020") {
		applicators["prefixItems"] = list
	} else if g.IntN(2) == 0 {
		applicators["items"], applicators["additionalItems"] = list, one
	}
	var names []string
	for name := range applicators {
		names = append(names, name)
	}
	slices.Sort(names)
	name = g.pick(names...)
	return name, applicators[name]()
}
