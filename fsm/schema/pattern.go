package schema

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// pattern is a regular expression with the size of its program, which is what matching a byte may cost.
type pattern struct {
	*regexp.Regexp
	size int
}

// patterns are those of one document, each compiled once.
type patterns struct {
	known map[string]pattern
	sizes int
}

// compile makes the pattern, or says what is wrong with it; the caller knows where it stands.
func (p *patterns) compile(source string) (pattern, *quipu.Error) {
	if known, ok := p.known[source]; ok {
		return known, nil
	}
	size, err := sizeOf(source)
	if err != nil {
		return pattern{}, err
	}
	if p.sizes += size; p.sizes > PatternSizesMax {
		return pattern{}, quipu.Errorf(quipu.TooLarge, "the regular expressions of the schema: %d instructions or more, the limit is %d", p.sizes, PatternSizesMax)
	}
	compiled, failure := regexp.Compile(source)
	if failure != nil {
		return pattern{}, refusedPattern(source, failure)
	}
	p.known[source] = pattern{compiled, size}
	return p.known[source], nil
}

// sizeOf is about the number of instructions of a pattern's program, found before anything of that size is made.
func sizeOf(source string) (int, *quipu.Error) {
	if len(source) > PatternBytesMax {
		return 0, quipu.Errorf(quipu.TooLarge, "a regular expression: %d bytes, the limit is %d", len(source), PatternBytesMax)
	}
	parsed, failure := syntax.Parse(source, syntax.Perl)
	if failure != nil {
		return 0, refusedPattern(source, failure)
	}
	size := instructions(parsed)
	if size > PatternSizeMax {
		return 0, quipu.Errorf(quipu.TooLarge, "the regular expression %s: %d instructions, the limit is %d", quoted(source), size, PatternSizeMax).
			WithHint("a repetition such as {1000} counts as often as it repeats")
	}
	return size, nil
}

func instructions(re *syntax.Regexp) int {
	const runesPerInstruction = 16 // a class of characters is one instruction with a table
	size := 0
	for _, sub := range re.Sub {
		size += instructions(sub)
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpRepeat:
		most := max(1, re.Min, re.Max) // at most 1000, nested ones together too, says the parser
		return size*most + most - re.Min
	}
	return size + 1 + len(re.Rune)/runesPerInstruction
}

// lacking are what the patterns of JavaScript have and ours do not: how each begins, and what to call it.
var lacking = []struct{ begin, name, hint string }{
	{"(?=", "look-ahead", "say it with allOf and a second pattern"},
	{"(?!", "negative look-ahead", "say it with not and a second pattern"},
	{"(?<=", "look-behind", "match what comes before as a part of the pattern"},
	{"(?<!", "negative look-behind", "say it with not and a second pattern"},
	{`\k`, "a back-reference", "write out what it would repeat"},
	{`\u`, `the escape \u`, `write \x{00E9}, or the character itself`},
	{`\c`, `the escape \c`, `write \x and two hex digits`},
}

func refusedPattern(source string, failure error) *quipu.Error {
	var bad *syntax.Error
	if !errors.As(failure, &bad) {
		return quipu.Errorf(quipu.Invalid, "the regular expression %s cannot be compiled", quoted(source)).Because(failure)
	}
	refuse := func(reason, hint string) *quipu.Error {
		return quipu.Errorf(quipu.Invalid, "the regular expression %s: %s", quoted(source), reason).WithHint("%s", hint)
	}
	if bad.Code == syntax.ErrInvalidEscape && len(bad.Expr) == 2 && '1' <= bad.Expr[1] && bad.Expr[1] <= '9' {
		return refuse("a back-reference is not known here", "patterns are matched in linear time (RE2); write out what it would repeat")
	}
	for _, l := range lacking {
		// The parser names the shortest part that it does not know, which may end before ours does.
		if at := strings.Index(source, l.begin); at >= 0 && bad.Expr != "" && (strings.HasPrefix(bad.Expr, l.begin) || strings.HasPrefix(l.begin, bad.Expr)) {
			return refuse(l.name+" is not known here", "patterns are matched in linear time (RE2); "+l.hint)
		}
	}
	return refuse(string(bad.Code)+" "+quoted(bad.Expr), "the syntax is that of RE2, https://github.com/google/re2/wiki/Syntax")
}
