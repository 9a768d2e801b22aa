package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const (
	ledgerHelp = `Examples:
  quipu ledger list
  quipu ledger create --description 'orders of the kitchen' kitchen
  quipu ledger show kitchen`

	ledgerListHelp = `Examples:
  quipu ledger list -o ndjson`

	ledgerCreateHelp = `Examples:
  quipu ledger create kitchen

The same again does nothing and is no error.`

	ledgerShowHelp = `Examples:
  quipu ledger show main
  quipu ledger show 5c1f3a08`
)

func ledgerCommand() *cli.Command {
	return &cli.Command{
		Name: "ledger", Usage: "list, create and describe ledgers", Description: ledgerHelp,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the ledgers", Description: ledgerListHelp,
				Flags: clientFlags(consistencyFlag()), Action: withClient(listLedgers),
			},
			{
				Name: "create", Usage: "create a ledger", ArgsUsage: "NAME", Description: ledgerCreateHelp,
				Flags:  clientFlags(&cli.StringFlag{Name: "description", Usage: "`TEXT` for people"}),
				Action: withClient(createLedger),
			},
			{
				Name: "show", Usage: "describe a ledger", ArgsUsage: "[NAME]", Description: ledgerShowHelp,
				Flags: clientFlags(consistencyFlag()), Action: withClient(showLedger),
			},
		},
	}
}

func listLedgers(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	ledgers, err := to.Ledgers(c.Context, options...)
	if err != nil {
		return err
	}
	if format, _ := outputFormat(c); format != formatTable {
		return printList(c, encoded(ledgers), nil, nil)
	}
	return printList(c, ledgers, []any{"NAME", "ID", "EVENTS", "LAST EVENT", "DESCRIPTION"}, func(l quipu.Ledger) []any {
		return []any{l.Name, l.ID, l.Count, l.Head.Timestamp.UTC().Format(quipu.TimeLayout), l.Description}
	})
}

// encoded writes ledgers as the API does, whose times have six digits.
func encoded(ledgers []quipu.Ledger) []json.RawMessage {
	list := make([]json.RawMessage, len(ledgers))
	for i := range ledgers {
		list[i] = wire.EncodeLedger(&ledgers[i])
	}
	return list
}

func createLedger(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "NAME"); err != nil {
		return err
	}
	ledger, err := to.CreateLedger(c.Context, c.Args().First(), c.String("description"))
	if err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "the ledger %s is there, its id is %s\n", ledger.Name, ledger.ID)
	return printLedger(c, &ledger)
}

func showLedger(c *cli.Context, to *client.Client) error {
	name := "main"
	if c.Args().Present() {
		if err := wantArguments(c, "NAME"); err != nil {
			return err
		}
		name = c.Args().First()
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	ledger, err := to.Ledger(c.Context, name, options...)
	if err != nil {
		return err
	}
	return printLedger(c, &ledger)
}

func printLedger(c *cli.Context, l *quipu.Ledger) error {
	return printOne(c, json.RawMessage(wire.EncodeLedger(l)),
		[]any{"name", l.Name}, []any{"id", l.ID}, []any{"description", l.Description}, []any{"events", l.Count},
		[]any{"head", l.Head.Position}, []any{"last event", l.Head.EventID}, []any{"at", l.Head.Timestamp.UTC().Format(quipu.TimeLayout)})
}
