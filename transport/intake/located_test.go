package intake_test

import (
	"testing"

	"github.com/quipu-ledger/quipu"
)

// A ledger knows appends in their full form; its errors are moved to the form that
// was sent.
func TestErrorsOfTheLedgerAreMovedIntoTheBody(t *testing.T) {
	single := func(members string) string { return `{` + bare + members + `}` }
	const entity, versioned = `,"entity":"t","key":"k"`, `,"id":"x","version":2,"links":[{"type":"p","target":{"id":"y"}}]`
	for _, c := range []struct{ name, body, ledger, want string }{
		{"in full", events("", "", ""), "/events/1/event", "/events/1/event"},
		{"no pointer", events("", ""), "", ""},
		{"a key", single(entity + `,"idempotencyKey":"a"`), "/idempotencyKey", "/idempotencyKey"},
		{"the body is the event", single(entity), "/events/0/event", "/event"},
		{"all of it", single(entity), "/events/0", ""},
		{"all events, where there is one", single(entity), "/events", ""},
		{"all events of a list", events("", ""), "/events", "/events"},
		{"a shorthand", single(entity), "/events/0/entities", "/entity"},
		{"a shorthand in a list", `{"events":[{` + bare + `,"entities":{"t":["k"]}},{` + bare + entity + `}]}`, "/events/1/entities",
			"/events/1/entity"},
		{"no shorthand beside one", `{"events":[{` + bare + `,"entities":{"t":["k"]}},{` + bare + entity + `}]}`, "/events/0/entities",
			"/events/0/entities"},
		{"an id under its alias", single(entity + `,"eventId":"x"`), "/events/0/id", "/eventId"},
		{"an id under its name", single(entity + `,"id":"x"`), "/events/0/id", "/id"},
		{"a condition", single(entity + `,"condition":{"events":["e"]}`), "/conditions/0/after", "/condition/after"},
		{"a condition of a list", single(entity + `,"conditions":[{"events":["e"]}]`), "/conditions/0/after", "/conditions/0/after"},
		{"the append's aggregate", events(shared("a", 1), own("b", 1), ""), "/events/1/aggregate/expectedVersion", "/aggregate/expectedVersion"},
		{"an event's own", events(shared("a", 1), own("b", 1), ""), "/events/0/aggregate/expectedVersion", "/events/0/aggregate/expectedVersion"},
		{"the aggregate of the body", single(own("a", 1)), "/events/0/aggregate/expectedVersion", "/aggregate/expectedVersion"},
		{"a version's link", events("", "", versioned), "/events/1/links/1/target", "/events/1/version"},
		{"a link before it", events("", "", versioned), "/events/1/links/0/target", "/events/1/links/0/target"},
		{"a version's only link", single(entity + `,"id":"x","version":2`), "/events/0/links/0/target", "/version"},
		{"an event that there is not", events("", ""), "/events/7/event", "/events/7/event"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := quipu.Errorf(quipu.Conflict, "a detail").At(c.ledger).WithHint("a hint")
			moved := read(t, c.body).Located(e)
			says(t, moved, quipu.Conflict, c.want, "a detail", "a hint")
			if e.Pointer != c.ledger {
				t.Error("the ledger's error was changed")
			}
		})
	}
}
