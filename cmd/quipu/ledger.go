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
  quipu ledger create --ids uuid7 kitchen

The same again does nothing and is no error.`

	ledgerSettingsHelp = `Examples:
  quipu ledger settings kitchen
  quipu ledger settings --ids uuid7 kitchen
  quipu ledger settings --ids none kitchen

Prints the settings of a ledger, or replaces them. With --ids the ledger makes an id of that kind for each event that has
none, from the next append on.`

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
				Flags:  clientFlags(&cli.StringFlag{Name: "description", Usage: "`TEXT` for people"}, idsFlag()),
				Action: withClient(createLedger),
			},
			{
				Name: "settings", Usage: "print or change a ledger's settings", ArgsUsage: "[NAME]", Description: ledgerSettingsHelp,
				Flags: clientFlags(idsFlag(), consistencyFlag()), Action: withClient(ledgerSettings),
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
	settings, err := settingsFlags(c)
	if err != nil {
		return err
	}
	ledger, err := to.CreateLedgerWith(c.Context, wire.NewLedger{
		Name: c.Args().First(), Description: c.String("description"), Settings: settings,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "the ledger %s is there, its id is %s\n", ledger.Name, ledger.ID)
	return printLedger(c, &ledger)
}

// ledgerName is the one argument, or main.
func ledgerName(c *cli.Context) (string, error) {
	if !c.Args().Present() {
		return "main", nil
	}
	return c.Args().First(), wantArguments(c, "NAME")
}

func showLedger(c *cli.Context, to *client.Client) error {
	ledger, err := theLedger(c, to)
	if err != nil {
		return err
	}
	return printLedger(c, &ledger)
}

func theLedger(c *cli.Context, to *client.Client) (ledger quipu.Ledger, err error) {
	name, err := ledgerName(c)
	if err != nil {
		return ledger, err
	}
	options, err := readOptions(c)
	if err != nil {
		return ledger, err
	}
	return to.Ledger(c.Context, name, options...)
}

func printLedger(c *cli.Context, l *quipu.Ledger) error {
	parts := [][]any{{"name", l.Name}, {"id", l.ID}, {"description", l.Description}}
	if l.Settings.ID != "" {
		parts = append(parts, []any{"ids", l.Settings.ID})
	}
	parts = append(parts, []any{"events", l.Count}, []any{"head", l.Head.Position}, []any{"last event", l.Head.EventID},
		[]any{"at", l.Head.Timestamp.UTC().Format(quipu.TimeLayout)})
	return printOne(c, json.RawMessage(wire.EncodeLedger(l)), parts...)
}
