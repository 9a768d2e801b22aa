package schema

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu"
)

// draft is a version of JSON Schema.
type draft struct {
	version int // as the library counts them
	url     string
	library *jsonschema.Draft
	// meta is the schema of this draft's schemas.
	meta func() *node
}

// drafts are those that are known, the default first.
var drafts = []*draft{
	newDraft(2020, jsonschema.Draft2020),
	newDraft(2019, jsonschema.Draft2019),
	newDraft(7, jsonschema.Draft7),
	newDraft(6, jsonschema.Draft6),
	newDraft(4, jsonschema.Draft4),
}

func newDraft(version int, library *jsonschema.Draft) *draft {
	d := &draft{version: version, url: library.String(), library: library}
	d.meta = sync.OnceValue(d.compileMeta)
	return d
}

// compileMeta makes nodes of the metaschema, so that what is wrong with a schema is said like what is wrong with data.
// It comes with the library, so what cannot be compiled is a fault of the program, which every test would meet.
func (d *draft) compileMeta() *node {
	compiled := newCompiler().MustCompile(d.url)
	tr := newTranslator(func(p jsonschema.Regexp) pattern { return pattern{p.(*regexp.Regexp), 1} })
	// All vocabularies of a metaschema lead back to its root.
	tr.dynamic = func(*jsonschema.Schema, string) (*jsonschema.Schema, error) { return compiled, nil }
	return tr.node(compiled)
}

// draftOf is the draft that the root of a document names.
func draftOf(root *value) (*draft, error) {
	named := root.member("$schema")
	if named == nil {
		return drafts[0], nil
	}
	if d := draftNamed(named); d != nil {
		return d, nil
	}
	var known []string
	for _, d := range drafts {
		known = append(known, d.url)
	}
	err := quipu.Errorf(quipu.Invalid, "$schema is %s, which is not known", clip(string(named.raw))).At("/$schema")
	return nil, err.WithHint("known are %s; without $schema the first is meant", strings.Join(known, ", "))
}

// draftNamed is the one whose name the value is, or nil. The same names with https and without, and with an empty
// fragment and without, are in use.
func draftNamed(v *value) *draft {
	if v.kind != text {
		return nil
	}
	plain := func(url string) string {
		return strings.TrimSuffix(strings.Replace(url, "https://", "http://", 1), "#")
	}
	i := slices.IndexFunc(drafts, func(d *draft) bool { return plain(d.url) == plain(v.text()) })
	if i < 0 {
		return nil
	}
	return drafts[i]
}

// check holds a document against the draft's metaschema.
func (d *draft) check(document *value) error {
	found := apply(d.meta(), document)
	if len(found) == 0 {
		return nil
	}
	// Where alternatives are tried, what is wrong with the nearest stands behind the sentence about them, and says more.
	first := found[0]
	if len(found) > 1 && (first.Keyword == "anyOf" || first.Keyword == "oneOf") && strings.HasPrefix(found[1].Pointer, first.Pointer) {
		first = found[1]
	}
	err := quipu.Errorf(quipu.Invalid, "this is not a JSON Schema: %s", first.Detail).At(first.Pointer)
	return err.WithHint("what may stand here is in %s", d.url)
}
