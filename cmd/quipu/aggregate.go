package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const aggregateHelp = `Examples:
  quipu aggregate order o-17
  quipu aggregate --since 2 order o-17
  quipu aggregate -o ndjson shop/order o-17      one change on a line

Prints the version of an aggregate and its changes: all events of one append to it are one change. Its version is what
quipu append --expected-version wants.`

func aggregateCommand() *cli.Command {
	return &cli.Command{
		Name: "aggregate", Usage: "print an aggregate's version and its changes", ArgsUsage: "TYPE KEY", Description: aggregateHelp,
		Flags: clientFlags(
			ledgerFlag(),
			&cli.Uint64Flag{Name: "since", Usage: "only changes after this `VERSION`"},
			consistencyFlag(),
		),
		Action: withClient(runAggregate),
	}
}

func runAggregate(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c, "TYPE", "KEY"); err != nil {
		return err
	}
	options, err := readOptions(c)
	if err != nil {
		return err
	}
	ledger, aggregateType, key := c.String("ledger"), c.Args().Get(0), c.Args().Get(1)
	version, err := to.AggregateVersion(c.Context, ledger, aggregateType, key, options...)
	if err != nil {
		return err
	}
	printer, err := newChangePrinter(c, quipu.Aggregate{Type: aggregateType, Key: key, Version: version})
	if err != nil {
		return err
	}
	for change, err := range to.Changes(c.Context, ledger, aggregateType, key, c.Uint64("since"), options...) {
		if err == nil {
			err = printer.change(&change)
		}
		if err != nil {
			return err
		}
	}
	return printer.end()
}

// changePrinter prints changes of an aggregate as they come: as lines, or for people as
// events. As JSON it is one value, as the API has it, which needs them all.
type changePrinter struct {
	c         *cli.Context
	format    string
	aggregate quipu.Aggregate
	events    *eventPrinter
	changes   []byte // as JSON, with a comma between them
}

func newChangePrinter(c *cli.Context, a quipu.Aggregate) (*changePrinter, error) {
	events, err := newEventPrinter(c)
	if err != nil {
		return nil, err
	}
	return &changePrinter{c: c, format: events.format, aggregate: a, events: events}, nil
}

func (p *changePrinter) change(change *wire.Change) error {
	p.aggregate.Version = max(p.aggregate.Version, change.Version) // it may have grown since
	if p.format == formatTable {
		for i := range change.Events {
			if err := p.events.event(&change.Events[i]); err != nil {
				return err
			}
		}
		return nil
	}
	text, err := changeJSON(change)
	if err != nil {
		return err
	}
	if p.format == formatNDJSON {
		return writeJSON(p.c.App.Writer, text)
	}
	if len(p.changes) > 0 {
		p.changes = append(p.changes, ',')
	}
	p.changes = append(p.changes, text...)
	return nil
}

// changeJSON is a change as the API has it.
func changeJSON(change *wire.Change) (json.RawMessage, error) {
	var events bytes.Buffer
	for i := range change.Events {
		if i > 0 {
			events.WriteByte(',')
		}
		if err := writeJSON(&events, &change.Events[i]); err != nil {
			return nil, err
		}
	}
	return wire.AppendChange(nil, change.Version, change.Timestamp, events.Bytes()), nil
}

func (p *changePrinter) end() error {
	switch p.format {
	case formatNDJSON:
		return nil
	case formatJSON:
		return writeJSON(p.c.App.Writer, json.RawMessage(wire.AppendAggregatePage(nil, p.aggregate, p.changes, false)))
	}
	fmt.Fprintf(p.c.App.ErrWriter, "%s=%s is at version %d\n", p.aggregate.Type, p.aggregate.Key, p.aggregate.Version)
	return p.events.end()
}
