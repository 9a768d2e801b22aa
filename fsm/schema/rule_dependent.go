package schema

import (
	"maps"
	"slices"
)

// dependentRequired is what some members need, also under its older name dependencies.
type dependentRequired struct {
	keyword string
	needs   map[string][]string
	names   []string // of needs, sorted
}

func newDependentRequired(keyword string, needs map[string][]string) dependentRequired {
	return dependentRequired{keyword, needs, slices.Sorted(maps.Keys(needs))}
}

func (k dependentRequired) holds(r *run, t target) bool {
	if t.value.kind != object {
		return true
	}
	holds := true
	for _, name := range k.names {
		if !r.has(t.value, name) {
			continue
		}
		for _, needed := range k.needs[name] {
			if r.has(t.value, needed) {
				continue
			}
			holds = r.wrong(t, k.keyword, "the member %s is missing, which %s needs", quoted(needed), quoted(name))
			if r.done() {
				return false
			}
		}
	}
	return holds
}

// dependentSchemas is what the whole object must fit if it has a member.
type dependentSchemas struct {
	keyword string
	nodes   map[string]*node
	names   []string // of nodes, sorted
}

func newDependentSchemas(keyword string, nodes map[string]*node) dependentSchemas {
	return dependentSchemas{keyword, nodes, slices.Sorted(maps.Keys(nodes))}
}

func (k dependentSchemas) holds(r *run, t target) bool {
	if t.value.kind != object {
		return true
	}
	holds := true
	for _, name := range k.names {
		if r.has(t.value, name) && !r.fitsInPlace(k.nodes[name], t, k.keyword) {
			if holds = false; r.done() {
				break
			}
		}
	}
	return holds
}

func (k dependentSchemas) edges() [][]edge {
	var list []edge
	for _, name := range k.names {
		list = append(list, edge{to: k.nodes[name], keyword: k.keyword + "/" + pointerToken.Replace(name)})
	}
	return alone(list)
}
