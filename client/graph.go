package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Walk says which links are followed, and how far. Its zero value is all links from an event to others, as far as the
// servers allow.
type Walk struct {
	// Direction is "out", to the events that an event links to, "in", to those that link to it, or "both". Empty is out.
	Direction string
	// Types are those of the links that are followed; none means all.
	Types []string
	// Depth is the largest number of links between an event and the first; 0 is quipu.GraphDepthMax. Links has no use for it.
	Depth int
	// Limit is the largest number of events; 0 is quipu.GraphEventsMax. Links has no use for it.
	Limit int
}

// Links gives the links of an event with the events at their other ends, as lines of a walk of one step: see Graph.
func (c *Client) Links(ctx context.Context, ledger string, of quipu.Target, walk Walk,
	options ...ReadOption,
) iter.Seq2[wire.GraphLine, error] {
	walk.Depth, walk.Limit = 0, 0
	return c.walk(ctx, ledger, "links", of, walk, options)
}

// Graph walks over links from an event, breadth first: each event comes once, before the links that lead from it or to it,
// and the last line has the end, which says whether the walk was cut short. NotFound means that the first event is not there.
//
// The lines are a stream. If it breaks off, the last pair is an error, for the rest cannot be asked for: the ledger may have
// grown, and the caller begins again.
func (c *Client) Graph(ctx context.Context, ledger string, from quipu.Target, walk Walk,
	options ...ReadOption,
) iter.Seq2[wire.GraphLine, error] {
	return c.walk(ctx, ledger, "graph", from, walk, options)
}

func (c *Client) walk(ctx context.Context, ledger, what string, from quipu.Target, walk Walk,
	options []ReadOption,
) iter.Seq2[wire.GraphLine, error] {
	return func(yield func(wire.GraphLine, error) bool) {
		r, err := walkRequest(ledger, what, from, walk, newRead(options))
		if err == nil {
			begun := false
			r.spent = func() bool { return begun }
			err = c.do(ctx, r, takeLines(func(line wire.GraphLine) bool {
				begun = true
				return yield(line, nil)
			}))
		}
		if err != nil {
			yield(wire.GraphLine{}, err)
		}
	}
}

func walkRequest(ledger, what string, from quipu.Target, walk Walk, read read) (*request, error) {
	query, where := read.query(), []string{"events"}
	switch {
	case from.ID != "":
		where = append(where, "by-id", from.ID)
		if from.Version > 0 {
			query.Set(wire.ParamVersion, strconv.FormatUint(from.Version, 10))
		}
	case from.EventID != nil:
		where = append(where, from.EventID.String())
	default:
		where = append(where, strconv.FormatUint(uint64(from.Position), 10))
	}
	if err := nonempty(ledger); err != nil {
		return nil, err
	}
	if walk.Direction != "" {
		query.Set(wire.ParamDirection, walk.Direction)
	}
	for _, linkType := range walk.Types {
		query.Add(wire.ParamType, linkType)
	}
	if walk.Depth != 0 {
		query.Set(wire.ParamDepth, strconv.Itoa(walk.Depth))
	}
	if walk.Limit != 0 {
		query.Set(wire.ParamLimit, strconv.Itoa(walk.Limit))
	}
	return &request{
		op: what + " of " + where[len(where)-1] + " in " + ledger, method: http.MethodGet,
		path: ledgerPath(ledger, append(where, what)...), query: query,
	}, nil
}

// takeLines takes the lines of a walk until its end, or until they are no longer wanted.
func takeLines(yield func(wire.GraphLine) bool) take {
	return func(answer *http.Response, live func()) error {
		live()
		lines := newLines(answer.Body)
		for {
			text, err := lines.next()
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // without the end line
			}
			if err != nil {
				return err
			}
			var line wire.GraphLine
			if err := json.Unmarshal(text, &line); err != nil {
				return notUnderstood(err)
			}
			if !yield(line) {
				return nil
			}
			if line.End != nil {
				_, _ = lines.next() // to the end of the body, so that the connection can be used again
				return nil
			}
		}
	}
}
