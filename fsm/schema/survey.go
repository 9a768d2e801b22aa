package schema

import (
	"net/url"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu"
)

// survey is what is found by walking a document from schema to schema, before the library reads it. The walk bounds what
// the library will do, and knows the place of what it refuses.
type survey struct {
	draft     *draft
	resources map[string]*resource // by absolute URL
	schemas   map[string]*resource // by pointer: the resource that it belongs to
	refs      []ref
	patterns  patterns

	pointerBytes int
}

// base is the URL under which the library reads a document. Nothing is there.
//
// The library does not hold what is below json-schema.org against its metaschema. That is done already (draft.check), and
// the library's way to look for equal values of an enum takes a second for a document that is made for it.
const base = "https://json-schema.org/quipu/registered"

func surveyOf(document *value, d *draft) (*survey, error) {
	s := &survey{draft: d, resources: map[string]*resource{}, schemas: map[string]*resource{}, patterns: patterns{known: map[string]pattern{}}}
	root, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	whole := &resource{url: root, anchors: map[string]string{}, dynamic: map[string]string{}}
	s.resources[base] = whole
	if err := s.schema(document, "", whole); err != nil {
		return nil, err
	}
	for _, r := range s.refs {
		if err := s.resolve(r); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// schema looks at the value at a place where a schema stands, and goes on to those in it.
func (s *survey) schema(v *value, pointer string, in *resource) error {
	if v.kind != object && v.kind != boolean {
		return nil // the metaschema refuses what may not stand here
	}
	if len(s.schemas) == SubschemasMax {
		return quipu.Errorf(quipu.TooLarge, "the schema: more than %d schemas in it, which is the limit", SubschemasMax).At(pointer)
	}
	if s.pointerBytes += len(pointer); s.pointerBytes > PointerBytesMax {
		return quipu.Errorf(quipu.TooLarge, "the JSON pointers of the schemas in it: more than %d bytes, which is the limit", PointerBytesMax).
			WithHint("shorten the names of members")
	}
	in, err := s.identify(v, pointer, in)
	if err != nil {
		return err
	}
	s.schemas[pointer] = in
	for i := range v.inside() {
		member := &v.parts[i]
		check, applicator := keywords[member.name], applicators[member.name]
		if check == nil && applicator.since == 0 {
			continue // before a pointer is made: of these there may be many
		}
		at := pointer + v.token(i)
		if check != nil {
			if err := check(s, member, at, in); err != nil {
				return err
			}
		}
		if applicator.since != 0 && applicator.since <= s.draft.version {
			if err := s.below(member, applicator.holds, at, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// below goes on to the schemas in the value of a keyword.
func (s *survey) below(v *value, holds holding, at string, in *resource) error {
	if holds&itself != 0 && (v.kind == object || v.kind == boolean) {
		return s.schema(v, at, in)
	}
	if holds&inList != 0 && v.kind == array || holds&inMembers != 0 && v.kind == object {
		for i := range v.inside() {
			if err := s.schema(&v.parts[i], at+v.token(i), in); err != nil {
				return err
			}
		}
	}
	return nil
}

// holding is where schemas stand in the value of a keyword.
type holding int

const (
	itself holding = 1 << iota
	inList
	inMembers
)

// applicators are the keywords with schemas in their value, and the draft that brought each. The library still follows
// definitions, dependencies and additionalItems in later drafts.
var applicators = map[string]struct {
	holds holding
	since int
}{
	"additionalItems": {itself, 4}, "additionalProperties": {itself, 4}, "allOf": {inList, 4}, "anyOf": {inList, 4},
	"definitions": {inMembers, 4}, "dependencies": {inMembers, 4}, "items": {itself | inList, 4}, "not": {itself, 4},
	"oneOf": {inList, 4}, "patternProperties": {inMembers, 4}, "properties": {inMembers, 4},
	"contains": {itself, 6}, "propertyNames": {itself, 6},
	"else": {itself, 7}, "if": {itself, 7}, "then": {itself, 7},
	"$defs": {inMembers, 2019}, "contentSchema": {itself, 2019}, "dependentSchemas": {inMembers, 2019},
	"unevaluatedItems": {itself, 2019}, "unevaluatedProperties": {itself, 2019},
	"prefixItems": {inList, 2020},
}

// keywords are those of which something is to be checked that the metaschema does not say. Values of a type that it does
// not allow are left to it.
var keywords = map[string]func(s *survey, v *value, at string, in *resource) error{
	"$schema": (*survey).sameDraft,
	"$ref":    (*survey).reference, "$dynamicRef": (*survey).reference, "$recursiveRef": (*survey).reference,
	"pattern": (*survey).pattern, "patternProperties": (*survey).patternNames,
	"minLength": (*survey).count, "maxLength": (*survey).count, "minItems": (*survey).count, "maxItems": (*survey).count,
	"minProperties": (*survey).count, "maxProperties": (*survey).count, "minContains": (*survey).count, "maxContains": (*survey).count,
}

// sameDraft holds a $schema further inside against the root's: a document is of one draft.
func (s *survey) sameDraft(v *value, at string, _ *resource) error {
	if d := draftNamed(v); d == s.draft {
		return nil
	}
	return quipu.Errorf(quipu.Invalid, "$schema is %s, and that of the whole document is %q", clip(string(v.raw)), s.draft.url).At(at).
		WithHint("all schemas of a document are of one draft, which the outermost $schema names")
}

func (s *survey) reference(v *value, at string, in *resource) error {
	if v.kind == text {
		s.refs = append(s.refs, ref{in, at, v.text()})
	}
	return nil
}

// count bounds what the library keeps 64 bits of, without a word.
func (s *survey) count(v *value, at string, _ *resource) error {
	if v.kind == number && newDecimal(v.raw).compare(countMax) > 0 {
		return quipu.Errorf(quipu.Invalid, "%s is %s, the most is %d", v.name, clip(string(v.raw)), CountMax).At(at)
	}
	return nil
}

var countMax = newDecimal(strconv.AppendInt(nil, CountMax, 10))

func (s *survey) pattern(v *value, at string, _ *resource) error {
	if v.kind == text {
		return s.expression(v.text(), at)
	}
	return nil
}

func (s *survey) patternNames(v *value, at string, _ *resource) error {
	if v.kind != object {
		return nil
	}
	for i := range v.inside() {
		if err := s.expression(v.parts[i].name, at+v.token(i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *survey) expression(source, at string) error {
	if _, err := s.patterns.compile(source); err != nil {
		return err.At(at)
	}
	return nil
}

// engine gives the library the patterns that the survey has compiled.
func (s *survey) engine(source string) (jsonschema.Regexp, error) {
	p, err := s.patterns.compile(source)
	if err != nil {
		return nil, err
	}
	return p, nil
}
