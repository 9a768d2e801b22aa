package bulk

import (
	"context"
	"io"

	"github.com/quipu-ledger/quipu"
)

// part is a chunk with its events.
type part struct {
	chunk  Chunk
	events []quipu.NewEvent
}

// batch is what goes in one request, and the error that ended the reading
// behind it, if any.
type batch struct {
	parts []part
	bytes int
	err   error
}

// readBatches reads a text to its end, leaving out the chunks that are in the
// ledger already, and closes the channel. It ends with the context.
func readBatches(ctx context.Context, text io.Reader, from State, out chan<- batch) {
	defer close(out)
	send := func(b batch) bool {
		select {
		case out <- b:
			return b.err == nil
		case <-ctx.Done():
			return false
		}
	}
	in := newChunks(text)
	if err := in.skip(from); err != nil {
		send(batch{err: err})
		return
	}
	var b batch
	for {
		p, err := in.nextPart()
		if err == io.EOF {
			send(b)
			return
		}
		if err != nil {
			b.err = err
			send(b)
			return
		}
		b.parts, b.bytes = append(b.parts, p), b.bytes+len(p.chunk.Text)
		if len(b.parts) == batchChunksMax || b.bytes >= batchBytesMax {
			if !send(b) {
				return
			}
			b = batch{}
		}
	}
}

func (c *chunks) nextPart() (part, error) {
	chunk, err := c.next()
	if err != nil {
		return part{}, err
	}
	events, err := chunk.Events()
	return part{chunk, events}, err
}

// skip reads over the chunks of an earlier import without looking into them.
func (c *chunks) skip(from State) error {
	var last Chunk
	for c.index < from.Chunks {
		var err error
		if last, err = c.next(); err == io.EOF {
			return ErrChanged
		} else if err != nil {
			return err
		}
	}
	if last.Key != from.Key {
		return ErrChanged
	}
	return nil
}
