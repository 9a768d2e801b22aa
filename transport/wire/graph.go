package wire

import "github.com/quipu-ledger/quipu"

// GraphLine is one line of the answer to a walk over links: one of its members is set. The last line has the End, and an
// answer without it is incomplete.
type GraphLine struct {
	Node *GraphNode `json:"node,omitempty"`
	Edge *GraphEdge `json:"edge,omitempty"`
	End  *GraphEnd  `json:"end,omitempty"`
}

// GraphNode is an event. It comes once, before the edges that lead from it or to it.
type GraphNode struct {
	Position quipu.Position `json:"position"`
	EventID  quipu.EventID  `json:"eventId"`
	Event    string         `json:"event"`
	// ID and Version are those of its author, empty if the event has no id.
	ID      string `json:"id,omitempty"`
	Version uint64 `json:"version,omitempty"`
	// Depth is the number of links between it and the event that the walk began at.
	Depth int `json:"depth"`
}

// GraphEdge is a link from an event to another one.
type GraphEdge struct {
	From quipu.Position `json:"from"`
	To   quipu.Position `json:"to"`
	// Link has the target as its author named it; To is where that leads now.
	quipu.Link
}

// GraphEnd closes the answer.
type GraphEnd struct {
	// Head is the ledger's, as the answer was made from.
	Head quipu.Position `json:"head"`
	// More says that the walk ended before it had given everything.
	More bool `json:"more"`
	// Cut says why it did: depth or limit for what was asked for, work if too many links were looked at.
	Cut string `json:"cut,omitempty"`
}

// AppendGraphLine appends a line.
func AppendGraphLine(dst []byte, line GraphLine) []byte {
	return append(append(dst, encode(line)...), '\n')
}
