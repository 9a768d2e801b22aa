package bulk

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/quipu-ledger/quipu"
)

// The bounds of a chunk. Half of what one append may have, so that the other
// appends of a busy cluster do not wait behind an import for long.
//
// They keep a chunk within the two bounds of an append's bytes as well, so that no
// line need be looked into to cut it. A chunk of several lines is chunkBytesMax of
// text at most: contents of files are less than their base64, and even the shortest
// files, to each of which a ledger adds its hash and its size, stay far below
// quipu.AppendBytesMax. A longer line is a chunk of its own, and an append of one
// event is what a line is held to when it is read.
const (
	chunkEventsMax = 500
	chunkBytesMax  = 1 << 20
	lineBytesMax   = quipu.AppendBodyBytesMax
)

// keyPrefix keeps the keys of imports apart from all others.
const keyPrefix = "import-"

// Chunk is the lines of a file that become one append.
type Chunk struct {
	// Index counts the chunks of the file, from 0.
	Index int
	// Line is the number of the first line in the file, from 1; Next is that of
	// the first line after the chunk.
	Line, Next int
	// Text is the lines, each with its end; blank lines are among them.
	Text []byte
	// Key is the idempotency key of the chunk's append.
	Key string

	before [sha256.Size]byte // the chain over the lines before the chunk
}

// chunks cuts a file. It is for one goroutine.
type chunks struct {
	in    *bufio.Reader
	chain [sha256.Size]byte // over the lines before the next chunk
	index int
	line  int    // number of the next line
	ahead []byte // a line that was read and belongs to the next chunk
}

func newChunks(r io.Reader) *chunks {
	return &chunks{in: bufio.NewReaderSize(r, 256<<10), line: 1}
}

// next gives the next chunk, with memory of its own, and io.EOF after the last.
func (c *chunks) next() (Chunk, error) {
	chunk := Chunk{Index: c.index, Line: c.line, before: c.chain}
	for events := 0; events < chunkEventsMax; {
		line, err := c.readLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Chunk{}, fmt.Errorf("line %d: %w", c.line, err)
		}
		if len(chunk.Text) > 0 && len(chunk.Text)+len(line) > chunkBytesMax {
			c.ahead = line
			break
		}
		chunk.Text = append(chunk.Text, line...)
		c.line++
		if len(bytes.TrimSpace(line)) > 0 {
			events++
		}
	}
	if len(chunk.Text) == 0 {
		return Chunk{}, io.EOF
	}
	links := link{sha256.New()}
	links.Write(c.chain[:])
	for line := range bytes.Lines(chunk.Text) {
		links.add(line)
	}
	links.Sum(c.chain[:0])
	c.index++
	chunk.Next, chunk.Key = c.line, keyPrefix+hex.EncodeToString(c.chain[:])
	return chunk, nil
}

// link is the next link of the chain.
type link struct{ hash.Hash }

// add takes a line in. White space around a line does not count, nor do blank lines,
// since editors and transfers change both.
func (l link) add(line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		l.Write(line)
		l.Write([]byte{'\n'})
	}
}

// readLine gives a line with its end; the last may have none. It is valid until
// the next call.
func (c *chunks) readLine() (line []byte, err error) {
	if line = c.ahead; line != nil {
		c.ahead = nil
		return line, nil
	}
	for {
		part, err := c.in.ReadSlice('\n')
		if line = append(line, part...); len(line) > lineBytesMax {
			return nil, quipu.Errorf(quipu.TooLarge, "it is longer than %d bytes", lineBytesMax).
				WithHint("each line is one event; is this a file of lines?")
		}
		switch {
		case err == nil, err == io.EOF && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
