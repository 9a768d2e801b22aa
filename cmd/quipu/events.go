package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

// rowsAtOnce is how many rows are lined up together before they are printed.
const rowsAtOnce = 100

// eventPrinter prints events as they come. It is for one goroutine.
type eventPrinter struct {
	w      io.Writer
	format string
	table  *console.Table
	headed bool
	count  int
}

// newEventPrinter begins to print events in the form that was asked for.
func newEventPrinter(c *cli.Context) (*eventPrinter, error) {
	format, err := outputFormat(c)
	if err != nil {
		return nil, err
	}
	return &eventPrinter{w: c.App.Writer, format: format, table: newTable(c.App.Writer)}, nil
}

// event prints an event, or keeps it for the next flush.
func (p *eventPrinter) event(e *quipu.Event) error {
	p.count++
	switch p.format {
	case formatNDJSON:
		return writeJSON(p.w, e)
	case formatJSON:
		before := ","
		if p.count == 1 {
			before = "["
		}
		if _, err := io.WriteString(p.w, before); err != nil {
			return err
		}
		return writeJSON(p.w, e)
	}
	p.heading()
	p.table.Row(e.Position, e.Timestamp.UTC().Format(quipu.TimeLayout), e.Name, describeEntities(e.Entities), string(e.Data))
	if p.table.Len() < rowsAtOnce {
		return nil
	}
	return p.flush()
}

// heading begins a table.
func (p *eventPrinter) heading() {
	if p.format == formatTable && !p.headed {
		p.table.Row("POSITION", "TIME", "EVENT", "ENTITIES", "DATA")
		p.headed = true
	}
}

// flush prints what waits.
func (p *eventPrinter) flush() error {
	if p.format == formatTable {
		return p.table.Flush(p.w)
	}
	return nil
}

// end closes what was begun; that nothing matched shows too.
func (p *eventPrinter) end() error {
	p.heading()
	if p.format != formatJSON {
		return p.flush()
	}
	text := "]\n"
	if p.count == 0 {
		text = "[]\n"
	}
	_, err := io.WriteString(p.w, text)
	return err
}

// describeEntities is "patron=Harold_Cho order=o-17".
func describeEntities(entities map[string][]string) string {
	var parts []string
	for _, entity := range slices.Sorted(maps.Keys(entities)) {
		for _, key := range entities[entity] {
			parts = append(parts, entity+"="+key)
		}
	}
	return strings.Join(parts, " ")
}
