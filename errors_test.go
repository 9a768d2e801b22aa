package quipu_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestEveryKindIsFoundThroughWrapping(t *testing.T) {
	seen := map[quipu.Kind]bool{}
	for _, kind := range quipu.Kinds {
		if seen[kind] || kind == "" {
			t.Errorf("the kind %q stands twice or is empty", kind)
		}
		seen[kind] = true
		err := fmt.Errorf("append to main: %w", quipu.Errorf(kind, "no").Because(io.ErrUnexpectedEOF))
		if !errors.Is(err, kind) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the kind or the cause is lost", kind)
		}
		for _, other := range quipu.Kinds {
			if other != kind && errors.Is(err, other) {
				t.Errorf("%s is also %s", kind, other)
			}
		}
		if got := quipu.KindOf(err); got != kind {
			t.Errorf("KindOf = %q, want %q", got, kind)
		}
		if got := quipu.KindOf(fmt.Errorf("bare: %w", kind)); got != kind {
			t.Errorf("KindOf a bare kind = %q, want %q", got, kind)
		}
	}
}

func TestKindOfWhatNobodyClassified(t *testing.T) {
	if got := quipu.KindOf(nil); got != "" {
		t.Errorf("nil is %q", got)
	}
	if got := quipu.KindOf(io.EOF); got != quipu.Internal {
		t.Errorf("an unknown error is %q", got)
	}
}

func TestErrorSentence(t *testing.T) {
	cause := errors.New("secret path")
	for _, test := range []struct {
		err  *quipu.Error
		want string
	}{
		{quipu.Errorf(quipu.Invalid, "the limit is %d", 0), "the limit is 0"},
		{quipu.Errorf(quipu.Invalid, "wrong").At("/limit").WithHint("give at least %d", 1), "wrong at /limit; give at least 1"},
		{&quipu.Error{Kind: quipu.Invalid, Op: "select", Detail: "no such method", Column: 3}, "select: no such method (column 3)"},
		{quipu.Errorf(quipu.Internal, "stopped").Because(cause), "stopped"}, // the cause is not for everybody
		{&quipu.Error{Kind: quipu.Internal, Err: cause}, "secret path"},
		{&quipu.Error{Kind: quipu.Conflict}, "conflict"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestSystemNamesBeginWithADollar(t *testing.T) {
	for name, want := range map[string]bool{"": false, "Item Ordered": false, "a$": false, "$": true, quipu.LedgerCreated: true} {
		if got := quipu.System(name); got != want {
			t.Errorf("System(%q) = %v", name, got)
		}
	}
}
