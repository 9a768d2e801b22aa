package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestEachKindHasItsExitCode(t *testing.T) {
	want := map[quipu.Kind]int{
		quipu.Uncertain: 3, quipu.Conflict: 4, quipu.NotFound: 5,
		quipu.Forbidden: 6, quipu.Unauthenticated: 6, quipu.Unavailable: 7,
	}
	for _, kind := range quipu.Kinds {
		code := want[kind]
		if code == 0 {
			code = 1
		}
		if got := exitCode(fmt.Errorf("outer: %w", quipu.Errorf(kind, "no"))); got != code {
			t.Errorf("%s is exit code %d, want %d", kind, got, code)
		}
	}
	for err, code := range map[error]int{
		nil: 0, errAnswered: 0, usagef("no"): 2, errors.New("no"): 1, context.Canceled: 1, errNoLeader: 7,
		placed{"f", quipu.Errorf(quipu.Conflict, "no")}: 4,
	} {
		if got := exitCode(err); got != code {
			t.Errorf("%v is exit code %d, want %d", err, got, code)
		}
	}
}

func TestReportNamesKindPlaceAndHint(t *testing.T) {
	conflict := quipu.Errorf(quipu.Conflict, "condition 0 does not hold").At("/conditions/0")
	conflict.Clash = &quipu.Clash{Head: 9, Events: []quipu.Event{{Position: 4}, {Position: 7}}, More: true}
	syntax := quipu.Errorf(quipu.Invalid, "unexpected end").At("/meta").WithHint("close the parenthesis")
	syntax.Column, syntax.RequestID = 12, "r1"
	version := quipu.Errorf(quipu.Conflict, "the aggregate is at version 3, not 1").At("/events/0/aggregate/expectedVersion")
	version.Clash = &quipu.Clash{Condition: -1, Head: 9, Events: []quipu.Event{{Position: 4}}, Aggregate: &quipu.Aggregate{Type: "order", Key: "o-17", Version: 3}}
	violation := quipu.Errorf(quipu.SchemaViolation, "the text is empty").At("/events/0/data/title")
	violation.Violations = []quipu.Violation{{Pointer: "/title", Keyword: "minLength", Detail: "the text is empty"}}
	violations := quipu.Errorf(quipu.SchemaViolation, "2 errors")
	violations.Violations = append(violation.Violations[:1:1], quipu.Violation{Event: 1, Keyword: "type", Detail: "it is a number"})
	bare := &quipu.Error{Kind: quipu.Unavailable, Op: "select", Err: errors.New("connection refused")}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nothing":      {nil, ""},
		"help":         {errAnswered, ""},
		"said already": {errNoLeader, ""},
		"usage":        {usagef("unknown flag --x").withHint("did you mean --y?"), "quipu: unknown flag --x\n  hint     did you mean --y?\n"},
		"interrupted":  {fmt.Errorf("x: %w", context.Canceled), "quipu: interrupted\n"},
		"any":          {errors.New("disk full"), "quipu: disk full\n"},
		"cause":        {bare, "quipu: unavailable: connection refused\n"},
		"syntax":       {syntax, "quipu: invalid: unexpected end\n  place    /meta column 12\n  hint     close the parenthesis\n  request  r1\n"},
		"placed":       {placed{"line 3 of f", quipu.Errorf(quipu.Invalid, "no")}, "quipu: invalid: line 3 of f: no\n"},
		"conflict": {conflict, "quipu: conflict: condition 0 does not hold\n  place    /conditions/0\n" +
			"  unseen   2 events, positions 4 to 7 and more (the head is 9)\n"},
		"version": {version, "quipu: conflict: the aggregate is at version 3, not 1\n  place    /events/0/aggregate/expectedVersion\n" +
			"  unseen   the event at position 4: the aggregate order=o-17 is at version 3\n"},
		"one violation": {violation, "quipu: schema_violation: the text is empty\n  place    /events/0/data/title\n"},
		"violations": {violations, "quipu: schema_violation: 2 errors\n" +
			"  data     /title: minLength: the text is empty\n  data     event 1, the whole: type: it is a number\n"},
	} {
		var out strings.Builder
		if report(&out, c.err); out.String() != c.want {
			t.Errorf("%s is reported as\n%swant\n%s", name, out.String(), c.want)
		}
	}
}
