package intake_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// bare is an event without what makes it concern anything.
const bare = `"event":"Item Ordered"`

// with is an append of one event in a list, with some members more.
func with(members string) string {
	return `{"events":[{` + bare + `,"entities":{"patron":["a"]},` + members + `}]}`
}

// quoted is a JSON string of so many characters.
func quoted(chars int) string { return `"` + strings.Repeat("x", chars) + `"` }

// list is a JSON array of so many elements, each with its index in the place of %d.
func list(count int, element string) string {
	elements := make([]string, count)
	for i := range elements {
		elements[i] = strings.ReplaceAll(element, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(elements, ",") + "]"
}

// encoded is the base64 of so many bytes, as a JSON string.
func encoded(bytes int) string {
	return `"` + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", bytes))) + `"`
}

func read(t testing.TB, body string) *intake.Append {
	t.Helper()
	return readParts(t, body, nil)
}

func readParts(t testing.TB, body string, parts intake.Parts) *intake.Append {
	t.Helper()
	a, err := intake.ReadAppend(shape.Of([]byte(body)), parts)
	if err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	return a
}

// rest is what is stored of the optional members of the first event.
func rest(t testing.TB, body string) string {
	t.Helper()
	return string(read(t, body).Events[0].Rest)
}

// refusal is the error of an append that is refused.
func refusal(t testing.TB, body string, parts intake.Parts) *quipu.Error {
	t.Helper()
	a, err := intake.ReadAppend(shape.Of([]byte(body)), parts)
	if err == nil {
		t.Fatalf("taken, as %s: %.300s", a.Events[0].Rest, body)
	}
	return known(t, err)
}

func known(t testing.TB, err error) *quipu.Error {
	t.Helper()
	var e *quipu.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no error for a client", err)
	}
	return e
}

// says holds an error to its kind, its place, and words in its detail and its hint.
// No hint is wanted of an error that has none.
func says(t *testing.T, e *quipu.Error, kind quipu.Kind, pointer, detail, hint string) {
	t.Helper()
	if e.Kind != kind {
		t.Errorf("kind %s, want %s", e.Kind, kind)
	}
	if e.Pointer != pointer {
		t.Errorf("pointer %q, want %q", e.Pointer, pointer)
	}
	if !strings.Contains(e.Detail, detail) {
		t.Errorf("detail %q, want %q in it", e.Detail, detail)
	}
	if !strings.Contains(e.Hint, hint) || hint == "" && e.Hint != "" {
		t.Errorf("hint %q, want %q", e.Hint, hint)
	}
}

// parts are parts by their names.
func parts(byName map[string]intake.Part) intake.Parts {
	return func(name string) (intake.Part, bool) {
		part, ok := byName[name]
		return part, ok
	}
}

func hashOf(content string) string { return record.HashOf([]byte(content)).String() }
