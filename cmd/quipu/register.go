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
  quipu register --schema-default 1.0 --schema-required 'Item Ordered' patron order
  quipu register article-run-started             for events of an aggregate, whose type is not registered

Allows events of a name, for the entity types named. What is registered replaces what was before, the rule of the schemas
as well; events that are in the ledger stay as they are. Schemas are registered by quipu schema put.`

func registerCommand() *cli.Command {
	return &cli.Command{
		Name: "register", Usage: "allow events of a name, for some types of entities", ArgsUsage: "EVENT [ENTITY-TYPE...]",
		Description: registerHelp, Action: withClient(runRegister),
		Flags: clientFlags(
			ledgerFlag(),
			&cli.StringFlag{Name: "schema-default", Usage: "the registered `VERSION` that counts for events that name none"},
			&cli.BoolFlag{Name: "schema-required", Usage: "refuse events whose data is checked against no schema"},
		),
	}
}

func runRegister(c *cli.Context, to *client.Client) error {
	if c.NArg() == 0 {
		return wantArguments(c, "EVENT")
	}
	registration := quipu.Registration{
		Event: c.Args().First(), Entities: c.Args().Tail(),
		Schema: quipu.SchemaRule{Default: c.String("schema-default"), Required: c.Bool("schema-required")},
	}
	if err := to.Register(c.Context, c.String("ledger"), registration); err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "registered %q for %s in %s\n",
		registration.Event, strings.Join(registration.Entities, ", "), c.String("ledger"))
	return nil
}
