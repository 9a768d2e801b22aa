package main

import (
	"errors"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

func formatFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "format", Usage: "`FORMAT` of the documents: " + strings.Join(format.Names, ", ") + "; not given, it is Quipu's own",
	}
}

// chosenFormat is the one that a flag names, nil for Quipu's own.
func chosenFormat(c *cli.Context) (*format.Format, error) {
	if !c.IsSet("format") {
		return nil, nil
	}
	f, err := format.New(c.String("format"), format.Options{Ledger: c.String("ledger")})
	var refused *quipu.Error
	if errors.As(err, &refused) {
		return nil, usagef("--format: %s", refused.Detail).withHint("%s", refused.Hint)
	}
	return f, err
}

// documents are the lines of a file with how to read them, which for Quipu's own events
// an import knows.
func documents(c *cli.Context, file io.Reader) (io.Reader, bulk.Document, error) {
	f, err := chosenFormat(c)
	if err != nil || f == nil {
		return file, nil, err
	}
	return bulk.Split(file), func(line []byte) ([]quipu.NewEvent, error) {
		text, err := f.ToQuipu(line)
		if err != nil {
			return nil, err
		}
		return appendedEvents(text)
	}, nil
}

// appendedEvents reads the events of an append as strictly as the server does.
func appendedEvents(text []byte) ([]quipu.NewEvent, error) {
	body := shape.Of(text)
	if _, err := intake.ReadAppend(body, nil); err != nil {
		return nil, err
	}
	object, err := body.Object()
	if err != nil {
		return nil, err
	}
	var a quipu.Append
	err = readEvents(object, &a)
	return a.Events, err
}
