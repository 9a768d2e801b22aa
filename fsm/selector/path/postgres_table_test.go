package path_test

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// table holds what PostgreSQL 15 answers: path, all items, exists, exists without errors, match.
//
//go:embed testdata/jsonpath-pg15.tsv
var table string

// acceptedHere are paths of the table that PostgreSQL 15 refuses and this engine takes, with what it gives.
var acceptedHere = map[string]string{
	"$.s5.number()":    "[5]",                                                                                    // a method of PostgreSQL 17
	"$.items.bigint()": "error: jsonpath item method .bigint() can only be applied to a string or numeric value", // the same
}

// TestTableOfPostgreSQL holds every row of the table, or its place in the list of divergences.
func TestTableOfPostgreSQL(t *testing.T) {
	var doc string
	var v path.Vars
	for line := range strings.Lines(table) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "# doc: "); ok {
			doc = canonical(t, text)
			continue
		}
		if text, ok := strings.CutPrefix(line, "# vars: "); ok {
			v = vars(t, text)
			continue
		}
		columns := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || len(columns) < 5 {
			continue
		}
		t.Run(columns[0], func(t *testing.T) {
			checkRow(t, columns, doc, v)
		})
	}
}

func checkRow(t *testing.T, columns []string, doc string, v path.Vars) {
	text, items, exist := columns[0], columns[1], columns[3]
	p, err := path.Compile(text)
	if strings.HasPrefix(text, "strict ") {
		if err == nil {
			t.Fatal("strict mode was accepted")
		}
		return
	}
	if want, ok := acceptedHere[text]; ok {
		if err != nil {
			t.Fatal(err)
		}
		if got := query(t, p, doc, v); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		return
	}
	if strings.Contains(items, "at character") { // an error of the input function
		if err == nil {
			t.Fatalf("accepted; PostgreSQL says %s", items)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got := query(t, p, doc, v)
	if message, failed := strings.CutPrefix(items, "ERROR:  "); failed {
		if !strings.HasPrefix(got, "error: ") {
			t.Fatalf("got %s, want the error %s", got, message)
		}
	} else if strings.HasPrefix(got, "error: ") || comparable(t, got) != comparable(t, items) {
		t.Fatalf("got %s, want %s", got, items)
	}
	if found := exists(t, p, doc, v); found != (exist == "t") {
		t.Fatalf("exists is %v, want %s", found, exist)
	}
}
