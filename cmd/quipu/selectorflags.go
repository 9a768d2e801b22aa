package main

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

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
		&cli.StringSliceFlag{Name: "var", Usage: "`NAME=JSON` of a $variable in the paths; repeatable"},
		&cli.StringFlag{Name: "selector", Usage: "the whole selector as `JSON`, instead of the flags above"},
		&cli.StringFlag{Name: "after", Usage: "only events after this `PLACE`: a position or an event id"},
		&cli.BoolFlag{Name: "system", Usage: "the ledger's own events as well, whose names begin with $"},
	}
}

// rangeFlags are for selections that end.
func rangeFlags() []cli.Flag {
	return []cli.Flag{
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

func selectionParts(c *cli.Context) (quipu.Selector, error) {
	parts := slices.DeleteFunc([]string{"entity", "event", "meta", "var"}, func(name string) bool { return !c.IsSet(name) })
	if c.IsSet("selector") {
		if len(parts) > 0 {
			return quipu.Selector{}, usagef("both --selector and --%s are given", parts[0]).withHint("put all into --selector")
		}
		return parseSelector(c.String("selector"))
	}
	if len(parts) == 0 || len(parts) == 1 && parts[0] == "var" {
		return quipu.Selector{}, usagef("nothing says which events are wanted").
			withHint("give --entity, --event, --meta or --selector; `quipu export` gives the whole ledger")
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
	for _, text := range c.StringSlice("event") {
		name, path, _ := strings.Cut(text, "=")
		if s.Events == nil {
			s.Events = map[string]quipu.Query{}
		}
		if _, twice := s.Events[name]; twice {
			return s, usagef("--event %q is given twice", name).withHint("join the paths: one path can have several conditions, $ ? (… || …)")
		}
		s.Events[name] = query(path, vars)
	}
	if path := c.String("meta"); path != "" {
		meta := query(path, vars)
		s.Meta = &meta
	}
	return s, nil
}

// query is a path with the variables; without a path there is nothing that could use them.
func query(path string, vars map[string]any) quipu.Query {
	if path == "" {
		return quipu.Query{}
	}
	return quipu.Query{Path: path, Vars: vars}
}

// parseEntities reads TYPE=KEY. The key may hold further "=".
func parseEntities(texts []string) (map[string][]string, error) {
	var entities map[string][]string
	for _, text := range texts {
		entity, key, ok := strings.Cut(text, "=")
		if !ok || entity == "" || key == "" {
			return nil, usagef("--entity is %q, want TYPE=KEY", text).withHint("such as --entity patron=Harold_Cho")
		}
		if entities == nil {
			entities = map[string][]string{}
		}
		entities[entity] = append(entities[entity], key)
	}
	return entities, nil
}

// parseVars reads NAME=JSON, with or without the "$" of the path.
func parseVars(texts []string) (map[string]any, error) {
	var vars map[string]any
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if name = strings.TrimPrefix(name, "$"); !ok || name == "" {
			return nil, usagef("--var is %q, want NAME=JSON", text).withHint(`such as --var 'name="Amal"' or --var most=5`)
		}
		if !json.Valid([]byte(value)) {
			return nil, usagef("the value of --var %s is not JSON: %s", name, value).withHint(`a text needs double quotes: --var '%s="%s"'`, name, value)
		}
		if vars == nil {
			vars = map[string]any{}
		}
		vars[name] = json.RawMessage(value)
	}
	return vars, nil
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
