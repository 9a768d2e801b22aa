package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const (
	schemaHelp = `Examples:
  quipu schema put 'Item Ordered' 1.0 item-ordered.json
  quipu schema get 'Item Ordered' 1.0
  quipu register --schema-default 1.0 'Item Ordered' patron

A schema is a JSON Schema of an event's data, under the event's name and a version. What a version says never changes.`

	schemaPutHelp = `Examples:
  quipu schema put 'Item Ordered' 1.0 item-ordered.json
  echo '{"type":"object"}' | quipu schema put 'Item Ordered' 1.0 -

The same again does nothing and is no error. Events name the version that they are checked against, or quipu register says
which one counts.`

	schemaGetHelp = `Examples:
  quipu schema get 'Item Ordered' 1.0
  quipu schema get --ledger kitchen -o json 'Item Cooked' 2 > item-cooked.json`
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "register and print schemas of events' data", Description: schemaHelp,
		Subcommands: []*cli.Command{
			{
				Name: "put", Usage: "register a version of a schema", ArgsUsage: "EVENT VERSION FILE", Description: schemaPutHelp,
				Flags: clientFlags(ledgerFlag()), Action: withClient(putSchema),
			},
			{
				Name: "get", Usage: "print a version of a schema", ArgsUsage: "EVENT VERSION", Description: schemaGetHelp,
				Flags: clientFlags(ledgerFlag(), consistencyFlag()), Action: withClient(getSchema),
			},
		},
	}
}

func putSchema(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "EVENT", "VERSION", "FILE"); err != nil {
		return err
	}
	event, version, name := c.Args().Get(0), c.Args().Get(1), c.Args().Get(2)
	text, err := readInput(c, name, quipu.SchemaBytesMax*2) // white space does not count
	if err != nil {
		return err
	}
	if err := to.PutSchema(c.Context, c.String("ledger"), event, version, text); err != nil {
		return placed{name, err}
	}
	fmt.Fprintf(c.App.ErrWriter, "version %s of the schema of %q is registered in %s\n", version, event, c.String("ledger"))
	return nil
}

func getSchema(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "EVENT", "VERSION"); err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	schema, err := to.Schema(c.Context, c.String("ledger"), c.Args().Get(0), c.Args().Get(1), options...)
	if err != nil {
		return err
	}
	if format, _ := outputFormat(c); format != formatTable {
		return writeJSON(c.App.Writer, schema)
	}
	return writeIndented(c.App.Writer, schema)
}

// writeIndented writes JSON for people, with its numbers as they are.
func writeIndented(w io.Writer, text json.RawMessage) error {
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err := out.WriteTo(w)
	return err
}
