package path

import (
	"regexp"
	"unicode/utf8"
)

// atom translates one atom or constraint, and gives its weight and whether it is a constraint, which no quantifier
// may follow.
func (t *translator) atom() (weight int, constraint bool) {
	c := t.peek(0)
	switch c {
	case '(':
		return t.group(), false
	case '[':
		return t.bracket()
	case '\\':
		return t.escape()
	}
	t.pos++
	switch c {
	case '^', '$':
		t.out.WriteRune(c)
		return 1, true
	case '.':
		t.out.WriteRune(c)
	default:
		t.char(c)
	}
	return 1, false
}

// char writes a character that stands for itself.
func (t *translator) char(c rune) { t.out.WriteString(regexp.QuoteMeta(string(c))) }

// group translates ( … ) and (?: … ).
func (t *translator) group() int {
	t.pos++
	if t.peek(0) == '?' {
		switch {
		case t.peek(1) == ':':
			t.pos += 2
		case t.peek(1) == '=' || t.peek(1) == '!' || t.has("?<=") || t.has("?<!"):
			t.unsupported("look-around")
			return 1
		default:
			t.fail("quantifier operand invalid", "")
			return 1
		}
	}
	if t.nesting++; t.nesting > nestingMax {
		t.fail("it is nested too deeply", "")
	}
	t.out.WriteString("(?:")
	weight := t.alternatives()
	t.out.WriteByte(')')
	t.nesting--
	if t.peek(0) != ')' {
		t.fail("parentheses () not balanced", "")
	}
	t.pos++
	return weight + 1
}

// Classes as the inside of a bracket expression in Go's syntax. Letters and digits are Unicode's, as in a database with
// a UTF-8 locale; \d is ASCII, as it is there.
const (
	wordClass  = `\p{L}\p{N}_`
	spaceClass = `\t-\r \x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}`
)

// classEscapes translates \d and the like outside of brackets.
var classEscapes = map[rune]string{
	'd': `[0-9]`, 'D': `[^0-9]`, 'w': `[` + wordClass + `]`, 'W': `[^` + wordClass + `]`,
	's': `[` + spaceClass + `]`, 'S': `[^` + spaceClass + `]`,
}

// constraintEscapes translates \A and the like.
var constraintEscapes = map[rune]string{'A': `\A`, 'Z': `\z`}

// escape translates what a backslash begins outside of brackets.
func (t *translator) escape() (int, bool) {
	c := t.peek(1)
	if class, ok := classEscapes[c]; ok {
		t.pos += 2
		t.out.WriteString(class)
		return 1, false
	}
	if edge, ok := constraintEscapes[c]; ok {
		t.pos += 2
		t.out.WriteString(edge)
		return 1, true
	}
	switch {
	case c == 'm' || c == 'M' || c == 'y' || c == 'Y': // Go's \b knows the words of ASCII only
		t.unsupported(`\` + string(c) + ", the edge of a word")
	case c >= '1' && c <= '9':
		t.unsupported("back references")
	default:
		if r, ok := t.charEscape(); ok {
			t.char(r)
		}
	}
	return 1, false
}

// plainEscapes are the escapes of one letter that stand for a character.
var plainEscapes = map[rune]rune{
	'a': '\a', 'b': '\b', 'B': '\\', 'e': 0x1B, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// charEscape reads an escape that stands for one character, in or out of brackets.
func (t *translator) charEscape() (rune, bool) {
	c := t.peek(1)
	t.pos += 2
	if plain, ok := plainEscapes[c]; ok {
		return plain, true
	}
	switch {
	case c == 'c' && t.more():
		r := t.peek(0) & 0x1F
		t.pos++
		return r, true
	case c == 'u':
		return t.numericEscape(16, 4, 4)
	case c == 'U':
		return t.numericEscape(16, 8, 8)
	case c == 'x':
		return t.numericEscape(16, 1, 255)
	case c == '0':
		t.pos--
		return t.numericEscape(8, 1, 3)
	case c == -1 || c < utf8.RuneSelf && (c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'):
		t.fail(`invalid escape \ sequence`, "")
		return 0, false
	}
	return c, true
}

// numericEscape reads digits of a base, at least and at most so many.
func (t *translator) numericEscape(base rune, least, most int) (rune, bool) {
	v, count := rune(0), 0
	for ; count < most; count++ {
		d := digitValue(t.peek(0))
		if d < 0 || d >= base {
			break
		}
		v = min(v*base+d, utf8.MaxRune+1)
		t.pos++
	}
	if count < least {
		t.fail(`invalid escape \ sequence`, "")
		return 0, false
	}
	if !utf8.ValidRune(v) {
		t.unsupported("escapes that are no Unicode characters")
		return 0, false
	}
	return v, true
}

func digitValue(c rune) rune {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}
