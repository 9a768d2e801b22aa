// Package shape reads the JSON of a request value by value and says exactly
// what is wrong with it and where: unknown members with the nearest known one,
// a member of another type, a limit that was passed.
//
// It knows no request: the packages that do (selectors, the HTTP API) ask it
// for the members that they expect. It copies nothing until it is asked for a
// string or for canonical bytes, and works out a JSON pointer only for an error.
package shape

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// Value is one JSON value within a request's body, which it shares.
type Value struct {
	body  []byte
	bytes []byte // a part of body, without white space around it
	start int    // of bytes in body
}

// space is what JSON allows around a value.
const space = " \t\r\n"

// Of is the whole of a body.
func Of(body []byte) Value {
	front := bytes.TrimLeft(body, space)
	return Value{body: body, bytes: bytes.TrimRight(front, space), start: len(body) - len(front)}
}

// Bytes are the value as received.
func (v Value) Bytes() []byte { return v.bytes }

// Exists reports whether there is a value: false for the zero Value.
func (v Value) Exists() bool { return v.body != nil }

// IsNull reports the JSON value null.
func (v Value) IsNull() bool { return string(v.bytes) == "null" }

// Kind is the value's JSON type, with an article, for error messages.
func (v Value) Kind() string {
	if len(v.bytes) == 0 {
		return "nothing"
	}
	switch v.bytes[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// IsObject reports an object.
func (v Value) IsObject() bool { return len(v.bytes) > 0 && v.bytes[0] == '{' }

// IsArray reports an array.
func (v Value) IsArray() bool { return len(v.bytes) > 0 && v.bytes[0] == '[' }

// IsString reports a string.
func (v Value) IsString() bool { return len(v.bytes) > 0 && v.bytes[0] == '"' }

// Errorf is an Invalid error about this value.
func (v Value) Errorf(format string, args ...any) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, format, args...).At(v.Pointer())
}

// TooLarge is the error for a passed limit, naming it with its value and the request's.
func (v Value) TooLarge(what string, got, limit int, unit string) *quipu.Error {
	return quipu.Errorf(quipu.TooLarge, "%s: %d %s, the limit is %d", what, got, unit, limit).At(v.Pointer())
}

// wanted is the error for a value of the wrong type.
func (v Value) wanted(what string) *quipu.Error {
	return v.Errorf("expected %s, found %s", what, v.Kind())
}

// refused moves an error of the JSON scanner to this value's place in the body.
func (v Value) refused(err error) error {
	var bad *canonical.Error
	if !errors.As(err, &bad) {
		return err
	}
	moved := bad.Within(v.Pointer(), v.start)
	detail := moved.Message + " at byte " + strconv.Itoa(moved.Offset)
	return &quipu.Error{Kind: quipu.Invalid, Detail: detail, Pointer: moved.Pointer, Hint: moved.Hint}
}

// within is a part of v's bytes as a Value.
func (v Value) within(bytes []byte, offset int) Value {
	return Value{body: v.body, bytes: bytes, start: v.start + offset}
}

// Uint reads a whole number from 0 that fits in 64 bits.
func (v Value) Uint() (uint64, error) {
	n, err := strconv.ParseUint(string(v.bytes), 10, 64)
	if err != nil {
		return 0, v.wanted("a whole number from 0 to 18446744073709551615")
	}
	return n, nil
}

// Bool reads true or false.
func (v Value) Bool() (bool, error) {
	switch string(v.bytes) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, v.wanted("true or false")
}

// Text reads a string.
func (v Value) Text() (string, error) {
	if !v.IsString() {
		return "", v.wanted("a string")
	}
	s, err := canonical.String(v.bytes)
	if err != nil {
		return "", v.refused(err)
	}
	return s, nil
}

// Strings reads an array of strings.
func (v Value) Strings() ([]string, error) {
	elements, err := v.Array()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(elements))
	for i, element := range elements {
		if out[i], err = element.Text(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Array reads an array of at most partsMax elements.
func (v Value) Array() ([]Value, error) {
	if !v.IsArray() {
		return nil, v.wanted("an array")
	}
	if err := v.checkParts("elements"); err != nil {
		return nil, err
	}
	elements, err := canonical.Array(v.bytes)
	if err != nil {
		return nil, v.refused(err)
	}
	out := make([]Value, len(elements))
	for i, element := range elements {
		out[i] = v.within(element.Value, element.Offset)
	}
	return out, nil
}

// Canonical appends the value's canonical form to dst. It refuses what the
// ledger does not store: duplicate keys, a depth above 64, numbers out of range.
func (v Value) Canonical(dst []byte) ([]byte, error) {
	out, err := canonical.Append(dst, v.bytes)
	if err != nil {
		return nil, v.refused(err)
	}
	return out, nil
}
