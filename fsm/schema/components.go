package schema

import "slices"

// components are the groups of nodes that lead to each other. The names of members lead no further, and are left out; so
// are single nodes that do not lead to themselves.
func (g *graph) components() [][]*node {
	w := walk{graph: g, index: map[*node]int{}, low: map[*node]int{}, onStack: map[*node]bool{}}
	for _, n := range g.nodes {
		if w.index[n] == 0 {
			w.visit(n)
		}
	}
	return w.found
}

// walk is Tarjan's algorithm for strongly connected components (Depth-first search and linear graph algorithms, 1972).
type walk struct {
	graph   *graph
	index   map[*node]int // in which order nodes were met, from 1
	low     map[*node]int // the first that a node leads back to, as far as is known
	stack   []*node
	onStack map[*node]bool
	found   [][]*node
}

func (w *walk) visit(n *node) {
	w.index[n] = len(w.index) + 1
	w.low[n] = w.index[n]
	w.stack = append(w.stack, n)
	w.onStack[n] = true
	toItself := false
	for _, group := range w.graph.edges[n] {
		for _, e := range group {
			switch {
			case e.step == toName:
			case w.index[e.to] == 0:
				w.visit(e.to)
				w.low[n] = min(w.low[n], w.low[e.to])
			case w.onStack[e.to]:
				w.low[n] = min(w.low[n], w.index[e.to])
				toItself = toItself || e.to == n
			}
		}
	}
	if w.low[n] == w.index[n] {
		w.take(n, toItself)
	}
}

// take takes the component that was entered at n off the stack.
func (w *walk) take(n *node, toItself bool) {
	from := slices.Index(w.stack, n)
	component := slices.Clone(w.stack[from:])
	w.stack = w.stack[:from]
	for _, member := range component {
		w.onStack[member] = false
	}
	if len(component) > 1 || toItself {
		w.found = append(w.found, component)
	}
}
