package canonical

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// space moves over white space. The common case, that there is none, is small enough to be inlined.
func (s *scanner) space() {
	if s.at < len(s.src) && s.src[s.at] <= ' ' {
		s.dropSpace()
	}
}

func (s *scanner) dropSpace() {
	start := s.at
	for s.at < len(s.src) && isSpace(s.src[s.at]) {
		s.at++
	}
	if s.at > start {
		s.drop(start)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// literal reads one of true, false, null.
func (s *scanner) literal(word string) *Error {
	for i := range len(word) {
		if s.at >= len(s.src) || s.src[s.at] != word[i] {
			return s.unexpected("the rest of " + word)
		}
		s.at++
	}
	return nil
}

// number reads a number literal, RFC 8259 section 6, and holds it against the limits.
func (s *scanner) number() *Error {
	start := s.at
	if s.src[s.at] == '-' {
		s.at++
	}
	zero := s.at < len(s.src) && s.src[s.at] == '0'
	digits, err := s.digits()
	if err != nil {
		return err
	}
	if zero && digits > 1 {
		return &Error{Offset: start, Message: "a number with leading zeros", Hint: "remove them, or send a string"}
	}
	if s.at < len(s.src) && s.src[s.at] == '.' {
		s.at++
		fraction, err := s.digits()
		if err != nil {
			return err
		}
		digits += fraction
	}
	if digits > NumberDigitsMax {
		return tooManyDigits(start, digits)
	}
	if s.at < len(s.src) && (s.src[s.at] == 'e' || s.src[s.at] == 'E') {
		return s.exponent(start)
	}
	return nil
}

// exponent reads the exponent of the number that begins at start.
func (s *scanner) exponent(start int) *Error {
	s.at++
	if s.at < len(s.src) && (s.src[s.at] == '-' || s.src[s.at] == '+') {
		s.at++
	}
	begin := s.at
	digits, err := s.digits()
	if err != nil {
		return err
	}
	if digits > NumberDigitsMax {
		return tooManyDigits(start, digits)
	}
	value := 0
	for _, c := range s.src[begin:s.at] {
		value = min(10*value+int(c-'0'), ExponentMax+1)
	}
	if value > ExponentMax {
		return &Error{
			Offset:  start,
			Message: "a number with an exponent beyond ±" + strconv.Itoa(ExponentMax),
			Hint:    "send it as a string",
			Limit:   limitExponent,
		}
	}
	return nil
}

// digits reads at least one digit and returns how many there are.
func (s *scanner) digits() (int, *Error) {
	start := s.at
	for s.at < len(s.src) && isDigit(s.src[s.at]) {
		s.at++
	}
	if s.at == start {
		return 0, s.unexpected("a digit")
	}
	return s.at - start, nil
}

func tooManyDigits(offset, digits int) *Error {
	return &Error{
		Offset:  offset,
		Message: "a number of " + strconv.Itoa(digits) + " digits, more than " + strconv.Itoa(NumberDigitsMax),
		Hint:    "send it as a string",
		Limit:   limitDigits,
	}
}

// plain tells the bytes of a string that need no look: neither a quote, nor a backslash, nor a control character.
// Bytes from 0x80 on are plain here, since the UTF-8 of a whole string is checked at once.
var plain = func() (table [256]bool) {
	for c := 0x20; c < len(table); c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// text reads a string. The result is its canonical content if the scanner writes, else its content as received.
// It shares memory with src or out, and may be read until the object around it is reordered.
func (s *scanner) text() (name, *Error) {
	src, begin, written := s.src, s.at+1, s.written()+1
	var escaped bool
	var union byte // has its high bit set if one of the bytes has
	s.at = begin
	for {
		at := s.at
		for at < len(src) && plain[src[at]] {
			union |= src[at]
			at++
		}
		s.at = at
		if at >= len(src) {
			return name{}, &Error{Offset: at, Message: "the input ends inside a string"}
		}
		if src[at] == '"' {
			break
		}
		escaped = true
		if err := s.escape(); err != nil {
			return name{}, err
		}
	}
	content := src[begin:s.at]
	if union >= utf8.RuneSelf && !utf8.Valid(content) {
		return name{}, firstInvalid(src, begin)
	}
	s.at++
	if s.from > begin { // something in it was replaced
		s.flush(s.at)
		content = s.out[written : len(s.out)-1]
	}
	return name{raw: content, escaped: escaped}, nil
}

// escape reads the escape at the next byte and replaces it where it is not canonical.
func (s *scanner) escape() *Error {
	start := s.at
	if s.src[start] != '\\' {
		return &Error{
			Offset:  start,
			Message: "a control character " + strconv.QuoteRuneToASCII(rune(s.src[start])) + " inside a string",
			Hint:    "escape it, such as \\n or \\u0001",
		}
	}
	r, size, err := decodeEscape(s.src, start)
	if err != nil {
		return err
	}
	s.at += size
	if s.syntaxOnly {
		return nil
	}
	var buffer [6]byte
	if canonical := appendRune(buffer[:0], r); !bytes.Equal(canonical, s.src[start:s.at]) {
		s.drop(start)
		s.out = append(s.out, canonical...)
	}
	return nil
}

// firstInvalid finds the invalid UTF-8 that a string is known to hold.
func firstInvalid(src []byte, at int) *Error {
	for {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size <= 1 {
			return invalidUTF8(src, at)
		}
		at += size
	}
}
