package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const tailHelp = `Examples:
  quipu tail --entity patron=Harold_Cho
  quipu tail --event 'Item Ordered' --after 1042 -o ndjson

Prints what matches and is appended from now on, or after --after, until it is interrupted; then it says from which
position to go on. It asks anew every --interval; no event is missed between two questions.`

// tailIntervalMin keeps a slip of the finger from keeping a cluster busy.
const tailIntervalMin = 10 * time.Millisecond

func tailCommand() *cli.Command {
	flags := append([]cli.Flag{ledgerFlag()}, selectionFlags()...)
	return &cli.Command{
		Name: "tail", Usage: "print new events that match, as they come", Description: tailHelp,
		Flags: clientFlags(append(flags,
			&cli.DurationFlag{Name: "interval", Value: time.Second, Usage: "`TIME` between two questions"},
			consistencyFlag())...),
		Action: withClient(runTail),
	}
}

func runTail(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	f, err := newFollower(c, to)
	if err != nil {
		return err
	}
	err = f.follow(c.Duration("interval"))
	if c.Context.Err() != nil && (err == nil || errors.Is(err, c.Context.Err())) {
		err = nil // an interrupt is how a tail ends
	}
	if f.wanted.After != nil {
		fmt.Fprintf(c.App.ErrWriter, "go on with --after %d\n", f.wanted.After.Position)
	}
	return errors.Join(err, f.printer.end())
}

// follower asks again and again for what has been appended since.
type follower struct {
	c       *cli.Context
	to      *client.Client
	wanted  quipu.Selector
	options []client.ReadOption
	printer *eventPrinter
}

func newFollower(c *cli.Context, to *client.Client) (*follower, error) {
	wanted, err := selection(c)
	if err != nil {
		return nil, err
	}
	if wanted.Reverse || wanted.Until != 0 || wanted.Limit != 0 || !wanted.To.IsZero() {
		return nil, usagef("a tail has no end: the selector has until, to, limit or reverse").withHint("use quipu select")
	}
	if interval := c.Duration("interval"); interval < tailIntervalMin {
		return nil, usagef("--interval is %s, want %s or more", interval, tailIntervalMin)
	}
	options, err := readOptions(c)
	if err != nil {
		return nil, err
	}
	if wanted.After == nil {
		ledger, err := to.Ledger(c.Context, c.String("ledger"), options...)
		if err != nil {
			return nil, err
		}
		wanted.After = quipu.AfterPosition(ledger.Head.Position)
	}
	printer, err := newEventPrinter(c)
	if err != nil {
		return nil, err
	}
	return &follower{c, to, wanted, options, printer}, nil
}

func (f *follower) follow(interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := f.ask(); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-f.c.Context.Done():
			return nil
		}
	}
}

// ask prints what is new. After follows what was printed, so that an error
// leaves the place to go on from.
func (f *follower) ask() error {
	var end wire.End
	for event, err := range f.to.Select(f.c.Context, f.c.String("ledger"), f.wanted, append(f.options, client.WithEnd(&end))...) {
		if err != nil {
			return err
		}
		if err := f.printer.event(&event); err != nil {
			return err
		}
		f.wanted.After = quipu.AfterPosition(event.Position)
	}
	if end.Position > 0 {
		f.wanted.After = quipu.AfterPosition(end.Position)
	}
	return f.printer.flush()
}
