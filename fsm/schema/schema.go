package schema

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// Schema is a compiled JSON Schema. It does not change, and is safe for concurrent use.
type Schema struct {
	root *node
	// memory is about what it takes, in bytes, seldom less.
	memory int
}

// Compile reads a JSON Schema as a stranger sent it, and refuses what is not one, what it would have to fetch, and what
// could cost more than it is worth. The error is a *quipu.Error of kind Invalid or TooLarge, with a pointer into the
// document. The document is not kept.
func Compile(document []byte) (*Schema, error) {
	if len(document) > quipu.SchemaBytesMax {
		return nil, quipu.Errorf(quipu.TooLarge, "the schema: %d bytes, the limit is %d", len(document), quipu.SchemaBytesMax)
	}
	raw, err := shape.Of(document).Canonical(nil) // refuses what nests deeper than 64, which is quipu.SchemaDepthMax
	if err != nil {
		return nil, err
	}
	root := newValue(raw)
	if root.kind != object && root.kind != boolean {
		return nil, quipu.Errorf(quipu.Invalid, "expected a schema, found %s", wordingOf(&root, object)).WithHint("a schema is an object, or true or false")
	}
	d, err := draftOf(&root)
	if err != nil {
		return nil, err
	}
	found, err := surveyOf(&root, d)
	if err != nil {
		return nil, err
	}
	if err := d.check(&root); err != nil {
		return nil, err
	}
	compiled, err := found.compile(raw)
	if err != nil {
		return nil, err
	}
	if err := refuse(compiled); err != nil {
		return nil, err
	}
	return &Schema{compiled, found.memory(len(raw))}, nil
}

// Validate holds data, which is canonical JSON, against the schema. It gives nil if the data fits, and otherwise what is
// wrong with it, sorted by pointer: all of it, up to quipu.ViolationsMax. Event is left 0.
//
// The work is bounded, by StepsBase and by StepsPerByte for each byte of the data. Where they do not suffice the data is
// taken not to fit, with a violation that says so.
func (s *Schema) Validate(data []byte) []quipu.Violation {
	v := newValue(data)
	return apply(s.root, &v)
}

// apply is Validate for a node.
func apply(n *node, v *value) []quipu.Violation {
	steps := StepsBase + StepsPerByte*len(v.raw)
	r := run{steps: steps}
	r.fits(n, target{value: v})
	if r.steps < 0 {
		r.found = append(r.found[:min(len(r.found), quipu.ViolationsMax-1)], quipu.Violation{
			Detail: "the data cannot be checked in " + plural(steps, "step") + ": send less, or register a schema with fewer alternatives",
		})
	}
	return sorted(r.found)
}

// sorted sorts by pointer, and else leaves the order, in which a sentence about alternatives stands before what is wrong
// with one. What several branches say is said once.
func sorted(found []quipu.Violation) (list []quipu.Violation) {
	for _, v := range found {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b quipu.Violation) int { return strings.Compare(a.Pointer, b.Pointer) })
	return list
}

// memory is about what a schema takes when it is compiled, as measured. A list of small numbers takes most for its text.
func (s *survey) memory(documentBytes int) int {
	const eachByte, eachSchema, eachPattern, eachInstruction = 16, 300, 2000, 60
	return eachByte*documentBytes + eachSchema*len(s.schemas) + eachPattern*len(s.patterns.known) + eachInstruction*s.patterns.sizes
}

// compile has the library compile the surveyed document, and makes nodes of what it gives.
func (s *survey) compile(raw []byte) (*node, error) {
	c := newCompiler()
	c.DefaultDraft(s.draft.library)
	c.UseRegexpEngine(s.engine)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, refused(err)
	}
	if err := c.AddResource(base, document); err != nil {
		return nil, refused(err)
	}
	compiled, err := c.Compile(base)
	if err != nil {
		return nil, refused(err)
	}
	tr := newTranslator(func(p jsonschema.Regexp) pattern { return p.(pattern) })
	tr.dynamic = func(from *jsonschema.Schema, anchor string) (*jsonschema.Schema, error) {
		pointer, ok := s.dynamicTarget(anchor)
		if !ok {
			return nil, quipu.Errorf(quipu.Invalid, "the target of this reference depends on the way to it").At(pointerOf(from)).
				WithHint("give the outermost schema the anchor, or use $ref")
		}
		return c.Compile(base + "#" + url.PathEscape(pointer))
	}
	root := tr.node(compiled)
	return root, tr.err
}

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	c.AssertFormat()
	return c
}

// refused is for what the library does not take although nothing was found that is wrong with it.
func refused(err error) error {
	return quipu.Errorf(quipu.Invalid, "the schema cannot be compiled: %s", clip(err.Error())).Because(err)
}
