package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

func apiDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The examples of the document are sent in their order and answered as it says.
func TestDocumentedExamplesWork(t *testing.T) {
	backend := apitest.NewBackend()
	n := serve(t, backend, api.Config{Backend: backend})
	examples := regexp.MustCompile("(?s)```http\n(.*?)```").FindAllStringSubmatch(apiDocument(t), -1)
	if len(examples) < 10 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, example := range examples {
		request, want, _ := strings.Cut(example[1], "\n\n")
		line, body, _ := strings.Cut(request, "\n")
		method, path, _ := strings.Cut(line, " ")
		status, wantBody, _ := strings.Cut(want, "\n")
		a := n.do(method, path, body)
		if fmt.Sprint(a.status) != status {
			t.Errorf("%s: status %d, want %s: %s", line, a.status, status, a.body)
			continue
		}
		got, wanted := values(t, a.body), values(t, wantBody)
		if len(got) != len(wanted) {
			t.Errorf("%s: %s", line, a.body)
			continue
		}
		for i := range got {
			if err := like(wanted[i], got[i]); err != nil {
				t.Errorf("%s: %v in %s", line, err, a.body)
			}
		}
	}
}

// The commands of the document are curl's simplest forms, read here, so that the test needs no curl.
func TestDocumentedFormWorks(t *testing.T) {
	n := newNode(t)
	command := regexp.MustCompile("(?s)```sh\ncurl (.*?) http://[^/]*/v1/ledgers/shop/append\n```").FindStringSubmatch(apiDocument(t))
	if command == nil {
		t.Fatal("no command")
	}
	var parts []part
	for _, field := range regexp.MustCompile(`-F '(\w+)=([^']*)'`).FindAllStringSubmatch(command[1], -1) {
		name, content := field[1], field[2]
		if file, ok := strings.CutPrefix(content, "@"); ok {
			parts = append(parts, part{fmt.Sprintf("form-data; name=%q; filename=%q", name, file), "a photo", []string{"Content-Type", "image/jpeg"}})
		} else {
			parts = append(parts, named(name, content))
		}
	}
	if a := n.form(parts...); a.status != 201 || len(parts) != 2 {
		t.Errorf("%d parts: %s", len(parts), a.body)
	}
	if a := n.want(200, "GET", "/v1/ledgers/main/events/6/files/photo", ""); a.body != "a photo" || a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("%+v", a)
	}
}

// values are the JSON values of a body, of which the document may break a long one into lines.
func values(t *testing.T, body string) (list []any) {
	decoder := json.NewDecoder(strings.NewReader(body))
	for decoder.More() {
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		list = append(list, value)
	}
	return list
}

// like compares a value with the documented one, in which "…" is any text.
func like(want, got any) error {
	switch want := want.(type) {
	case string:
		if text, ok := got.(string); !ok || (want != "…" && text != want) {
			return fmt.Errorf("%v, documented %q", got, want)
		}
	case []any:
		items, ok := got.([]any)
		if !ok || len(items) != len(want) {
			return fmt.Errorf("%v, documented %v", got, want)
		}
		for i := range want {
			if err := like(want[i], items[i]); err != nil {
				return err
			}
		}
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok || len(members) != len(want) {
			return fmt.Errorf("%v, documented %v", got, want)
		}
		for name := range want {
			if err := like(want[name], members[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	default:
		if got != want {
			return fmt.Errorf("%v, documented %v", got, want)
		}
	}
	return nil
}

// The tables of the document name every kind with its status, every limit with its value, and every route.
func TestDocumentIsComplete(t *testing.T) {
	text := apiDocument(t)
	for _, kind := range quipu.Kinds {
		if row := fmt.Sprintf("| `%s` | %d |", kind, wire.Status(kind)); !strings.Contains(text, row) {
			t.Errorf("no row %s", row)
		}
	}
	for name, value := range wire.Limits() {
		if row := fmt.Sprintf("| `%s` | %s |", name, thousands(value)); !strings.Contains(text, row) {
			t.Errorf("no row %s", row)
		}
	}
	value := regexp.MustCompile(`\{\w+\}`)
	for _, r := range api.Routes() {
		pattern := value.ReplaceAllString(r.Pattern, "[^/`?\n]+")
		if r.Method == wire.MethodQuery {
			continue // a sentence beside POST
		}
		if !regexp.MustCompile(r.Method + " " + pattern + "[`?\n]").MatchString(text) {
			t.Errorf("%s %s is not in the document", r.Method, r.Pattern)
		}
	}
}

func thousands(n int) string {
	digits := fmt.Sprint(n)
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}
