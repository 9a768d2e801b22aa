package path

import (
	"bytes"
	"slices"
)

// elements walks the elements of an array, or the members of an object, over its bytes. It decodes nothing. On text
// that is not canonical JSON it may give nonsense, but it always ends and never reads outside.
type elements struct {
	text []byte
	pos  int
}

// newElements starts behind the opening bracket. Other values have no elements.
func newElements(container []byte) elements {
	if len(container) == 0 || container[0] != '[' && container[0] != '{' {
		return elements{}
	}
	return elements{text: container, pos: 1}
}

// next gives the next element of an array.
func (e *elements) next() ([]byte, bool) {
	if e.pos >= len(e.text) || e.text[e.pos] == ']' {
		return nil, false
	}
	start := e.pos
	end := skipValue(e.text, start)
	e.pos = end
	e.skip(',')
	return e.text[start:end], true
}

// nextMember gives the next name, quoted as it stands, and value of an object.
func (e *elements) nextMember() (name, value []byte, ok bool) {
	if e.pos >= len(e.text) || e.text[e.pos] == '}' {
		return nil, nil, false
	}
	start := e.pos
	e.pos = skipValue(e.text, start)
	name = e.text[start:e.pos]
	e.skip(':')
	if e.pos >= len(e.text) {
		return nil, nil, false
	}
	start = e.pos
	e.pos = skipValue(e.text, start)
	value = e.text[start:e.pos]
	e.skip(',')
	return name, value, true
}

func (e *elements) skip(c byte) {
	if e.pos < len(e.text) && e.text[e.pos] == c {
		e.pos++
	}
}

// skipValue gives the end of the value that begins at i, which is less than len(b); the end is greater than i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipContainer(b, i)
	}
	for i++; i < len(b); i++ {
		if c := b[i]; c == ',' || c == '}' || c == ']' || c == ':' {
			break
		}
	}
	return i
}

// skipString gives the end of the string that begins at i. Most strings have no escapes, and then the first quote ends it.
func skipString(b []byte, i int) int {
	i++
	n := bytes.IndexByte(b[i:], '"')
	if n <= 0 || b[i+n-1] != '\\' {
		if n < 0 {
			return len(b)
		}
		return i + n + 1
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(b)
}

func skipContainer(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}

// memberValue finds a member by its name, given as canonical JSON string. Most of the time of most paths goes here, so
// it does what nextMember does without its steps.
func memberValue(object []byte, name string) ([]byte, bool) {
	for i := 1; i < len(object) && object[i] == '"'; {
		colon := skipString(object, i)
		if colon+1 >= len(object) {
			break
		}
		end := skipValue(object, colon+1)
		if string(object[i:colon]) == name {
			return object[colon+1 : end], true
		}
		i = end + 1
	}
	return nil, false
}

// member is one name, quoted, and value of an object.
type member struct {
	name, value []byte
}

// listMembers gives an object's members as they stand.
func listMembers(object []byte) []member {
	var list []member
	members := newElements(object)
	for {
		name, value, ok := members.nextMember()
		if !ok {
			return list
		}
		list = append(list, member{name, value})
	}
}

// sortMembers brings members into the order in which PostgreSQL keeps them, shorter names first. It shows in what .* and
// .keyvalue() give, and in which item an existence test meets first.
func sortMembers(list []member) {
	slices.SortStableFunc(list, func(a, b member) int {
		x, y := unquoted(a.name), unquoted(b.name)
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return bytes.Compare(x, y)
	})
}

// size counts the elements of an array.
func size(array []byte) int {
	n := 0
	for e := newElements(array); ; n++ {
		if _, ok := e.next(); !ok {
			return n
		}
	}
}
