package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// exportFormat is the one that a flag names, nil for Quipu's own.
func exportFormat(c *cli.Context) (*format.Format, error) {
	f, err := chosenFormat(c)
	switch {
	case err != nil:
		return nil, err
	case f == nil && c.IsSet("strict"):
		return nil, usagef("--strict is about another format").withHint("Quipu's own has a place for everything; give --format as well")
	case f != nil && c.Bool("resume"):
		return nil, usagef("--resume has no place beside --format").
			withHint("documents do not say which events they are; give --after and another file")
	}
	return f, nil
}

// documentWriter takes the lines of an export and writes documents of another format. It
// is for one goroutine.
type documentWriter struct {
	out     io.Writer
	format  *format.Format
	encoder *format.Encoder
	rest    []byte // a line whose end has not come
	count   int    // of the documents
	missing int    // events that are in none
	losses  losses
}

func newDocumentWriter(out io.Writer, f *format.Format) *documentWriter {
	return &documentWriter{out: out, format: f, encoder: f.NewEncoder()}
}

// Write takes a part of an export.
func (w *documentWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	taken := 0
	for {
		line, _, found := bytes.Cut(w.rest[taken:], []byte{'\n'})
		if !found {
			break
		}
		if err := w.line(line); err != nil {
			return 0, err
		}
		taken += len(line) + 1
	}
	w.rest = append(w.rest[:0], w.rest[taken:]...)
	return len(p), nil
}

func (w *documentWriter) line(line []byte) error {
	if _, ok := wire.DecodeEnd(line); ok {
		return w.documents(w.encoder.Flush())
	}
	complete, err := w.encoder.Write(bytes.Clone(line)) // the encoder keeps parts of it
	var refused *quipu.Error
	if errors.As(err, &refused) {
		w.missing++
		w.losses.add(w.whole(line, refused))
		return nil
	}
	if err != nil {
		return err
	}
	return w.documents(complete)
}

func (w *documentWriter) documents(complete []format.Document) error {
	for _, document := range complete {
		for _, loss := range document.Lost {
			w.losses.add(loss)
		}
		w.count++
		if _, err := w.out.Write(append(document.JSON, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// whole is the loss of an event that the format cannot hold, with a reason that does not
// repeat the position.
func (w *documentWriter) whole(line []byte, refused *quipu.Error) format.Loss {
	var event struct {
		Position quipu.Position `json:"position"`
	}
	_ = json.Unmarshal(line, &event) // a node has written it
	ofEvent := fmt.Sprintf("%s cannot hold the event at position %d: ", w.format.Name(), event.Position)
	return format.Loss{Position: event.Position, Member: "the whole event", Reason: strings.TrimPrefix(refused.Detail, ofEvent)}
}

// finish tells what became of the export.
func (w *documentWriter) finish(c *cli.Context) error {
	fmt.Fprintf(c.App.ErrWriter, "exported %s documents", console.Number(w.count))
	if w.missing > 0 {
		fmt.Fprintf(c.App.ErrWriter, "; %s events are in none", console.Number(w.missing))
	}
	fmt.Fprintln(c.App.ErrWriter)
	if len(w.losses.list) == 0 {
		return nil
	}
	fmt.Fprintf(c.App.ErrWriter, "%s has no place for some of what was exported:\n", w.format.Name())
	if err := w.losses.print(c.App.ErrWriter); err != nil {
		return err
	}
	if c.Bool("strict") {
		return fmt.Errorf("what was exported as %s is not all, which --strict forbids", w.format.Name())
	}
	return nil
}
