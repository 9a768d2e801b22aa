package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

const graphHelp = `Examples:
  quipu graph id:evt_1
  quipu graph --direction in --depth 3 1042
  quipu graph --type parent --type child -o ndjson 1042

Prints what can be reached from an event over links, as a tree. An event that stands in it already is not followed again.
PLACE is a position, an event id, id:ID for the latest version of an author's own id, or id:ID@VERSION.`

func graphCommand() *cli.Command {
	flags := append([]cli.Flag{ledgerFlag()}, directionFlags()...)
	return &cli.Command{
		Name: "graph", Usage: "print what can be reached from an event over links", ArgsUsage: "PLACE", Description: graphHelp,
		Flags: clientFlags(append(flags,
			&cli.IntFlag{Name: "depth", Usage: fmt.Sprintf("at most `N` links away, up to %d", quipu.GraphDepthMax)},
			&cli.IntFlag{Name: "limit", Usage: fmt.Sprintf("at most `N` events, up to %d", quipu.GraphEventsMax)},
			consistencyFlag())...),
		Action: withClient(runGraph),
	}
}

func runGraph(c *cli.Context, to *client.Client) error {
	from, options, err := walkFrom(c)
	if err != nil {
		return err
	}
	w, err := newWalked(c)
	if err != nil {
		return err
	}
	walk := client.Walk{Direction: c.String("direction"), Types: c.StringSlice("type"), Depth: c.Int("depth"), Limit: c.Int("limit")}
	for _, name := range []string{"depth", "limit"} {
		if c.IsSet(name) && c.Int(name) < 1 {
			return usagef("--%s is %d, want 1 or more", name, c.Int(name))
		}
	}
	for line, err := range to.Graph(c.Context, c.String("ledger"), from, walk, options...) {
		if err == nil {
			err = w.line(&line)
		}
		if err != nil {
			return err
		}
	}
	if w.format != formatTable {
		return w.end()
	}
	if err := printGraph(c, w); err != nil {
		return err
	}
	if words := describeCut(w.ending.Cut); words != "" {
		fmt.Fprintf(c.App.ErrWriter, "this is not all: %s\n", words)
	}
	return nil
}

// describeCut says why a walk ended early, and what to do.
func describeCut(cut string) string {
	switch cut {
	case "":
		return ""
	case "depth":
		return "events that are farther away were not followed; give a larger --depth, or go on from one of the last"
	case "limit":
		return "there are more events; give a larger --limit, or go on from one of the last"
	}
	return "too many links were looked at; give --type, or go on from one of the last"
}

// graphPrinter prints a graph as a tree. An event is followed where it comes first.
type graphPrinter struct {
	*walked
	table *console.Table
	links map[quipu.Position][]branch // by the event below which they stand
	seen  map[quipu.Position]bool
}

// branch is a link as one of its ends sees it.
type branch struct {
	label string // such as "parent → "
	to    quipu.Position
}

func printGraph(c *cli.Context, w *walked) error {
	p := &graphPrinter{walked: w, table: newTable(c.App.Writer), links: map[quipu.Position][]branch{}, seen: map[quipu.Position]bool{}}
	for _, edge := range w.edges {
		at, b := edge.From, branch{edge.Type + " → ", edge.To}
		if w.cameFrom(edge) == edge.To {
			at, b = edge.To, branch{edge.Type + " ← ", edge.From}
		}
		p.links[at] = append(p.links[at], b)
	}
	p.table.Row("POSITION", "EVENT")
	p.print(console.Branch{}, branch{to: w.first})
	return p.table.Flush(c.App.Writer)
}

func (p *graphPrinter) print(lead console.Branch, b branch) {
	node := p.nodes[b.to]
	words := []string{lead.String() + b.label + node.Event}
	if node.ID != "" {
		words = append(words, nodeID(node))
	}
	if p.seen[b.to] {
		p.table.Row(b.to, strings.Join(append(words, "(above)"), "  "))
		return
	}
	p.seen[b.to] = true
	p.table.Row(b.to, strings.Join(words, "  "))
	for i, below := range p.links[b.to] {
		p.print(lead.Child(i == len(p.links[b.to])-1), below)
	}
}
