package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// walked is what a walk over links has given. For programs its lines are printed as they
// come; for people they are kept, since a tree needs them all.
type walked struct {
	w      io.Writer
	format string
	count  int
	way    string // the direction; empty is out
	first  quipu.Position
	nodes  map[quipu.Position]*wire.GraphNode
	order  map[quipu.Position]int // in which the events came
	edges  []*wire.GraphEdge
	ending wire.GraphEnd
}

func newWalked(c *cli.Context) (*walked, error) {
	format, err := outputFormat(c)
	return &walked{
		w: c.App.Writer, format: format, way: c.String("direction"),
		nodes: map[quipu.Position]*wire.GraphNode{}, order: map[quipu.Position]int{},
	}, err
}

func (w *walked) line(line *wire.GraphLine) error {
	w.count++
	switch {
	case line.End != nil:
		w.ending = *line.End
	case w.format != formatTable:
	case line.Node != nil:
		if len(w.nodes) == 0 {
			w.first = line.Node.Position
		}
		w.nodes[line.Node.Position], w.order[line.Node.Position] = line.Node, len(w.nodes)
	case line.Edge != nil:
		w.edges = append(w.edges, line.Edge)
	}
	if w.format == formatTable {
		return nil
	}
	if w.format == formatJSON {
		before := ","
		if w.count == 1 {
			before = "["
		}
		if _, err := io.WriteString(w.w, before); err != nil {
			return err
		}
	}
	_, err := w.w.Write(wire.AppendGraphLine(nil, *line))
	return err
}

// cameFrom is that end of a link from which the walk followed it.
func (w *walked) cameFrom(edge *wire.GraphEdge) quipu.Position {
	switch {
	case w.way == "in", w.way == "both" && w.order[edge.To] < w.order[edge.From]:
		return edge.To
	}
	return edge.From
}

// end closes what was begun for a program.
func (w *walked) end() error {
	if w.format != formatJSON {
		return nil
	}
	_, err := io.WriteString(w.w, "]\n")
	return err
}
