package canonical_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

func TestAppendRefusesWithPlace(t *testing.T) {
	tests := []struct {
		name, src string
		offset    int
		pointer   string
		message   string
	}{
		{"nothing", ``, 0, ``, `the input ends where a value should be`},
		{"white space alone", " \n", 2, ``, `the input ends where a value should be`},
		{"not JSON", `hello`, 0, ``, `unexpected "h" where a value should be`},
		{"single quotes", `{'a':1}`, 1, ``, `unexpected "'" where a name in double quotes should be`},
		{"half a literal", `[tru]`, 4, `/0`, `unexpected "]" where the rest of true should be`},
		{"literal cut off", `nul`, 3, ``, `the input ends where the rest of null should be`},
		{"literal in upper case", `{"a":True}`, 5, `/a`, `unexpected "T" where a value should be`},
		{"NaN", `[NaN]`, 1, `/0`, `unexpected "N" where a value should be`},
		{"form feed as white space", "\f1", 0, ``, `unexpected "\f" where a value should be`},
		{"no-break space", "\u00a01", 0, ``, `unexpected "\u00a0" where a value should be`},
		{"comment", `{"a":1 // one` + "\n}", 7, ``, `unexpected "/" where a comma or } should be`},

		{"array not closed", `[1`, 2, ``, `the input ends where a comma or ] should be`},
		{"array closed as object", `[1}`, 2, ``, `unexpected "}" where a comma or ] should be`},
		{"comma first", `[,1]`, 1, `/0`, `unexpected "," where a value should be`},
		{"comma last in array", `{"a":[1, ]}`, 7, `/a`, `a comma before ]`},
		{"comma last in object", `{"a":1,}`, 6, ``, `a comma before }`},
		{"no comma", `[1 2]`, 3, ``, `unexpected "2" where a comma or ] should be`},
		{"two commas", `[1,,2]`, 3, `/1`, `unexpected "," where a value should be`},
		{"object not closed", `{"a":1`, 6, ``, `the input ends where a comma or } should be`},
		{"object cut off", `{`, 1, ``, `the input ends where a name in double quotes should be`},
		{"name not a string", `{1:2}`, 1, ``, `unexpected "1" where a name in double quotes should be`},
		{"no colon", `{"a" 1}`, 5, `/a`, `unexpected "1" where a colon should be`},
		{"no value", `{"a":}`, 5, `/a`, `unexpected "}" where a value should be`},

		{"data after the value", `{} {}`, 3, ``, `unexpected "{" where the end of the input should be`},
		{"letter after a number", `12x`, 2, ``, `unexpected "x" where the end of the input should be`},
		{"NUL after the value", "1\x00", 1, ``, `unexpected "\x00" where the end of the input should be`},

		{"minus alone", `-`, 1, ``, `the input ends where a digit should be`},
		{"plus", `+1`, 0, ``, `unexpected "+" where a value should be`},
		{"leading zero", `[-01]`, 1, `/0`, `a number with leading zeros`},
		{"no digit before the point", `.5`, 0, ``, `unexpected "." where a value should be`},
		{"no digit behind the point", `[1.]`, 3, `/0`, `unexpected "]" where a digit should be`},
		{"no digit in the exponent", `1e+`, 3, ``, `the input ends where a digit should be`},

		{"string not closed", `["abc`, 5, `/0`, `the input ends inside a string`},
		{"string ends in a backslash", `"abc\`, 5, ``, `the input ends inside a string`},
		{"closing quote escaped", `"abc\"`, 6, ``, `the input ends inside a string`},
		{"control character", "\"a\nb\"", 2, ``, `a control character '\n' inside a string`},
		{"unknown escape", `"a\x41"`, 2, ``, `an escape that JSON does not have`},
		{"short \\u", `"\u12"`, 1, ``, `an escape that JSON does not have`},
		{"\\u with a letter", `"\u12g4"`, 1, ``, `an escape that JSON does not have`},
		{"upper-case \\U", `"\U0041"`, 1, ``, `an escape that JSON does not have`},

		{"high surrogate alone", `{"a":["x\ud800"]}`, 8, `/a/0`, `a surrogate without its pair: \ud800`},
		{"low surrogate alone", `"\uDC00"`, 1, ``, `a surrogate without its pair: \uDC00`},
		{"surrogates swapped", `"\udc00\ud800"`, 1, ``, `a surrogate without its pair: \udc00`},
		{"two high surrogates", `"\ud83d\ud83d\ude00"`, 1, ``, `a surrogate without its pair: \ud83d`},
		{"high surrogate, then another escape", `"\ud83d\n"`, 1, ``, `a surrogate without its pair: \ud83d`},
		{"surrogate in a name", `{"a":{"\udfff":1}}`, 7, `/a`, `a surrogate without its pair: \udfff`},
		{"surrogate as UTF-8", "\"\xed\xa0\x80\"", 1, ``, `invalid UTF-8: byte 0xed`},

		{"invalid UTF-8 in a string", "[\"é\xff\"]", 4, `/0`, `invalid UTF-8: byte 0xff`},
		{"invalid UTF-8 in a name", "{\"\xc3\":1}", 2, ``, `invalid UTF-8: byte 0xc3`},
		{"overlong UTF-8", "\"\xc0\xaf\"", 1, ``, `invalid UTF-8: byte 0xc0`},
		{"beyond U+10FFFF", "\"\xf4\x90\x80\x80\"", 1, ``, `invalid UTF-8: byte 0xf4`},
		{"invalid UTF-8 outside of strings", "[\x80]", 1, `/0`, `invalid UTF-8: byte 0x80`},
		{"byte order mark", "\ufeff{}", 0, ``, `a byte order mark before the value`},
		{"UTF-16", "\xff\xfe{\x00}\x00", 0, ``, `invalid UTF-8: byte 0xff`},

		{"duplicate names side by side", `{"a":1,"a":1}`, 7, `/a`, `a second member is named "a"`},
		{"duplicate names apart", `{"b":1,"a":2,"c":3,"b":4}`, 19, `/b`, `a second member is named "b"`},
		{"duplicate names in order", `{"a":1,"b":2,"b":3,"c":4}`, 13, `/b`, `a second member is named "b"`},
		{"duplicate names after unescaping", `{"/":1,"\u002F":2}`, 7, `/~1`, `a second member is named "/"`},
		{"duplicate names with escapes", `{"\n":1,"a":0,"\u000a":2}`, 14, "/\n", `a second member is named "\n"`},
		{"duplicate names below", `[0,{"x~y":{ "é":1, "\u00e9":2}}]`, 20, `/1/x~0y/é`, `a second member is named "é"`},
		{"duplicate empty names", `{"":1,"":2}`, 6, `/`, `a second member is named ""`},
		{"three of one name", `{"a":1,"a":2,"a":3}`, 7, `/a`, `a second member is named "a"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := canonical.Append(nil, []byte(test.src))
			var e *canonical.Error
			if !errors.As(err, &e) {
				t.Fatalf("Append(%q) = %q, %v", test.src, out, err)
			}
			if e.Offset != test.offset || e.Pointer != test.pointer || e.Message != test.message || e.Limit != "" {
				t.Errorf("Append(%q)\n got %+v\nwant %d %q %q", test.src, *e, test.offset, test.pointer, test.message)
			}
			if canonical.Valid([]byte(test.src)) {
				t.Errorf("Valid(%q)", test.src)
			}
		})
	}
}

func TestAppendHoldsLimits(t *testing.T) {
	digits := strings.Repeat("7", canonical.NumberDigitsMax)
	zeros := strings.Repeat("0", canonical.NumberDigitsMax)
	arrays := strings.Repeat("[", canonical.DepthMax) + strings.Repeat("]", canonical.DepthMax)
	objects := strings.Repeat(`{"a":`, canonical.DepthMax-1) + "{}" + strings.Repeat("}", canonical.DepthMax-1)
	const half = canonical.NumberDigitsMax / 2
	tests := []struct {
		name, valid, invalid, limit string
		offset                      int
		pointer                     string
	}{
		{"arrays", arrays, "[" + arrays + "]", "depth", 64, strings.Repeat("/0", 64)},
		{"objects", objects, `{"a":` + objects + "}", "depth", 5 * 64, strings.Repeat("/a", 64)},
		{"scalar at the depth", strings.Replace(arrays, "[]", "[1]", 1), strings.Replace(arrays, "[]", "[[1]]", 1), "depth", 64, strings.Repeat("/0", 64)},
		{"depth behind a sibling", `[[[]],` + arrays[1:], `[[[]],[` + arrays[1:] + `]`, "depth", 6 + 63, "/1" + strings.Repeat("/0", 63)},
		{"digits", digits, digits + "7", "number digits", 0, ""},
		{"digits of a negative number", "-" + digits, "-" + digits + "7", "number digits", 0, ""},
		{"digits around the point", digits[:half] + "." + digits[half:], digits[:half] + "." + digits[half:] + "7", "number digits", 0, ""},
		{"zeros are digits", "[0." + zeros[1:] + "]", "[0." + zeros + "]", "number digits", 1, "/0"},
		{"digits with an exponent", digits + "e1000", digits + "7e1000", "number digits", 0, ""},
		{"exponent", "1e1000", "1e1001", "exponent", 0, ""},
		{"exponent with sign", "1.5E+1000", "1.5E+1001", "exponent", 0, ""},
		{"negative exponent", `{"n":-1e-1000}`, `{"n":-1e-1001}`, "exponent", 5, "/n"},
		{"leading zeros of an exponent", "1e" + zeros[4:] + "1000", "1e" + zeros[4:] + "1001", "exponent", 0, ""},
		{"length of an exponent", "1e" + zeros, "1e" + zeros + "0", "number digits", 0, ""},
		{"exponent beyond an integer", "0e0", "0e99999999999999999999999999", "exponent", 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := canonical.Append(nil, []byte(test.valid)); err != nil || string(got) != test.valid {
				t.Errorf("the last valid value: %v", err)
			}
			_, err := canonical.Append(nil, []byte(test.invalid))
			var e *canonical.Error
			if !errors.As(err, &e) {
				t.Fatal("the first invalid value was taken")
			}
			if e.Limit != test.limit || e.Offset != test.offset || e.Pointer != test.pointer || e.Hint == "" {
				t.Errorf("got %+v, want %q at %d (%s)", *e, test.limit, test.offset, test.pointer)
			}
			if !canonical.Valid([]byte(test.valid)) || canonical.Valid([]byte(test.invalid)) {
				t.Error("Valid has other limits")
			}
		})
	}
}

func TestErrorIsShownWithItsPlace(t *testing.T) {
	_, err := canonical.Append(nil, []byte(`{"data":{"a/b":[1,x]}}`))
	const want = `unexpected "x" where a value should be at byte 18 (/data/a~1b/1)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = canonical.Append(nil, []byte(`x`))
	if err == nil || err.Error() != `unexpected "x" where a value should be at byte 0` {
		t.Errorf("got %v", err)
	}
}

func TestErrorQuotesLongNamesInPart(t *testing.T) {
	name := strings.Repeat("é", 64)
	for _, test := range []struct{ name, shown string }{{name, name}, {name + "x", name + "…"}} {
		_, err := canonical.Append(nil, []byte(`{"`+test.name+`":1,"`+test.name+`":2}`))
		var e *canonical.Error
		if !errors.As(err, &e) || e.Message != `a second member is named "`+test.shown+`"` || e.Pointer != "/"+test.name {
			t.Errorf("got %+v", e)
		}
	}
}
