package main

import (
	"bytes"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// fileAppend reads an append, or a single event.
func fileAppend(c *cli.Context) (a quipu.Append, err error) {
	for _, other := range eventFlagNames {
		if c.IsSet(other) {
			return a, usagef("both --file and --%s are given", other).withHint("the file holds the whole append")
		}
	}
	if err := wantArguments(c); err != nil {
		return a, err
	}
	text, err := readInput(c, c.String("file"), quipu.AppendBodyBytesMax)
	if err != nil {
		return a, err
	}
	return decodeAppend(c.String("file"), text)
}

// readInput reads a whole file, or stdin for "-", up to a number of bytes.
func readInput(c *cli.Context, name string, bytesMax int) ([]byte, error) {
	in := c.App.Reader
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, int64(bytesMax)+1))
	if err == nil && len(text) > bytesMax {
		err = quipu.Errorf(quipu.TooLarge, "%s is larger than it may be here, which is %d bytes", name, bytesMax)
	}
	return text, err
}

// decodeAppend takes what the HTTP API takes: the same reader judges it, and
// finds what is wrong before anything is sent.
func decodeAppend(name string, text []byte) (a quipu.Append, err error) {
	body := shape.Of(text)
	if _, err := intake.ReadAppend(body, nil); err != nil {
		return a, placed{name, err}
	}
	object, err := body.Object()
	if err != nil {
		return a, err
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
		event, err := intake.ReadEvent(object)
		a.Events = []quipu.NewEvent{event}
		return err
	}
	events, err := object.Member("events").Array()
	for i := 0; i < len(events) && err == nil; i++ {
		var one shape.Object
		var event quipu.NewEvent
		if one, err = withAggregate(events[i], object.Member("aggregate")); err == nil {
			event, err = intake.ReadEvent(one)
		}
		a.Events = append(a.Events, event)
	}
	return err
}

// withAggregate gives an event of a list the list's aggregate, unless it has its
// own: it may be all that the event concerns.
func withAggregate(event, aggregate shape.Value) (shape.Object, error) {
	o, err := event.Object()
	if err != nil || !aggregate.Exists() || o.Has("aggregate") {
		return o, err
	}
	open := bytes.TrimSuffix(event.Bytes(), []byte("}"))
	return shape.Of(slices.Concat(open, []byte(`,"aggregate":`), aggregate.Bytes(), []byte("}"))).Object()
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
		condition, err := readCondition(v)
		if err != nil {
			return err
		}
		a.Conditions = append(a.Conditions, condition)
	}
	return nil
}

// readCondition reads either kind of condition.
func readCondition(v shape.Value) (quipu.Selector, error) {
	if selector.IsAggregateCondition(v) {
		aggregate, err := selector.ParseAggregateCondition(v)
		return quipu.Selector{Aggregate: &aggregate}, err
	}
	if _, err := selector.ParseCondition(v); err != nil {
		return quipu.Selector{}, err
	}
	return decodeSelector(v.Bytes())
}

func readKey(object shape.Object, a *quipu.Append) (err error) {
	if key := object.Member("idempotencyKey"); key.Exists() {
		a.IdempotencyKey, err = key.Text()
	}
	return err
}
