package format

import (
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// fields are the members of a JSON object by their names, each value in canonical
// form. Nobody changes the bytes of a value: fields share them.
type fields map[string][]byte

// read takes the members of an object as received. Values become canonical one by
// one, since each may nest as deep as an event's data.
func read(o shape.Object) (fields, error) {
	f := make(fields, o.Len())
	err := o.Each(func(name string, v shape.Value) (err error) {
		f[name], err = v.Canonical(nil)
		return err
	})
	return f, err
}

// split takes the members of a canonical object. What is none has no members.
func split(object []byte) fields {
	f := fields{}
	_ = canonical.Members(object, func(name string, _, value []byte) bool {
		f[name] = value
		return true
	})
	return f
}

// json is the canonical object with these members.
func (f fields) json() []byte {
	out := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(f)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(canonical.AppendString(out, name), ':')
		out = append(out, f[name]...)
	}
	return append(out, '}')
}

// take copies members from another object, those of them that are there.
func (f fields) take(from fields, names ...string) {
	for _, name := range names {
		f.takeAs(name, from, name)
	}
}

// takeAs copies a member that has another name in the other object.
func (f fields) takeAs(name string, from fields, original string) {
	if value, ok := from[original]; ok {
		f[name] = value
	}
}

func (f fields) has(name string) bool { return f[name] != nil }

// text is the text of a member that is a string, and empty for any other.
func (f fields) text(name string) string { return unquote(f[name]) }

// elements are those of a canonical array; none of what is no array.
func elements(array []byte) (list [][]byte) {
	_ = canonical.Elements(array, func(value []byte) bool {
		list = append(list, value)
		return true
	})
	return list
}

// array is the canonical array of canonical values.
func array(values ...[]byte) []byte {
	out := []byte{'['}
	for i, value := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, value...)
	}
	return append(out, ']')
}

func quote(text string) []byte { return canonical.AppendString(nil, text) }

func unquote(value []byte) string {
	text, _ := canonical.Unquote(value)
	return text
}
