package intake_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
)

// events is an append of events of these members, each.
func events(top string, members ...string) string {
	body := `{` + top + `"events":[`
	for i, m := range members {
		if i > 0 {
			body += ","
		}
		body += `{` + bare + `,"entity":"t","key":"k"` + m + `}`
	}
	return body + `]}`
}

func own(key string, expected int) string {
	if expected < 0 {
		return fmt.Sprintf(`,"aggregate":{"type":"order","key":%q}`, key)
	}
	return fmt.Sprintf(`,"aggregate":{"type":"order","key":%q,"expectedVersion":%d}`, key, expected)
}

// shared is the append's own aggregate.
func shared(key string, expected int) string { return own(key, expected)[1:] + "," }

func TestExpectationsHoldEachAggregateOnce(t *testing.T) {
	want := func(event int, key string, version uint64) command.Expectation {
		return command.Expectation{Event: event, Aggregate: quipu.Aggregate{Type: "order", Key: key, Version: version}}
	}
	for name, c := range map[string]struct {
		body string
		want []command.Expectation
	}{
		"none":                     {events("", own("a", -1), ""), nil},
		"none must be there yet":   {events("", own("a", 0)), []command.Expectation{want(0, "a", 0)}},
		"several":                  {events("", "", own("b", 2), own("a", 1)), []command.Expectation{want(1, "b", 2), want(2, "a", 1)}},
		"one that says it again":   {events("", own("a", 1), own("a", 1)), []command.Expectation{want(0, "a", 1)}},
		"one that does not say it": {events("", own("a", -1), own("a", 1), own("a", -1)), []command.Expectation{want(1, "a", 1)}},
		"the append's":             {events(shared("a", 1), "", ""), []command.Expectation{want(0, "a", 1)}},
		"the append's from the first event that takes it": {events(shared("a", 1), own("b", -1), ""), []command.Expectation{want(1, "a", 1)}},
		"the append's beside an event's": {events(shared("a", 1), own("b", 0), "", own("a", 1)), []command.Expectation{want(0,
			"b", 0), want(1, "a", 1)}},
		"the triple is the same aggregate": {events("", `,"aggregate":{"service":"s","name":"n","identifier":"i","expectedVersion":4}`,
			`,"aggregate":{"type":"s/n","key":"i","expectedVersion":4}`), []command.Expectation{{Aggregate: quipu.Aggregate{Type: "s/n", Key: "i", Version: 4}}}},
	} {
		if got := read(t, c.body).Expect; !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestContradictingExpectationsAreRefused(t *testing.T) {
	for _, c := range []struct{ body, pointer, detail string }{
		{events("", own("a", 1), "", own("a", 2)),
			"/events/2/aggregate/expectedVersion", `order "a" is expected at version 2, and by event 0 at version 1`},
		{events(shared("a", 1), "", own("a", 2)), "/events/1/aggregate/expectedVersion", "at version 2, and by event 0 at version 1"},
		{events(shared("a", 1), own("a", 2), ""), "/aggregate/expectedVersion", "at version 1, and by event 0 at version 2"},
	} {
		says(t, refusal(t, c.body, nil), quipu.Invalid, c.pointer, c.detail, "expect one version")
	}
}

func TestEventsBelongToTheAppendsAggregate(t *testing.T) {
	a := read(t, events(shared("a", -1), "", own("b", -1)))
	for i, want := range []string{`{"aggregate":{"key":"a","type":"order"}}`, `{"aggregate":{"key":"b","type":"order"}}`} {
		if got := string(a.Events[i].Rest); got != want {
			t.Errorf("event %d: %s, want %s", i, got, want)
		}
	}
}
