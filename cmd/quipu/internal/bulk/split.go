package bulk

import (
	"bufio"
	"io"

	"github.com/quipu-ledger/quipu"
)

// Split makes lines of JSON documents: objects, one after the other or in one array, on
// as many lines as they like. Each becomes one line, with blank lines behind it for those
// that it had more, so that numbers of lines stay what they are in the file. Only where two
// documents share a line, the second is counted as the next.
//
// It finds where documents begin and end, and not what is wrong inside of them. An error
// of Read about the text is a LineError.
func Split(text io.Reader) io.Reader {
	return &splitter{in: bufio.NewReaderSize(text, 64<<10), line: 1, expect: anything}
}

// splitter is the state between two bytes.
type splitter struct {
	in    *bufio.Reader
	ready []byte // to be read
	err   error  // behind that

	line   int // of the next byte, from 1
	expect expected
	// The document that is being read: how deep its brackets are, 0 outside of one;
	// whether this is inside of a string, and behind a backslash there; where it began;
	// and the line breaks that it had so far.
	depth           int
	inText, escaped bool
	began, breaks   int
	// ended is true behind a document, until the end of its last line.
	ended bool
}

// expected is what may come outside of documents.
type expected int

const (
	anything     expected = iota // the beginning: a document or an array of them
	nextDocument                 // one after the other
	firstElement                 // of the array, or its end
	nextElement                  // behind a comma
	comma                        // or the end of the array
	nothing                      // behind the array
)

// Read implements io.Reader.
func (s *splitter) Read(p []byte) (int, error) {
	for len(s.ready) < len(p) && s.err == nil {
		c, err := s.in.ReadByte()
		if err == nil {
			err = s.take(c)
		}
		if s.err = err; err == io.EOF && !s.complete() {
			s.err = s.incomplete()
		}
	}
	if len(s.ready) == 0 {
		return 0, s.err
	}
	n := copy(p, s.ready)
	s.ready = append(s.ready[:0], s.ready[n:]...)
	return n, nil
}

func (s *splitter) take(c byte) error {
	part := s.outside
	if s.depth > 0 {
		part = s.inside
	}
	if err := part(c); err != nil {
		return &LineError{s.line, err}
	}
	if c == '\n' {
		s.line++
	}
	return nil
}

// inside copies a byte of a document. A line break is a space there, except in a string,
// where JSON has none.
func (s *splitter) inside(c byte) error {
	switch {
	case c == '\n' && s.inText:
		return quipu.Errorf(quipu.Invalid, "a text goes over the end of the line").WithHint(`write a line break within a text as \n`)
	case c == '\n':
		s.breaks++
		c = ' '
	case s.inText:
		s.inText, s.escaped = s.escaped || c != '"', !s.escaped && c == '\\'
	case c == '"':
		s.inText = true
	case c == '{' || c == '[':
		s.depth++
	case c == '}' || c == ']':
		s.depth--
	}
	if s.ready = append(s.ready, c); s.depth == 0 {
		s.end()
	}
	return nil
}

// end closes a document.
func (s *splitter) end() {
	for s.ready = append(s.ready, '\n'); s.breaks > 0; s.breaks-- {
		s.ready = append(s.ready, '\n')
	}
	if s.ended = true; s.expect != nextDocument {
		s.expect = comma
	}
}

// outside judges a byte between documents.
func (s *splitter) outside(c byte) error {
	switch {
	case c == '\n' && s.ended:
		s.ended = false // the document has it already
	case c == '\n':
		s.ready = append(s.ready, c)
	case c == ' ' || c == '\t' || c == '\r':
	case c == '{' && s.expect <= nextElement:
		if s.expect == anything {
			s.expect = nextDocument
		}
		s.depth, s.began, s.ended, s.ready = 1, s.line, false, append(s.ready, c)
	case c == '[' && s.expect == anything:
		s.expect = firstElement
	case c == ',' && s.expect == comma:
		s.expect = nextElement
	case c == ']' && (s.expect == comma || s.expect == firstElement):
		s.expect = nothing
	default:
		return quipu.Errorf(quipu.Invalid, "%q is in no place where a document or its end could be", c).
			WithHint("documents are JSON objects, one after the other, or with commas between them in one array")
	}
	return nil
}

// complete reports whether the text may end here.
func (s *splitter) complete() bool {
	return s.depth == 0 && (s.expect == anything || s.expect == nextDocument || s.expect == nothing)
}

func (s *splitter) incomplete() error {
	if s.depth > 0 {
		return &LineError{s.began, quipu.Errorf(quipu.Invalid, "the document that begins here has no end").Because(io.ErrUnexpectedEOF)}
	}
	return &LineError{s.line, quipu.Errorf(quipu.Invalid, "the array of documents has no end").Because(io.ErrUnexpectedEOF)}
}
