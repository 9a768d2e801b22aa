package canonical

import "bytes"

// A scanner reads one JSON value, and unless it is there for syntax only, writes its canonical form.
//
// It writes late. What it has read is its own canonical form until something deviates, so src[from:at] waits
// and is copied when a deviation (white space, an escape, members out of order) ends the run. A canonical input
// is therefore one run, copied once by the caller.
//
// Invariant: from <= at <= len(src).
type scanner struct {
	src      []byte
	at       int    // the next byte to read
	out      []byte // the canonical form of src[:from], behind what the caller had in it
	from     int
	depthMax int

	// syntaxOnly leaves out, from, the order of members and duplicate names alone.
	syntaxOnly bool
}

// flush writes the run that waits, up to src[:end].
func (s *scanner) flush(end int) {
	s.out = append(s.out, s.src[s.from:end]...)
	s.from = end
}

// drop takes src[start:at], which has been read, out of the output.
func (s *scanner) drop(start int) {
	if s.syntaxOnly {
		return
	}
	s.flush(start)
	s.from = s.at
}

// written is where in out the byte of src[at] will stand.
func (s *scanner) written() int {
	return len(s.out) + s.at - s.from
}

// document reads src as one value with nothing but white space around it.
func (s *scanner) document(open *openMembers) *Error {
	if err := s.start(); err != nil {
		return err
	}
	if err := s.value(open, 0); err != nil {
		return err
	}
	return s.end()
}

var byteOrderMark = []byte("\ufeff")

// start moves to the first byte of the value.
func (s *scanner) start() *Error {
	if bytes.HasPrefix(s.src, byteOrderMark) {
		return &Error{
			Message: "a byte order mark before the value",
			Hint:    "send UTF-8 without a byte order mark",
		}
	}
	s.space()
	return nil
}

// end refuses what stands behind the value.
func (s *scanner) end() *Error {
	s.space()
	if s.at < len(s.src) {
		err := s.unexpected("the end of the input")
		if err.Hint == "" {
			err.Hint = "send exactly one JSON value"
		}
		return err
	}
	return nil
}

// value reads the value that begins at the next byte, which depth arrays and objects enclose.
func (s *scanner) value(open *openMembers, depth int) *Error {
	if s.at >= len(s.src) {
		return s.unexpected("a value")
	}
	switch c := s.src[s.at]; c {
	case '"':
		_, err := s.text()
		return err
	case '{':
		return s.object(open, depth+1)
	case '[':
		return s.array(open, depth+1)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		if c == '-' || isDigit(c) {
			return s.number()
		}
		return s.unexpected("a value")
	}
}

func (s *scanner) array(open *openMembers, depth int) *Error {
	if depth > s.depthMax {
		return tooDeep(s.at)
	}
	s.at++
	for i := 0; ; i++ {
		more, err := s.next(']', i == 0)
		if err != nil || !more {
			return err
		}
		if err := s.value(open, depth); err != nil {
			return err.inElement(i)
		}
	}
}

func (s *scanner) object(open *openMembers, depth int) *Error {
	if depth > s.depthMax {
		return tooDeep(s.at)
	}
	s.at++
	count, ascending := 0, true
	var previous name
	for ; ; count++ {
		more, err := s.next('}', count == 0)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		offset, start := s.at, s.written()
		key, err := s.name()
		if err != nil {
			return err
		}
		if !s.syntaxOnly {
			ascending = ascending && (count == 0 || compareNames(previous, key) < 0)
			open.push(member{start: start, nameLen: len(key.raw), escaped: key.escaped, offset: offset})
			previous = key
		}
		if err := s.value(open, depth); err != nil {
			return err.inMember(key.text())
		}
	}
	if s.syntaxOnly {
		return nil
	}
	members := open.pop(count)
	if ascending {
		return nil
	}
	return s.reorder(members)
}

// next moves to the next member or element, the first one or the one behind a comma, and reports whether there
// is one. If there is none it has read the closing bracket.
func (s *scanner) next(closing byte, first bool) (bool, *Error) {
	s.space()
	if s.at < len(s.src) && s.src[s.at] == closing {
		s.at++
		return false, nil
	}
	if first {
		return true, nil
	}
	if s.at >= len(s.src) || s.src[s.at] != ',' {
		return false, s.unexpected("a comma or " + string(closing))
	}
	comma := s.at
	s.at++
	s.space()
	if s.at < len(s.src) && s.src[s.at] == closing {
		return false, &Error{Offset: comma, Message: "a comma before " + string(closing), Hint: "remove the comma"}
	}
	return true, nil
}

// name reads a member's name and the colon, and moves to the value.
func (s *scanner) name() (name, *Error) {
	if s.at >= len(s.src) || s.src[s.at] != '"' {
		return name{}, s.unexpected("a name in double quotes")
	}
	key, err := s.text()
	if err != nil {
		return name{}, err
	}
	s.space()
	if s.at >= len(s.src) || s.src[s.at] != ':' {
		return name{}, s.unexpected("a colon").inMember(key.text())
	}
	s.at++
	s.space()
	return key, nil
}
