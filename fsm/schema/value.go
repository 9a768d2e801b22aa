package schema

import (
	"math"
	"strconv"
	"strings"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// kind is a set of JSON types.
type kind uint8

const (
	null kind = 1 << iota
	boolean
	integer // a number without a fraction, however it is written; only schemas ask for it
	number
	text
	array
	object
)

// kindNames are the types as a schema names them and as a sentence does, in the order in which sentences list them.
var kindNames = []struct {
	kind            kind
	name, inWording string
}{
	{text, "string", "a string"}, {number, "number", "a number"}, {integer, "integer", "a whole number"}, {boolean, "boolean", "true or false"},
	{object, "object", "an object"}, {array, "array", "an array"}, {null, "null", "null"},
}

// value is a JSON value: canonical bytes, which are split when somebody asks for what is inside. It belongs to one
// goroutine, and to whoever owns the bytes.
type value struct {
	kind    kind
	raw     []byte
	name    string // of the member that it is, if it is one
	parts   []value
	split   bool    // into parts
	decoded *string // what a string says, once somebody has asked
}

func newValue(raw []byte) value { return value{kind: kindOf(raw), raw: raw} }

func kindOf(raw []byte) kind {
	if len(raw) == 0 {
		return null // cannot be: canonical bytes have at least one
	}
	switch raw[0] {
	case '{':
		return object
	case '[':
		return array
	case '"':
		return text
	case 't', 'f':
		return boolean
	case 'n':
		return null
	}
	return number
}

// inside gives the members, by code point, or elements of the value; none if it has no inside.
func (v *value) inside() []value {
	if v.split || v.kind != object && v.kind != array {
		return v.parts
	}
	v.split = true
	count := 0
	v.each(func(string, []byte) { count++ }) // a hundred bytes for each are worth a second look at two
	v.parts = make([]value, 0, count)
	v.each(func(name string, raw []byte) {
		part := newValue(raw)
		part.name = strings.Clone(name)
		v.parts = append(v.parts, part)
	})
	return v.parts
}

// each calls fn with each member or element. The bytes are canonical, so that an error, which would mean that they are
// not, ends the list and no more.
func (v *value) each(fn func(name string, raw []byte)) {
	if v.kind == object {
		_ = canonical.Members(v.raw, func(key string, _, raw []byte) bool { fn(key, raw); return true })
	} else {
		_ = canonical.Elements(v.raw, func(raw []byte) bool { fn("", raw); return true })
	}
}

// member is the one of that name, or nil.
func (v *value) member(name string) *value {
	parts := v.inside()
	low, high := 0, len(parts)
	for low < high && v.kind == object {
		middle := (low + high) / 2
		switch strings.Compare(parts[middle].name, name) {
		case 0:
			return &parts[middle]
		case -1:
			low = middle + 1
		default:
			high = middle
		}
	}
	return nil
}

var pointerToken = strings.NewReplacer("~", "~0", "/", "~1")

// token is what leads to the part at the index, in a JSON pointer.
func (v *value) token(index int) string {
	if v.kind == object {
		return "/" + pointerToken.Replace(v.parts[index].name)
	}
	return "/" + strconv.Itoa(index)
}

// text is what a string says.
func (v *value) text() string {
	if v.decoded == nil {
		s, _ := canonical.Unquote(v.raw)
		v.decoded = &s
	}
	return *v.decoded
}

// keyUnlimited lets appendKey read a value to its end.
const keyUnlimited = math.MaxInt

// appendKey appends what is the same for values that JSON Schema calls equal, and different for others: the canonical
// bytes, with numbers in one way of writing. It stops behind most bytes; the result is then longer than that.
func (v *value) appendKey(dst []byte, most int) []byte {
	switch {
	case len(dst) > most:
		return dst
	case v.kind == number:
		return newDecimal(v.raw).appendKey(dst)
	case v.kind != object && v.kind != array:
		return append(dst, v.raw...)
	}
	dst = append(dst, v.raw[0])
	for i := range v.inside() {
		if v.kind == object {
			dst = canonical.AppendString(dst, v.parts[i].name)
		}
		if dst = v.parts[i].appendKey(append(dst, ':'), most); len(dst) > most {
			return dst
		}
	}
	return append(dst, v.raw[len(v.raw)-1])
}
