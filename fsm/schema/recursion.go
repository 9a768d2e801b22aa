package schema

import (
	"slices"

	"github.com/quipu-ledger/quipu"
)

// Recursive schemas are fine as long as each part of the data is led to in one way: then as many nodes apply to a value
// at depth 64 as to one at depth 1. Where two ways lead to the same part, and from there on again, the work doubles with
// every level of the data.

// refuseBranching looks at each group of nodes that lead to each other, and refuses one of which two ways, that begin at one
// value, go on within the group for the same part of the value.
func (g *graph) refuseBranching() error {
	for _, component := range g.components() {
		if err := newLevel(g, component).refuse(); err != nil {
			return err
		}
	}
	return nil
}

// level is a group of nodes that lead to each other, with the parts of a value that they tell apart: the members by the
// names that are in its properties and all others as one, the elements by their index up to the last of its prefixes and
// all others as one.
type level struct {
	graph   *graph
	within  map[*node]bool
	nodes   []*node
	names   map[string]int // index of the part
	indexes int
	parts   map[*node]partSet // where a node goes on to, itself or in place
}

func newLevel(g *graph, component []*node) *level {
	l := &level{graph: g, within: map[*node]bool{}, nodes: component, names: map[string]int{}, parts: map[*node]partSet{}}
	for _, n := range component {
		l.within[n] = true
	}
	l.eachEdge(func(e edge) {
		switch e.step {
		case toMember:
			if _, known := l.names[e.name]; !known {
				l.names[e.name] = len(l.names)
			}
		case toElement:
			l.indexes = max(l.indexes, e.index+1)
		case toElements:
			l.indexes = max(l.indexes, e.index)
		}
	})
	return l
}

func (l *level) eachEdge(fn func(edge)) {
	for _, n := range l.nodes {
		for _, group := range l.graph.edges[n] {
			for _, e := range group {
				if l.within[e.to] {
					fn(e)
				}
			}
		}
	}
}

func (l *level) refuse() error {
	for _, n := range l.nodes {
		if _, err := l.reached(n); err != nil {
			return err
		}
	}
	return nil
}

// reached are the parts of a value to which a node goes on within the group. Two of its edges must not have one in common.
func (l *level) reached(n *node) (partSet, error) {
	if known, ok := l.parts[n]; ok {
		return known, nil
	}
	all := l.newSet()
	var earlier []way
	for _, group := range l.graph.edges[n] {
		var ways []way
		for _, e := range group {
			parts, err := l.along(e)
			if err != nil {
				return nil, err
			}
			if all.overlaps(parts) {
				return nil, branching(n, earlier, way{e.keyword, parts})
			}
			ways = append(ways, way{e.keyword, parts})
		}
		for _, w := range ways { // after the whole group, of which only one is taken
			all.add(w.parts)
		}
		earlier = append(earlier, ways...)
	}
	l.parts[n] = all
	return all, nil
}

// way is an edge with the parts of a value to which it goes on.
type way struct {
	keyword string
	parts   partSet
}

func branching(n *node, earlier []way, second way) error {
	first := earlier[slices.IndexFunc(earlier, func(w way) bool { return w.parts.overlaps(second.parts) })]
	return quipu.Errorf(quipu.Invalid, "the schema leads back to itself in two ways for one part of the data, by %s and by %s",
		quoted(first.keyword), quoted(second.keyword)).At(n.pointer).
		WithHint("the work would double with each level of the data: let alternatives go on through members of different names, " +
			"or describe the member once, beside them")
}

// along are the parts of a value to which an edge goes on.
func (l *level) along(e edge) (partSet, error) {
	set := l.newSet()
	others := len(l.names) // the part for all other names; the elements follow it
	switch {
	case !l.within[e.to] || e.step == toName:
	case e.step == inPlace:
		return l.reached(e.to)
	case e.step == toMember:
		set.put(l.names[e.name])
	case e.step == toMembers:
		for name, part := range l.names {
			if e.except[name] == nil {
				set.put(part)
			}
		}
		set.put(others)
	case e.step == toElement:
		set.put(others + 1 + e.index)
	case e.step == toElements:
		for i := e.index; i <= l.indexes; i++ {
			set.put(others + 1 + i)
		}
	}
	return set, nil
}

func (l *level) newSet() partSet { return make(partSet, (len(l.names)+l.indexes+2+63)/64) }

// partSet is a set of small numbers.
type partSet []uint64

func (s partSet) put(i int) { s[i/64] |= 1 << (i % 64) }

func (s partSet) add(other partSet) {
	for i := range other {
		s[i] |= other[i]
	}
}

func (s partSet) overlaps(other partSet) bool {
	for i := range other {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}
