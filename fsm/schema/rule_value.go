package schema

import (
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Keywords about a value as a whole, about numbers and about strings.

// oneOfValues is enum, and const, which is an enum of one.
type oneOfValues struct {
	keyword string
	keys    map[string]bool
	keyMax  int      // bytes of the longest
	written []string // the values as in the schema, canonical
}

func newOneOfValues(keyword string, values []value) oneOfValues {
	k := oneOfValues{keyword: keyword, keys: map[string]bool{}}
	for _, v := range values {
		key := v.appendKey(nil, keyUnlimited)
		k.keys[string(key)] = true
		k.keyMax = max(k.keyMax, len(key))
		k.written = append(k.written, string(v.raw))
	}
	return k
}

func (k oneOfValues) holds(r *run, t target) bool {
	key := t.value.appendKey(nil, k.keyMax) // what is longer than all of them need not be read to its end
	r.step(len(key) / slowBytesPerStep)
	switch {
	case k.keys[string(key)]:
		return true
	case len(k.written) == 1:
		return r.wrong(t, k.keyword, "expected %s, found %s", clip(k.written[0]), clip(string(t.value.raw)))
	}
	return r.wrong(t, k.keyword, "%s is not one of %s", clip(string(t.value.raw)), listSome(k.written))
}

// numberBound is one of minimum, maximum, exclusiveMinimum and exclusiveMaximum.
type numberBound struct {
	keyword string
	bound   decimal
	wanted  string               // "at least"
	allowed func(order int) bool // as the number compares to the bound
}

func (k numberBound) holds(r *run, t target) bool {
	if t.value.kind != number {
		return true
	}
	r.step(len(t.value.raw) / bytesPerStep)
	if k.allowed(newDecimal(t.value.raw).compare(k.bound)) {
		return true
	}
	return r.wrong(t, k.keyword, "the number is %s, %s %s is wanted", clip(string(t.value.raw)), k.wanted, clip(k.bound.String()))
}

type multipleOf struct{ factor decimal }

func (k multipleOf) holds(r *run, t target) bool {
	if t.value.kind != number {
		return true
	}
	// The power of ten is found modulo the factor, by some twenty multiplications of numbers of its length.
	r.step(len(t.value.raw)/bytesPerStep + 2*len(k.factor.digits))
	if newDecimal(t.value.raw).multipleOf(k.factor) {
		return true
	}
	return r.wrong(t, "multipleOf", "the number is %s, a multiple of %s is wanted", clip(string(t.value.raw)), clip(k.factor.String()))
}

// size is one of the six keywords that count characters, elements or members, such as minLength.
type size struct {
	keyword string
	of      kind
	atLeast bool
	limit   int
}

func (k size) holds(r *run, t target) bool {
	if t.value.kind != k.of {
		return true
	}
	count, whole, part := 0, "the array", "element"
	switch k.of {
	case text:
		r.step(len(t.value.raw) / bytesPerStep)
		count, whole, part = utf8.RuneCountInString(r.text(t.value)), "the string", "character"
	case array:
		count = len(r.inside(t.value))
	case object:
		count, whole, part = len(r.inside(t.value)), "the object", "member"
	}
	if k.atLeast && count >= k.limit || !k.atLeast && count <= k.limit {
		return true
	}
	return r.wrong(t, k.keyword, "%s has %s, %s", whole, plural(count, part), wanted(k.atLeast, k.limit))
}

// matching is pattern.
type matching struct{ pattern pattern }

func (k matching) holds(r *run, t target) bool {
	if t.value.kind != text || r.matches(k.pattern, r.text(t.value)) {
		return true
	}
	return r.wrong(t, "pattern", "%s does not match the pattern %s", clip(string(t.value.raw)), quoted(k.pattern.String()))
}

// matches matches, with its cost.
func (r *run) matches(p pattern, s string) bool {
	const instructionsPerStep = 32
	return r.step(len(s)*(1+p.size/instructionsPerStep)) && p.MatchString(s)
}

func newFormat(f *jsonschema.Format) format {
	if f.Name == "regex" {
		return format{f.Name, func(s string) bool { _, err := sizeOf(s); return err == nil }}
	}
	return format{f.Name, func(s string) bool { return f.Validate(s) == nil }}
}

// format is the keyword of that name with a format that is known.
type format struct {
	name  string
	check func(string) bool
}

func (k format) holds(r *run, t target) bool {
	if t.value.kind != text {
		return true
	}
	r.step(len(t.value.raw) / slowBytesPerStep) // some formats split the text at every byte
	if k.check(r.text(t.value)) {
		return true
	}
	example := formatExamples[k.name]
	if example == "" {
		return r.wrong(t, "format", "%s is not of the format %q", clip(string(t.value.raw)), k.name)
	}
	return r.wrong(t, "format", "%s is not of the format %q, such as %s", clip(string(t.value.raw)), k.name, example)
}

var formatExamples = map[string]string{
	"date":                  "2026-01-31",
	"date-time":             "2026-01-31T12:30:00Z",
	"duration":              "P1DT12H",
	"email":                 "harold@example.com",
	"hostname":              "example.com",
	"ipv4":                  "192.0.2.1",
	"ipv6":                  "2001:db8::1",
	"iri":                   "https://example.com/orders",
	"iri-reference":         "/orders",
	"json-pointer":          "/orders/0",
	"period":                "2026-01-31T12:30:00Z/P1D",
	"regex":                 "^[a-z]+$",
	"relative-json-pointer": "1/orders",
	"semver":                "1.0.2",
	"time":                  "12:30:00Z",
	"uri":                   "https://example.com/orders",
	"uri-reference":         "/orders",
	"uri-template":          "https://example.com/orders/{id}",
	"uuid":                  "018f2b3c-7d1a-7c3e-9f00-5a3b2c1d0e4f",
}
