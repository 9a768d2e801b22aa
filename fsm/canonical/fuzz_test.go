package canonical_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// seeds are the forms that a mutation should start from.
var seeds = []string{
	orderedObject, unsortedObject, ` [ 1.50e-3 , "\u00e9\ud83d\ude00\/" , { } ] `, `{"\n":1,"A":2,"\u0041":3}`,
	`{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":"\\\"\u001F"}`, `"\ud800"`, "\"\xff\"", "\ufeff1", `[1,]`, `{"a":01}`,
	`1e1001`, `-0.0E+1000`, strings.Repeat("[", 65) + strings.Repeat("]", 65), manyMembers(true),
	`{"😀":1,"` + "\ue000" + `":2}`, `[true,false,null]`, "\"\x7f\u2028\"",
}

// FuzzAppend holds Append against two decoders made by others: jsontext for what is valid and what the canonical
// form is, encoding/json for the value.
func FuzzAppend(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		input := slices.Clone(src)
		got, err := canonical.Append([]byte("x"), input)
		if !bytes.Equal(input, src) {
			t.Fatalf("Append changed its input to %q", input)
		}
		if err != nil {
			checkRefusal(t, src, got, err)
			return
		}
		got = got[1:]
		if !jsontext.Value(src).IsValid() {
			t.Fatalf("jsontext refuses %q", src)
		}
		if !reflect.DeepEqual(decode(t, got), decode(t, src)) {
			t.Fatalf("%q has another value than %q", got, src)
		}
		if want := canonicalByOthers(t, src); want != nil && !bytes.Equal(got, want) {
			t.Fatalf("Append(%q)\n got %q\nwant %q", src, got, want)
		}
		again, err := canonical.Append(nil, got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("canonical form of %q is %q, %v", got, again, err)
		}
		if !canonical.Valid(got) || canonical.Valid(src) != bytes.Equal(src, got) {
			t.Fatalf("Valid(%q) = %v, Valid(%q) = %v", got, canonical.Valid(got), src, canonical.Valid(src))
		}
	})
}

// checkRefusal wants a place inside the input, and a reason: jsontext refuses the input too, or a limit is named.
func checkRefusal(t *testing.T, src, got []byte, err error) {
	t.Helper()
	var e *canonical.Error
	if !errors.As(err, &e) || e.Message == "" || e.Offset < 0 || e.Offset > len(src) || string(got) != "x" {
		t.Fatalf("Append(%q) = %q, %#v", src, got, err)
	}
	if canonical.Valid(src) {
		t.Fatalf("Valid(%q), but Append says %v", src, err)
	}
	if e.Limit == "" && jsontext.Value(src).IsValid() {
		t.Fatalf("jsontext takes %q, but Append says %v", src, err)
	}
}

func decode(t *testing.T, src []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(src))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", src, err)
	}
	return value
}

// canonicalByOthers is jsontext's RFC 8785 form with the number literals left alone. It orders names by UTF-16
// units, so there is none to compare with where a character is beyond U+FFFF.
func canonicalByOthers(t *testing.T, src []byte) []byte {
	t.Helper()
	value := jsontext.Value(slices.Clone(src))
	err := value.Format(jsontext.ReorderRawObjects(true), jsontext.CanonicalizeRawInts(false),
		jsontext.CanonicalizeRawFloats(false), jsontext.PreserveRawStrings(false))
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(string(value), func(r rune) bool { return r > 0xffff }) {
		return nil
	}
	return value
}

// FuzzSplit splits an input in both ways, as a request and, once canonical, as stored bytes, and puts it together
// again.
func FuzzSplit(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		// Whatever the bytes are, the walks end without a panic and stay inside of them.
		_ = canonical.Members(src, func(key string, rawKey, value []byte) bool { return len(rawKey) >= 2 && len(value) > 0 })
		_ = canonical.Elements(src, func(value []byte) bool { return len(value) > 0 })
		text, ok := canonical.Unquote(src)
		if ok && !canonical.Valid(canonical.AppendString(nil, text)) {
			t.Fatalf("AppendString(%q) is not canonical", text)
		}

		whole, err := canonical.Append(nil, src)
		members, objectErr := canonical.Object(src)
		elements, arrayErr := canonical.Array(src)
		if err != nil {
			return
		}
		if (objectErr == nil) != (whole[0] == '{') || (arrayErr == nil) != (whole[0] == '[') {
			t.Fatalf("%q: Object says %v, Array says %v", src, objectErr, arrayErr)
		}
		if objectErr == nil {
			checkMembers(t, src, whole, members)
		}
		if arrayErr == nil {
			checkElements(t, src, whole, elements)
		}
	})
}

func checkMembers(t *testing.T, src, whole []byte, members []canonical.Member) {
	t.Helper()
	slices.SortFunc(members, func(a, b canonical.Member) int { return strings.Compare(a.Name, b.Name) })
	i, rebuilt := 0, []byte("{")
	err := canonical.Members(whole, func(key string, rawKey, value []byte) bool {
		m := members[i]
		want, err := canonical.Append(nil, m.Value)
		if err != nil || key != m.Name || !bytes.Equal(value, want) || !bytes.HasPrefix(src[m.Offset:], m.Value) {
			t.Fatalf("member %q: stored %q %q, received %q at %d, %v", key, rawKey, value, m.Value, m.Offset, err)
		}
		if i++; i > 1 {
			rebuilt = append(rebuilt, ',')
		}
		rebuilt = append(append(append(rebuilt, rawKey...), ':'), value...)
		return true
	})
	if rebuilt = append(rebuilt, '}'); err != nil || i != len(members) || !bytes.Equal(rebuilt, whole) {
		t.Fatalf("Members(%q) gives %q, %v", whole, rebuilt, err)
	}
}

func checkElements(t *testing.T, src, whole []byte, elements []canonical.Element) {
	t.Helper()
	i, rebuilt := 0, []byte("[")
	err := canonical.Elements(whole, func(value []byte) bool {
		e := elements[i]
		want, err := canonical.Append(nil, e.Value)
		if err != nil || !bytes.Equal(value, want) || !bytes.HasPrefix(src[e.Offset:], e.Value) {
			t.Fatalf("element %d: stored %q, received %q at %d, %v", i, value, e.Value, e.Offset, err)
		}
		if i++; i > 1 {
			rebuilt = append(rebuilt, ',')
		}
		rebuilt = append(rebuilt, value...)
		return true
	})
	if rebuilt = append(rebuilt, ']'); err != nil || i != len(elements) || !bytes.Equal(rebuilt, whole) {
		t.Fatalf("Elements(%q) gives %q, %v", whole, rebuilt, err)
	}
}
