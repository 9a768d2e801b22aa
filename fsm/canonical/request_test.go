package canonical_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

func TestObjectKeepsOrderAndOffsets(t *testing.T) {
	const src = ` { "b" : [ 1 , {"x":1,"x":2} ] , "\u0061" : "\/" } `
	members, err := canonical.Object([]byte(src))
	if err != nil || len(members) != 2 {
		t.Fatal(members, err)
	}
	for i, want := range []struct{ name, value string }{{"b", `[ 1 , {"x":1,"x":2} ]`}, {"a", `"\/"`}} {
		m := members[i]
		if m.Name != want.name || string(m.Value) != want.value || m.Offset != strings.Index(src, want.value) {
			t.Errorf("member %d: %q %s at %d", i, m.Name, m.Value, m.Offset)
		}
	}
}

func TestArrayKeepsOrderAndOffsets(t *testing.T) {
	const src = "\n[ true,{ \"a\":1 } , \"]\"]"
	elements, err := canonical.Array([]byte(src))
	if err != nil || len(elements) != 3 {
		t.Fatal(elements, err)
	}
	for i, want := range []string{`true`, `{ "a":1 }`, `"]"`} {
		e := elements[i]
		if string(e.Value) != want || e.Offset != strings.Index(src, want) {
			t.Errorf("element %d: %s at %d", i, e.Value, e.Offset)
		}
	}
}

func TestObjectAndArrayTakeEmptyOnes(t *testing.T) {
	if members, err := canonical.Object([]byte(` { } `)); err != nil || len(members) != 0 {
		t.Error(members, err)
	}
	if elements, err := canonical.Array([]byte(`[]`)); err != nil || len(elements) != 0 {
		t.Error(elements, err)
	}
}

func object(src []byte) error { _, err := canonical.Object(src); return err }
func array(src []byte) error  { _, err := canonical.Array(src); return err }
func text(src []byte) error   { _, err := canonical.String(src); return err }

func TestRequestShapesAreRefusedWithPlace(t *testing.T) {
	tests := []struct {
		name, src string
		split     func([]byte) error
		offset    int
		pointer   string
		message   string
	}{
		{"empty", ``, object, 0, ``, `the input ends where an object should be`},
		{"array for object", ` [1]`, object, 1, ``, `an array where an object should be`},
		{"string for object", `"a"`, object, 0, ``, `a string where an object should be`},
		{"object for array", `{}`, array, 0, ``, `an object where an array should be`},
		{"null for array", `null`, array, 0, ``, `null where an array should be`},
		{"number for string", `-1`, text, 0, ``, `a number where a string should be`},
		{"boolean for string", `true`, text, 0, ``, `a boolean where a string should be`},
		{"not JSON", `<a>`, object, 0, ``, `unexpected "<" where an object should be`},
		{"byte order mark", "\ufeff{}", object, 0, ``, `a byte order mark before the value`},
		{"data after the object", `{} 1`, object, 3, ``, `unexpected "1" where the end of the input should be`},
		{"data after the array", `[]]`, array, 2, ``, `unexpected "]" where the end of the input should be`},
		{"data after the string", `"a" "b"`, text, 4, ``, `unexpected "\"" where the end of the input should be`},
		{"invalid string", `"\ud800"`, text, 1, ``, `a surrogate without its pair: \ud800`},
		{"not closed", `{"a":[1,2`, object, 9, `/a`, `the input ends where a comma or ] should be`},
		{"syntax inside a member", `{"a":{"b":[0,01]}}`, object, 13, `/a/b/1`, `a number with leading zeros`},
		{"syntax inside an element", `[{"a" 1}]`, array, 6, `/0/a`, `unexpected "1" where a colon should be`},
		{"invalid UTF-8 inside an element", "[\"\xff\"]", array, 2, `/0`, `invalid UTF-8: byte 0xff`},
		{"duplicate names", `{"a":1,"b":2,"\u0061":3}`, object, 13, `/a`, `a second member is named "a"`},
		{"escaped name in the pointer", `{"\u002f\n":[x]}`, object, 13, "/~1\n/0", `unexpected "x" where a value should be`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var e *canonical.Error
			if err := test.split([]byte(test.src)); !errors.As(err, &e) {
				t.Fatalf("%q: %v", test.src, err)
			}
			if e.Offset != test.offset || e.Pointer != test.pointer || e.Message != test.message {
				t.Errorf("%q\n got %+v\nwant %d %q %q", test.src, *e, test.offset, test.pointer, test.message)
			}
		})
	}
}

func TestObjectRefusesDuplicateAmongMany(t *testing.T) {
	for _, count := range []int{2, 15, 16, 17, 18, 40} {
		var src strings.Builder
		for i := range count {
			fmt.Fprintf(&src, `,"n%d":%d`, i, i)
		}
		distinct := "{" + src.String()[1:]
		if members, err := canonical.Object([]byte(distinct + "}")); err != nil || len(members) != count {
			t.Errorf("%d distinct names: %d, %v", count, len(members), err)
		}
		for _, again := range []int{0, count / 2, count - 1} {
			err := object(fmt.Appendf(nil, `%s,"n%d":0}`, distinct, again))
			var e *canonical.Error
			if !errors.As(err, &e) || e.Offset != len(distinct)+1 {
				t.Errorf("name %d of %d again: %v", again, count, err)
			}
		}
	}
}

func TestValueOfFullDepthFitsIntoEnvelope(t *testing.T) {
	data := strings.Repeat("[", canonical.DepthMax) + strings.Repeat("]", canonical.DepthMax)
	body := `{"events":[{"event":"e","data":` + data + `}]}`
	members, err := canonical.Object([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	events, err := canonical.Array(members[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	event, err := canonical.Object(events[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := canonical.Append(nil, event[1].Value); err != nil || string(got) != data {
		t.Fatal(err)
	}

	var e *canonical.Error
	deep := strings.Repeat("[", 1<<20)
	if !errors.As(object([]byte(`{"a":`+deep)), &e) || e.Limit != "depth" {
		t.Errorf("bottomless object: %v", e)
	}
	if !errors.As(array([]byte(deep)), &e) || e.Limit != "depth" {
		t.Errorf("bottomless array: %v", e)
	}
}

func TestErrorWithinIsSeenFromTheWholeInput(t *testing.T) {
	const body = `{"data": {"a": [1, {"b":1, "b":2}]}}`
	members, err := canonical.Object([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	_, err = canonical.Append(nil, members[0].Value)
	var inner *canonical.Error
	if !errors.As(err, &inner) {
		t.Fatal(err)
	}
	moved := inner.Within("/data", members[0].Offset)
	if moved.Offset != strings.LastIndex(body, `"b"`) || moved.Pointer != "/data/a/1/b" || inner.Pointer != "/a/1/b" {
		t.Errorf("got %+v from %+v", moved, inner)
	}
}

func TestStringDecodes(t *testing.T) {
	got, err := canonical.String([]byte(" \"a\\u00e9\\ud83d\\ude00\\/\"\n"))
	if err != nil || got != "aé😀/" {
		t.Errorf("got %q, %v", got, err)
	}
}
