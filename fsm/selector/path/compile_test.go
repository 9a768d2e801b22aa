package path_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// TestCompileNamesThePlaceOfAnError holds column, message and hint of what people get wrong.
func TestCompileNamesThePlaceOfAnError(t *testing.T) {
	for _, c := range []struct {
		text          string
		column        int
		message, hint string // parts of them
	}{
		{"", 1, "the path ends too early", ""},
		{"lax", 4, "the path ends too early", ""},
		{"strict $.a", 1, "strict mode is not supported", "lax mode"},
		{"$.a b", 5, `unexpected "b"`, ""},
		{"$.é b", 5, `unexpected "b"`, ""}, // characters, not bytes
		{"@", 1, "@ stands for the item of a filter", "$"},
		{"last", 1, "last is allowed only in array subscripts", ""},
		{"$ ? (last == 1)", 6, "last is allowed only", ""},
		{"$ ? (@.x)", 6, "expected a condition", "exists"},
		{"$.x = 1", 5, `unexpected "="`, "=="},
		{"$ ? (@.x == 1 & @.y == 2)", 15, `unexpected "&"`, "&&"},
		{"$ ? (@.x == 1 and @.y == 2)", 15, `unexpected "and"`, "&&"},
		{"$ ? (@.x == 'a')", 13, `unexpected "'a'"`, "double quotes"},
		{"$.a == 1 == 2", 10, `unexpected "=="`, ""},
		{"($.a == 1) + 1", 12, "a condition cannot be an operand", "&&"},
		{"!!($.a == 1)", 2, `unexpected "!"`, "("},
		{"$.a is unknown", 5, `unexpected "is"`, "parentheses"},
		{"$[1", 4, "the path ends too early", "]"},
		{"$[]", 3, `unexpected "]"`, ""},
		{"$.", 3, "the path ends too early", "name"},
		{"$.$x", 3, "the variable", "name"},
		{"$.nope()", 3, "no such method", "keyvalue"},
		{`$.a like_regex "("`, 16, "parentheses () not balanced", ""},
		{`$.a like_regex "a" flag "z"`, 25, "unrecognized flag", "i, s, m, q"},
		{`$.a like_regex "a" flag "x"`, 25, "not implemented", ""},
		{`$.a like_regex "(a)\\1"`, 16, "does not support back references", "linear time"},
		{`$.a like_regex "(?=a)"`, 16, "does not support look-around", "linear time"},
		{`$.a like_regex "\\ya"`, 16, "does not support", "linear time"},
		{`$.a like_regex "(a{32}){32}"`, 16, "too large", ""},
		{`$.a starts with 1`, 17, `unexpected "1"`, "string or a variable"},
		{`$.a.datetime("RM")`, 14, "no such field", "YYYY"},
		{`$.a.datetime("")`, 14, "neither a date nor a time", ""},
		{"1a", 1, "trailing junk", "blank"},
		{"1.type()", 1, "trailing junk", "1 .type()"},
		{"01", 1, "trailing junk", ""},
		{"$.a + 1e+", 7, "exponent", ""},
		{"$.**{2147483648}", 6, "level is too large", ""},
		{"$.a.decimal(0)", 13, "precision or scale out of range", ""},
		{`"abc`, 1, "not closed", ""},
		{"$ /* abc", 3, "not closed", ""},
		{`$."\u12"`, 4, "hexadecimal", ""},
		{`$."\ud83d"`, 4, "surrogate", ""},
		{`$."\u0000"`, 4, "U+0000", ""},
		{`$."\u{110000}"`, 4, "no such Unicode character", ""},
		{"$.a\xff", 4, "not valid UTF-8", ""},
		{"$a\x00", 3, "U+0000", ""},
		{"$[" + strings.Repeat("9", 1001) + "]", 3, "too large", "1000 digits"},
		{"1e1001", 1, "too large", "1000"},
		{strings.Repeat("(", 65) + "1" + strings.Repeat(")", 65), 65, "nested too deeply", "64"},
		{strings.Repeat("-", 65) + "$", 65, "nested too deeply", "64"},
		{"$" + strings.Repeat(".a", 1001), 2002, "too many accessors", "1000"},
		{"$" + strings.Repeat("+1", 1000), 2000, "too many operands", "1000"},
	} {
		_, err := path.Compile(c.text)
		var bad *path.SyntaxError
		if !errors.As(err, &bad) {
			t.Errorf("%.60s: got %v, want a syntax error", c.text, err)
			continue
		}
		if bad.Column != c.column || !strings.Contains(bad.Message, c.message) || !strings.Contains(bad.Hint, c.hint) {
			t.Errorf("%.60s:\n got %d, %s, %s\n want %d, %s, %s", c.text, bad.Column, bad.Message, bad.Hint, c.column, c.message, c.hint)
		}
	}
}

// TestCompileAcceptsTheLastThatIsValid holds the other side of the limits above, and the odd corners of the lexer.
func TestCompileAcceptsTheLastThatIsValid(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 64) + "1" + strings.Repeat(")", 64),
		strings.Repeat("-", 64) + "$",
		"$" + strings.Repeat(".a", 1000),
		"$" + strings.Repeat("+1", 999),
		"$[" + strings.Repeat("9", 1000) + "]",
		"1e1000", "1e-1000", "$.**{2147483647}",
		"$ ? (@ == 1" + strings.Repeat(" || @ == 1", 5000) + ")",
		`$.a like_regex "(a{31}){32}"`,
		"lax $", "LAX$", " $ ", "$ /* a */ . /* b */ a", "1..type()", "1 .type()", ".5", "5.", "5.e1",
		"$.strict.lax.to.is.last.exists.null.NULL.true", `$.\u0061\x62c`, "$.a;b", "$.été", `$"x y"`, "$1",
		"$.** {2}", "$.abs ()", "$.ABS()", `$ ? (EXISTS (@.a) && @.b STARTS WITH "x")`,
	} {
		if _, err := path.Compile(text); err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

// TestPathDescribesItself holds what the selector asks of a compiled path.
func TestPathDescribesItself(t *testing.T) {
	for _, c := range []struct {
		text            string
		root, predicate bool
		variables       []string
	}{
		{" $ ", true, false, nil},
		{"lax $", true, false, nil},
		{"($)", true, false, nil},
		{"$.a", false, false, nil},
		{"$.a == 1", false, true, nil},
		{"($.a == $x || $.b == $x)", false, true, []string{"x"}},
		{"!($.a == 1)", false, true, nil},
		{"exists($.a)", false, true, nil},
		{"($.a == 1) is unknown", false, true, nil},
		{`$.a like_regex "a"`, false, true, nil},
		{`$.a starts with $"y z"`, false, true, []string{"y z"}},
		{"($.a == 1).type()", false, false, nil},
		{"$ ? (@.a == $z && @.b[$i to $j] == -$k)", false, false, []string{"i", "j", "k", "z"}},
	} {
		p := compile(t, c.text)
		if p.IsRoot() != c.root || p.IsPredicate() != c.predicate || !reflect.DeepEqual(p.Variables(), c.variables) || p.String() != c.text {
			t.Errorf("%s: root %v, predicate %v, variables %v, text %s", c.text, p.IsRoot(), p.IsPredicate(), p.Variables(), p)
		}
	}
}

// TestCanonicalIsOneForm holds the normal form of paths that are written in several ways.
func TestCanonicalIsOneForm(t *testing.T) {
	for text, want := range map[string]string{
		`lax $ . a [ 0 , 1 to last ]`:    `$."a"[0,1 to last]`,
		`$.a?(@>1&&(@<2||@==.5))`:        `$."a"?(@ > 1 && (@ < 2 || @ == 0.5))`,
		`(1+2)*3-4-(5-6)`:                `(1 + 2) * 3 - 4 - (5 - 6)`,
		`1 .type()`:                      `(1).type()`,
		`-(-$.a).abs()`:                  `-(-$."a").abs()`,
		`--1`:                            `1`,
		`-0`:                             `0`,
		`1e3 + 1.50`:                     `1000 + 1.50`,
		`(exists($.a)).type()`:           `(exists($."a")).type()`,
		`$.** ? (!(@ <> 1))`:             `$.**?(!(@ != 1))`,
		`$.**{1 to last}.**{last}.**{2}`: `$.**{1 to last}.**{last}.**{2}`,
		`$.a.DateTime("YYYY").decimal(3,-1).time(9)`:     `$."a".datetime("YYYY").decimal(3,-1).time(6)`,
		`$.a like_regex "\\d" flag "qi"`:                 `$."a" like_regex "\\d" flag "iq"`,
		`(($.a == 1) is unknown) is unknown`:             `(($."a" == 1) is unknown) is unknown`,
		"$.\"\\u{1F600}\\ud83d\\ude00\\v\\'\"":           `$."😀😀\u000b'"`,
		`$x == $"x y"`:                                   `$"x" == $"x y"`,
		`($.a == 1 || $.b == 2) || $.c == 3 && $.d == 4`: `$."a" == 1 || $."b" == 2 || $."c" == 3 && $."d" == 4`,
	} {
		if got := compile(t, text).Canonical(); got != want {
			t.Errorf("%s\n got  %s\n want %s", text, got, want)
		}
		if again := compile(t, want).Canonical(); again != want {
			t.Errorf("%s is printed as %s", want, again)
		}
	}
}
