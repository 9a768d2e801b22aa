package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const selectHelp = `Examples:
  quipu select --entity patron=Harold_Cho
  quipu select --event 'Item Ordered=$ ? (@.peppers > 3)' --limit 10 --reverse
  quipu select --event match-created='$.players ? (@ == $name)' --var 'name="Amal"' -o ndjson
  quipu select --correlation article-store/article/10627 --happened-from 2018-03-08T12:00:00Z
  quipu select --link parent=id:evt_1            what links to an event
  quipu select --selector '{"entities":{"patron":["Harold_Cho"]},"events":["Item Ordered"]}'

An event matches if it concerns any of the entities, and has any of the names, and its meta matches, and so on;
parts that are not given match everything. An aggregate and a correlation are entities of their events too. Paths are
PostgreSQL's SQL/JSON paths, and match if they yield an item.`

func selectCommand() *cli.Command {
	flags := append([]cli.Flag{ledgerFlag()}, selectionFlags()...)
	return &cli.Command{
		Name: "select", Usage: "print the events that match", Description: selectHelp,
		Flags:  clientFlags(append(append(flags, rangeFlags()...), consistencyFlag())...),
		Action: withClient(runSelect),
	}
}

func runSelect(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	wanted, err := selection(c)
	if err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	printer, err := newEventPrinter(c)
	if err != nil {
		return err
	}
	var end wire.End
	for event, err := range to.Select(c.Context, c.String("ledger"), wanted, append(options, client.WithEnd(&end))...) {
		if err != nil {
			_ = printer.flush() // what came before the error is true
			return err
		}
		if err := printer.event(&event); err != nil {
			return err
		}
	}
	if err := printer.end(); err != nil {
		return err
	}
	if end.More {
		fmt.Fprintf(c.App.ErrWriter, "more events match; go on with --%s\n", continuation(wanted.Reverse, end))
	}
	return nil
}

// continuation is the flag that goes on where a selection with a limit ended.
func continuation(reverse bool, end wire.End) string {
	if reverse {
		return fmt.Sprintf("until %d", end.Position-1)
	}
	return fmt.Sprintf("after %d", end.Position)
}
