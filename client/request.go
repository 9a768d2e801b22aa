package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// problemBytesMax bounds what is read of a problem: a conflict brings up to 100 events of up to a megabyte each.
const problemBytesMax = 256 << 20

// request is one call of the API, made anew for each attempt.
type request struct {
	// op is what is being attempted, for the error.
	op     string
	method string
	// path begins with a slash; its parts are escaped.
	path  string
	query url.Values
	// body makes the body for an attempt; nil for none.
	body        func() io.Reader
	contentType string
	// spent reports that the body cannot be made again; nil for one that always can.
	spent func() bool
	// write says that the request may change something: it prefers the leader, and if the connection breaks its
	// outcome is Uncertain.
	write bool
	// endless says that sending the body may take any time, so that Timeout does not apply.
	endless bool
}

// errSlow is the cause of an attempt that the client ended.
var errSlow = errors.New("no answer in time")

// take reads the answer to a request that a node accepted. It may return a *quipu.Error, which is final; any other
// error means that the answer broke off. live ends the attempt's time limit: a stream has begun.
type take func(answer *http.Response, live func()) error

// attempt sends the request to one node and has its answer taken. The error, which is the caller's own, says whether the
// request may have been applied.
func (c *Client) attempt(ctx context.Context, e *endpoint, r *request, take take) *quipu.Error {
	err := c.exchange(ctx, e, r, take)
	if err != nil {
		err.Op = r.op
	}
	return err
}

func (c *Client) exchange(ctx context.Context, e *endpoint, r *request, take take) *quipu.Error {
	if err := context.Cause(ctx); err != nil {
		return quipu.Errorf(quipu.Unavailable, "not sent: %v", err).Because(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(c.timeout, func() { cancel(errSlow) })
	defer timer.Stop()
	if r.endless {
		timer.Stop()
	}
	req, err := r.to(ctx, e)
	if err != nil {
		return quipu.Errorf(quipu.Invalid, "the request cannot be made: %v", err).Because(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return r.broken(e, err, context.Cause(ctx))
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return r.refused(resp)
	}
	switch err := take(resp, func() { timer.Stop() }).(type) {
	case nil:
		return nil
	case *quipu.Error:
		return err
	default:
		return r.broken(e, err, context.Cause(ctx))
	}
}

func (r *request) to(ctx context.Context, e *endpoint) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = r.body()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, e.url+r.path, body)
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery = r.query.Encode()
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	return req, nil
}

// broken classifies an attempt without a whole answer.
func (r *request) broken(e *endpoint, err, cause error) *quipu.Error {
	var dial *net.OpError
	kind := quipu.Uncertain
	if !r.write || (errors.As(err, &dial) && dial.Op == "dial") {
		kind = quipu.Unavailable
	}
	if cause != nil {
		err = cause
	} else if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err // which leaves out the method and the URL that follow here
	}
	return quipu.Errorf(kind, "%s: %v", e.url, err).Because(err)
}

// refused reads a problem. A read has no uncertain outcome.
func (r *request) refused(resp *http.Response) *quipu.Error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, problemBytesMax)) // a broken problem is classified by its status
	problem := wire.DecodeProblem(resp.StatusCode, body)
	if problem.RequestID == "" {
		problem.RequestID = resp.Header.Get(wire.HeaderRequestID)
	}
	if problem.Kind == quipu.Uncertain && !r.write {
		problem.Kind = quipu.Unavailable
	}
	return problem
}

// into takes an answer that is one JSON value.
func into(value any) take {
	return func(answer *http.Response, _ func()) error {
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		return decode(body, value)
	}
}

func decode(body []byte, value any) error {
	if err := json.Unmarshal(body, value); err != nil {
		return notUnderstood(err)
	}
	return nil
}

// notUnderstood is the error of an answer that is whole but makes no sense.
func notUnderstood(err error) *quipu.Error {
	return quipu.Errorf(quipu.Internal, "the answer is not what a node sends: %v", err).Because(err).
		WithHint("look for a proxy between here and the node, and compare the versions of client and server")
}

// encode gives a value of the caller's as JSON on one line.
func encode(value any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false) // paths are full of "<" and ">"
	if err := encoder.Encode(value); err != nil {
		return nil, quipu.Errorf(quipu.Invalid, "not JSON: %v", err).Because(err)
	}
	return buf.Bytes(), nil
}

// fixed is a body that can be sent again and again.
func fixed(body []byte) func() io.Reader {
	return func() io.Reader { return bytes.NewReader(body) }
}

// ledgerPath is the path of something in a ledger.
func ledgerPath(ledger string, parts ...string) string {
	path := "/v1/ledgers/" + url.PathEscape(ledger)
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// nonempty refuses an empty name, for which there is no path.
func nonempty(names ...string) error {
	for _, name := range names {
		if name == "" {
			return quipu.Errorf(quipu.Invalid, "a name is empty: the ledger's, or that of what is asked for in it")
		}
	}
	return nil
}
