package schema

import "github.com/quipu-ledger/quipu"

// refuse refuses what is a JSON Schema, but cannot be applied within bounds; the package comment says why.
func refuse(root *node) error {
	g := &graph{edges: map[*node][][]edge{}, done: map[*node]int{}}
	g.add(root)
	for _, n := range g.nodes {
		if _, err := g.evaluations(n); err != nil {
			return err
		}
	}
	return g.refuseBranching()
}

// graph is a schema as nodes and edges.
type graph struct {
	nodes []*node // in the order in which they are met
	edges map[*node][][]edge
	done  map[*node]int // what evaluations has found; inProgress while it looks
}

func (g *graph) add(n *node) {
	if _, known := g.edges[n]; known {
		return
	}
	g.nodes = append(g.nodes, n)
	g.edges[n] = n.edges()
	for _, group := range g.edges[n] {
		for _, e := range group {
			g.add(e.to)
		}
	}
}

const inProgress = -1

// evaluations counts the nodes that are applied to one value when this one is, each as often as there are ways to it. A
// way that leads back without going into the value would never end.
func (g *graph) evaluations(n *node) (int, error) {
	if count, known := g.done[n]; known {
		return count, nil
	}
	g.done[n] = inProgress
	count := 1
	for _, group := range g.edges[n] {
		most := 0 // of the group one is taken
		for _, e := range group {
			if e.step != inPlace {
				continue
			}
			below, err := g.evaluations(e.to)
			if err != nil {
				return 0, err
			}
			if below == inProgress {
				return 0, quipu.Errorf(quipu.Invalid, "the schema leads back to itself without going into the data").At(n.pointer + "/" + e.keyword).
					WithHint("let the reference stand below a keyword for a part of the data, such as properties or items")
			}
			most = max(most, below)
		}
		if count += most; count > EvaluationsMax {
			return 0, quipu.Errorf(quipu.TooLarge, "the schemas that apply to one value: more than %d, which is the limit", EvaluationsMax).At(n.pointer).
				WithHint("a schema that is referred to several times counts as often")
		}
	}
	g.done[n] = count
	return count, nil
}
