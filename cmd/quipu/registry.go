package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const registryHelp = `Examples:
  quipu registry
  quipu registry --ledger kitchen -o ndjson
  quipu registry 'Item Ordered'`

func registryCommand() *cli.Command {
	return &cli.Command{
		Name: "registry", Usage: "print what may be appended", ArgsUsage: "[EVENT]",
		Description: registryHelp, Flags: clientFlags(ledgerFlag(), consistencyFlag()), Action: withClient(runRegistry),
	}
}

func runRegistry(c *cli.Context, to *client.Client) error {
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	var registrations []quipu.Registration
	if c.Args().Present() {
		if err := wantArguments(c, "EVENT"); err != nil {
			return err
		}
		one, err := to.Registration(c.Context, c.String("ledger"), c.Args().First(), options...)
		if err != nil {
			return err
		}
		registrations = []quipu.Registration{one}
	} else if registrations, err = to.Registry(c.Context, c.String("ledger"), options...); err != nil {
		return err
	}
	return printList(c, registrations, []any{"EVENT", "ENTITY TYPES"}, func(r quipu.Registration) []any {
		return []any{r.Event, strings.Join(r.Entities, ", ")}
	})
}
