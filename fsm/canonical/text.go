package canonical

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends s to dst as one canonical JSON string, with its quotes. The caller sees to it that s is
// valid UTF-8: other bytes would be copied as they are, and the result would not be JSON.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := range len(s) {
		if plain[s[i]] {
			continue
		}
		dst = append(dst, s[done:i]...)
		dst = appendRune(dst, rune(s[i]))
		done = i + 1
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

// Unquote returns the text of a JSON string, given with its quotes, in canonical form or as received. It reports
// false if raw is not exactly one valid JSON string; String says why. Unlike the keys of Members the result is a
// copy.
func Unquote(raw []byte) (string, bool) {
	s := scanner{src: raw, syntaxOnly: true}
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	content, err := s.text()
	if err != nil || s.at != len(raw) {
		return "", false
	}
	return content.text(), true
}

// appendRune appends r as it stands inside a canonical string, RFC 8785 section 3.2.2.2.
func appendRune(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if r < ' ' {
		return append(dst, '\\', 'u', '0', '0', '0'+byte(r>>4), "0123456789abcdef"[r&15])
	}
	return utf8.AppendRune(dst, r)
}

// unescape decodes the content of a string whose escapes are known to be valid. Where they are not after all, since
// Members trusts its caller, the rest comes back as it stands.
func unescape(content []byte) string {
	text := make([]byte, 0, len(content))
	for at := 0; at < len(content); {
		if content[at] != '\\' {
			text = append(text, content[at])
			at++
			continue
		}
		r, size, err := decodeEscape(content, at)
		if err != nil {
			return string(append(text, content[at:]...))
		}
		text = utf8.AppendRune(text, r)
		at += size
	}
	return string(text)
}

// decodeEscape reads the escape, or the pair of escapes, at src[at], which is a backslash. Size is its length in
// bytes.
func decodeEscape(src []byte, at int) (r rune, size int, err *Error) {
	if at+1 >= len(src) {
		return 0, 0, &Error{Offset: len(src), Message: "the input ends inside a string"}
	}
	c := src[at+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2, nil
	}
	r, ok := hexEscape(src, at)
	if !ok {
		return 0, 0, &Error{
			Offset:  at,
			Message: "an escape that JSON does not have",
			Hint:    `valid are \" \\ \/ \b \f \n \r \t and \u with four hex digits`,
		}
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, nil
	}
	second, _ := hexEscape(src, at+6)
	if r = utf16.DecodeRune(r, second); r == utf8.RuneError {
		return 0, 0, &Error{
			Offset:  at,
			Message: "a surrogate without its pair: " + string(src[at:at+6]),
			Hint:    `a character beyond U+FFFF is written as itself or as two escapes, \ud800-\udbff then \udc00-\udfff`,
		}
	}
	return r, 12, nil
}

// hexEscape reads \uXXXX at src[at].
func hexEscape(src []byte, at int) (rune, bool) {
	if at+6 > len(src) || src[at] != '\\' || src[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range src[at+2 : at+6] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
