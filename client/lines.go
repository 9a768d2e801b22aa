package client

import (
	"bufio"
	"errors"
	"io"

	"github.com/quipu-ledger/quipu"
)

// lineBytesMax bounds one line of an answer: a conflict brings up to 100 events of up to a megabyte each.
const lineBytesMax = problemBytesMax

// lines reads NDJSON in the memory of its longest line.
type lines struct {
	in   *bufio.Reader
	long []byte
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, 64<<10)} }

// next gives a line with its line feed, valid until the next call; io.EOF after the last one, and io.ErrUnexpectedEOF if
// that had no line feed and may be cut.
func (l *lines) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if err == nil {
		return line, nil
	}
	l.long = append(l.long[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(l.long) > lineBytesMax {
			return nil, quipu.Errorf(quipu.Internal, "a line of the answer is longer than %d bytes", lineBytesMax)
		}
		line, err = l.in.ReadSlice('\n')
		l.long = append(l.long, line...)
	}
	if err == io.EOF && len(l.long) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return l.long, err
}
