package shape

import (
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// Object is a JSON object whose members are asked for by name.
type Object struct {
	value   Value
	members []canonical.Member
}

// Object reads an object whatever its members, of which it has at most partsMax.
func (v Value) Object() (Object, error) {
	if !v.IsObject() {
		return Object{}, v.wanted("an object")
	}
	if err := v.checkParts("members"); err != nil {
		return Object{}, err
	}
	members, err := canonical.Object(v.bytes)
	if err != nil {
		return Object{}, v.refused(err)
	}
	return Object{value: v, members: members}, nil
}

// Only reads an object that may have these members and no others.
func (v Value) Only(known ...string) (Object, error) {
	o, err := v.Object()
	if err != nil {
		return Object{}, err
	}
	return o, o.Only(known...)
}

// Only refuses a member with a name that is not known, and names the nearest that is.
func (o Object) Only(known ...string) error {
	for _, m := range o.members {
		if slices.Contains(known, m.Name) {
			continue
		}
		err := o.value.within(m.Value, m.Offset).Errorf("unknown member %q", clip(m.Name))
		if near := quipu.Nearest(m.Name, known); near != "" {
			return err.WithHint("did you mean %q?", near)
		}
		return err.WithHint("known are %s", strings.Join(known, ", "))
	}
	return nil
}

// clip keeps what an error repeats of a request short.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Member is the value under a name; the zero Value if there is none.
func (o Object) Member(name string) Value {
	for _, m := range o.members {
		if m.Name == name {
			return o.value.within(m.Value, m.Offset)
		}
	}
	return Value{}
}

// Has reports whether there is a member of that name.
func (o Object) Has(name string) bool { return o.Member(name).Exists() }

// Value is the object itself, for errors about it.
func (o Object) Value() Value { return o.value }

// Len is the number of members.
func (o Object) Len() int { return len(o.members) }

// Each calls fn with every member in the order of the input and stops at the first error.
func (o Object) Each(fn func(name string, v Value) error) error {
	for _, m := range o.members {
		if err := fn(m.Name, o.value.within(m.Value, m.Offset)); err != nil {
			return err
		}
	}
	return nil
}
