package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const eventHelp = `Examples:
  quipu event 1042
  quipu event 0005d0df8d1e990f13658533a0f8f294
  quipu event --id evt_1
  quipu event --id evt_1 --version 2
  quipu event --id evt_1 --versions -o ndjson
  quipu event --files -o json 1042               with the contents of its files, in base64

Prints one event: by its position, its event id, or its author's own id, of which the latest version is meant. With
--versions it prints all versions, oldest first.`

func eventCommand() *cli.Command {
	return &cli.Command{
		Name: "event", Usage: "print one event, or its versions", ArgsUsage: "[PLACE]", Description: eventHelp,
		Flags: clientFlags(
			ledgerFlag(),
			&cli.StringFlag{Name: "id", Usage: "the event with this author's `ID`, instead of a PLACE"},
			&cli.Uint64Flag{Name: "version", Usage: "version `N` of that id"},
			&cli.BoolFlag{Name: "versions", Usage: "every version of that id"},
			&cli.BoolFlag{Name: "files", Usage: "print the contents of files as well, in base64"},
			consistencyFlag(),
		),
		Action: withClient(runEvent),
	}
}

func runEvent(c *cli.Context, to *client.Client) error {
	target, err := eventTarget(c)
	if err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	if c.Bool("files") {
		options = append(options, client.WithFiles())
	}
	if c.Bool("versions") {
		return printVersions(c, to, target.ID, options)
	}
	event, err := fetchEvent(c, to, target, options...)
	if err != nil {
		return err
	}
	return printEvent(c, &event)
}

// eventTarget is what the flags or the argument name.
func eventTarget(c *cli.Context) (t quipu.Target, err error) {
	switch {
	case !c.IsSet("id"):
		if err := wantArguments(c, "PLACE"); err != nil {
			return t, err
		}
		if t, err = parseTarget(c.Args().First()); err != nil {
			return t, err
		}
	case c.Args().Present():
		return t, usagef("both --id and %q are given", c.Args().First()).withHint("each names an event")
	default:
		t.ID = c.String("id")
	}
	switch {
	case (c.IsSet("version") || c.Bool("versions")) && !c.IsSet("id"):
		return t, usagef("versions are those of an id").withHint("give --id, the author's own id of the event")
	case c.IsSet("version") && c.Bool("versions"):
		return t, usagef("both --version and --versions are given")
	case c.IsSet("version"):
		if t.Version = c.Uint64("version"); t.Version == 0 {
			return t, usagef("--version is 0").withHint("versions count from 1")
		}
	}
	return t, nil
}

func printVersions(c *cli.Context, to *client.Client, id string, options []client.ReadOption) error {
	printer, err := newEventPrinter(c)
	if err != nil {
		return err
	}
	for event, err := range to.Versions(c.Context, c.String("ledger"), id, options...) {
		if err == nil {
			err = printer.event(&event)
		}
		if err != nil {
			return err
		}
	}
	if printer.count == 0 {
		_, err := to.EventByID(c.Context, c.String("ledger"), id, 0, options...) // says why there is none
		return err
	}
	return printer.end()
}

// printEvent prints an event with every member that it has.
func printEvent(c *cli.Context, e *quipu.Event) error {
	parts := [][]any{{"position", e.Position}, {"event id", e.EventID}, {"time", e.Timestamp.UTC().Format(quipu.TimeLayout)}, {"event", e.Name}}
	for _, part := range [][]any{
		{"happened", e.HappenedAt}, {"producer", e.Producer}, {"id", describeID(e)}, {"schema", e.Schema},
	} {
		if part[1] != "" {
			parts = append(parts, part)
		}
	}
	if e.Aggregate != nil {
		parts = append(parts, []any{"aggregate", describeAggregate(*e.Aggregate)})
	}
	if len(e.Entities) > 0 {
		parts = append(parts, []any{"entities", describeEntities(&quipu.Event{Entities: e.Entities})})
	}
	for _, correlation := range e.Correlations {
		parts = append(parts, []any{"about", describeCorrelation(correlation)})
	}
	for _, link := range e.Links {
		parts = append(parts, []any{"link", strings.TrimSpace(link.Type + " → " + describeTarget(link.Target) + " " + string(link.Meta))})
	}
	for i := range e.Files {
		parts = append(parts, []any{"file", describeFile(&e.Files[i])})
	}
	if e.EncryptedData != "" {
		parts = append(parts, []any{"encrypted", fmt.Sprintf("%d bytes", len(e.EncryptedData))})
	}
	parts = append(parts, []any{"data", string(e.Data)}, []any{"meta", string(e.Meta)})
	return printOne(c, e, parts...)
}

// describeFile is "f1 application/pdf report.pdf 1048576 bytes sha256:…".
func describeFile(f *quipu.File) string {
	text := f.ID
	for _, part := range []string{f.ContentType, f.Filename} {
		if part != "" && part != f.ID {
			text += "  " + part
		}
	}
	if f.Size != nil {
		text += fmt.Sprintf("  %d bytes", *f.Size)
	}
	if f.Hash != "" {
		text += "  " + f.Hash
	}
	if f.IsReference {
		text += "  at " + f.Data
	}
	return text
}
