package canonical

import (
	"bytes"
	"errors"
	"unsafe"
)

var (
	errNotObject = errors.New("not a canonical JSON object")
	errNotArray  = errors.New("not a canonical JSON array")
)

// Members calls fn with each member of a canonical JSON object, in order, until fn returns false. key is the
// name unescaped, rawKey the name with its quotes and value the value, both as they stand in object.
//
// Nothing is copied: key, rawKey and value share the memory of object and are as long valid and unchanged as it
// is. Who keeps a key longer clones it. Only a name that holds an escape is allocated.
//
// The bytes are trusted to be canonical (Valid) and are read no more than splitting them needs. Bytes that cannot
// be split give an error, perhaps after some calls of fn, and never a panic.
func Members(object []byte, fn func(key string, rawKey, value []byte) bool) error {
	at, last, ok := inside(object, '{', '}')
	if !ok {
		return errNotObject
	}
	for at < last {
		keyEnd := valueEnd(object, at)
		if object[at] != '"' || keyEnd < 0 || keyEnd >= last || object[keyEnd] != ':' {
			return errNotObject
		}
		end := valueEnd(object, keyEnd+1)
		if end < 0 || end > last {
			return errNotObject
		}
		rawKey := object[at:keyEnd:keyEnd]
		if !fn(sharedText(rawKey[1:len(rawKey)-1]), rawKey, object[keyEnd+1:end:end]) {
			return nil
		}
		if at, ok = afterComma(object, end, last); !ok {
			return errNotObject
		}
	}
	return nil
}

// Elements calls fn with each element of a canonical JSON array, in order, until fn returns false. What Members
// says of memory and of trust holds here too.
func Elements(array []byte, fn func(value []byte) bool) error {
	at, last, ok := inside(array, '[', ']')
	if !ok {
		return errNotArray
	}
	for at < last {
		end := valueEnd(array, at)
		if end < 0 || end > last {
			return errNotArray
		}
		if !fn(array[at:end:end]) {
			return nil
		}
		if at, ok = afterComma(array, end, last); !ok {
			return errNotArray
		}
	}
	return nil
}

// inside gives the first byte behind the opening bracket, and the place of the closing one, which must be the
// last byte.
func inside(b []byte, opening, closing byte) (first, last int, ok bool) {
	last = len(b) - 1
	return 1, last, last >= 1 && b[0] == opening && b[last] == closing
}

// afterComma gives the start of what follows the value that ends at end, or last if it was the last one.
func afterComma(b []byte, end, last int) (int, bool) {
	if end == last {
		return last, true
	}
	return end + 1, b[end] == ',' && end+1 < last
}

// valueEnd returns the place behind the canonical value that begins at b[at], or -1 if it does not end or is
// empty.
func valueEnd(b []byte, at int) int {
	if at >= len(b) {
		return -1
	}
	switch b[at] {
	case '"':
		return stringEnd(b, at)
	case '{', '[':
		return containerEnd(b, at)
	}
	end := at
	for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' {
		end++
	}
	if end == at {
		return -1
	}
	return end
}

// containerEnd counts brackets without telling the two kinds apart: in canonical bytes they match.
func containerEnd(b []byte, at int) int {
	depth := 0
	for at < len(b) {
		switch b[at] {
		case '"':
			if at = stringEnd(b, at); at < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		}
		at++
	}
	return -1
}

// stringEnd looks for the first quote that an even number of backslashes precedes.
func stringEnd(b []byte, at int) int {
	begin := at + 1
	for end := begin; ; end++ {
		i := bytes.IndexByte(b[end:], '"')
		if i < 0 {
			return -1
		}
		end += i
		slashes := 0
		for end-slashes > begin && b[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
	}
}

// sharedText is the text of a string's content, in the same memory where it holds no escape: a copy of each name
// would be the only allocation of a walk.
func sharedText(content []byte) string {
	if bytes.IndexByte(content, '\\') >= 0 {
		return unescape(content)
	}
	return unsafe.String(unsafe.SliceData(content), len(content))
}
