package canonical_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

func TestAppendGivesCanonicalForm(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"scalars stay", `null`, `null`},
		{"white space goes", " [ true ,\t false\r\n, { \"a\" : null } ] \n", `[true,false,{"a":null}]`},
		{"empty containers", ` { } `, `{}`},
		{"empty containers in containers", `[ [ ] , { } ]`, `[[],{}]`},
		{"members ascend", `{"c":1,"a":2,"b":3}`, `{"a":2,"b":3,"c":1}`},
		{"members ascend at every depth", `{"b":[{"z":1,"y":{"n":1,"m":2}}],"a":0}`, `{"a":0,"b":[{"y":{"m":2,"n":1},"z":1}]}`},
		{"elements keep their order", `[3,1,2]`, `[3,1,2]`},
		{"a prefix comes first", `{"ab":1,"a":2,"":3}`, `{"":3,"a":2,"ab":1}`},
		{"number literals stay", `[1.0,1,1e0,1E+2,-0,0.10,-1.5e-7]`, `[1.0,1,1e0,1E+2,-0,0.10,-1.5e-7]`},
		{"names are unescaped before ordering", `{"\u0062":1,"a":2}`, `{"a":2,"b":1}`},
		{"an escaped name is where its character belongs", `{"A":1,"\n":2}`, `{"\n":2,"A":1}`},
		{"a quote sorts by itself", `{"\\":1,"a":2,"\"":3,"[":4,"]":5}`, `{"\"":3,"[":4,"\\":1,"]":5,"a":2}`},
		{"escaped prefix", `{"\n\n":1,"\n":2,"\u000b":3}`, `{"\n":2,"\n\n":1,"\u000b":3}`},
		{"code points, not UTF-16 units", `{"😀":1,"\ufb33":2,"\ue000":3,"é":4}`, `{"é":4,"` + "\ue000" + `":3,"` + "\ufb33" + `":2,"😀":1}`},
		{"the last before the surrogates", `{"\uffff":1,"\ud800\udc00":2,"\ud7ff":3}`, "{\"\ud7ff\":3,\"\uffff\":1,\"\U00010000\":2}"},
		{"reordering among white space and escapes", `{ "b" : "\/" , "a" : [ "\u00e9" ] }`, `{"a":["é"],"b":"/"}`},
		{"a changed name before a nested reorder", `{"\u0061":{"z":1,"y":2},"b":3}`, `{"a":{"y":2,"z":1},"b":3}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := canonical.Append([]byte("before"), []byte(test.src))
			if err != nil || string(got) != "before"+test.want {
				t.Fatalf("Append(%q)\n got %q, %v\nwant %q", test.src, got, err, "before"+test.want)
			}
			if canonical.Valid([]byte(test.src)) != (test.src == test.want) {
				t.Errorf("Valid(%q) = %v", test.src, !(test.src == test.want))
			}
			if !canonical.Valid([]byte(test.want)) {
				t.Errorf("Valid(%q) = false", test.want)
			}
		})
	}
}

// The last row is the example of RFC 8785 section 3.2.2.2.
func TestStringsAreEscapedAsInRFC8785(t *testing.T) {
	tests := []struct{ src, want, text string }{
		{`""`, `""`, ""},
		{`"\u0000"`, `"\u0000"`, "\x00"},
		{`"\u0008\u0009\u000a\u000b\u000C\u000D"`, `"\b\t\n\u000b\f\r"`, "\b\t\n\v\f\r"},
		{`"\u001F\u0020"`, `"\u001f "`, "\x1f "},
		{`"\u007f"`, "\"\x7f\"", "\x7f"},
		{`"\/ < > & \u003c"`, `"/ < > & <"`, "/ < > & <"},
		{`"\u2028\u2029"`, "\"\u2028\u2029\"", "\u2028\u2029"},
		{`"\u0022\u005c\u005C"`, `"\"\\\\"`, `"\\`},
		{`"\\u0041"`, `"\\u0041"`, `\u0041`},
		{`"\uD83D\uDE00 \ud83d\ude00 😀"`, `"😀 😀 😀"`, "😀 😀 😀"},
		{`"\ufffd\ufeff"`, "\"\ufffd\ufeff\"", "\ufffd\ufeff"},
		{`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`, `"€$\u000f\nA'B\"\\\\\"/"`, "€$\x0f\nA'B\"\\\\\"/"},
	}
	for _, test := range tests {
		got, err := canonical.Append(nil, []byte(test.src))
		if err != nil || string(got) != test.want {
			t.Errorf("Append(%s) = %s, %v; want %s", test.src, got, err, test.want)
		}
		if quoted := canonical.AppendString([]byte("x"), test.text); string(quoted) != "x"+test.want {
			t.Errorf("AppendString(%q) = %s, want x%s", test.text, quoted, test.want)
		}
		for _, raw := range []string{test.src, test.want} {
			if text, ok := canonical.Unquote([]byte(raw)); !ok || text != test.text {
				t.Errorf("Unquote(%s) = %q, %v; want %q", raw, text, ok, test.text)
			}
		}
		if canonical.Valid([]byte(test.src)) != (test.src == test.want) || !canonical.Valid([]byte(test.want)) {
			t.Errorf("Valid takes another form than %s as canonical", test.want)
		}
	}
}

func TestUnquoteRefusesWhatIsNotOneString(t *testing.T) {
	for _, raw := range []string{``, `"`, `"\"`, `"a`, `a"`, `""x`, ` ""`, `1`, `"\x"`, `"\ud800"`, "\"\x01\"", "\"\xff\""} {
		if text, ok := canonical.Unquote([]byte(raw)); ok || text != "" {
			t.Errorf("Unquote(%q) = %q, %v", raw, text, ok)
		}
	}
}

// manyMembers is more than the stack of open members holds without an allocation, with unordered objects inside.
func manyMembers(descending bool) string {
	var b strings.Builder
	for i := range 200 {
		n := i
		if descending {
			n = 199 - i
		}
		inner := `{"a":0,"b":1}`
		if descending {
			inner = `{"b":1,"a":0}`
		}
		b.WriteString(`,"` + string(rune('A'+n/26)) + string(rune('A'+n%26)) + `":` + inner)
	}
	return "{" + b.String()[1:] + "}"
}

func TestAppendReordersManyMembers(t *testing.T) {
	got, err := canonical.Append(nil, []byte(manyMembers(true)))
	if err != nil || string(got) != manyMembers(false) {
		t.Fatalf("got %s, %v", got, err)
	}
}

func TestAppendLeavesInputAndPrefixAlone(t *testing.T) {
	const text = ` {"b":"\/","a":[1, {"d":1,"c":2}]} `
	src := []byte(text)
	for room := range 80 {
		dst := append(make([]byte, 0, 3+room), "abc"...)
		got, err := canonical.Append(dst, src)
		if err != nil || string(got) != `abc{"a":[1,{"c":2,"d":1}],"b":"/"}` {
			t.Fatalf("with room for %d: %s, %v", room, got, err)
		}
	}
	if string(src) != text {
		t.Errorf("the input became %s", src)
	}
}

func TestAppendReturnsDstUnchangedOnError(t *testing.T) {
	dst := append(make([]byte, 0, 100), "abc"...)
	got, err := canonical.Append(dst, []byte(`{"b": 1, "a": 2} x`))
	var e *canonical.Error
	if !errors.As(err, &e) || string(got) != "abc" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestAppendOfCanonicalObjectDoesNotAllocate(t *testing.T) {
	for name, src := range map[string]string{"ordered": orderedObject, "unsorted": unsortedObject} {
		dst := make([]byte, 0, 1000)
		input := []byte(src)
		if n := testing.AllocsPerRun(100, func() { _, _ = canonical.Append(dst, input) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
