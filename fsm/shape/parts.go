package shape

// partsMax bounds the members or elements of what is split, which is more than
// any limit on requests allows: each takes a hundred bytes here, and two bytes
// in a body are enough for one.
const partsMax = 4096

// checkParts refuses an object or array that is not worth its memory.
func (v Value) checkParts(what string) error {
	if len(v.bytes) <= 2*partsMax {
		return nil // two bytes for each: "1,"
	}
	if n := parts(v.bytes); n > partsMax {
		return v.TooLarge("the "+v.Kind()[len("an "):], n, partsMax, what)
	}
	return nil
}

// parts counts the members or elements of an object or array. It need not be
// right about what is not JSON, which is refused right after.
func parts(b []byte) int {
	depth, commas := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 1 {
				commas++
			}
		}
	}
	return commas + 1
}
