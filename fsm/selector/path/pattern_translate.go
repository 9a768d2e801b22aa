package path

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// translator rewrites an advanced regular expression (PostgreSQL's manual, 9.7.3) for Go's regexp. It parses what it
// rewrites, because the two differ in what they take: greediness is dropped (it cannot change whether there is a match),
// and every character is written so that Go gives it no meaning of its own.
type translator struct {
	in      []rune
	pos     int
	out     strings.Builder
	nesting int
	bad     *patternError

	literal, ignoreCase   bool
	dotNewline, lineEdges bool // "." and [^a] match a newline; "^" and "$" match at lines
}

func newTranslator(text string, f patternFlags) *translator {
	return &translator{
		in: []rune(text), literal: f.quote, ignoreCase: f.ignoreCase, dotNewline: f.dotAll, lineEdges: f.multiline,
	}
}

// run translates all of it and gives the weight.
func (t *translator) run() (int, *patternError) {
	switch {
	case t.literal:
	case t.has("***="):
		t.pos, t.literal = 4, true
	case t.has("***:"):
		t.pos = 4
		t.embeddedOptions()
	default:
		t.embeddedOptions()
	}
	if t.literal {
		t.out.WriteString(regexp.QuoteMeta(string(t.in[t.pos:])))
		return len(t.in), t.bad
	}
	weight := t.alternatives()
	if t.pos < len(t.in) && t.bad == nil {
		t.fail("parentheses () not balanced", "")
	}
	return weight, t.bad
}

// prefix gives Go's flags.
func (t *translator) prefix() string {
	flags := ""
	if t.ignoreCase {
		flags += "i"
	}
	if t.dotNewline {
		flags += "s"
	}
	if t.lineEdges && !t.literal {
		flags += "m"
	}
	if flags == "" {
		return ""
	}
	return "(?" + flags + ")"
}

// fail keeps the first error and moves to the end.
func (t *translator) fail(message, hint string) {
	if t.bad == nil {
		t.bad = &patternError{message: "invalid regular expression: " + message, hint: hint}
	}
	t.pos = len(t.in)
}

// unsupported refuses what Go's regexp cannot do.
func (t *translator) unsupported(what string) {
	if t.bad == nil {
		t.bad = &patternError{
			message: "like_regex does not support " + what,
			hint:    "regular expressions run in linear time here: no back references, no look-around, no edges of words",
		}
	}
	t.pos = len(t.in)
}

func (t *translator) more() bool { return t.pos < len(t.in) }

func (t *translator) peek(offset int) rune {
	if t.pos+offset < len(t.in) {
		return t.in[t.pos+offset]
	}
	return -1
}

func (t *translator) has(prefix string) bool {
	for i, r := range []rune(prefix) {
		if t.peek(i) != r {
			return false
		}
	}
	return true
}

// embeddedOptions reads (?xyz) at the beginning, which overrides the flags.
func (t *translator) embeddedOptions() {
	if !t.has("(?") || t.peek(2) < 'a' || t.peek(2) > 'z' {
		return
	}
	for t.pos += 2; t.more() && t.peek(0) != ')'; t.pos++ {
		switch t.peek(0) {
		case 'i':
			t.ignoreCase = true
		case 'c':
			t.ignoreCase = false
		case 's':
			t.dotNewline, t.lineEdges = true, false
		case 'm', 'n':
			t.dotNewline, t.lineEdges = false, true
		case 'p':
			t.dotNewline, t.lineEdges = false, false
		case 'w':
			t.dotNewline, t.lineEdges = true, true
		case 't':
		case 'q':
			t.literal = true
		default:
			t.unsupported("the embedded option " + quoted(string(t.peek(0))))
			return
		}
	}
	if !t.more() {
		t.fail("parentheses () not balanced", "")
		return
	}
	t.pos++
}

// alternatives translates branches up to a closing parenthesis or the end.
func (t *translator) alternatives() int {
	weight := t.branch()
	for t.peek(0) == '|' {
		t.pos++
		t.out.WriteByte('|')
		weight += 1 + t.branch()
	}
	return weight
}

// branch translates quantified atoms in a row.
func (t *translator) branch() int {
	weight := 0
	for t.more() && t.peek(0) != '|' && t.peek(0) != ')' {
		if t.quantifierAhead() {
			t.fail("quantifier operand invalid", "")
			break
		}
		one, constraint := t.atom()
		if t.quantifierAhead() && constraint {
			t.fail("quantifier operand invalid", "")
			break
		}
		weight += t.quantifier(one)
		if weight > patternWeightMax {
			t.fail("it is too large", "use smaller repetition counts")
		}
	}
	return weight
}

func (t *translator) quantifierAhead() bool {
	switch t.peek(0) {
	case '*', '+', '?':
		return true
	case '{':
		return t.peek(1) >= '0' && t.peek(1) <= '9'
	}
	return false
}

// quantifier translates what may follow an atom of a weight. Every atom that can be quantified is one unit in Go too.
func (t *translator) quantifier(weight int) int {
	if !t.quantifierAhead() {
		return weight
	}
	suffix, times := string(t.peek(0)), 1
	if t.peek(0) == '{' {
		suffix, times = t.bounds()
	} else {
		t.pos++
	}
	if t.peek(0) == '?' { // greedy or not finds the same subjects
		t.pos++
	}
	t.out.WriteString(suffix)
	return weight*max(times, 1) + 1
}

// bounds reads {m}, {m,} or {m,n}, and gives it back with the larger number.
func (t *translator) bounds() (string, int) {
	t.pos++
	low := t.count()
	high := low
	open := false
	if t.peek(0) == ',' {
		t.pos++
		if open = t.peek(0) == '}'; !open {
			high = t.count()
		}
	}
	if t.peek(0) != '}' || low > repeatMax || high > repeatMax || low > high {
		t.fail("invalid repetition count(s)", fmt.Sprintf("counts go from 0 to %d", repeatMax))
		return "", 1
	}
	t.pos++
	if open {
		return "{" + strconv.Itoa(low) + ",}", low
	}
	return "{" + strconv.Itoa(low) + "," + strconv.Itoa(high) + "}", high
}

// count reads a number, and gives one that is too large for any it cannot read.
func (t *translator) count() int {
	v, digits := 0, 0
	for ; t.peek(0) >= '0' && t.peek(0) <= '9'; t.pos++ {
		v = min(v*10+int(t.peek(0)-'0'), repeatMax+1)
		digits++
	}
	if digits == 0 {
		return repeatMax + 1
	}
	return v
}
