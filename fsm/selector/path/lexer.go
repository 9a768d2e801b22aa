package path

import (
	"strings"
	"unicode/utf8"
)

// lexer cuts a path into tokens by the rules of PostgreSQL's jsonpath_scan.l. Its first error is kept, and from then
// on it gives nothing but the end token, so that the parser unwinds without checking each step.
type lexer struct {
	text string
	pos  int
	err  *SyntaxError
}

// symbols are the operators of two characters; every other special character is a token of its own.
var symbols = []string{"&&", "||", "**", "<=", "==", "<>", "!=", ">="}

// special reports whether c ends a word. Bytes that are neither special, blank, quote nor backslash make words.
func special(c byte) bool { return strings.IndexByte("?%$.[]{}()|&!=<>@#,*:-+/", c) >= 0 }

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func wordByte(c byte) bool { return !special(c) && !blank(c) && c != '"' && c != '\\' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// fail records the first error and moves to the end.
func (l *lexer) fail(pos int, message, hint string) {
	if l.err == nil {
		column := utf8.RuneCountInString(l.text[:min(pos, len(l.text))]) + 1
		l.err = &SyntaxError{Column: column, Message: message, Hint: hint}
	}
	l.pos = len(l.text)
}

// peek is the byte at an offset from the position, or 0 behind the end.
func (l *lexer) peek(offset int) byte {
	if l.pos+offset < len(l.text) {
		return l.text[l.pos+offset]
	}
	return 0
}

// next cuts off one token.
func (l *lexer) next() token {
	l.skipBlanks()
	if l.pos >= len(l.text) {
		return token{kind: tokenEnd, pos: len(l.text)}
	}
	start, c := l.pos, l.text[l.pos]
	switch {
	case c == '"':
		l.pos++
		return l.finish(token{kind: tokenString, text: l.quotedText(start), pos: start})
	case c == '$' && l.peek(1) == '"':
		l.pos += 2
		return l.finish(token{kind: tokenVariable, text: l.quotedText(start), pos: start})
	case c == '$' && l.pos+1 < len(l.text) && wordByte(l.peek(1)):
		l.pos++
		return token{kind: tokenVariable, text: l.plainWord(), pos: start}
	case digit(c) || c == '.' && digit(l.peek(1)):
		return l.number()
	case wordByte(c) || c == '\\':
		return l.finish(token{kind: tokenWord, text: l.word(), pos: start})
	}
	return l.symbol()
}

// finish turns a token into the end token if reading it failed.
func (l *lexer) finish(t token) token {
	if l.err != nil {
		return token{kind: tokenEnd, pos: len(l.text)}
	}
	return t
}

// skipBlanks passes blanks and comments.
func (l *lexer) skipBlanks() {
	for l.pos < len(l.text) {
		switch {
		case blank(l.text[l.pos]):
			l.pos++
		case strings.HasPrefix(l.text[l.pos:], "/*"):
			end := strings.Index(l.text[l.pos+2:], "*/")
			if end < 0 {
				l.fail(l.pos, "the comment is not closed", "")
				return
			}
			l.pos += 2 + end + 2
		default:
			return
		}
	}
}

func (l *lexer) symbol() token {
	start := l.pos
	for _, s := range symbols {
		if strings.HasPrefix(l.text[start:], s) {
			l.pos += len(s)
			return token{kind: tokenSymbol, text: s, pos: start}
		}
	}
	l.pos++
	return token{kind: tokenSymbol, text: l.text[start:l.pos], pos: start}
}

// plainWord reads word bytes without escapes.
func (l *lexer) plainWord() string {
	start := l.pos
	for l.pos < len(l.text) && wordByte(l.text[l.pos]) {
		l.pos++
	}
	return l.text[start:l.pos]
}

// word reads a name without quotes, in which escapes are allowed.
func (l *lexer) word() string {
	var b strings.Builder
	for l.pos < len(l.text) {
		if l.text[l.pos] == '\\' {
			l.escape(&b)
		} else if run := l.plainWord(); run != "" {
			b.WriteString(run)
		} else {
			break
		}
	}
	return b.String()
}

// number reads an integer or a decimal. What follows may not run into it: 1a is an error, not 1 and a.
func (l *lexer) number() token {
	start, kind := l.pos, tokenInteger
	if l.peek(0) == '0' {
		l.pos++
	} else {
		l.digits()
	}
	if l.peek(0) == '.' {
		l.pos++
		l.digits()
		kind = tokenDecimal
	}
	if c := l.peek(0); c == 'e' || c == 'E' {
		sign := 0
		if c := l.peek(1); c == '+' || c == '-' {
			sign = 1
		}
		if digit(l.peek(1 + sign)) {
			l.pos += 1 + sign
			l.digits()
			kind = tokenDecimal
		} else if sign == 1 {
			l.fail(start, "the exponent of the number has no digits", "")
			return l.finish(token{})
		}
	}
	if l.pos < len(l.text) && wordByte(l.text[l.pos]) {
		l.fail(start, "trailing junk after a number", "leave a blank behind the number; 1 .type() calls a method on it")
		return l.finish(token{})
	}
	return token{kind: kind, text: l.text[start:l.pos], pos: start}
}

func (l *lexer) digits() {
	for digit(l.peek(0)) {
		l.pos++
	}
}
