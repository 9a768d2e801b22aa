package schema

// node is one subschema in the form in which it is applied: what older drafts write differently is one thing here, and
// each keyword is a rule.
type node struct {
	pointer string // into the document
	verdict verdict
	kinds   kind // the types that are allowed; 0 means all
	// first are the rules that decide: where one fails, nothing else is worth saying. rules are the others, the cheap
	// ones before those that lead to more nodes, and what is about unevaluated parts last.
	first, rules []rule
	// marking says that a rule needs to know which members or elements the others have looked at.
	marking bool
}

// verdict is what the schemas true and false say of every value.
type verdict int

const (
	depends verdict = iota
	always
	never
)

// rule is a keyword with its value.
type rule interface {
	// holds reports whether the keyword holds for the value, and tells the run where it does not. A rule holds for values
	// of types that it is not about.
	holds(r *run, t target) bool
}

// parent is a rule that applies other nodes.
type parent interface {
	rule
	// edges gives where it leads, in an order that does not change. Of the edges in one group only one is taken.
	edges() [][]edge
}

// edge leads from a node to one that is applied to the same value or to a part of it.
type edge struct {
	to *node
	// keyword is the place of the other schema below this one, or of the reference to it: "anyOf/0", "$ref".
	keyword string
	step    step
	name    string           // for toMember
	except  map[string]*node // for toMembers
	index   int              // for toElement, and the first for toElements
}

// step is which part of the value an edge leads to.
type step int

const (
	inPlace    step = iota // the value itself
	toMember               // the member of a name
	toMembers              // any member whose name is not one of except
	toElement              // the element at an index
	toElements             // any element from an index on
	toName                 // the name of any member, as a string, which leads no further
)

// alone makes a group of each edge.
func alone(edges []edge) [][]edge {
	groups := make([][]edge, len(edges))
	for i := range edges {
		groups[i] = edges[i : i+1]
	}
	return groups
}

// edges are those of all the node's rules.
func (n *node) edges() (groups [][]edge) {
	for _, rule := range n.rules {
		if p, ok := rule.(parent); ok {
			groups = append(groups, p.edges()...)
		}
	}
	return groups
}
