package main

import (
	"encoding/json"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
)

// eventFlags are what an event is made of.
func eventFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "entity", Usage: "an entity that the event concerns, `TYPE=KEY`; repeatable"},
		&cli.StringFlag{Name: "data", Usage: "the event's data, any `JSON`"},
		&cli.StringFlag{Name: "meta", Usage: "the event's meta, a `JSON` object"},
		&cli.StringFlag{Name: "id", Usage: "the author's own `ID` of the event: it happens once with it"},
		&cli.Uint64Flag{Name: "version", Usage: "version `N` of the event with that id"},
		&cli.StringFlag{Name: "happened-at", Usage: "the `TIME` when it happened, RFC 3339 with a zone"},
		&cli.StringFlag{Name: "producer", Usage: "`NAME` of who makes the event"},
		&cli.StringFlag{Name: "aggregate", Usage: "the aggregate that the event belongs to, `TYPE=KEY`"},
		&cli.Uint64Flag{Name: "expected-version", Usage: "append only if the aggregate is at version `N`, 0 if there must be none"},
		&cli.StringFlag{Name: "schema", Usage: "check the data against this `VERSION` of the event's schema"},
		&cli.StringSliceFlag{Name: "link", Usage: "a link to another event, `TYPE=TARGET`; repeatable"},
		&cli.StringSliceFlag{Name: "correlate", Usage: "what the event has to do with, `SERVICE/NAME/IDENTIFIER`; repeatable"},
		&cli.StringSliceFlag{Name: "attach", Usage: "keep the content of this file with the event, `PATH`; repeatable"},
		&cli.StringSliceFlag{Name: "attach-reference", Usage: "keep this `URL` of a file that is elsewhere; repeatable"},
		&cli.StringFlag{Name: "encrypted-data", Usage: "`TEXT` that the ledger never reads, @FILE for that of a file"},
	}
}

// eventFlagNames are the flags that say what a file says, if one is given.
var eventFlagNames = flagNames(eventFlags())

func flagAppend(c *cli.Context) (a quipu.Append, err error) {
	if err := wantArguments(c, "EVENT"); err != nil {
		return a, err
	}
	event := quipu.NewEvent{
		Name: c.Args().First(), ID: c.String("id"), Version: c.Uint64("version"), HappenedAt: c.String("happened-at"),
		Producer: c.String("producer"), Schema: c.String("schema"),
	}
	for _, read := range []func(*cli.Context, *quipu.NewEvent) error{
		readBody, readConcerns, readLinks, readAttachments, readEncryptedData,
	} {
		if err := read(c, &event); err != nil {
			return a, err
		}
	}
	return quipu.Append{Events: []quipu.NewEvent{event}}, checkEventFlags(c, &event)
}

// checkEventFlags finds flags that say nothing without another.
func checkEventFlags(c *cli.Context, event *quipu.NewEvent) error {
	switch {
	case c.IsSet("version") && event.ID == "":
		return usagef("--version is of an event with an id").withHint("give --id as well")
	case c.IsSet("version") && event.Version == 0:
		return usagef("--version is 0").withHint("versions count from 1")
	case c.IsSet("expected-version") && event.Aggregate == nil:
		return usagef("--expected-version is of an aggregate").withHint("give --aggregate as well")
	case len(event.Entities) == 0 && event.Aggregate == nil && len(event.Correlations) == 0 && !c.IsSet("caused-by"):
		return usagef("--entity is missing").
			withHint("an event concerns at least one entity, --entity patron=Harold_Cho, unless it has an --aggregate or a --correlate")
	}
	return nil
}

func readBody(c *cli.Context, event *quipu.NewEvent) (err error) {
	if event.Data, err = jsonFlag(c, "data"); err != nil {
		return err
	}
	event.Meta, err = jsonFlag(c, "meta")
	return err
}

// jsonFlag is a flag's value as it is; nil if it is not given.
func jsonFlag(c *cli.Context, name string) (any, error) {
	text := c.String(name)
	if !c.IsSet(name) {
		return nil, nil
	}
	if !json.Valid([]byte(text)) {
		return nil, usagef("--%s is not JSON: %s", name, text).withHint(`a text needs double quotes inside of the shell's: --%s '"text"'`, name)
	}
	return json.RawMessage(text), nil
}

// readConcerns reads what the event is about.
func readConcerns(c *cli.Context, event *quipu.NewEvent) (err error) {
	if event.Entities, err = parseEntities(c.StringSlice("entity")); err != nil {
		return err
	}
	if event.Correlations, err = parseCorrelations("correlate", c.StringSlice("correlate")); err != nil {
		return err
	}
	if !c.IsSet("aggregate") {
		return nil
	}
	event.Aggregate = new(quipu.NewAggregate)
	if event.Aggregate.Type, event.Aggregate.Key, err = parseAggregate(c.String("aggregate")); err != nil {
		return err
	}
	if c.IsSet("expected-version") {
		event.Aggregate.ExpectedVersion = quipu.Expect(c.Uint64("expected-version"))
	}
	return nil
}

func readLinks(c *cli.Context, event *quipu.NewEvent) error {
	for _, text := range c.StringSlice("link") {
		link, err := parseLink(text)
		if err != nil {
			return err
		}
		event.Links = append(event.Links, link)
	}
	return nil
}

func readEncryptedData(c *cli.Context, event *quipu.NewEvent) error {
	event.EncryptedData = c.String("encrypted-data")
	name, isFile := strings.CutPrefix(event.EncryptedData, "@")
	if !isFile {
		return nil
	}
	text, err := readInput(c, name, quipu.EncryptedDataBytesMax)
	event.EncryptedData = string(text)
	return err
}
