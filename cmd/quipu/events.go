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
	// waiting are the events of the next rows, and ids is true once one of the events had an id: then the table has a
	// column for them.
	waiting []quipu.Event
	ids     bool
	headed  bool
	count   int
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
	p.waiting = append(p.waiting, *e)
	if len(p.waiting) < rowsAtOnce {
		return nil
	}
	return p.flush()
}

// flush prints what waits. Where that needs a column that is not there yet, another
// table begins.
func (p *eventPrinter) flush() error {
	if p.format != formatTable {
		return nil
	}
	hasID := func(e quipu.Event) bool { return e.ID != "" }
	if !p.ids && slices.ContainsFunc(p.waiting, hasID) {
		p.ids, p.headed, p.table = true, false, newTable(p.w)
	}
	if !p.headed && len(p.waiting) > 0 {
		p.heading()
	}
	for i := range p.waiting {
		e := &p.waiting[i]
		p.row(e.Position, e.Timestamp.UTC().Format(quipu.TimeLayout), e.Name, describeID(e), describeEntities(e), string(e.Data))
	}
	p.waiting = p.waiting[:0]
	return p.table.Flush(p.w)
}

func (p *eventPrinter) heading() {
	p.row("POSITION", "TIME", "EVENT", "ID", "ENTITIES", "DATA")
	p.headed = true
}

// row adds a row, without the id where there is no column for it.
func (p *eventPrinter) row(position, time, event, id, entities, data any) {
	if p.ids {
		p.table.Row(position, time, event, id, entities, data)
	} else {
		p.table.Row(position, time, event, entities, data)
	}
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

// describeEntities is all that an event is found by as an entity: its aggregate with the
// version, its entities and its correlations, such as "order=o-17 v3 patron=Harold_Cho".
func describeEntities(e *quipu.Event) string {
	var parts, words []string
	add := func(entity, key, more string) {
		if part := entity + "=" + key; !slices.Contains(parts, part) {
			parts, words = append(parts, part), append(words, part+more)
		}
	}
	if a := e.Aggregate; a != nil {
		add(a.Type, a.Key, " v"+strconv.FormatUint(a.Version, 10))
	}
	for _, entity := range slices.Sorted(maps.Keys(e.Entities)) {
		for _, key := range e.Entities[entity] {
			add(entity, key, "")
		}
	}
	for _, correlation := range e.Correlations {
		entity, key := correlation.Entity()
		add(entity, key, "")
	}
	return strings.Join(words, " ")
}
