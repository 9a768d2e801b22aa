package path_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// enough is a budget that no test passes by honest work.
const enough = 50_000_000

// compile compiles a path that has to be right.
func compile(t testing.TB, text string) *path.Path {
	t.Helper()
	p, err := path.Compile(text)
	if err != nil {
		t.Fatalf("compile %s: %v", text, err)
	}
	return p
}

func vars(t testing.TB, object string) path.Vars {
	t.Helper()
	if object == "" {
		return path.Vars{}
	}
	v, err := path.ParseVars([]byte(object))
	if err != nil {
		t.Fatalf("variables %s: %v", object, err)
	}
	return v
}

// query gives the items as one JSON array, or "error: …".
func query(t testing.TB, p *path.Path, doc string, v path.Vars) string {
	t.Helper()
	steps := enough
	items, err := p.Query([]byte(doc), v, &steps)
	if err != nil {
		return "error: " + err.Error()
	}
	return "[" + string(bytes.Join(items, []byte(","))) + "]"
}

func exists(t testing.TB, p *path.Path, doc string, v path.Vars) bool {
	t.Helper()
	steps := enough
	found, err := p.Exists([]byte(doc), v, &steps)
	if err != nil {
		t.Fatalf("%s on %s: %v", p, doc, err)
	}
	return found
}

// canonical writes JSON as documents are stored: compact, members sorted, numbers as they are.
func canonical(t testing.TB, text string) string {
	t.Helper()
	return string(marshal(t, decode(t, text)))
}

// decode reads JSON with its number literals kept.
func decode(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("JSON %s: %v", text, err)
	}
	return v
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// comparable makes two renderings of the same value equal: numbers as fractions, members sorted.
func comparable(t testing.TB, text string) string {
	t.Helper()
	return string(marshal(t, plain(decode(t, text))))
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(string(v))
		return "number " + r.RatString()
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return v
}
