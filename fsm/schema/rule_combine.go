package schema

import "strconv"

// Keywords that apply other schemas to the same value.

// reference is $ref, and what is left of $dynamicRef and $recursiveRef once their target is known. A person is told what
// does not hold in the target, and not of the reference; so it is with allOf.
type reference struct {
	keyword string
	node    *node
}

func (k reference) holds(r *run, t target) bool { return r.fitsInPlace(k.node, t, k.keyword) }

func (k reference) edges() [][]edge { return alone([]edge{{to: k.node, keyword: k.keyword}}) }

type allOf struct{ nodes []*node }

func (k allOf) holds(r *run, t target) bool {
	holds := true
	for _, n := range k.nodes {
		if !r.fitsInPlace(n, t, "allOf") {
			if holds = false; r.done() {
				break
			}
		}
	}
	return holds
}

func (k allOf) edges() [][]edge { return listed("allOf", k.nodes) }

type anyOf struct{ nodes []*node }

func (k anyOf) holds(r *run, t target) bool {
	fits := false
	for _, n := range k.nodes {
		if fits = r.quietly(n, t) || fits; fits && t.seen == nil {
			return true // otherwise all are asked, since each may look at other parts
		}
	}
	return fits || r.explain(k.nodes, t, "anyOf")
}

func (k anyOf) edges() [][]edge { return listed("anyOf", k.nodes) }

type oneOf struct{ nodes []*node }

func (k oneOf) holds(r *run, t target) bool {
	fitting := -1
	for i, n := range k.nodes {
		if !r.quietly(n, t) {
			continue
		}
		if fitting >= 0 {
			return r.wrong(t, "oneOf", "the value fits the alternatives %d and %d, and only one may fit", fitting+1, i+1)
		}
		fitting = i
	}
	return fitting >= 0 || r.explain(k.nodes, t, "oneOf")
}

func (k oneOf) edges() [][]edge { return listed("oneOf", k.nodes) }

func listed(keyword string, nodes []*node) [][]edge {
	list := make([]edge, len(nodes))
	for i, n := range nodes {
		list[i] = edge{to: n, keyword: keyword + "/" + strconv.Itoa(i)}
	}
	return alone(list)
}

type not struct{ node *node }

func (k not) holds(r *run, t target) bool {
	t.seen = nil // what must not fit looks at nothing
	return !r.quietly(k.node, t) || r.wrong(t, "not", "the value fits what it must not fit")
}

func (k not) edges() [][]edge { return alone([]edge{{to: k.node, keyword: "not"}}) }

// conditional is if with then and else, either of which may be nil.
type conditional struct{ condition, then, otherwise *node }

func (k conditional) holds(r *run, t target) bool {
	n, via := k.then, "then"
	if !r.quietly(k.condition, t) {
		n, via = k.otherwise, "else"
	}
	return n == nil || r.fitsInPlace(n, t, via)
}

func (k conditional) edges() [][]edge {
	var branches []edge
	if k.then != nil {
		branches = append(branches, edge{to: k.then, keyword: "then"})
	}
	if k.otherwise != nil {
		branches = append(branches, edge{to: k.otherwise, keyword: "else"})
	}
	return [][]edge{{{to: k.condition, keyword: "if"}}, branches}
}
