package canonical

import (
	"bytes"
	"cmp"
	"slices"
)

// A name is the content of a string between its quotes, and whether it may hold escapes.
type name struct {
	raw     []byte
	escaped bool
}

// text is the name as a Go string of its own.
func (n name) text() string {
	if n.escaped {
		return unescape(n.raw)
	}
	return string(n.raw)
}

// compareNames orders two names in canonical form by code point.
func compareNames(a, b name) int {
	if a.escaped || b.escaped {
		return compareEscaped(a.raw, b.raw)
	}
	return bytes.Compare(a.raw, b.raw)
}

// compareEscaped is bytes.Compare of what the two contents stand for. Their own bytes have another order: a
// newline sorts before "A", but its escape begins with a backslash, which sorts behind. A canonical escape always
// stands for one byte, so no text has to be built.
func compareEscaped(a, b []byte) int {
	for len(a) > 0 && len(b) > 0 {
		var x, y byte
		x, a = firstByte(a)
		y, b = firstByte(b)
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// firstByte splits the first byte that the content stands for from the rest.
func firstByte(content []byte) (byte, []byte) {
	if content[0] != '\\' {
		return content[0], content[1:]
	}
	r, size, err := decodeEscape(content, 0)
	if err != nil {
		return content[0], content[1:]
	}
	return byte(r), content[size:]
}

// A member remembers where an object's member stands, so that it can be moved.
type member struct {
	start   int // in out, of the quote that begins the name
	end     int // in out, behind the value; set by reorder
	nameLen int // bytes between the quotes, in out
	offset  int // in src, of the quote that begins the name
	escaped bool
}

// reorder puts the members of the object that was just read into order, in place, and refuses two of one name.
// The objects within are in order already, so that each level moves its bytes once.
func (s *scanner) reorder(members []member) *Error {
	s.flush(s.at)
	closing := len(s.out) - 1
	begin := members[0].start
	for i := range members[1:] {
		members[i].end = members[i+1].start - 1 // the comma
	}
	members[len(members)-1].end = closing

	out := s.out
	slices.SortFunc(members, func(a, b member) int {
		if c := compareNames(a.name(out), b.name(out)); c != 0 {
			return c
		}
		return cmp.Compare(a.offset, b.offset)
	})
	for i, m := range members[1:] {
		if n := m.name(out); bytes.Equal(members[i].name(out).raw, n.raw) {
			return duplicate(n.text(), m.offset)
		}
	}

	// The new order is written behind the output and then copied back over the old one.
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, out[m.start:m.end]...)
	}
	copy(out[begin:closing], out[closing+1:])
	s.out = out[:closing+1]
	return nil
}

func (m member) name(out []byte) name {
	return name{raw: out[m.start+1 : m.start+1+m.nameLen], escaped: m.escaped}
}

// openMembersFew is how many members the objects that are open at one time may have together before they move to
// the heap. An object of 200 bytes hardly has more.
const openMembersFew = 32

// openMembers is a stack of the members of all objects that are open, the innermost on top. It is passed along
// instead of being a field of the scanner, so that the scans that need none do not clear one.
type openMembers struct {
	few  [openMembersFew]member
	used int      // of few
	many []member // all of them, once few was too small
}

func (o *openMembers) push(m member) {
	switch {
	case o.many != nil:
		o.many = append(o.many, m)
	case o.used < len(o.few):
		o.few[o.used] = m
		o.used++
	default:
		o.many = append(make([]member, 0, 4*len(o.few)), o.few[:]...)
		o.many = append(o.many, m)
	}
}

// pop takes the newest members off the stack. The result is valid until the next push.
func (o *openMembers) pop(count int) []member {
	if o.many != nil {
		rest := len(o.many) - count
		popped := o.many[rest:]
		o.many = o.many[:rest]
		return popped
	}
	o.used -= count
	return o.few[o.used : o.used+count]
}
