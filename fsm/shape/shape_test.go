package shape_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// at walks down to a value by the names and indexes of a path.
func at(t *testing.T, body string, path ...any) shape.Value {
	t.Helper()
	v := shape.Of([]byte(body))
	for _, step := range path {
		switch step := step.(type) {
		case string:
			o, err := v.Object()
			if err != nil {
				t.Fatal(err)
			}
			v = o.Member(step)
		case int:
			elements, err := v.Array()
			if err != nil {
				t.Fatal(err)
			}
			v = elements[step]
		}
	}
	return v
}

func known(t *testing.T, err error) *quipu.Error {
	t.Helper()
	var e *quipu.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an error for a caller: %v", err)
	}
	return e
}

func TestPointerNamesThePlaceInTheBody(t *testing.T) {
	const body = " {\"a\" : [ 1 , {\"b/c~d\":\t[[ \"x\" ]] , \"\" : { \"\u00e9\":null}} ],\n\"a2\":[1,1]} "
	for _, test := range []struct {
		path []any
		want string
	}{
		{nil, ""},
		{[]any{"a"}, "/a"},
		{[]any{"a", 0}, "/a/0"},
		{[]any{"a", 1}, "/a/1"},
		{[]any{"a", 1, "b/c~d"}, "/a/1/b~1c~0d"},
		{[]any{"a", 1, "b/c~d", 0, 0}, "/a/1/b~1c~0d/0/0"},
		{[]any{"a", 1, ""}, "/a/1/"},
		{[]any{"a", 1, "", "é"}, "/a/1//é"},
		{[]any{"a2", 1}, "/a2/1"},
	} {
		if got := at(t, body, test.path...).Pointer(); got != test.want {
			t.Errorf("%v: %q, want %q", test.path, got, test.want)
		}
	}
}

func TestErrorsOfTheScannerPointIntoTheBody(t *testing.T) {
	body := `{"events":[{"data":{"x":[1,{"k":1,"k":2}]}}]}`
	_, err := at(t, body, "events", 0, "data").Canonical(nil)
	e := known(t, err)
	if e.Kind != quipu.Invalid || e.Pointer != "/events/0/data/x/1/k" || !strings.Contains(e.Detail, `"k" at byte 34`) || e.Hint == "" {
		t.Errorf("%+v", e)
	}
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	_, err = at(t, `{"data":`+deep+`}`, "data").Canonical(nil)
	if e := known(t, err); e.Kind != quipu.Invalid || e.Pointer != "/data"+strings.Repeat("/0", 64) {
		t.Errorf("%+v", e)
	}
	if _, err = at(t, `{"data":`+deep[1:len(deep)-1]+`}`, "data").Canonical(nil); err != nil {
		t.Errorf("the last depth that is allowed: %v", err)
	}
	_, err = shape.Of([]byte(`{"a":1,`)).Object()
	if e := known(t, err); e.Kind != quipu.Invalid || e.Pointer != "" {
		t.Errorf("%+v", e)
	}
}

func TestUnknownMembersAreNamedWithTheNearest(t *testing.T) {
	for _, test := range []struct{ body, pointer, detail, hint string }{
		{`{"entites":1}`, "/entites", `unknown member "entites"`, `did you mean "entities"?`},
		{`{"limit":1,"zzzzzz":1}`, "/zzzzzz", `unknown member "zzzzzz"`, `known are entities, limit`},
		{`{"Limit":1}`, "/Limit", `unknown member "Limit"`, `did you mean "limit"?`},
	} {
		_, err := shape.Of([]byte(test.body)).Only("entities", "limit")
		if e := known(t, err); e.Kind != quipu.Invalid || e.Pointer != test.pointer || e.Detail != test.detail || e.Hint != test.hint {
			t.Errorf("%s: %+v", test.body, e)
		}
	}
	_, err := shape.Of([]byte(`{"` + strings.Repeat("é", 500) + `":1}`)).Only("a")
	if e := known(t, err); len(e.Detail) > 200 || !strings.HasSuffix(e.Detail, `…"`) {
		t.Errorf("a long name is repeated: %s", e.Detail)
	}
	if o, err := shape.Of([]byte(`{"limit":1}`)).Only("entities", "limit"); err != nil || !o.Has("limit") || o.Has("entities") || o.Len() != 1 {
		t.Errorf("%v", err)
	}
}

func TestTypesAreNamedInRefusals(t *testing.T) {
	text := func(v shape.Value) error { _, err := v.Text(); return err }
	object := func(v shape.Value) error { _, err := v.Object(); return err }
	array := func(v shape.Value) error { _, err := v.Array(); return err }
	strs := func(v shape.Value) error { _, err := v.Strings(); return err }
	boolean := func(v shape.Value) error { _, err := v.Bool(); return err }
	number := func(v shape.Value) error { _, err := v.Uint(); return err }
	for _, test := range []struct {
		name string
		read func(shape.Value) error
		json string
		want string // in the detail, "" for none
	}{
		{"text", text, `"a"`, ""},
		{"text", text, `1`, "expected a string, found a number"},
		{"text", text, `null`, "expected a string, found null"},
		{"text", text, `"\ud800"`, "surrogate"},
		{"object", object, `{}`, ""},
		{"object", object, `[]`, "expected an object, found an array"},
		{"object", object, ``, "expected an object, found nothing"},
		{"array", array, `[]`, ""},
		{"array", array, `{}`, "expected an array, found an object"},
		{"strings", strs, `["a"]`, ""},
		{"strings", strs, `["a",true]`, "expected a string, found a boolean"},
		{"bool", boolean, `false`, ""},
		{"bool", boolean, `"true"`, "expected true or false, found a string"},
		{"uint", number, `0`, ""},
		{"uint", number, `18446744073709551615`, ""},
		{"uint", number, `18446744073709551616`, "expected a whole number"},
		{"uint", number, `-1`, "expected a whole number"},
		{"uint", number, `1.0`, "expected a whole number"},
		{"uint", number, `1e3`, "expected a whole number"},
		{"uint", number, `"1"`, "found a string"},
	} {
		err := test.read(shape.Of([]byte(" " + test.json + "\n")))
		switch {
		case test.want == "":
			if err != nil {
				t.Errorf("%s %s: %v", test.name, test.json, err)
			}
		case err == nil:
			t.Errorf("%s %s is taken", test.name, test.json)
		default:
			if e := known(t, err); e.Kind != quipu.Invalid || !strings.Contains(e.Detail, test.want) {
				t.Errorf("%s %s: %+v", test.name, test.json, e)
			}
		}
	}
}

func TestOnlyTheZeroValueDoesNotExist(t *testing.T) {
	if (shape.Value{}).Exists() || at(t, `{"a":1}`, "b").Exists() {
		t.Error("what is not there exists")
	}
	if !at(t, `{"a":null}`, "a").Exists() || !at(t, `{"a":null}`, "a").IsNull() {
		t.Error("null does not exist")
	}
}

func TestMembersComeInTheirOrder(t *testing.T) {
	o, err := shape.Of([]byte(`{"b":1,"a":2,"c":3}`)).Object()
	if err != nil {
		t.Fatal(err)
	}
	var order string
	stop := errors.New("stop")
	err = o.Each(func(name string, v shape.Value) error {
		order += name + string(v.Bytes())
		if name == "a" {
			return stop
		}
		return nil
	})
	if order != "b1a2" || err != stop {
		t.Errorf("%s, %v", order, err)
	}
}

func FuzzPointer(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"c"}]}`), uint16(3))
	f.Add([]byte(` [[[[1]]],{"":{"~/":0}}] `), uint16(9))
	f.Fuzz(func(t *testing.T, body []byte, steps uint16) {
		v := shape.Of(body)
		want := ""
		for ; steps > 0; steps /= 3 { // walk down, each time to one of the first three children
			var next shape.Value
			if v.IsArray() {
				elements, err := v.Array()
				if err != nil || len(elements) == 0 {
					break
				}
				i := int(steps) % min(3, len(elements))
				next = elements[i]
				want += "/" + string('0'+rune(i))
			} else if v.IsObject() {
				o, err := v.Object()
				if err != nil || o.Len() == 0 {
					break
				}
				i, token := int(steps)%min(3, o.Len()), ""
				_ = o.Each(func(name string, inner shape.Value) error {
					if i == 0 {
						token, next = name, inner
					}
					i--
					return nil
				})
				want += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
			} else {
				break
			}
			v = next
		}
		if _, err := v.Canonical(nil); err != nil {
			_ = err.Error()
		}
		if got := v.Pointer(); got != want {
			t.Fatalf("%q, want %q in %q", got, want, body)
		}
	})
}
