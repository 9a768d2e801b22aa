package main

import (
	"slices"
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
	return printRegistrations(c, registrations)
}

// printRegistrations has columns for schemas where an event has some.
func printRegistrations(c *cli.Context, registrations []quipu.Registration) error {
	schemas := slices.ContainsFunc(registrations, func(r quipu.Registration) bool {
		return len(r.Versions) > 0 || r.Schema != (quipu.SchemaRule{})
	})
	heading := []any{"EVENT", "ENTITY TYPES"}
	if schemas {
		heading = append(heading, "SCHEMAS", "RULE")
	}
	return printList(c, registrations, heading, func(r quipu.Registration) []any {
		cells := []any{r.Event, strings.Join(r.Entities, ", ")}
		if schemas {
			cells = append(cells, strings.Join(r.Versions, ", "), describeRule(r.Schema))
		}
		return cells
	})
}

// describeRule is "required, default 1.0".
func describeRule(rule quipu.SchemaRule) string {
	var parts []string
	if rule.Required {
		parts = append(parts, "required")
	}
	if rule.Default != "" {
		parts = append(parts, "default "+rule.Default)
	}
	return strings.Join(parts, ", ")
}
