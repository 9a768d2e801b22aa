package schema_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/schema"
)

const draft4, draft7, draft2019 = `"$schema":"http://json-schema.org/draft-04/schema#",`, `"$schema":"http://json-schema.org/draft-07/schema#",`,
	`"$schema":"https://json-schema.org/draft/2019-09/schema",`

// Each keyword has the last value that fits and the first that does not, with the sentence for it.
func TestViolationsOfEachKeyword(t *testing.T) {
	tests := []struct{ document, fits, fitsNot, want string }{
		{`true`, `1`, ``, ``},
		{`false`, ``, `1`, ` : no value is allowed here`},
		{`{"type":"string"}`, `""`, `1`, ` type: expected a string, found a number`},
		{`{"type":["object","array","null"]}`, `[]`, `true`, ` type: expected an object or an array or null, found true`},
		{`{"type":"integer"}`, `1.0`, `1.5`, ` type: expected a whole number, found 1.5`},
		{`{"type":"integer"}`, `-12e1000`, ``, ``},
		{`{"const":{"a":[1,"b"]}}`, `{"a":[1.0,"b"]}`, `{"a":[1,"c"]}`, ` const: expected {"a":[1,"b"]}, found {"a":[1,"c"]}`},
		{`{"enum":["red","green"]}`, `"red"`, `"colour"`, ` enum: "colour" is not one of "red", "green"`},
		{`{"enum":[1,2,3,4,5,6,7]}`, `7`, `8`, ` enum: 8 is not one of 1, 2, 3, 4, 5 and 2 more`},
		{`{"minimum":0}`, `0`, `-1`, ` minimum: the number is -1, at least 0 is wanted`},
		{`{"maximum":9007199254740993}`, `9007199254740993`, `9007199254740993.5`, ` maximum: the number is 9007199254740993.5, at most 9007199254740993 is wanted`},
		{`{"exclusiveMinimum":0}`, `1e-1000`, `0e5`, ` exclusiveMinimum: the number is 0e5, more than 0 is wanted`},
		{`{"exclusiveMaximum":10}`, `9.999`, `1e1`, ` exclusiveMaximum: the number is 1e1, less than 10 is wanted`},
		{`{` + draft4 + `"minimum":0,"exclusiveMinimum":true}`, `1`, `0`, ` exclusiveMinimum: the number is 0, more than 0 is wanted`},
		{`{"multipleOf":0.01}`, `19.99`, `19.999`, ` multipleOf: the number is 19.999, a multiple of 0.01 is wanted`},
		{`{"minLength":1}`, `"é"`, `""`, ` minLength: the string has 0 characters, at least 1 is wanted`},
		{`{"minLength":2}`, `"éa"`, `"😀"`, ` minLength: the string has 1 character, at least 2 are wanted`},
		{`{"maxLength":1}`, `"\n"`, `"ab"`, ` maxLength: the string has 2 characters, at most 1 is wanted`},
		{`{"pattern":"^[A-Z]+$"}`, `"AB"`, `"ABc"`, ` pattern: "ABc" does not match the pattern "^[A-Z]+$"`},
		{`{"format":"date"}`, `"2024-02-29"`, `"2023-02-29"`, ` format: "2023-02-29" is not of the format "date", such as 2026-01-31`},
		{`{"format":"no such format"}`, `"x"`, ``, ``},
		{`{"minItems":1}`, `[1]`, `[]`, ` minItems: the array has 0 elements, at least 1 is wanted`},
		{`{"maxItems":1}`, `[1]`, `[1,2]`, ` maxItems: the array has 2 elements, at most 1 is wanted`},
		{`{"uniqueItems":true}`, `[1,"1",[1],{"a":1}]`, `[[1,{"b":2,"a":1}],0,[1.0,{"a":10e-1,"b":2}]]`, ` uniqueItems: the elements 0 and 2 are equal: [1.0,{"a":10e-1,"b":2}]`},
		{`{"items":{"type":"null"}}`, `[null]`, `[null,1,2]`, "/1 type: expected null, found a number\n/2 type: expected null, found a number"},
		{`{"items":false}`, `[]`, `[1,2]`, ` items: the array has 2 elements, at most 0 are wanted`},
		{`{"prefixItems":[{"type":"null"},false],"items":false}`, `[null]`, `[null,1]`, `/1 prefixItems: no value is allowed here`},
		{`{"prefixItems":[true],"items":false}`, `[1]`, `[1,2]`, ` items: the array has 2 elements, at most 1 is wanted`},
		{`{` + draft7 + `"items":[true],"additionalItems":false}`, `[1]`, `[1,2]`, ` additionalItems: the array has 2 elements, at most 1 is wanted`},
		{`{` + draft7 + `"items":[true],"additionalItems":{"type":"null"}}`, `[1,null]`, `[1,2]`, `/1 type: expected null, found a number`},
		{`{"contains":{"type":"null"}}`, `[1,null]`, `[1]`, ` contains: 0 elements fit what the array must contain, at least 1 is wanted`},
		{`{"contains":{"type":"null"},"minContains":2}`, `[null,1,null]`, `[null]`, ` minContains: 1 element fits what the array must contain, at least 2 are wanted`},
		{`{"contains":{"type":"null"},"minContains":0}`, `[]`, ``, ``},
		{`{"contains":{"type":"null"},"maxContains":1}`, `[null]`, `[null,null]`, ` maxContains: 2 elements fit what the array may contain, at most 1 is wanted`},
		{`{"minProperties":1}`, `{"a":1}`, `{}`, ` minProperties: the object has 0 members, at least 1 is wanted`},
		{`{"maxProperties":1}`, `{"a":1}`, `{"a":1,"b":2}`, ` maxProperties: the object has 2 members, at most 1 is wanted`},
		{`{"required":["title","a/b"]}`, `{"title":1,"a/b":2}`, `{}`, " required: the member \"title\" is missing\n required: the member \"a/b\" is missing"},
		{`{"properties":{"a/b~":{"type":"null"}}}`, `{"a/b~":null}`, `{"a/b~":1}`, `/a~1b~0 type: expected null, found a number`},
		{`{"properties":{"a":false}}`, `{}`, `{"a":1}`, `/a properties: no value is allowed here`},
		{`{"additionalProperties":false,"properties":{"a":true},"patternProperties":{"^x":true}}`, `{"a":1,"x1":2}`, `{"b":1}`, `/b additionalProperties: the member "b" is not allowed`},
		{`{"additionalProperties":{"type":"null"}}`, `{"b":null}`, `{"b":1}`, `/b type: expected null, found a number`},
		{`{"patternProperties":{"^x":{"type":"null"}}}`, `{"a":1,"x":null}`, `{"x":1}`, `/x type: expected null, found a number`},
		{`{"propertyNames":{"maxLength":2}}`, `{"ab":1}`, `{"abc":1}`, `/abc propertyNames: the name "abc" is not allowed: the string has 3 characters, at most 2 are wanted`},
		{`{"propertyNames":false}`, `{}`, `{"a":1}`, `/a propertyNames: the name "a" is not allowed: no value is allowed here`},
		{`{"dependentRequired":{"a":["b"]}}`, `{"b":1}`, `{"a":1}`, ` dependentRequired: the member "b" is missing, which "a" needs`},
		{`{"dependentSchemas":{"a":{"maxProperties":1}}}`, `{"a":1}`, `{"a":1,"b":2}`, ` maxProperties: the object has 2 members, at most 1 is wanted`},
		{`{"dependentSchemas":{"a":false}}`, `{}`, `{"a":1}`, ` dependentSchemas: no value is allowed here`},
		{`{` + draft7 + `"dependencies":{"a":["b"],"c":{"required":["d"]}}}`, `{"a":1,"b":1}`, `{"a":1,"c":1}`,
			" dependencies: the member \"b\" is missing, which \"a\" needs\n required: the member \"d\" is missing"},
		{`{"unevaluatedProperties":false,"allOf":[{"properties":{"a":true}}]}`, `{"a":1}`, `{"a":1,"b":1}`, `/b unevaluatedProperties: the member "b" is not allowed`},
		{`{"unevaluatedProperties":{"type":"null"},"anyOf":[{"required":["a"],"properties":{"a":true}},{"properties":{"b":true}}]}`, `{"a":1,"b":1,"c":null}`, `{"a":1,"c":1}`,
			`/c type: expected null, found a number`},
		{`{"unevaluatedItems":false,"prefixItems":[true],"contains":{"type":"null"}}`, `[1,null]`, `[1,null,3]`, `/2 unevaluatedItems: the element 2 is not allowed`},
		{`{` + draft2019 + `"unevaluatedItems":false,"items":[true],"contains":{"type":"null"}}`, `[null]`, `[1,null]`, `/1 unevaluatedItems: the element 1 is not allowed`},
		{`{"unevaluatedItems":{"type":"null"}}`, `[null]`, `[1]`, `/0 type: expected null, found a number`},
		{`{"not":{"type":"null"}}`, `1`, `null`, ` not: the value fits what it must not fit`},
		{`{"allOf":[{"minimum":1},{"maximum":-1}]}`, `"x"`, `0`, " minimum: the number is 0, at least 1 is wanted\n maximum: the number is 0, at most -1 is wanted"},
		{`{"allOf":[false]}`, ``, `0`, ` allOf: no value is allowed here`},
		{`{"if":{"type":"number"},"then":{"minimum":1},"else":{"minLength":1}}`, `1`, `""`, ` minLength: the string has 0 characters, at least 1 is wanted`},
		{`{"if":{"type":"number"},"then":false}`, `""`, `1`, ` then: no value is allowed here`},
		{`{"if":{"type":"number"},"else":false}`, `1`, `""`, ` else: no value is allowed here`},
		{`{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}`, `null`, `1`, ` type: expected null, found a number`},
		{`{"$ref":"#/$defs/a","$defs":{"a":false}}`, ``, `1`, ` $ref: no value is allowed here`},
		{`{"$dynamicRef":"#a","$defs":{"a":{"$dynamicAnchor":"a","type":"null"}}}`, `null`, `1`, ` type: expected null, found a number`},
		{`{` + draft7 + `"$ref":"#/definitions/a","minimum":5,"definitions":{"a":{"type":"number"}}}`, `1`, `null`, ` type: expected a number, found null`},
		{`{"contentMediaType":"application/json","contentEncoding":"base64","contentSchema":false}`, `"%"`, ``, ``},
	}
	for _, tt := range tests {
		s := compile(t, tt.document)
		if tt.fits != "" {
			if v := violations(t, s, tt.fits); v != nil {
				t.Errorf("%s does not fit %s: %s", tt.fits, tt.document, lines(v))
			}
		}
		if tt.fitsNot != "" {
			if got := lines(violations(t, s, tt.fitsNot)); got != tt.want {
				t.Errorf("%s in %s\n got %s\nwant %s", tt.fitsNot, tt.document, got, tt.want)
			}
		}
	}
}

func TestViolationsOfAlternatives(t *testing.T) {
	const message = `{"anyOf":[
		{"type":"object","properties":{"kind":{"const":"order"},"items":{"type":"array","minItems":1}},"required":["kind","items"]},
		{"type":"object","properties":{"kind":{"const":"refund"},"amount":{"type":"number"}},"required":["kind","amount"]}]}`
	tests := []struct{ name, document, data, want string }{
		{"by a constant in a member, the nearest is meant", message, `{"kind":"refund","amount":"1"}`,
			" anyOf: the value fits none of the 2 alternatives; the nearest is number 2\n/amount type: expected a number, found a string"},
		{"also if it lacks a member", message, `{"kind":"order"}`,
			" anyOf: the value fits none of the 2 alternatives; the nearest is number 1\n required: the member \"items\" is missing"},
		{"no constant is right", message, `{"kind":"other"}`,
			` anyOf: the value fits none of the 2 alternatives: (1) the member "items" is missing; (2) the member "amount" is missing`},
		{"the only one of this type is meant", `{"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]}`, `{}`,
			" anyOf: the value fits none of the 2 alternatives; the nearest is number 2\n required: the member \"a\" is missing"},
		{"none of this type", `{"oneOf":[{"type":"null"},{"type":"object"}]}`, `7`,
			` oneOf: the value fits none of the 2 alternatives: (1) expected null, found a number; (2) expected an object, found a number`},
		{"more than three", `{"oneOf":[{"type":"null"},{"type":"object"},{"type":"array"},{"type":"string"}]}`, `7`,
			` oneOf: the value fits none of the 4 alternatives: (1) expected null, found a number; (2) expected an object, found a number; (3) expected an array, found a number; …`},
		{"alternatives by which member is there", `{"oneOf":[{"required":["add"]},{"required":["neg"],"properties":{"neg":{"type":"number"}}}]}`, `{"neg":"1"}`,
			" oneOf: the value fits none of the 2 alternatives; the nearest is number 2\n/neg type: expected a number, found a string"},
		{"one is not an alternative", `{"anyOf":[{"type":"null"}]}`, `7`, ` type: expected null, found a number`},
		{"two fit", `{"oneOf":[{"type":"null"},{"minimum":1},{"maximum":9}]}`, `7`, ` oneOf: the value fits the alternatives 2 and 3, and only one may fit`},
		{"within another", `{"anyOf":[{"type":"null"},{"items":{"anyOf":[{"type":"string"},{"type":"number","minimum":5}]}}]}`, `["a",4]`,
			" anyOf: the value fits none of the 2 alternatives; the nearest is number 2\n" +
				"/1 anyOf: the value fits none of the 2 alternatives; the nearest is number 2\n/1 minimum: the number is 4, at least 5 is wanted"},
	}
	for _, tt := range tests {
		if got := lines(violations(t, compile(t, tt.document), tt.data)); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestViolationsAreSortedAndSaidOnce(t *testing.T) {
	s := compile(t, `{"properties":{"b":{"type":"null"},"a":{"type":"null"}},"allOf":[{"properties":{"a":{"type":"null"}}},{"required":["c"]}]}`)
	want := " required: the member \"c\" is missing\n/a type: expected null, found a number\n/b type: expected null, found a number"
	if got := lines(violations(t, s, `{"b":1,"a":1}`)); got != want {
		t.Errorf("got %s", got)
	}
}

func TestViolationsAreBounded(t *testing.T) {
	s := compile(t, `{"items":{"type":"null"}}`)
	ones := func(n int) string { return "[" + each(n, func(int) string { return "1" }) + "]" }
	for elements, want := range map[int]int{99: 99, 100: 100, 101: 100, 5000: 100} {
		if got := violations(t, s, ones(elements)); len(got) != want {
			t.Errorf("%d elements that do not fit: %d violations, want %d", elements, len(got), want)
		}
	}
	s = compile(t, `{"additionalProperties":{"items":{"type":"null"}}}`)
	for name, want := range map[int]int{
		schema.ViolationBytesMax: 1, schema.ViolationBytesMax / 2: 2, schema.ViolationBytesMax / 4: 4, 100: 100,
	} {
		if got := violations(t, s, `{"`+strings.Repeat("n", name)+`":`+ones(200)+`}`); len(got) != want {
			t.Errorf("below a name of %d bytes: %d violations, want %d", name, len(got), want)
		}
	}
}

// Nobody wants a megabyte back in an error, and a name of a member may be as long as the data.
func TestViolationsRepeatLittleOfTheData(t *testing.T) {
	long := strings.Repeat("é", 10_000)
	quoted := `"` + long + `"`
	for _, document := range []string{
		`{"const":1}`, `{"enum":[1,2]}`, `{"pattern":"^x"}`, `{"format":"date"}`, `{"properties":{"a":{"const":1}}}`, `{"additionalProperties":false}`,
		`{"unevaluatedProperties":false}`, `{"propertyNames":{"pattern":"^x"}}`, `{"uniqueItems":true}`, `{"anyOf":[{"const":1},{"const":2},{"const":3}]}`,
		`{"propertyNames":{"anyOf":[{"const":1},{"const":2},{"const":3}]}}`,
	} {
		s := compile(t, document)
		for _, data := range []string{quoted, `{"a":` + quoted + `}`, `{` + quoted + `:1}`, `[` + quoted + `,` + quoted + `]`} {
			for _, v := range violations(t, s, data) {
				if repeated := strings.Count(v.Detail, "é"); repeated > 200 || utf8.RuneCountInString(v.Detail) > 500 {
					t.Errorf("%s repeats %d characters: %s", document, repeated, v.Detail)
				}
			}
		}
	}
	s := compile(t, fmt.Sprintf(`{"enum":[%s,%s,%s,%s,%s,%s]}`, quoted, quoted+"", `"1`+long+`"`, `"2`+long+`"`, `"3`+long+`"`, `"4`+long+`"`))
	if v := violations(t, s, "1"); len(v[0].Detail) > 500 {
		t.Errorf("an enum of long values: %s", v[0].Detail)
	}
}

func TestEventIsLeftToTheCaller(t *testing.T) {
	for _, v := range violations(t, compile(t, `false`), `1`) {
		if v != (quipu.Violation{Detail: "no value is allowed here"}) {
			t.Errorf("got %+v", v)
		}
	}
}
