package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const appendHelp = `Examples:
  quipu append --entity patron=Harold_Cho --data '{"menuItem":"Bean Burrito"}' 'Item Ordered'
  quipu append --entity patron=Harold_Cho --key e33692e9 'Item Ordered'
  quipu append --if-none '{"entities":{"patron":["Harold_Cho"]},"events":["Account Closed"],"after":1042}' \
    --entity patron=Harold_Cho 'Item Ordered'
  quipu append --file append.json        {"events":[…],"conditions":[…],"idempotencyKey":"…"}, or one event
  echo '{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]}}' | quipu append --file -

Appends one event, or what a file holds, all or nothing. With --if-none nothing is appended, and the exit code is 4, if
an event matches that selector after its "after". With --key, or "idempotencyKey" in the file, it happens at most once,
however often it is tried: exit code 3 says that the outcome is not known, and the same command again finds it out.`

// entityFlag of an append gives the event's entities.
func entityFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "entity", Usage: "an entity that the event concerns, `TYPE=KEY`; repeatable"}
}

func appendCommand() *cli.Command {
	return &cli.Command{
		Name: "append", Usage: "append an event, or several, all or nothing", ArgsUsage: "EVENT", Description: appendHelp,
		Flags: clientFlags(
			ledgerFlag(), entityFlag(),
			&cli.StringFlag{Name: "data", Usage: "the event's data, any `JSON`"},
			&cli.StringFlag{Name: "meta", Usage: "the event's meta, a `JSON` object"},
			&cli.StringSliceFlag{Name: "if-none", Usage: "append only if no event matches this `SELECTOR`; repeatable"},
			&cli.StringFlag{Name: "key", Usage: "idempotency `KEY`: the append happens once"},
			&cli.StringFlag{Name: "file", Usage: "read the append from a `FILE`, - for stdin"},
		),
		Action: withClient(runAppend),
	}
}

func runAppend(c *cli.Context, to *client.Client) error {
	wanted, err := theAppend(c)
	if err != nil {
		return err
	}
	receipt, err := to.Append(c.Context, c.String("ledger"), wanted)
	if err != nil {
		return err
	}
	if receipt.Replayed {
		fmt.Fprintln(c.App.ErrWriter, "this had been appended before with the same key; nothing was appended now")
	}
	ids := make([]any, 1, len(receipt.EventIDs)+1)
	ids[0] = "event ids"
	for _, id := range receipt.EventIDs {
		ids = append(ids, id)
	}
	return printOne(c, json.RawMessage(wire.AppendReceipt(nil, &receipt)),
		[]any{"positions", positions(receipt.First, receipt.Last)}, ids, []any{"time", receipt.Timestamp.UTC().Format(quipu.TimeLayout)})
}

func positions(first, last quipu.Position) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// theAppend is what the command line describes: an event, or a file, and what guards it.
func theAppend(c *cli.Context) (a quipu.Append, err error) {
	if c.IsSet("file") {
		a, err = fileAppend(c)
	} else {
		a, err = flagAppend(c)
	}
	if err != nil {
		return a, err
	}
	for _, text := range c.StringSlice("if-none") {
		if _, err := selector.ParseCondition(shape.Of([]byte(text))); err != nil {
			return a, placed{"--if-none", err}
		}
		condition, err := decodeSelector([]byte(text))
		if err != nil {
			return a, placed{"--if-none", err}
		}
		a.Conditions = append(a.Conditions, condition)
	}
	if c.IsSet("key") {
		a.IdempotencyKey = c.String("key")
	}
	return a, nil
}

func flagAppend(c *cli.Context) (quipu.Append, error) {
	if err := wantArguments(c, "EVENT"); err != nil {
		return quipu.Append{}, err
	}
	entities, err := parseEntities(c.StringSlice("entity"))
	if err != nil {
		return quipu.Append{}, err
	}
	if len(entities) == 0 {
		return quipu.Append{}, usagef("--entity is missing").withHint("an event concerns at least one entity: --entity patron=Harold_Cho")
	}
	event := quipu.NewEvent{Name: c.Args().First(), Entities: entities}
	if event.Data, err = jsonFlag(c, "data"); err != nil {
		return quipu.Append{}, err
	}
	if event.Meta, err = jsonFlag(c, "meta"); err != nil {
		return quipu.Append{}, err
	}
	return quipu.Append{Events: []quipu.NewEvent{event}}, nil
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
