package bulk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"github.com/quipu-ledger/quipu"
)

// Document reads a line that is a document of another format, which becomes an append
// of its own. The line is valid during the call only.
type Document func(line []byte) ([]quipu.NewEvent, error)

// documentSuffix keeps the keys of documents apart from those of chunks.
const documentSuffix = "-document"

// documents reads the chunk's lines. What was one append where it comes from stays one:
// a format may count them. Each has a key that follows from the lines up to its own, so
// that the documents before one that is mended are not appended again.
func (c *Chunk) documents(document Document) (part, error) {
	p := part{chunk: *c}
	number := c.Line
	chain := link{sha256.New()}
	chain.Write(c.before[:])
	for line := range bytes.Lines(c.Text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			events, err := document(line)
			if err != nil {
				return part{}, &LineError{number, err}
			}
			chain.add(line)
			key := keyPrefix + hex.EncodeToString(chain.Sum(nil)) + documentSuffix
			p.appends, p.lines = append(p.appends, quipu.Append{Events: events, IdempotencyKey: key}), append(p.lines, number)
		}
		number++
	}
	return p, nil
}
