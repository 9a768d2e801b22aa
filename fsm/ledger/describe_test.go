package ledger_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// What the scripts print.

func (s *script) events(args []string) string {
	leader := s.replicas()[0]
	view := leader.view(s.t, args[0])
	if view == nil {
		return "no such ledger"
	}
	after := 0
	if len(args) > 1 {
		after, _ = strconv.Atoi(args[1])
	}
	var lines []string
	for _, r := range leader.slots[view.Slot].records[after:] {
		lines = append(lines, describeRecord(&r))
	}
	return strings.Join(lines, "\n")
}

func describeRecord(r *record.Record) string {
	text := fmt.Sprintf("%d %s %d µs %s %s data %s", r.Position, r.ID, r.ID.Micros(), r.Name, r.Entities, r.DataOrDefault())
	if len(r.Rest) > 0 {
		text += fmt.Sprintf("\n  %s", r.Rest)
	}
	if r.Filled&record.FilledID != 0 {
		text += "\n  the id was filled in"
	}
	if r.Filled&record.FilledSchema != 0 {
		text += "\n  the schema was filled in"
	}
	return text
}

// files prints what is stored, in the order of the contents.
func (s *script) files(name string) string {
	leader := s.replicas()[0]
	var lines []string
	for hash, content := range leader.slots[leader.view(s.t, name).Slot].files {
		lines = append(lines, fmt.Sprintf("%q %s", content, hash))
	}
	if lines == nil {
		return "none"
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (s *script) ledgers() string {
	var lines []string
	for _, state := range s.replicas()[0].machine.States() {
		line := fmt.Sprintf("slot %d id %s name %q description %q importing %v head %d",
			state.Slot, state.ID, state.Name, state.Description, state.Importing, state.Head)
		if state.Settings.ID != "" {
			line += fmt.Sprintf(" ids %s", state.Settings.ID)
		}
		lines = append(append(lines, line), describeRegistry(state.Registry)...)
	}
	if lines == nil {
		return "none"
	}
	return strings.Join(lines, "\n")
}

// describeRegistry gives a line for each name, that of a name of which only the schemas are left too.
func describeRegistry(registry ledger.Registry) (lines []string) {
	for event, e := range registry {
		line := fmt.Sprintf("  %q for %s", event, strings.Join(e.Entities, ", "))
		if !e.Registered {
			line = fmt.Sprintf("  %q not registered any more", event)
		}
		for _, schema := range e.Schemas {
			line += fmt.Sprintf(", schema %s of position %d", schema.Version, schema.Position)
		}
		if e.Rule.Default != "" {
			line += ", default " + e.Rule.Default
		}
		if e.Rule.Required {
			line += ", required"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// describe prints an outcome.
func describe(out *ledger.Outcome) string {
	switch {
	case out.Err != nil:
		return describeError(out.Err)
	case out.Receipt != nil:
		return describeReceipt(out.Receipt)
	case out.Ledger != nil:
		return fmt.Sprintf("ledger %q id %s head %d, created %v", out.Ledger.Name, out.Ledger.ID, out.Ledger.Head.Position, out.Created)
	}
	return fmt.Sprintf("ok, created %v", out.Created)
}

func describeReceipt(r *quipu.Receipt) string {
	verb := "appended"
	if r.Replayed {
		verb = "replayed"
	}
	text := fmt.Sprintf("%s %d to %d at %s\n%v", verb, r.First, r.Last, r.Timestamp.Format(quipu.TimeLayout), r.EventIDs)
	for _, a := range r.Aggregates {
		text += fmt.Sprintf("\n  %s %q is at version %d", a.Type, a.Key, a.Version)
	}
	if r.IDs != nil {
		text += fmt.Sprintf("\n  ids %q", r.IDs)
	}
	return text
}

func describeError(e *quipu.Error) string {
	text := fmt.Sprintf("%s: %s", e.Kind, e.Detail)
	if e.Pointer != "" {
		text += "\n  at   " + e.Pointer
	}
	if e.Hint != "" {
		text += "\n  hint " + e.Hint
	}
	if e.Clash != nil {
		text += "\n  " + describeClash(e.Clash)
	}
	return text
}

func describeClash(c *quipu.Clash) string {
	text := fmt.Sprintf("condition %d, head %d, more %v", c.Condition, c.Head, c.More)
	if a := c.Aggregate; a != nil {
		text += fmt.Sprintf(", %s %q at version %d", a.Type, a.Key, a.Version)
	}
	text += ", events"
	var positions string
	for _, event := range c.Events {
		positions += fmt.Sprintf(" %d", event.Position)
	}
	return text + cmp.Or(positions, " none")
}
