package schema_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/schema"
)

// chain is a schema whose definitions lead each to the next by a part of a schema with %d for the next.
func chain(n int, part string) string {
	return `{"$ref":"#/$defs/0","$defs":{` + each(n, func(i int) string {
		return fmt.Sprintf(`"%d":%s`, i, strings.ReplaceAll(part, "%d", fmt.Sprint(i+1)))
	}) + fmt.Sprintf(`,"%d":{"type":"string"}}}`, n)
}

func TestRefusesHostileSchemasAtOnce(t *testing.T) {
	const branches, loops, evaluations = "in two ways for one part of the data", "back to itself without going into the data", "the schemas that apply to one value"
	tests := []struct {
		name, document    string
		kind              quipu.Kind
		pointer, contains string
	}{
		{"a loop", `{"$ref":"#"}`, quipu.Invalid, "/$ref", loops},
		{"a loop through anyOf", `{"anyOf":[{"type":"null"},{"$ref":"#"}]}`, quipu.Invalid, "/anyOf/1/$ref", loops},
		{"a loop of two", `{"$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"if":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}`, quipu.Invalid, "/$defs/b/if/$ref", loops},
		{"a loop that nothing leads to from the root but a member", `{"properties":{"x":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/a"}}}`,
			quipu.Invalid, "/$defs/a/$ref", loops},
		{"a loop through dependentSchemas", `{"dependentSchemas":{"a/b":{"$ref":"#"}}}`, quipu.Invalid, "/dependentSchemas/a~1b/$ref", loops},
		{"a loop through $dynamicRef", `{"$dynamicAnchor":"n","then":true,"if":{"$dynamicRef":"#n"}}`, quipu.Invalid, "/if/$dynamicRef", loops},
		{"a loop through $recursiveRef", `{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"oneOf":[{"$recursiveRef":"#"}]}`,
			quipu.Invalid, "/oneOf/0/$recursiveRef", loops},
		{"exponential in the depth, 165 bytes", `{"$defs":{"a":{"anyOf":[{"properties":{"x":{"$ref":"#/$defs/a"}},"required":["y"]},{"properties":{"x":{"$ref":"#/$defs/a"}},"minProperties":1}]}},"$ref":"#/$defs/a"}`,
			quipu.Invalid, "/$defs/a", branches},
		{"exponential through elements", `{"anyOf":[{"items":{"$ref":"#"}},{"prefixItems":[{"$ref":"#"}]}]}`, quipu.Invalid, "", branches},
		{"exponential through one keyword and another", `{"allOf":[{"additionalProperties":{"$ref":"#"}}],"properties":{"x":{"$ref":"#"}}}`, quipu.Invalid, "", branches},
		{"exponential through items and contains", `{"items":{"$ref":"#"},"contains":{"$ref":"#"}}`, quipu.Invalid, "", branches},
		{"exponential through patterns", `{"patternProperties":{"a":{"$ref":"#"},"b":{"$ref":"#"}}}`, quipu.Invalid, "", branches},
		{"exponential through unevaluatedProperties", `{"anyOf":[{"properties":{"x":{"$ref":"#"}}}],"unevaluatedProperties":{"$ref":"#"}}`, quipu.Invalid, "", branches},
		{"exponential through unevaluatedItems", `{"contains":{"items":{"$ref":"#"}},"unevaluatedItems":{"$ref":"#"},"prefixItems":[{"$ref":"#"}],"anyOf":[{"prefixItems":[{"$ref":"#"}]}]}`,
			quipu.Invalid, "", branches},
		{"exponential through dependentSchemas", `{"dependentSchemas":{"a":{"properties":{"x":{"$ref":"#"}}},"b":{"properties":{"x":{"$ref":"#"}}}}}`, quipu.Invalid, "", branches},
		{"exponential through $dynamicRef", `{"$dynamicAnchor":"n","oneOf":[{"items":{"$dynamicRef":"#n"}},{"items":{"$dynamicRef":"#n"}}]}`, quipu.Invalid, "", branches},
		{"exponential through if and then", `{"if":{"properties":{"x":{"$ref":"#"}}},"then":{"properties":{"x":{"$ref":"#"}}}}`, quipu.Invalid, "", branches},
		{"exponential by two names for one target", `{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/b"}]},"b":{"properties":{"x":{"$ref":"#/$defs/a"}}}},"$ref":"#/$defs/a"}`,
			quipu.Invalid, "/$defs/a", branches},
		{"exponential over two levels of the data",
			`{"anyOf":[{"properties":{"x":{"properties":{"y":{"$ref":"#"}}}}},{"properties":{"x":{"properties":{"y":{"$ref":"#"}}}}}]}`, quipu.Invalid, "", branches},
		{"definitions that double", chain(40, `{"allOf":[{"$ref":"#/$defs/%d"},{"$ref":"#/$defs/%d"}]}`), quipu.TooLarge, "/$defs/28", evaluations},
		{"definitions that double by other keywords", chain(40, `{"$ref":"#/$defs/%d","not":{"$ref":"#/$defs/%d"}}`), quipu.TooLarge, "/$defs/28", evaluations},
		{"too many schemas", `{"allOf":[` + each(schema.SubschemasMax, func(int) string { return "true" }) + `]}`, quipu.TooLarge, "/allOf/1999", "more than 2000 schemas"},
		{"too many names", `{"$defs":{` + each(schema.ResourcesMax+1, func(i int) string { return fmt.Sprintf(`"%d":{"$id":"%d"}`, i, i) }) + `}}`,
			quipu.TooLarge, "/$defs/99/$id", "more than 100 schemas with an $id"},
		{"long pointers", `{"properties":{"` + strings.Repeat("n", 100_000) + `":{"properties":{"a":true,"b":true}}}}`, quipu.TooLarge, "", "JSON pointers"},
		{"too deep", strings.Repeat(`{"not":`, quipu.SchemaDepthMax) + `{}` + strings.Repeat(`}`, quipu.SchemaDepthMax), quipu.Invalid, strings.Repeat("/not", quipu.SchemaDepthMax), "nested deeper than 64"},
		{"too large", `{"title":"` + strings.Repeat("x", quipu.SchemaBytesMax) + `"}`, quipu.TooLarge, "", fmt.Sprintf("%d bytes, the limit is %d", quipu.SchemaBytesMax+12, quipu.SchemaBytesMax)},
		{"wrong everywhere", `{"properties":{` + each(1900, func(i int) string { return fmt.Sprintf(`"%d":{"type":1,"required":0}`, i) }) + `}}`, quipu.Invalid, "/properties/0/required", "expected an array"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			err := refusal(t, tt.document)
			if took := time.Since(began); took > limit {
				t.Errorf("took %v", took)
			}
			if err.Kind != tt.kind || err.Pointer != tt.pointer || !strings.Contains(err.Detail, tt.contains) {
				t.Errorf("%s %q at %q, want %s %q at %q", err.Kind, err.Detail, err.Pointer, tt.kind, tt.contains, tt.pointer)
			}
		})
	}
}

// limit is for one refusal. It is far above what is needed, a few milliseconds, since other tests run at the same time.
const limit = 500 * time.Millisecond

func TestRefusalsSayWhatWouldBeRight(t *testing.T) {
	tests := []struct {
		document string
		kind     quipu.Kind
		pointer  string
		detail   string
		hint     string // a part of it
	}{
		{``, quipu.Invalid, "", "the input ends where a value should be at byte 0", ""},
		{`{"type":}`, quipu.Invalid, "/type", `unexpected "}" where a value should be at byte 8`, ""},
		{`{"type":"object","type":"array"}`, quipu.Invalid, "/type", `a second member is named "type" at byte 17`, "keep one"},
		{`[]`, quipu.Invalid, "", "expected a schema, found an array", "an object, or true or false"},
		{`"object"`, quipu.Invalid, "", "expected a schema, found a string", "an object, or true or false"},
		{`null`, quipu.Invalid, "", "expected a schema, found null", "an object, or true or false"},
		{`{"$schema":"https://example.com/mine"}`, quipu.Invalid, "/$schema", `$schema is "https://example.com/mine", which is not known`,
			"known are https://json-schema.org/draft/2020-12/schema, https://json-schema.org/draft/2019-09/schema, http://json-schema.org/draft-07/schema"},
		{`{"$schema":7}`, quipu.Invalid, "/$schema", "$schema is 7, which is not known", "known are"},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"$schema":"https://json-schema.org/draft/2020-12/schema"}}}`, quipu.Invalid,
			"/definitions/a/$schema", `$schema is "https://json-schema.org/draft/2020-12/schema", and that of the whole document is "http://json-schema.org/draft-07/schema"`, "of one draft"},
		{`{"properties":{"a":{"type":"strin"}}}`, quipu.Invalid, "/properties/a/type",
			`this is not a JSON Schema: "strin" is not one of "array", "boolean", "integer", "null", "number" and 2 more`, "draft/2020-12"},
		{`{"minLength":-1}`, quipu.Invalid, "/minLength", "this is not a JSON Schema: the number is -1, at least 0 is wanted", ""},
		{`{"required":["a","a"]}`, quipu.Invalid, "/required", `this is not a JSON Schema: the elements 0 and 1 are equal: "a"`, ""},
		{`{"required":"a"}`, quipu.Invalid, "/required", "this is not a JSON Schema: expected an array, found a string", ""},
		{`{"properties":{"a":7}}`, quipu.Invalid, "/properties/a", "this is not a JSON Schema: expected true or false or an object, found a number", ""},
		{`{"$schema":"http://json-schema.org/draft-04/schema#","minimum":5,"exclusiveMinimum":5}`, quipu.Invalid, "/exclusiveMinimum",
			"this is not a JSON Schema: expected true or false, found a number", "draft-04"},
		{`{"maxLength":9007199254740992}`, quipu.Invalid, "/maxLength", "maxLength is 9007199254740992, the most is 9007199254740991", ""},
		{`{"anyOf":[{"$ref":"#/$defs/a"}]}`, quipu.Invalid, "/anyOf/0/$ref", `there is no schema at "#/$defs/a"`, "#/$defs/name"},
		{`{"$ref":"#a"}`, quipu.Invalid, "/$ref", `there is no schema at "#a"`, "#/$defs/name"},
		{`{"$ref":"#/x/a","x":{"a":{}}}`, quipu.Invalid, "/$ref", `there is no schema at "#/x/a"`, "#/$defs/name"},
		{`{"$ref":"#/allOf/00","allOf":[{}]}`, quipu.Invalid, "/$ref", `there is no schema at "#/allOf/00"`, "#/$defs/name"},
		{`{"$ref":"#%zz"}`, quipu.Invalid, "/$ref", `"#%zz" is not a reference`, ""},
		{`{"$id":"http://[bad"}`, quipu.Invalid, "/$id", `"http://[bad" is not a URL`, ""},
		{`{"$defs":{"a":{"$id":"x"},"b":{"$id":"x"}}}`, quipu.Invalid, "/$defs/b/$id", `two schemas are called "x"`, ""},
		{`{"$defs":{"a":{"$anchor":"x"},"b":{"$dynamicAnchor":"x"}}}`, quipu.Invalid, "/$defs/b/$dynamicAnchor", `two schemas are called "#x"`, ""},
		{`{"$defs":{"a":{"$id":"a","$dynamicAnchor":"x"},"b":{"$id":"b","$dynamicAnchor":"x"}},"items":{"$ref":"a"},"not":{"$ref":"b"},"then":{"$dynamicRef":"a#x"},"if":true}`,
			quipu.Invalid, "/then", "the target of this reference depends on the way to it", "give the outermost schema the anchor"},
		{`{"$ref":"#","$defs":{}}`, quipu.Invalid, "/$ref", "the schema leads back to itself without going into the data", "such as properties or items"},
		{`{"anyOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}]}`, quipu.Invalid, "",
			`the schema leads back to itself in two ways for one part of the data, by "anyOf/0" and by "anyOf/1"`, "describe the member once, beside them"},
	}
	for _, tt := range tests {
		err := refusal(t, tt.document)
		if err.Kind != tt.kind || err.Pointer != tt.pointer || err.Detail != tt.detail || !strings.Contains(err.Hint, tt.hint) {
			t.Errorf("%s\n got %s %q at %q, hint %q\nwant %s %q at %q, hint %q", tt.document, err.Kind, err.Detail, err.Pointer, err.Hint, tt.kind, tt.detail, tt.pointer, tt.hint)
		}
	}
}

// What people write every day is recursive, and is not refused with what is not.
func TestAcceptsRecursionThatDoesNotBranch(t *testing.T) {
	tests := []struct{ name, document, fits, fitsNot string }{
		{"a tree", `{"type":"object","properties":{"children":{"items":{"$ref":"#"}}}}`, `{"children":[{"children":[{}]},{}]}`, `{"children":[{"children":[7]}]}`},
		{"a linked list", `{"$defs":{"node":{"type":"object","properties":{"next":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/node"}]}},"required":["next"]}},"$ref":"#/$defs/node"}`,
			`{"next":{"next":null}}`, `{"next":{"next":{}}}`},
		{"left and right", `{"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"},"value":{"type":"number"}},"additionalProperties":false}`, `{"left":{"value":1},"right":{"left":{}}}`,
			`{"left":{"right":{"value":"1"}}}`},
		{"JSON of any depth", `{"$defs":{"json":{"type":["null","boolean","number","string","array","object"],"items":{"$ref":"#/$defs/json"},"additionalProperties":{"$ref":"#/$defs/json"}}},"$ref":"#/$defs/json"}`,
			`[{"a":[null,{"b":1}]}]`, ``},
		{"expressions", `{"oneOf":[{"type":"string"},{"type":"object","required":["and"],"properties":{"and":{"items":{"$ref":"#"}}}},{"type":"object","required":["or"],"properties":{"or":{"items":{"$ref":"#"}}}},{"type":"object","required":["not"],"properties":{"not":{"$ref":"#"}}}]}`,
			`{"and":["a",{"not":{"or":["b","c"]}}]}`, `{"and":["a",{"not":7}]}`},
		{"expressions with types of their own", `{"oneOf":[{"type":"number"},{"type":"object","required":["add"],"properties":{"add":{"$ref":"#/$defs/pair"}}},{"type":"object","required":["mul"],"properties":{"mul":{"$ref":"#/$defs/pair"}}}],
			"$defs":{"pair":{"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"}},"required":["left","right"]}}}`, `{"add":{"left":1,"right":{"mul":{"left":2,"right":3}}}}`, `{"add":{"left":1}}`},
		{"expressions by type, with the recursive member described once", `{"required":["type"],"properties":{"type":{"enum":["and","or","leaf"]},"args":{"items":{"$ref":"#"}}},"allOf":[{"if":{"properties":{"type":{"const":"leaf"}}},"then":{"required":["name"]},"else":{"required":["args"]}}]}`,
			`{"type":"and","args":[{"type":"leaf","name":"x"}]}`, `{"type":"and","args":[{"type":"leaf"}]}`},
		{"either then or else", `{"if":{"required":["a"]},"then":{"properties":{"x":{"$ref":"#"}}},"else":{"properties":{"x":{"$ref":"#"}},"minProperties":1}}`, `{"a":1,"x":{"x":1}}`, `{"a":1,"x":{}}`},
		{"elements that differ", `{"prefixItems":[{"type":"string"},{"$ref":"#"}],"items":{"$ref":"#"}}`, `["a",["b"],["c",["d"]]]`, `["a",["b"],["c",[7]]]`},
		{"two groups of their own", `{"properties":{"a":{"$ref":"#/$defs/a"},"b":{"$ref":"#/$defs/b"}},"$defs":{"a":{"properties":{"x":{"$ref":"#/$defs/a"}},"type":"object"},"b":{"properties":{"x":{"$ref":"#/$defs/b"}},"type":"object"}}}`,
			`{"a":{"x":{}},"b":{"x":{}}}`, `{"a":{"x":{"x":1}}}`},
		{"names", `{"propertyNames":{"$ref":"#"},"properties":{"a":{"$ref":"#"}},"maxLength":3}`, `{"abc":1,"a":{"b":1}}`, `{"a":{"abcd":1}}`},
		{"a tree that is extended", `{"$id":"https://example.com/strict","$dynamicAnchor":"node","$ref":"tree","unevaluatedProperties":false,
			"$defs":{"tree":{"$id":"tree","$dynamicAnchor":"node","properties":{"data":true,"children":{"items":{"$dynamicRef":"#node"}}}}}}`,
			`{"children":[{"data":1}]}`, `{"children":[{"daat":1}]}`},
		{"a tree of draft 2019-09", `{"$schema":"https://json-schema.org/draft/2019-09/schema","$id":"https://example.com/strict","$recursiveAnchor":true,"$ref":"tree","unevaluatedProperties":false,
			"$defs":{"tree":{"$id":"tree","$recursiveAnchor":true,"properties":{"data":true,"children":{"items":{"$recursiveRef":"#"}}}}}}`,
			`{"children":[{"data":1}]}`, `{"children":[{"daat":1}]}`},
		{"a list of what the user of the list says", `{"$id":"https://example.com/strings","$ref":"list","$defs":{"of":{"$dynamicAnchor":"T","type":"string"},"list":{"$id":"list","items":{"$dynamicRef":"#T"},"$defs":{"any":{"$dynamicAnchor":"T"}}}}}`,
			`["a"]`, `[1]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, tt.document)
			if v := violations(t, s, tt.fits); v != nil {
				t.Errorf("%s: %s", tt.fits, lines(v))
			}
			if tt.fitsNot != "" && violations(t, s, tt.fitsNot) == nil {
				t.Errorf("%s fits", tt.fitsNot)
			}
		})
	}
}

// The largest of everything is accepted, and compiles in the same time.
func TestAcceptsWhatIsJustWithinTheLimits(t *testing.T) {
	for name, document := range map[string]string{
		"schemas":        `{"allOf":[` + each(schema.SubschemasMax-1, func(int) string { return "true" }) + `]}`,
		"named schemas":  `{"$defs":{` + each(schema.ResourcesMax, func(i int) string { return fmt.Sprintf(`"%d":{"$id":"%d"}`, i, i) }) + `}}`,
		"depth":          strings.Repeat(`{"not":`, quipu.SchemaDepthMax-1) + `{}` + strings.Repeat(`}`, quipu.SchemaDepthMax-1),
		"bytes":          `{"title":"` + strings.Repeat("x", quipu.SchemaBytesMax-12) + `"}`,
		"evaluations":    chain(11, `{"allOf":[{"$ref":"#/$defs/%d"},{"$ref":"#/$defs/%d"}]}`),
		"count":          `{"maxLength":9007199254740991}`,
		"whole number":   `{"maxLength":1e3,"minItems":2.0}`,
		"a long enum":    `{"enum":[` + each(40_000, func(i int) string { return fmt.Sprint(i) }) + `]}`,
		"a long chain":   chain(900, `{"$ref":"#/$defs/%d"}`),
		"many recursive": `{"properties":{` + each(900, func(i int) string { return fmt.Sprintf(`"%d":{"$ref":"#"}`, i) }) + `}}`,
	} {
		began := time.Now()
		compile(t, document)
		if took := time.Since(began); took > 2*limit {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
