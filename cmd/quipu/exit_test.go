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
	} {
		var out strings.Builder
		if report(&out, c.err); out.String() != c.want {
			t.Errorf("%s is reported as\n%swant\n%s", name, out.String(), c.want)
		}
	}
}
