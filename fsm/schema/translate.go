package schema

import (
	"encoding/json"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu/fsm/canonical"
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

func (tr *translator) value(n *node, s *jsonschema.Schema) {
	if s.Types != nil {
		n.kinds = kindsOf(s.Types.ToStrings())
	}
	if s.Const != nil {
		n.first = append(n.first, newOneOfValues("const", valuesOf(*s.Const)))
	}
	if s.Enum != nil {
		n.first = append(n.first, newOneOfValues("enum", valuesOf(s.Enum.Values...)))
	}
	if s.Format != nil {
		n.add(newFormat(s.Format))
	}
	for _, b := range numberBounds {
		if limit := b.of(s); limit != nil {
			n.add(numberBound{b.keyword, decimalOf(limit), b.wanted, b.allowed})
		}
	}
	if s.MultipleOf != nil {
		n.add(multipleOf{decimalOf(s.MultipleOf)})
	}
	for _, k := range sizes {
		if limit := k.limit(s); limit != nil {
			n.add(size{k.keyword, k.of, strings.HasPrefix(k.keyword, "min"), *limit})
		}
	}
	if s.Pattern != nil {
		n.add(matching{tr.pattern(s.Pattern)})
	}
}

var numberBounds = []struct {
	keyword, wanted string
	of              func(*jsonschema.Schema) *big.Rat
	allowed         func(order int) bool
}{
	{"minimum", "at least", func(s *jsonschema.Schema) *big.Rat { return s.Minimum }, func(order int) bool { return order >= 0 }},
	{"maximum", "at most", func(s *jsonschema.Schema) *big.Rat { return s.Maximum }, func(order int) bool { return order <= 0 }},
	{"exclusiveMinimum", "more than", func(s *jsonschema.Schema) *big.Rat { return s.ExclusiveMinimum }, func(order int) bool { return order > 0 }},
	{"exclusiveMaximum", "less than", func(s *jsonschema.Schema) *big.Rat { return s.ExclusiveMaximum }, func(order int) bool { return order < 0 }},
}

var sizes = []struct {
	keyword string
	of      kind
	limit   func(*jsonschema.Schema) *int
}{
	{"minLength", text, func(s *jsonschema.Schema) *int { return s.MinLength }},
	{"maxLength", text, func(s *jsonschema.Schema) *int { return s.MaxLength }},
	{"minItems", array, func(s *jsonschema.Schema) *int { return s.MinItems }},
	{"maxItems", array, func(s *jsonschema.Schema) *int { return s.MaxItems }},
	{"minProperties", object, func(s *jsonschema.Schema) *int { return s.MinProperties }},
	{"maxProperties", object, func(s *jsonschema.Schema) *int { return s.MaxProperties }},
}

func (tr *translator) object(n *node, s *jsonschema.Schema) {
	if len(s.Required) > 0 {
		n.add(required{s.Required})
	}
	if len(s.DependentRequired) > 0 {
		n.add(newDependentRequired("dependentRequired", s.DependentRequired))
	}
	m := members{properties: map[string]*node{}, additional: tr.boolOrNode(s.AdditionalProperties)}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		m.properties[name] = tr.node(s.Properties[name])
	}
	for p, to := range s.PatternProperties {
		m.patterns = append(m.patterns, patternNode{tr.pattern(p), tr.node(to)})
	}
	slices.SortFunc(m.patterns, func(a, b patternNode) int { return strings.Compare(a.pattern.String(), b.pattern.String()) })
	if len(m.properties)+len(m.patterns) > 0 || m.additional != nil {
		n.add(m)
	}
	if s.PropertyNames != nil {
		n.add(propertyNames{tr.node(s.PropertyNames)})
	}
	if len(s.DependentSchemas) > 0 {
		n.add(newDependentSchemas("dependentSchemas", tr.named(s.DependentSchemas)))
	}
	tr.dependencies(n, s)
}

// dependencies is the older form of both dependentRequired and dependentSchemas.
func (tr *translator) dependencies(n *node, s *jsonschema.Schema) {
	needs, schemas := map[string][]string{}, map[string]*jsonschema.Schema{}
	for name, dependency := range s.Dependencies {
		switch dependency := dependency.(type) {
		case []string:
			needs[name] = dependency
		case *jsonschema.Schema:
			schemas[name] = dependency
		}
	}
	if len(needs) > 0 {
		n.add(newDependentRequired("dependencies", needs))
	}
	if len(schemas) > 0 {
		n.add(newDependentSchemas("dependencies", tr.named(schemas)))
	}
}

func (tr *translator) array(n *node, s *jsonschema.Schema) {
	if s.UniqueItems {
		n.add(uniqueItems{})
	}
	e := elements{prefixKeyword: "prefixItems", restKeyword: "items", prefix: tr.list(s.PrefixItems), rest: tr.node(s.Items2020)}
	switch items := s.Items.(type) {
	case *jsonschema.Schema:
		e.rest = tr.node(items)
	case []*jsonschema.Schema:
		e = elements{prefixKeyword: "items", restKeyword: "additionalItems", prefix: tr.list(items), rest: tr.boolOrNode(s.AdditionalItems)}
	}
	if len(e.prefix) > 0 || e.rest != nil {
		n.add(e)
	}
	if s.Contains != nil {
		n.add(newContains(tr.node(s.Contains), s))
	}
}

func newContains(n *node, s *jsonschema.Schema) contains {
	k := contains{node: n, keyword: "contains", least: 1, most: -1, marking: s.DraftVersion >= 2020}
	if s.MinContains != nil {
		k.keyword, k.least = "minContains", *s.MinContains
	}
	if s.MaxContains != nil {
		k.most = *s.MaxContains
	}
	return k
}

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

func kindsOf(names []string) (kinds kind) {
	for _, k := range kindNames {
		if slices.Contains(names, k.name) {
			kinds |= k.kind
		}
	}
	return kinds
}

// valuesOf are values of a schema as the library has decoded them.
func valuesOf(decoded ...any) []value {
	list := make([]value, len(decoded))
	for i, x := range decoded {
		// It was canonical JSON once, so neither can fail.
		written, _ := json.Marshal(x)
		raw, _ := canonical.Append(nil, written)
		list[i] = newValue(raw)
	}
	return list
}
