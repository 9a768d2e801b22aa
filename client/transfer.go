package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Export writes every event after a position, system events too, as NDJSON with the end line that makes it whole: with
// an after of 0, what Import takes. A stream that breaks off is continued; what is written before an error are whole
// lines. An error of the writer is returned as it is.
func (c *Client) Export(ctx context.Context, ledger string, after quipu.Position, w io.Writer, options ...ReadOption) (wire.End, error) {
	if err := nonempty(ledger); err != nil {
		return wire.End{}, err
	}
	x := &export{ledger: ledger, reached: after, read: newRead(options), out: bufio.NewWriterSize(w, 64<<10)}
	a := c.begin(ctx, false)
	for {
		before := x.reached
		failed := c.attempt(ctx, a.next(), x.request(), x.take)
		a.settled(failed)
		if err := x.out.Flush(); err != nil {
			return wire.End{}, err
		}
		if failed == nil {
			return x.end, nil
		}
		if x.reached > before {
			a.progress()
		}
		if failed.Kind != quipu.Unavailable || !a.wait() {
			return wire.End{}, a.verdict(failed)
		}
	}
}

// export is one run of Export, which may take several streams.
type export struct {
	ledger string
	read   read
	out    *bufio.Writer // keeps its first error
	// reached is the position of the last line written. It is counted, since positions are dense.
	reached quipu.Position
	end     wire.End
}

func (x *export) request() *request {
	query := x.read.query()
	if x.reached > 0 {
		query.Set(wire.ParamAfter, strconv.FormatUint(uint64(x.reached), 10))
	}
	return &request{op: "export " + x.ledger, method: http.MethodGet, path: ledgerPath(x.ledger, "export"), query: query}
}

func (x *export) take(answer *http.Response, live func()) error {
	live()
	lines := newLines(answer.Body)
	for {
		line, err := lines.next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // without the end line
		}
		if err != nil {
			return err
		}
		if _, err := x.out.Write(line); err != nil {
			return nil // Export finds it in out
		}
		if end, ok := wire.DecodeEnd(line); ok {
			x.end = end
			_, _ = lines.next() // to the end of the body, so that the connection can be used again
			return nil
		}
		x.reached++
	}
}

// Import creates a ledger from an export, with the same id, positions, times and event ids. The servers verify each
// event, and refuse the whole where a ledger of that name or id exists. It takes as long as the reader does; only the
// context bounds it. Uncertain means that the connection broke: the ledger is there with all of its events or not at all.
func (c *Client) Import(ctx context.Context, r io.Reader) (quipu.Ledger, error) {
	var current *onceReader
	var ledger quipu.Ledger
	err := c.do(ctx, &request{
		op: "import", method: http.MethodPost, path: "/v1/ledgers/import", write: true, endless: true,
		contentType: wire.TypeNDJSON,
		body: func() io.Reader {
			current = &onceReader{from: r}
			return current
		},
		spent: func() bool { return !current.withdraw() },
	}, into(&ledger))
	if current != nil {
		current.state.Store(bodyWithdrawn)
	}
	return ledger, err
}

// onceReader is a body that is read for one attempt only. The HTTP client may still hold it when the attempt is over.
type onceReader struct {
	from  io.Reader
	state atomic.Int32
}

const (
	bodyUnread int32 = iota
	bodyRead
	bodyWithdrawn
)

var errWithdrawn = errors.New("the request is over")

func (o *onceReader) Read(p []byte) (int, error) {
	if !o.state.CompareAndSwap(bodyUnread, bodyRead) && o.state.Load() == bodyWithdrawn {
		return 0, errWithdrawn
	}
	return o.from.Read(p)
}

// withdraw reports whether nothing was read, and if so sees that nothing will be.
func (o *onceReader) withdraw() bool { return o.state.CompareAndSwap(bodyUnread, bodyWithdrawn) }
