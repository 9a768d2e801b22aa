package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// A ReadOption changes what a read promises or reports.
type ReadOption func(*read)

type read struct {
	consistency quipu.Consistency
	minPosition quipu.Position
	end         *wire.End
}

// WithConsistency asks for a consistency other than quipu.Linearizable.
func WithConsistency(consistency quipu.Consistency) ReadOption {
	return func(r *read) { r.consistency = consistency }
}

// WithMinPosition makes a read a session read that sees at least the event at this position, such as the Last of a
// receipt: it reads the caller's own writes without asking the leader.
func WithMinPosition(p quipu.Position) ReadOption {
	return func(r *read) { r.consistency, r.minPosition = quipu.Session, p }
}

// WithEnd has a selection tell where it ended, once it has run to its end: up to which position it has seen everything
// that matches, so that a selection with this as its After continues it; the ledger's head; and whether there was more than
// its limit. Before that, and if the selection fails or is left, end stays as it is.
func WithEnd(end *wire.End) ReadOption {
	return func(r *read) { r.end = end }
}

func newRead(options []ReadOption) read {
	var r read
	for _, option := range options {
		option(&r)
	}
	return r
}

func (r read) query() url.Values {
	query := url.Values{}
	if r.consistency != "" {
		query.Set(wire.ParamConsistency, string(r.consistency))
	}
	if r.minPosition > 0 {
		query.Set(wire.ParamMinPosition, strconv.FormatUint(uint64(r.minPosition), 10))
	}
	return query
}

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
	if err := checkSelector(s.selector); err != nil {
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
		if read.consistency == quipu.Local || read.consistency == quipu.Session {
			// Another node may be behind the one that has sent the events so far.
			read.consistency, read.minPosition = quipu.Session, max(read.minPosition, s.last)
		}
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

// Event gives one event, by its position or its id; NotFound if the ledger does not have it.
func (c *Client) Event(ctx context.Context, ledger string, place quipu.Place, options ...ReadOption) (quipu.Event, error) {
	var event quipu.Event
	if err := nonempty(ledger); err != nil {
		return event, err
	}
	where := strconv.FormatUint(uint64(place.Position), 10)
	if !place.EventID.IsZero() {
		where = place.EventID.String()
	}
	err := c.do(ctx, &request{
		op: "event " + where + " of " + ledger, method: http.MethodGet, path: ledgerPath(ledger, "events", where),
		query: newRead(options).query(),
	}, into(&event))
	return event, err
}
