package main

import (
	"encoding/json"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

// The forms of what is printed on stdout.
const (
	formatTable  = "table"  // for people
	formatJSON   = "json"   // one JSON value
	formatNDJSON = "ndjson" // one JSON value a line, as it comes
)

func outputFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: formatTable, Usage: "`FORM` of what is printed: table, json or ndjson"}
}

func outputFormat(c *cli.Context) (string, error) {
	format := c.String("output")
	switch format {
	case formatTable, formatJSON, formatNDJSON:
		return format, nil
	case "":
		return formatTable, nil
	}
	err := usagef("unknown output %q", format)
	if near := quipu.Nearest(format, []string{formatTable, formatJSON, formatNDJSON}); near != "" {
		return "", err.withHint("did you mean %s?", near)
	}
	return "", err.withHint("known are table, json, ndjson")
}

// printList prints values in the form that was asked for. A table has a heading
// and a row for each value.
func printList[T any](c *cli.Context, values []T, heading []any, row func(T) []any) error {
	format, err := outputFormat(c)
	if err != nil {
		return err
	}
	w := c.App.Writer
	switch format {
	case formatJSON:
		if values == nil {
			values = []T{}
		}
		return writeJSON(w, values)
	case formatNDJSON:
		for _, value := range values {
			if err := writeJSON(w, value); err != nil {
				return err
			}
		}
		return nil
	}
	table := newTable(w)
	table.Row(heading...)
	for _, value := range values {
		table.Row(row(value)...)
	}
	return table.Flush(w)
}

// printOne prints one value: as JSON, or as a table of its parts.
func printOne(c *cli.Context, value any, parts ...[]any) error {
	format, err := outputFormat(c)
	if err != nil {
		return err
	}
	if format != formatTable {
		return writeJSON(c.App.Writer, value)
	}
	table := newTable(c.App.Writer)
	for _, part := range parts {
		table.Row(part...)
	}
	return table.Flush(c.App.Writer)
}

// newTable makes a table that fits a terminal; elsewhere nothing is cut.
func newTable(w io.Writer) *console.Table {
	return &console.Table{Limit: console.Width(w, 0)}
}

// writeJSON writes a value on one line. "<" stays "<", as the ledger has it.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
