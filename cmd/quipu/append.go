package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const appendHelp = `Examples:
  quipu append --entity patron=Harold_Cho --data '{"menuItem":"Bean Burrito"}' 'Item Ordered'
  quipu append --entity patron=Harold_Cho --key e33692e9 'Item Ordered'
  quipu append --if-none '{"entities":{"patron":["Harold_Cho"]},"events":["Account Closed"],"after":1042}' \
    --entity patron=Harold_Cho 'Item Ordered'
  quipu append --aggregate order=o-17 --expected-version 2 'Order Shipped'
  quipu append --id evt_2 --attach report.pdf --link parent=id:evt_1 --entity document=d-1 'Document Uploaded'
  quipu append --caused-by 1042 --aggregate search/indexing=18b21fea search-indexing-started
  quipu append --file append.json        {"events":[…],"conditions":[…],"idempotencyKey":"…"}, or one event
  echo '{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]}}' | quipu append --file -

Appends one event, or what a file holds, all or nothing. With --if-none nothing is appended, and the exit code is 4, if
an event matches that selector after its "after"; with --expected-version, if the aggregate is at another version. With
--key, or "idempotencyKey" in the file, it happens at most once, however often it is tried: exit code 3 says that the
outcome is not known, and the same command again finds it out.

A target of a link is a position, an event id, id:ID for the latest version of an author's own id, or id:ID@VERSION.`

func appendCommand() *cli.Command {
	flags := append([]cli.Flag{ledgerFlag()}, eventFlags()...)
	return &cli.Command{
		Name: "append", Usage: "append an event, or several, all or nothing", ArgsUsage: "EVENT", Description: appendHelp,
		Flags: clientFlags(append(flags,
			&cli.StringFlag{Name: "caused-by", Usage: "pass on the correlations of `EVENT`, a position or an event id, and name it as the cause"},
			&cli.StringSliceFlag{Name: "if-none", Usage: "append only if no event matches this `SELECTOR`; repeatable"},
			&cli.StringFlag{Name: "key", Usage: "idempotency `KEY`: the append happens once"},
			&cli.StringFlag{Name: "file", Usage: "read the append from a `FILE`, - for stdin"},
		)...),
		Action: withClient(runAppend),
	}
}

func runAppend(c *cli.Context, to *client.Client) error {
	wanted, err := theAppend(c)
	if err != nil {
		return err
	}
	var options []client.AppendOption
	if c.IsSet("caused-by") {
		cause, err := causeOf(c, to)
		if err != nil {
			return err
		}
		options = append(options, client.Caused(cause))
	}
	receipt, err := to.Append(c.Context, c.String("ledger"), wanted, options...)
	if err != nil {
		return err
	}
	if receipt.Replayed {
		fmt.Fprintln(c.App.ErrWriter, "this had been appended before; nothing was appended now")
	}
	return printReceipt(c, &receipt)
}

// causeOf reads the event that --caused-by names.
func causeOf(c *cli.Context, to *client.Client) (quipu.Event, error) {
	target, err := parseTarget(c.String("caused-by"))
	if err != nil {
		return quipu.Event{}, err
	}
	cause, err := fetchEvent(c, to, target)
	if err != nil {
		return cause, placed{"--caused-by", err}
	}
	return cause, nil
}

func printReceipt(c *cli.Context, receipt *quipu.Receipt) error {
	parts := [][]any{{"positions", positions(receipt.First, receipt.Last)}, row("event ids", receipt.EventIDs)}
	if len(receipt.IDs) > 0 {
		parts = append(parts, row("ids", receipt.IDs))
	}
	for _, aggregate := range receipt.Aggregates {
		parts = append(parts, []any{"aggregate", describeAggregate(aggregate)})
	}
	parts = append(parts, []any{"time", receipt.Timestamp.UTC().Format(quipu.TimeLayout)})
	return printOne(c, json.RawMessage(wire.AppendReceipt(nil, receipt)), parts...)
}

// row is a row of a table with a name in front.
func row[T any](name string, values []T) []any {
	cells := []any{name}
	for _, value := range values {
		cells = append(cells, value)
	}
	return cells
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
		condition, err := readCondition(shape.Of([]byte(strings.TrimSpace(text))))
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
