package main

import (
	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const aggregatesHelp = `Examples:
  quipu aggregates order
  quipu aggregates -o ndjson shop/order | wc -l`

func aggregatesCommand() *cli.Command {
	return &cli.Command{
		Name: "aggregates", Usage: "list the aggregates of a type", ArgsUsage: "TYPE", Description: aggregatesHelp,
		Flags: clientFlags(ledgerFlag(), consistencyFlag()), Action: withClient(runAggregates),
	}
}

// aggregateJSON is quipu.AggregateState with its time as the ledger writes times.
type aggregateJSON struct {
	quipu.Aggregate
	Last        quipu.Position `json:"last"`
	LastChanged string         `json:"lastChanged"`
}

func runAggregates(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "TYPE"); err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	format, _ := outputFormat(c)
	var list []aggregateJSON
	for state, err := range to.Aggregates(c.Context, c.String("ledger"), c.Args().First(), options...) {
		if err != nil {
			return err
		}
		a := aggregateJSON{state.Aggregate, state.Last, state.LastChanged.UTC().Format(quipu.TimeLayout)}
		if format != formatNDJSON {
			list = append(list, a)
		} else if err := writeJSON(c.App.Writer, a); err != nil { // as they come: there may be many
			return err
		}
	}
	return printList(c, list, []any{"KEY", "VERSION", "LAST CHANGED", "POSITION"}, func(a aggregateJSON) []any {
		return []any{a.Key, a.Version, a.LastChanged, a.Last}
	})
}
