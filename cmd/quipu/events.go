package main

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
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
	// waiting are the events of the next rows, and columns those that stand in the table: of what not every event has,
	// only what one of them had so far.
	waiting []quipu.Event
	columns columns
	headed  bool
	count   int
}

// columns are those of a table of events that are there if an event needs them.
type columns struct{ id, aggregate bool }

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
	p.waiting = append(p.waiting, *e)
	if len(p.waiting) < rowsAtOnce {
		return nil
	}
	return p.flush()
}

// flush prints what waits. Where that needs a column that is not there yet, another
// heading begins.
func (p *eventPrinter) flush() error {
	if p.format != formatTable {
		return nil
	}
	before := p.columns
	for i := range p.waiting {
		p.columns.id = p.columns.id || p.waiting[i].ID != ""
		p.columns.aggregate = p.columns.aggregate || p.waiting[i].Aggregate != nil
	}
	if p.headed && p.columns != before {
		p.headed, p.table = false, newTable(p.w)
	}
	if !p.headed && len(p.waiting) > 0 {
		p.heading()
	}
	for i := range p.waiting {
		p.row(&p.waiting[i])
	}
	p.waiting = p.waiting[:0]
	return p.table.Flush(p.w)
}

func (p *eventPrinter) heading() {
	p.table.Row(p.columns.cells("POSITION", "TIME", "EVENT", "ID", "AGGREGATE", "ENTITIES", "DATA")...)
	p.headed = true
}

func (p *eventPrinter) row(e *quipu.Event) {
	aggregate := ""
	if e.Aggregate != nil {
		aggregate = describeAggregate(*e.Aggregate)
	}
	p.table.Row(p.columns.cells(e.Position, e.Timestamp.UTC().Format(quipu.TimeLayout), e.Name,
		describeID(e), aggregate, describeEntities(e), string(e.Data))...)
}

// cells leaves out the cells of columns that are not there.
func (c columns) cells(position, time, event, id, aggregate, entities, data any) []any {
	cells := []any{position, time, event}
	if c.id {
		cells = append(cells, id)
	}
	if c.aggregate {
		cells = append(cells, aggregate)
	}
	return append(cells, entities, data)
}

// end closes what was begun; that nothing matched shows too.
func (p *eventPrinter) end() error {
	if p.format == formatTable {
		err := p.flush()
		if !p.headed {
			p.heading()
		}
		return errors.Join(err, p.table.Flush(p.w))
	}
	if p.format != formatJSON {
		return nil
	}
	text := "]\n"
	if p.count == 0 {
		text = "[]\n"
	}
	_, err := io.WriteString(p.w, text)
	return err
}

// describeID is "evt_1", or "evt_1@2" for a version.
func describeID(e *quipu.Event) string {
	if e.Version > 0 {
		return e.ID + "@" + strconv.FormatUint(e.Version, 10)
	}
	return e.ID
}

// describeEntities is "patron=Harold_Cho order=o-17", correlations after the others:
// they are found in the same way.
func describeEntities(e *quipu.Event) string {
	var parts []string
	for _, entity := range slices.Sorted(maps.Keys(e.Entities)) {
		for _, key := range e.Entities[entity] {
			parts = append(parts, entity+"="+key)
		}
	}
	for _, correlation := range e.Correlations {
		entity, key := correlation.Entity()
		if part := entity + "=" + key; !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}
