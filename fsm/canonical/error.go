package canonical

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Names of the limits, as Error.Limit gives them.
const (
	limitDepth    = "depth"
	limitDigits   = "number digits"
	limitExponent = "exponent"
)

// quotedRunesMax bounds how much of a name a message repeats. The pointer is never cut: a part of it would
// point to something else.
const quotedRunesMax = 64

// Error says what is wrong with a JSON input and where. All of it may be shown to the caller.
type Error struct {
	// Offset is the byte offset in the input, from 0. It is the input's length where something is missing.
	Offset int
	// Pointer is the RFC 6901 JSON pointer of the innermost value that is wrong; "" is the whole input.
	Pointer string
	// Message says in plain words what is wrong.
	Message string
	// Hint says what would be right, and may be empty.
	Hint string
	// Limit names the limit that was passed ("depth", "number digits", "exponent"), and is empty where the
	// input is invalid at any size.
	Limit string
}

// Error gives the message with its place; the hint is left to the caller.
func (e *Error) Error() string {
	place := " at byte " + strconv.Itoa(e.Offset)
	if e.Pointer != "" {
		place += " (" + e.Pointer + ")"
	}
	return e.Message + place
}

// Within returns a copy of the error as seen from a larger input, in which the value that was read begins at
// the byte offset and has the given pointer.
func (e *Error) Within(pointer string, offset int) *Error {
	moved := *e
	moved.Pointer = pointer + e.Pointer
	moved.Offset += offset
	return &moved
}

// inMember adds the name of the member in whose value the error is.
func (e *Error) inMember(name string) *Error {
	e.Pointer = "/" + pointerToken.Replace(name) + e.Pointer
	return e
}

// inElement adds the index of the element in which the error is.
func (e *Error) inElement(index int) *Error {
	e.Pointer = "/" + strconv.Itoa(index) + e.Pointer
	return e
}

var pointerToken = strings.NewReplacer("~", "~0", "/", "~1")

// duplicate is the refusal of a second member of one name, which begins at offset.
func duplicate(name string, offset int) *Error {
	e := &Error{
		Offset:  offset,
		Message: "a second member is named " + quoted(name),
		Hint:    "names are compared after unescaping; keep one of the two",
	}
	return e.inMember(name)
}

// tooDeep is the refusal of the array or object that begins at offset.
func tooDeep(offset int) *Error {
	return &Error{
		Offset:  offset,
		Message: "arrays and objects are nested deeper than " + strconv.Itoa(DepthMax),
		Hint:    "flatten the value, or keep the inner part as a string",
		Limit:   limitDepth,
	}
}

// unexpected is the refusal of the byte at s.at, where something else was wanted, such as "a value".
func (s *scanner) unexpected(wanted string) *Error {
	if s.at >= len(s.src) {
		return &Error{Offset: len(s.src), Message: "the input ends where " + wanted + " should be"}
	}
	r, size := utf8.DecodeRune(s.src[s.at:])
	if r == utf8.RuneError && size <= 1 {
		return invalidUTF8(s.src, s.at)
	}
	return &Error{
		Offset:  s.at,
		Message: "unexpected " + quoted(string(r)) + " where " + wanted + " should be",
		Hint:    hintFor(r),
	}
}

// hintFor knows what other notations have where JSON has something else.
func hintFor(r rune) string {
	switch r {
	case '\'':
		return "strings and names stand in double quotes"
	case '/', '#':
		return "JSON has no comments"
	case 'N', 'I', 'u':
		return "JSON has no NaN, Infinity or undefined; write null or a string"
	case 'T', 'F':
		return "true, false and null are lower case"
	case '+', '.':
		return "a number begins with a digit or a minus sign"
	}
	return ""
}

func invalidUTF8(src []byte, offset int) *Error {
	const hex = "0123456789abcdef"
	b := src[offset]
	return &Error{
		Offset:  offset,
		Message: "invalid UTF-8: byte 0x" + string([]byte{hex[b>>4], hex[b&15]}),
		Hint:    "send the text as UTF-8",
	}
}

// quoted shows text in a message, cut where it is long.
func quoted(text string) string {
	runes := 0
	for i := range text {
		if runes == quotedRunesMax {
			text = text[:i] + "…"
			break
		}
		runes++
	}
	return strconv.Quote(text)
}
