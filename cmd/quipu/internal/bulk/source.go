package bulk

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Source is the text of a file that may be compressed.
type Source struct {
	text    io.Reader
	counted *counter
	// Size is the file's size as stored, in bytes; 0 if nobody knows.
	Size int64
}

// Open looks whether the file is compressed, by its first two bytes (RFC 1952,
// section 2.3.1). Closing the file is the caller's.
func Open(file io.Reader, size int64) (*Source, error) {
	counted := &counter{r: file}
	buffered := bufio.NewReaderSize(counted, 64<<10)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(magic) != "\x1f\x8b" {
		return &Source{text: buffered, counted: counted, Size: size}, nil
	}
	text, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return &Source{text: text, counted: counted, Size: size}, nil
}

// Read gives the text.
func (s *Source) Read(p []byte) (int, error) { return s.text.Read(p) }

// Done is how much of the file, as stored, has been read. It may be called
// while another goroutine reads.
func (s *Source) Done() int64 { return s.counted.n.Load() }

type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
