package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/client"
)

const unregisterHelp = `Examples:
  quipu unregister 'Item Ordered'

Ends new appends of events of a name. The old ones stay, and can be read as before.`

func unregisterCommand() *cli.Command {
	return &cli.Command{
		Name: "unregister", Usage: "end new appends of events of a name", ArgsUsage: "EVENT",
		Description: unregisterHelp, Flags: clientFlags(ledgerFlag()), Action: withClient(runUnregister),
	}
}

func runUnregister(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "EVENT"); err != nil {
		return err
	}
	if err := to.Unregister(c.Context, c.String("ledger"), c.Args().First()); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "unregistered %q in %s\n", c.Args().First(), c.String("ledger"))
	return nil
}
