package schema

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

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
