package bulk

import (
	"context"
	"io"

	"github.com/quipu-ledger/quipu"
)

// part is a chunk with the appends that it becomes: one, or one for each document of
// another format.
type part struct {
	chunk   Chunk
	appends []quipu.Append
	lines   []int // where in the file the text of each append begins
}

// events is their number.
func (p *part) events() (n int) {
	for i := range p.appends {
		n += len(p.appends[i].Events)
	}
	return n
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
func readBatches(ctx context.Context, text io.Reader, options Options, out chan<- batch) {
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
	if err := in.skip(options.From); err != nil {
		send(batch{err: err})
		return
	}
	var b batch
	for {
		p, err := in.nextPart(options.Document)
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

func (c *chunks) nextPart(document Document) (part, error) {
	chunk, err := c.next()
	if err != nil {
		return part{}, err
	}
	if document != nil {
		return chunk.documents(document)
	}
	events, err := chunk.Events()
	if err != nil || len(events) == 0 {
		return part{chunk: chunk}, err
	}
	return part{chunk, []quipu.Append{{Events: events, IdempotencyKey: chunk.Key}}, []int{chunk.Line}}, nil
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
