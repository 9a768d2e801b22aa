package schema

import (
	"bytes"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Check holds the data of an append's events against the schemas that its Facts
// name, which ledger.Precheck has noted. It gives the refusal, of kind
// SchemaViolation, if any does not fit: with everything that is wrong with all of
// the events. read gives an event of the ledger; an error of it, or of a stored
// schema that does not compile, is a fault of this node.
func (c *Cache) Check(a *command.Append, registry ledger.Registry, read func(quipu.Position) (record.Record, error)) (*quipu.Error, error) {
	var refusal *quipu.Error
	for _, checked := range a.Facts.Schemas {
		d := &a.Events[checked.Event]
		version, _ := d.MemberText(record.MemberSchema)
		entry := registry[string(d.Name)]
		registered, ok := entry.Schema(string(version))
		if !ok {
			return nil, fmt.Errorf("schema %q of the event %q: it is a fact of the append, but not in the registry", version, d.Name)
		}
		compiled, err := c.Get(registered.Digest, func() ([]byte, error) { return document(registered.Position, read) })
		if err != nil {
			return nil, fmt.Errorf("schema %q of the event %q: %w", version, d.Name, err)
		}
		violations := compiled.Validate(d.DataOrDefault())
		for i := range violations {
			violations[i].Event = checked.Event
		}
		switch {
		case len(violations) == 0:
		case refusal == nil:
			refusal = violated(d, string(version), violations)
		default:
			refusal.Violations = fill(refusal.Violations, violations)
		}
		if refusal != nil && full(refusal.Violations) {
			return refusal.WithHint("these are the first %d errors; there may be more", len(refusal.Violations)), nil
		}
	}
	return refusal, nil
}

// fill appends violations as long as there is room for them in an answer.
func fill(list, more []quipu.Violation) []quipu.Violation {
	for i := range more {
		if full(list) {
			break
		}
		list = append(list, more[i])
	}
	return list
}

// full reports whether an answer has no room for further violations.
func full(list []quipu.Violation) bool {
	bytes := 0
	for i := range list {
		bytes += wordBytes(&list[i])
	}
	return len(list) >= quipu.ViolationsMax || bytes >= ViolationBytesMax
}

// document reads a schema out of the system event that registered it.
func document(p quipu.Position, read func(quipu.Position) (record.Record, error)) ([]byte, error) {
	r, err := read(p)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(ledger.SchemaDocument(&r.Draft)), nil
}

func violated(d *record.Draft, version string, violations []quipu.Violation) *quipu.Error {
	first := violations[0]
	err := quipu.Errorf(quipu.SchemaViolation, "the data of the event %q does not fit its schema %q: %s", d.Name, version, first.Detail).
		At(fmt.Sprintf("/events/%d/data%s", first.Event, first.Pointer))
	err.Violations = violations
	return err
}
