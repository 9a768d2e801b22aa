package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Select gives the events that the selector matches, in the order of their positions unless the selector says Reverse.
// They arrive as a stream: memory does not grow with their number, and leaving the loop ends the request. Each range
// over the result reads anew.
//
// A stream that breaks off is continued after the last event, on another node if there is one. If that does not
// succeed, the last pair is an error with a zero event; a loop that ends without one has seen everything up to the end
// that WithEnd reports.
func (c *Client) Select(ctx context.Context, ledger string, s quipu.Selector, options ...ReadOption) iter.Seq2[quipu.Event, error] {
	return func(yield func(quipu.Event, error) bool) {
		sel := &selection{ledger: ledger, selector: s, read: newRead(options), yield: yield}
		if err := sel.run(ctx, c); err != nil {
			yield(quipu.Event{}, err)
		}
	}
}

// selection is one run over a selector's events, which may take several streams.
type selection struct {
	ledger   string
	selector quipu.Selector
	read     read
	yield    func(quipu.Event, error) bool
	// last is the position of the last event that was yielded, and count their number.
	last  quipu.Position
	count int
}

func (s *selection) run(ctx context.Context, c *Client) error {
	if err := nonempty(s.ledger); err != nil {
		return err
	}
	if err := checkTexts(s.selector); err != nil {
		return err
	}
	a := c.begin(ctx, false)
	for {
		r, err := s.request()
		if err != nil {
			return err
		}
		before := s.count
		failed := c.attempt(ctx, a.next(), r, s.take)
		a.settled(failed)
		if failed == nil {
			return nil
		}
		if s.count > before {
			a.progress()
		}
		if failed.Kind != quipu.Unavailable || !a.wait() {
			return a.verdict(failed)
		}
	}
}

// request asks for what is still wanted: the last event once more, which take skips, and what follows. So there is
// always a place to continue from and, with a limit, something left to ask for.
func (s *selection) request() (*request, error) {
	selector, read := s.selector, s.read
	if s.count > 0 {
		if selector.Reverse {
			selector.Until = s.last
		} else {
			selector.After = quipu.AfterPosition(s.last - 1)
		}
		if selector.Limit > 0 {
			selector.Limit -= s.count - 1
		}
		read = read.beyond(s.last)
	}
	body, err := encode(selector)
	if err != nil {
		return nil, err
	}
	return &request{
		op: "select from " + s.ledger, method: http.MethodPost, path: ledgerPath(s.ledger, "select"), query: read.query(),
		contentType: wire.TypeJSON, body: fixed(body),
	}, nil
}

// take yields the events of one stream.
func (s *selection) take(answer *http.Response, live func()) error {
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
		if end, ok := wire.DecodeEnd(line); ok {
			if s.read.end != nil {
				*s.read.end = end
			}
			_, _ = lines.next() // to the end of the body, so that the connection can be used again
			return nil
		}
		var event quipu.Event
		if err := json.Unmarshal(line, &event); err != nil {
			return notUnderstood(err)
		}
		if s.seen(event.Position) {
			continue
		}
		s.last = event.Position
		s.count++
		if !s.yield(event, nil) {
			return nil // the caller has left the loop
		}
	}
}

// seen reports whether an event was yielded already.
func (s *selection) seen(p quipu.Position) bool {
	return s.count > 0 && (p == s.last || (p < s.last) != s.selector.Reverse)
}
