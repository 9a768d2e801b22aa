package path

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// appendQuoted appends s as a canonical JSON string: escaped as in RFC 8785, which escapes as little as it may.
func appendQuoted(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(dst, '"')
}

func quoted(s string) string { return string(appendQuoted(nil, s)) }

// unquoted gives the text of a JSON string. Without escapes, which is nearly always, it is part of raw and costs
// nothing; the caller may not change it.
func unquoted(raw []byte) []byte {
	if len(raw) < 2 {
		return nil
	}
	body := raw[1 : len(raw)-1]
	if bytes.IndexByte(body, '\\') < 0 {
		return body
	}
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			out = append(out, body[i])
			continue
		}
		i++
		switch c := body[i]; c {
		case 'u':
			r, size := unicodeEscape(body[i+1:])
			out = utf8.AppendRune(out, r)
			i += size
		default:
			if plain, ok := simpleEscapes[c]; ok {
				c = plain
			}
			out = append(out, c)
		}
	}
	return out
}

// unicodeEscape reads the digits behind \u, and a second escape if both make a pair. It gives how many bytes it read.
func unicodeEscape(b []byte) (rune, int) {
	high, ok := hex4(b)
	if !ok {
		return utf8.RuneError, 0
	}
	if high >= 0xD800 && high < 0xDC00 && len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if low, ok := hex4(b[6:]); ok && low >= 0xDC00 && low < 0xE000 {
			return (high-0xD800)<<10 + (low - 0xDC00) + 0x10000, 10
		}
	}
	return high, 4
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(v), err == nil
}
