package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errLineTooLong is for a line above the limit; the reader stands at the next one.
var errLineTooLong = errors.New("line too long")

// lines reads the lines of an NDJSON body. Empty lines are skipped.
type lines struct {
	from   *bufio.Reader
	max    int
	long   []byte // a line that does not fit in the reader's buffer
	number int    // of the last line, from 1, empty ones counted
}

func newLines(from io.Reader, bufferBytes, lineBytesMax int) *lines {
	return &lines{from: bufio.NewReaderSize(from, bufferBytes), max: lineBytesMax}
}

// bufferBytes is how much of a body of lines is read at once: all of a short one.
func (x *exchange) bufferBytes() int {
	const most, least = 256 << 10, 4 << 10
	if length := x.r.ContentLength; length >= 0 && length < most {
		return max(int(length)+1, least)
	}
	return most
}

// next gives a line without its end. It is valid until the next call. The last line need not have an end, if the body
// ends where it should: what a broken body leaves behind its last line is dropped.
func (l *lines) next() ([]byte, error) {
	for {
		line, err := l.one()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil // an end of the body comes again with the next call
		}
		if err != nil {
			return nil, err
		}
	}
}

// one reads up to the end of a line or of the body.
func (l *lines) one() ([]byte, error) {
	l.number++
	l.long = l.long[:0]
	total := 0
	for {
		part, err := l.from.ReadSlice('\n')
		total += len(part)
		whole := !errors.Is(err, bufio.ErrBufferFull)
		if total > l.max+len("\r\n") {
			l.long = l.long[:0]
			if whole && (err == nil || errors.Is(err, io.EOF)) {
				return nil, errLineTooLong
			}
			if whole {
				return nil, err
			}
			continue
		}
		if whole && len(l.long) == 0 {
			return part, err
		}
		l.long = append(l.long, part...)
		if whole {
			return l.long, err
		}
	}
}

// ready reports whether next has a whole line without waiting for the network.
func (l *lines) ready() bool {
	buffered, _ := l.from.Peek(l.from.Buffered())
	return bytes.IndexByte(buffered, '\n') >= 0
}
