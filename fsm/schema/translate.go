package schema

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// translator makes nodes of what the library has compiled, each once.
type translator struct {
	nodes map[*jsonschema.Schema]*node
	// dynamic gives the target of a $dynamicRef, or of a $recursiveRef, which has no anchor.
	dynamic func(from *jsonschema.Schema, anchor string) (*jsonschema.Schema, error)
	// pattern gives the compiled form of a pattern of the document.
	pattern func(jsonschema.Regexp) pattern
	err     error // the first
}

func newTranslator(pattern func(jsonschema.Regexp) pattern) *translator {
	return &translator{nodes: map[*jsonschema.Schema]*node{}, pattern: pattern}
}

func (tr *translator) node(s *jsonschema.Schema) *node {
	if s == nil {
		return nil
	}
	if n := tr.nodes[s]; n != nil {
		return n
	}
	n := &node{pointer: pointerOf(s)}
	tr.nodes[s] = n // before what it leads to, which may lead back
	switch {
	case s.Bool != nil && *s.Bool:
		n.verdict = always
	case s.Bool != nil:
		n.verdict = never
	case s.Ref != nil && s.DraftVersion < 2019:
		n.rules = []rule{reference{"$ref", tr.node(s.Ref)}} // before 2019-09 nothing beside a $ref counts
	default:
		tr.value(n, s)
		tr.object(n, s)
		tr.array(n, s)
		tr.references(n, s)
		tr.combined(n, s)
		tr.unevaluated(n, s)
	}
	return n
}

func (n *node) add(rules ...rule) { n.rules = append(n.rules, rules...) }

func (tr *translator) references(n *node, s *jsonschema.Schema) {
	if s.Ref != nil {
		n.add(reference{"$ref", tr.node(s.Ref)})
	}
	if to := s.RecursiveRef; to != nil {
		if to.RecursiveAnchor {
			to = tr.target(s, "")
		}
		n.add(reference{"$recursiveRef", tr.node(to)})
	}
	if s.DynamicRef != nil {
		to := s.DynamicRef.Ref
		if a := s.DynamicRef.Anchor; a != "" && to.DynamicAnchor == a {
			to = tr.target(s, a)
		}
		n.add(reference{"$dynamicRef", tr.node(to)})
	}
}

func (tr *translator) target(from *jsonschema.Schema, anchor string) *jsonschema.Schema {
	to, err := tr.dynamic(from, anchor)
	if err != nil && tr.err == nil {
		tr.err = err
	}
	return to
}

func (tr *translator) combined(n *node, s *jsonschema.Schema) {
	if s.Not != nil {
		n.add(not{tr.node(s.Not)})
	}
	if len(s.AllOf) > 0 {
		n.add(allOf{tr.list(s.AllOf)})
	}
	if len(s.AnyOf) > 0 {
		n.add(anyOf{tr.list(s.AnyOf)})
	}
	if len(s.OneOf) > 0 {
		n.add(oneOf{tr.list(s.OneOf)})
	}
	if s.If != nil {
		n.add(conditional{tr.node(s.If), tr.node(s.Then), tr.node(s.Else)})
	}
}

func (tr *translator) unevaluated(n *node, s *jsonschema.Schema) {
	if s.UnevaluatedProperties != nil {
		own := map[string]*node{}
		for name, to := range s.Properties {
			own[name] = tr.node(to)
		}
		n.add(unevaluatedProperties{tr.node(s.UnevaluatedProperties), own})
	}
	if s.UnevaluatedItems != nil {
		n.add(unevaluatedItems{tr.node(s.UnevaluatedItems), len(s.PrefixItems)})
	}
	n.marking = s.UnevaluatedProperties != nil || s.UnevaluatedItems != nil
}

func (tr *translator) list(schemas []*jsonschema.Schema) []*node {
	nodes := make([]*node, len(schemas))
	for i, s := range schemas {
		nodes[i] = tr.node(s)
	}
	return nodes
}

func (tr *translator) named(schemas map[string]*jsonschema.Schema) map[string]*node {
	nodes := map[string]*node{}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		nodes[name] = tr.node(schemas[name])
	}
	return nodes
}

// boolOrNode reads what the library keeps as nil, a bool or a schema.
func (tr *translator) boolOrNode(x any) *node {
	switch x := x.(type) {
	case *jsonschema.Schema:
		return tr.node(x)
	case bool:
		if x {
			return &node{verdict: always}
		}
		return &node{verdict: never}
	}
	return nil
}

// pointerOf is where a compiled schema stands in its document.
func pointerOf(s *jsonschema.Schema) string {
	_, fragment, _ := strings.Cut(s.Location, "#")
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return "" // cannot be: the library escaped it
	}
	return pointer
}
