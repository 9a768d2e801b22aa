package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const registerHelp = `Examples:
  quipu register 'Item Ordered' patron order
  quipu register --ledger kitchen 'Item Cooked' order

Allows events of a name, for the entity types named. Another set of types replaces the one before; events that are
in the ledger stay as they are.`

func registerCommand() *cli.Command {
	return &cli.Command{
		Name: "register", Usage: "allow events of a name, for some types of entities", ArgsUsage: "EVENT ENTITY-TYPE...",
		Description: registerHelp, Flags: clientFlags(ledgerFlag()), Action: withClient(runRegister),
	}
}

func runRegister(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "EVENT", "ENTITY-TYPE..."); err != nil {
		return err
	}
	registration := quipu.Registration{Event: c.Args().First(), Entities: c.Args().Tail()}
	if err := to.Register(c.Context, c.String("ledger"), registration); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "registered %q for %s in %s\n", registration.Event, strings.Join(registration.Entities, ", "), c.String("ledger"))
	return nil
}
