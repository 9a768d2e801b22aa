package bulk

import (
	"bytes"
	"strconv"

	"github.com/quipu-ledger/quipu"
)

// Document reads a line that is a document of another format, which becomes an append
// of its own. The line is valid during the call only.
type Document func(line []byte) ([]quipu.NewEvent, error)

// documents reads the chunk's lines. Each append has a key that follows from the chunk's,
// since what was one append where it comes from stays one: a format may count them.
func (c *Chunk) documents(document Document) (part, error) {
	p := part{chunk: *c}
	number := c.Line
	for line := range bytes.Lines(c.Text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			events, err := document(line)
			if err != nil {
				return part{}, &LineError{number, err}
			}
			key := c.Key + "-" + strconv.Itoa(len(p.appends))
			p.appends, p.lines = append(p.appends, quipu.Append{Events: events, IdempotencyKey: key}), append(p.lines, number)
		}
		number++
	}
	return p, nil
}
