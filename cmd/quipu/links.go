package main

import (
	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const linksHelp = `Examples:
  quipu links 1042
  quipu links --direction both --type parent id:evt_1

Prints the links of an event, and the events at their other ends. PLACE is a position, an event id, id:ID for the latest
version of an author's own id, or id:ID@VERSION.`

func directionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "direction", Usage: "`WAY` of the links: out, from the event (the default), in, to it, or both"},
		&cli.StringSliceFlag{Name: "type", Usage: "only links of this `TYPE`; repeatable"},
	}
}

func linksCommand() *cli.Command {
	flags := append([]cli.Flag{ledgerFlag()}, directionFlags()...)
	return &cli.Command{
		Name: "links", Usage: "print the links of an event", ArgsUsage: "PLACE", Description: linksHelp,
		Flags: clientFlags(append(flags, consistencyFlag())...), Action: withClient(runLinks),
	}
}

func runLinks(c *cli.Context, to *client.Client) error {
	from, options, err := walkFrom(c)
	if err != nil {
		return err
	}
	w, err := newWalked(c)
	if err != nil {
		return err
	}
	walk := client.Walk{Direction: c.String("direction"), Types: c.StringSlice("type")}
	for line, err := range to.Links(c.Context, c.String("ledger"), from, walk, options...) {
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
	return printLinks(c, w)
}

// walkFrom reads what is common to walks.
func walkFrom(c *cli.Context) (from quipu.Target, options []client.ReadOption, err error) {
	if err := wantArguments(c, "PLACE"); err != nil {
		return from, nil, err
	}
	if from, err = parseTarget(c.Args().First()); err != nil {
		return from, nil, err
	}
	switch way := c.String("direction"); way {
	case "", "out", "in", "both":
	default:
		return from, nil, usagef("--direction is %q", way).withHint("it is out, in or both")
	}
	options, err = readOptions(c)
	return from, options, err
}

// printLinks prints a row for each link.
func printLinks(c *cli.Context, w *walked) error {
	table := newTable(c.App.Writer)
	table.Row("LINK", "POSITION", "EVENT", "ID", "META")
	for _, edge := range w.edges {
		arrow, other := "→ ", edge.To
		if w.cameFrom(edge) == edge.To {
			arrow, other = "← ", edge.From
		}
		node := w.nodes[other]
		table.Row(arrow+edge.Type, other, node.Event, nodeID(node), string(edge.Meta))
	}
	return table.Flush(c.App.Writer)
}

// nodeID is "evt_1", or "evt_1@2" for a version.
func nodeID(n *wire.GraphNode) string { return describeID(&quipu.Event{ID: n.ID, Version: n.Version}) }
