package intake

import (
	"slices"
	"strconv"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// builder writes a canonical JSON object, and objects within it. Its caller gives
// the members in the order of their names. It is nothing until its first member.
type builder []byte

// member begins a member, whose value is to follow.
func (b *builder) member(name string) {
	switch n := len(*b); {
	case n == 0:
		*b = append(slices.Grow(*b, usualBytes), '{')
	case (*b)[n-1] != '{':
		*b = append(*b, ',')
	}
	*b = append(append(append(*b, '"'), name...), `":`...)
}

// usualBytes is room for the optional members that most events have.
const usualBytes = 256

func (b *builder) text(name, value string) {
	b.member(name)
	*b = canonical.AppendString(*b, value)
}

func (b *builder) number(name string, value uint64) {
	b.member(name)
	*b = strconv.AppendUint(*b, value, 10)
}

// open and close stand around what is within the object.
func (b *builder) open(bracket byte)  { *b = append(*b, bracket) }
func (b *builder) close(bracket byte) { *b = append(*b, bracket) }

// comma stands between the elements of an array.
func (b *builder) comma(index int) {
	if index > 0 {
		*b = append(*b, ',')
	}
}

// whole gives the object in memory of its own, nil if it has no member.
func (b builder) whole() []byte {
	if len(b) == 0 {
		return nil
	}
	out := append(make([]byte, 0, len(b)+1), b...)
	return append(out, '}')
}
