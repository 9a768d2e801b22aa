package schema_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/schema"
)

func compile(t testing.TB, document string) *schema.Schema {
	t.Helper()
	s, err := schema.Compile([]byte(document))
	if err != nil {
		t.Fatalf("%.200s: %v", document, err)
	}
	return s
}

// refusal is the error for a document that must be refused.
func refusal(t testing.TB, document string) *quipu.Error {
	t.Helper()
	s, err := schema.Compile([]byte(document))
	var refused *quipu.Error
	if s != nil || !errors.As(err, &refused) {
		t.Fatalf("%.200s: compiled to %v, %v", document, s, err)
	}
	return refused
}

// violations are those of data, which need not be canonical.
func violations(t testing.TB, s *schema.Schema, data string) []quipu.Violation {
	t.Helper()
	raw, err := canonical.Append(nil, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(raw)
}

// lines shows violations as "pointer keyword: detail".
func lines(list []quipu.Violation) string {
	var b strings.Builder
	for _, v := range list {
		fmt.Fprintf(&b, "%s %s: %s\n", v.Pointer, v.Keyword, v.Detail)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// each joins what a function gives for 0 to n-1 with commas.
func each(n int, part func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = part(i)
	}
	return strings.Join(parts, ",")
}
