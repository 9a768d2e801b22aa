package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// selectionFlags say what to find. They are OR inside each flag and AND between them.
func selectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "entity", Usage: "events that concern `TYPE=KEY`; repeatable"},
		&cli.StringSliceFlag{Name: "event", Usage: "events of this name, `NAME[=PATH]` with a query on their data; repeatable"},
		&cli.StringFlag{Name: "meta", Usage: "events whose meta matches the query `PATH`"},
		&cli.StringSliceFlag{Name: "correlation", Usage: "events that have to do with `SERVICE/NAME/IDENTIFIER`; repeatable"},
		&cli.StringSliceFlag{Name: "id", Usage: "every version of the event with this author's `ID`; repeatable"},
		&cli.StringSliceFlag{Name: "producer", Usage: "events of this producer, `NAME`; repeatable"},
		&cli.StringSliceFlag{Name: "schema", Usage: "events that were checked against this `VERSION`; repeatable"},
		&cli.StringSliceFlag{Name: "link", Usage: "events with a link of this `TYPE[=TARGET]`, or =TARGET; repeatable"},
		&cli.StringFlag{Name: "happened-from", Usage: "events that happened at this `TIME` or later"},
		&cli.StringFlag{Name: "happened-to", Usage: "events that happened before this `TIME`"},
		&cli.StringSliceFlag{Name: "var", Usage: "`NAME=JSON` of a $variable in the paths; repeatable"},
		&cli.StringFlag{Name: "selector", Usage: "the whole selector as `JSON`, instead of the flags above"},
		&cli.StringFlag{Name: "after", Usage: "only events after this `PLACE`: a position or an event id"},
		&cli.BoolFlag{Name: "system", Usage: "the ledger's own events as well, whose names begin with $"},
	}
}

// rangeFlags are for selections that end.
func rangeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "from", Usage: "events that were recorded at this `TIME` or later"},
		&cli.StringFlag{Name: "to", Usage: "events that were recorded before this `TIME`"},
		&cli.Uint64Flag{Name: "until", Usage: "only events up to this `POSITION`: the ledger as it was"},
		&cli.IntFlag{Name: "limit", Usage: "at most `N` events"},
		&cli.BoolFlag{Name: "reverse", Usage: "the newest first"},
	}
}

func consistencyFlag() cli.Flag {
	return &cli.StringFlag{Name: "consistency", Usage: "`LEVEL` of the read: linearizable (the default), session or local"}
}

// selection is the selector that the flags describe.
func selection(c *cli.Context) (quipu.Selector, error) {
	s, err := selectionParts(c)
	if err != nil {
		return s, err
	}
	if after := c.String("after"); after != "" {
		if s.After, err = parsePlace(after); err != nil {
			return s, err
		}
	}
	if err := selectionTimes(c, &s); err != nil {
		return s, err
	}
	s.System = s.System || c.Bool("system")
	s.Reverse = s.Reverse || c.Bool("reverse")
	if c.IsSet("until") {
		s.Until = quipu.Position(c.Uint64("until"))
	}
	if c.IsSet("limit") {
		if s.Limit = c.Int("limit"); s.Limit < 1 {
			return s, usagef("--limit is %d, want 1 or more", s.Limit)
		}
	}
	return s, nil
}

// selectionTimes are parts as well, but may stand beside --selector.
func selectionTimes(c *cli.Context, s *quipu.Selector) (err error) {
	for i, to := range []*time.Time{&s.From, &s.To, &s.HappenedFrom, &s.HappenedTo} {
		if c.IsSet(timeFlags[i]) {
			if *to, err = timeFlag(c, timeFlags[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	partFlags = []string{"entity", "event", "meta", "var", "correlation", "id", "producer", "schema", "link"}
	timeFlags = []string{"from", "to", "happened-from", "happened-to"}
)

func selectionParts(c *cli.Context) (quipu.Selector, error) {
	unset := func(name string) bool { return !c.IsSet(name) }
	parts := slices.DeleteFunc(slices.Clone(partFlags), unset)
	if c.IsSet("selector") {
		if len(parts) > 0 {
			return quipu.Selector{}, usagef("both --selector and --%s are given", parts[0]).withHint("put all into --selector")
		}
		return parseSelector(c.String("selector"))
	}
	if len(parts) == 0 && !slices.ContainsFunc(timeFlags, c.IsSet) || len(parts) == 1 && parts[0] == "var" {
		return quipu.Selector{}, usagef("nothing says which events are wanted").
			withHint("give --entity, --event, --meta, --id or --selector; `quipu export` gives the whole ledger")
	}
	return flagParts(c)
}

func flagParts(c *cli.Context) (s quipu.Selector, err error) {
	if s.Entities, err = parseEntities(c.StringSlice("entity")); err != nil {
		return s, err
	}
	vars, err := parseVars(c.StringSlice("var"))
	if err != nil {
		return s, err
	}
	if s.Events, err = parseEvents(c.StringSlice("event"), vars); err != nil {
		return s, err
	}
	if path := c.String("meta"); path != "" {
		meta := query(path, vars)
		s.Meta = &meta
	}
	if s.Correlations, err = parseCorrelations("correlation", c.StringSlice("correlation")); err != nil {
		return s, err
	}
	for _, text := range c.StringSlice("link") {
		filter, err := parseLinkFilter(text)
		if err != nil {
			return s, err
		}
		s.Links = append(s.Links, filter)
	}
	s.IDs, s.Producers, s.Schemas = c.StringSlice("id"), c.StringSlice("producer"), c.StringSlice("schema")
	return s, nil
}

// parsePlace reads a position or an event id.
func parsePlace(text string) (*quipu.Place, error) {
	if id, ok := quipu.ParseEventID(text); ok {
		return quipu.AfterEvent(id), nil
	}
	position, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, usagef("%q is no place in a ledger", text).withHint("give a position, such as 1042, or an event id of 32 hex digits")
	}
	return quipu.AfterPosition(quipu.Position(position)), nil
}

// readOptions are what the flags say about a read's promise.
func readOptions(c *cli.Context) ([]client.ReadOption, error) {
	text := c.String("consistency")
	levels := []string{string(quipu.Linearizable), string(quipu.Session), string(quipu.Local)}
	switch {
	case text == "":
		return nil, nil
	case slices.Contains(levels, text):
		return []client.ReadOption{client.WithConsistency(quipu.Consistency(text))}, nil
	}
	err := usagef("unknown consistency %q", text)
	if near := quipu.Nearest(text, levels); near != "" {
		return nil, err.withHint("did you mean %s?", near)
	}
	return nil, err.withHint("known are %s", strings.Join(levels, ", "))
}
