package schema_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestRefusesPatternsWithTheConstruct(t *testing.T) {
	tests := []struct {
		pattern string
		kind    quipu.Kind
		detail  string // behind the pattern
		hint    string
	}{
		{`a(?=b)`, quipu.Invalid, "look-ahead is not known here", "allOf"},
		{`a(?!b)`, quipu.Invalid, "negative look-ahead is not known here", "not"},
		{`(?<=a)b`, quipu.Invalid, "look-behind is not known here", "linear time"},
		{`(?<!a)b`, quipu.Invalid, "negative look-behind is not known here", "not"},
		{`(a)\1`, quipu.Invalid, "a back-reference is not known here", "write out"},
		{`(?<n>a)\k<n>`, quipu.Invalid, "a back-reference is not known here", "write out"},
		{`\u00e9`, quipu.Invalid, `the escape \u is not known here`, `\x{00E9}`},
		{`\cA`, quipu.Invalid, `the escape \c is not known here`, "hex"},
		{`[a`, quipu.Invalid, `missing closing ] "[a"`, "RE2"},
		{`a{1001}`, quipu.Invalid, `invalid repeat count "{1001}"`, "RE2"},
		{`(a{1000}){1000}`, quipu.Invalid, `invalid repeat count "{1000}"`, "RE2"},
		{`(abcd){1000}`, quipu.TooLarge, "5000 instructions, the limit is 2500", "{1000}"},
		{strings.Repeat(`\pL`, 100), quipu.TooLarge, "instructions, the limit is 2500", "repetition"},
	}
	for _, tt := range tests {
		q := strconv.Quote(tt.pattern)
		for document, pointer := range map[string]string{
			`{"items":{"pattern":` + q + `}}`:      "/items/pattern",
			`{"patternProperties":{` + q + `:{}}}`: "/patternProperties/" + tt.pattern,
		} {
			err := refusal(t, document)
			if err.Kind != tt.kind || err.Pointer != pointer || !strings.HasSuffix(err.Detail, tt.detail) || !strings.Contains(err.Hint, tt.hint) {
				t.Errorf("%s: %s %q at %q, hint %q", document, err.Kind, err.Detail, err.Pointer, err.Hint)
			}
		}
		if v := violations(t, compile(t, `{"format":"regex"}`), q); len(v) != 1 {
			t.Errorf("%s is of the format regex", tt.pattern)
		}
	}
}

func TestBoundsPatterns(t *testing.T) {
	long := strings.Repeat("a", 1000)
	compile(t, `{"pattern":"^[\\w ]{1,999}$"}`)
	compile(t, `{"allOf":[`+each(19, func(i int) string { return `{"pattern":"` + strconv.Itoa(i) + long + `"}` })+`]}`)
	compile(t, `{"allOf":[`+each(100, func(int) string { return `{"pattern":"` + long + `"}` })+`]}`) // the same one counts once
	err := refusal(t, `{"allOf":[`+each(21, func(i int) string { return `{"pattern":"` + strconv.Itoa(i) + long + `"}` })+`]}`)
	if err.Kind != quipu.TooLarge || err.Pointer != "/allOf/19/pattern" || !strings.Contains(err.Detail, "the limit is 20000") {
		t.Error(err)
	}
	err = refusal(t, `{"pattern":"`+strings.Repeat("a", 4097)+`"}`)
	if err.Kind != quipu.TooLarge || err.Detail != "a regular expression: 4097 bytes, the limit is 4096" {
		t.Error(err)
	}
}

func TestPatternsMatchAnywhere(t *testing.T) {
	tests := []struct {
		pattern, data string
		fits          bool
	}{
		{`b`, `"abc"`, true}, {`^b`, `"abc"`, false}, {`^a.c$`, `"a\nc"`, false}, {`^\d+$`, `"12"`, true}, {`^\d+$`, `"१२"`, false}, {`^\w$`, `"é"`, false},
		{`^\p{L}$`, `"é"`, true}, {`^.$`, `"😀"`, true}, {`a$`, `"a\n"`, false}, {`^a\/b$`, `"a/b"`, true}, {`x`, `7`, true},
	}
	for _, tt := range tests {
		s := compile(t, `{"pattern":`+strconv.Quote(tt.pattern)+`}`)
		if got := violations(t, s, tt.data) == nil; got != tt.fits {
			t.Errorf("%s matches %s: %v", tt.pattern, tt.data, got)
		}
	}
}
