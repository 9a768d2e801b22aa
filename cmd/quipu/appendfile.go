package main

import (
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// fileAppend reads an append, or a single event.
func fileAppend(c *cli.Context) (a quipu.Append, err error) {
	for _, other := range []string{"entity", "data", "meta"} {
		if c.IsSet(other) {
			return a, usagef("both --file and --%s are given", other).withHint("the file holds the whole append")
		}
	}
	if err := wantArguments(c); err != nil {
		return a, err
	}
	text, err := readInput(c, c.String("file"))
	if err != nil {
		return a, err
	}
	return decodeAppend(c.String("file"), text)
}

// readInput reads a whole file, or stdin for "-", up to what an append may have.
func readInput(c *cli.Context, name string) ([]byte, error) {
	in := c.App.Reader
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, quipu.AppendBytesMax+1))
	if err == nil && len(text) > quipu.AppendBytesMax {
		err = quipu.Errorf(quipu.TooLarge, "%s is larger than an append may be, which is %d bytes", name, quipu.AppendBytesMax).
			WithHint("quipu import takes files of any size")
	}
	return text, err
}

// guardMembers stand beside the events of an append, and beside a single event.
var guardMembers = []string{"condition", "conditions", "idempotencyKey"}

// decodeAppend takes what the HTTP API takes, and is as strict: a member that
// nobody reads would be lost without a word.
func decodeAppend(name string, text []byte) (a quipu.Append, err error) {
	object, err := shape.Of(text).Object()
	if err != nil {
		return a, placed{name, err}
	}
	for _, read := range []func(shape.Object, *quipu.Append) error{readEvents, readConditions, readKey} {
		if err := read(object, &a); err != nil {
			return a, placed{name, err}
		}
	}
	return a, nil
}

func readEvents(object shape.Object, a *quipu.Append) error {
	if !object.Has("events") {
		if err := object.Only(slices.Concat(guardMembers, bulk.EventMembers)...); err != nil {
			return err
		}
		event, err := bulk.ReadEvent(object)
		a.Events = []quipu.NewEvent{event}
		return err
	}
	if err := object.Only(slices.Concat(guardMembers, []string{"events"})...); err != nil {
		return err
	}
	events, err := object.Member("events").Array()
	if err != nil {
		return err
	}
	for _, v := range events {
		one, err := v.Only(bulk.EventMembers...)
		if err != nil {
			return err
		}
		event, err := bulk.ReadEvent(one)
		if err != nil {
			return err
		}
		a.Events = append(a.Events, event)
	}
	return nil
}

func readConditions(object shape.Object, a *quipu.Append) (err error) {
	var conditions []shape.Value
	if several := object.Member("conditions"); several.Exists() {
		if conditions, err = several.Array(); err != nil {
			return err
		}
	}
	if one := object.Member("condition"); one.Exists() {
		conditions = append(conditions, one)
	}
	for _, v := range conditions {
		if _, err := selector.ParseCondition(v); err != nil {
			return err
		}
		condition, err := decodeSelector(v.Bytes())
		if err != nil {
			return err
		}
		a.Conditions = append(a.Conditions, condition)
	}
	return nil
}

func readKey(object shape.Object, a *quipu.Append) (err error) {
	if key := object.Member("idempotencyKey"); key.Exists() {
		a.IdempotencyKey, err = key.Key("the idempotency key")
	}
	return err
}
