package path

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// quotedText reads up to the closing quote; the position is behind the opening one, start is where the token began.
func (l *lexer) quotedText(start int) string {
	var b strings.Builder
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; c {
		case '"':
			l.pos++
			return b.String()
		case '\\':
			l.escape(&b)
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	l.fail(start, "the string is not closed", "")
	return ""
}

// simpleEscapes maps the letters behind a backslash to what they stand for; other letters stand for themselves.
var simpleEscapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// escape reads one escape, or a pair of surrogates, at the position.
func (l *lexer) escape(b *strings.Builder) {
	start := l.pos
	if l.pos+1 >= len(l.text) || l.text[l.pos+1] == '\n' {
		l.fail(start, "a backslash with nothing behind it", "")
		return
	}
	l.pos++
	switch c := l.text[l.pos]; c {
	case 'x':
		l.pos++
		l.addRune(b, start, l.hex(start, 2))
	case 'u':
		l.pos++
		l.unicode(b, start)
	default:
		if plain, ok := simpleEscapes[c]; ok {
			b.WriteByte(plain)
		} else {
			b.WriteByte(c)
		}
		l.pos++
	}
}

// unicode reads the rest of \uHHHH or \u{H}, with the second half if it is a surrogate.
func (l *lexer) unicode(b *strings.Builder, start int) {
	r := l.codePoint(start)
	if r < 0xD800 || r > 0xDFFF {
		l.addRune(b, start, r)
		return
	}
	if r >= 0xDC00 || !strings.HasPrefix(l.text[l.pos:], `\u`) {
		l.fail(start, "half of a surrogate pair", `write the character itself, or \u{1F600}`)
		return
	}
	l.pos += 2
	low := l.codePoint(start)
	if l.err == nil && (low < 0xDC00 || low > 0xDFFF) {
		l.fail(start, "half of a surrogate pair", `write the character itself, or \u{1F600}`)
		return
	}
	l.addRune(b, start, (r-0xD800)<<10+(low-0xDC00)+0x10000)
}

// codePoint reads the four digits, or the one to six in braces, behind \u.
func (l *lexer) codePoint(start int) rune {
	if l.peek(0) != '{' {
		return l.hex(start, 4)
	}
	end := strings.IndexByte(l.text[l.pos:], '}')
	if end < 2 || end > 7 {
		l.fail(start, "an escape with the wrong number of hexadecimal digits", `\u{…} takes one to six`)
		return 0
	}
	l.pos++
	r := l.hex(start, end-1)
	if l.err == nil {
		l.pos++
	}
	return r
}

// hex reads exactly n hexadecimal digits.
func (l *lexer) hex(start, n int) rune {
	if l.pos+n <= len(l.text) && !strings.ContainsAny(l.text[l.pos:l.pos+n], "_+-") {
		if v, err := strconv.ParseUint(l.text[l.pos:l.pos+n], 16, 32); err == nil {
			l.pos += n
			return rune(v)
		}
	}
	l.fail(start, "an escape with the wrong number of hexadecimal digits", `write \xHH, \uHHHH or \u{H}`)
	return 0
}

// addRune writes a code point, if it is one that text can hold.
func (l *lexer) addRune(b *strings.Builder, start int, r rune) {
	switch {
	case l.err != nil:
	case r == 0:
		l.fail(start, "the character U+0000 is not allowed", "")
	case !utf8.ValidRune(r):
		l.fail(start, "no such Unicode character", "")
	default:
		b.WriteRune(r)
	}
}
