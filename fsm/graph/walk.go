package graph

import (
	"slices"

	"github.com/quipu-ledger/quipu"
)

// Direction says which way links are followed.
type Direction string

// The directions: from an event to those that it links to, to those that link to
// it, or both.
const (
	Outward Direction = "out"
	Inward  Direction = "in"
	Both    Direction = "both"
)

// Directions are all of them.
var Directions = []Direction{Outward, Inward, Both}

// TypesMax bounds the types of a walk: each is a cursor of the read.
const TypesMax = 100

// Query says what a walk covers.
type Query struct {
	// From is the event that the walk begins at.
	From      quipu.Position
	Direction Direction
	// Types are those of the links that are followed; none means all.
	Types []string
	// Depth is how many links an event may be away from the first, 0 to
	// quipu.GraphDepthMax.
	Depth int
	// Limit bounds the events, the first included: 1 to quipu.GraphEventsMax.
	Limit int
}

// check refuses what no walk can be asked for. The names are those of the query.
func (q *Query) check() *quipu.Error {
	switch {
	case !slices.Contains(Directions, q.Direction):
		return quipu.Errorf(quipu.Invalid, "direction: %.20q is none", string(q.Direction)).WithHint("the directions are %q", Directions)
	case q.Depth < 0:
		return quipu.Errorf(quipu.Invalid, "depth: it is %d", q.Depth).
			WithHint("0 gives the first event alone, and the most is %d", quipu.GraphDepthMax)
	case q.Depth > quipu.GraphDepthMax:
		return quipu.Errorf(quipu.TooLarge, "depth: it is %d, the limit is %d", q.Depth, quipu.GraphDepthMax).
			WithHint("walk on from the events that are the farthest away")
	case q.Limit < 1:
		return quipu.Errorf(quipu.Invalid, "limit: it is %d", q.Limit).WithHint("a walk gives 1 to %d events", quipu.GraphEventsMax)
	case q.Limit > quipu.GraphEventsMax:
		return quipu.Errorf(quipu.TooLarge, "limit: %d events, the limit is %d", q.Limit, quipu.GraphEventsMax).
			WithHint("take a smaller limit, and walk on from the events that are given")
	case len(q.Types) > TypesMax:
		return quipu.Errorf(quipu.TooLarge, "types: there are %d, the limit is %d", len(q.Types), TypesMax).
			WithHint("without any, links of all types are followed")
	}
	return nil
}

// Item is a part of what a walk gives: an event, or a link between two events
// that were given before it. One of the two is nil.
type Item struct {
	Node *Node
	Edge *Link
}

// Node is an event as a walk gives it.
type Node struct {
	Position quipu.Position
	EventID  quipu.EventID
	Event    string
	// ID and Version are those of its author, "" and 0 if the event has no id.
	ID      string
	Version uint64
	// Depth is the number of links between it and the first event.
	Depth int
}

// Cut says why a walk ended before it had given everything. It is empty if and
// only if a walk with a greater depth and limit would give nothing more, but for
// CutWork, after which that is not known.
type Cut string

// The reasons.
const (
	// CutDepth: an event as far away as the depth allows has links that were not
	// given.
	CutDepth Cut = "depth"
	// CutLimit: there is an event beyond the limit.
	CutLimit Cut = "limit"
	// CutWork: ten links were looked at for each event that the limit allows, and
	// too many of them were between events that were given before, of another
	// version or of another type.
	CutWork Cut = "work"
)

// Walker walks from an event along links, breadth first, so that each event is
// given once, with the smallest depth that it can have. The links of an event are
// followed in order: first its own, as it has them, then those to it, by position.
// Each link is given once, when the first of its ends is followed; events at the
// greatest depth are not followed.
//
// It is made for reads in steps, each with a transaction of its own. Between them
// it holds no more than a few words for each event given. It is not safe for
// concurrent use.
type Walker struct {
	query Query
	found []place                // the events given, in that order
	index map[quipu.Position]int // where in found
	cut   Cut
	done  bool

	// The event whose links are being followed, and how far that is.
	at    int            // in found
	out   bool           // its own links are dealt with
	after quipu.Position // so are those of events up to here
	spent int            // links looked at, over all steps
}

type place struct {
	position quipu.Position
	depth    int
}

// NewWalker begins a walk. A query that is wrong is refused with an error of kind
// Invalid, one that passes a limit with TooLarge.
func NewWalker(q Query) (*Walker, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	return &Walker{query: q, index: map[quipu.Position]int{}}, nil
}

// Cut says why the walk ended early, once Next has said that it is done.
func (w *Walker) Cut() Cut { return w.cut }
