package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// body gives the request's body, up to the route's limit. Each read has a time of its own, so that a long body is
// welcome and a silent client is not.
func (x *exchange) body() (io.Reader, error) {
	if length := x.r.ContentLength; length > x.route.bodyMax {
		return nil, tooLargeBody(length, x.route.bodyMax)
	}
	return &timedReader{x: x, from: http.MaxBytesReader(x.w, x.r.Body, x.route.bodyMax)}, nil
}

type timedReader struct {
	x    *exchange
	from io.Reader
}

func (t *timedReader) Read(p []byte) (int, error) {
	t.x.extendRead()
	n, err := t.from.Read(p)
	if errors.Is(err, io.EOF) {
		// net/http goes on reading to notice a client that leaves; that read may take as long as the answer. After any
		// other error it reads what is left of the body before it answers, and must not wait for it.
		_ = t.x.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// readBody reads the whole body. A body that ends early gives an error, and so nothing of it is acted upon.
func (x *exchange) readBody() ([]byte, error) {
	from, err := x.body()
	if err != nil {
		return nil, err
	}
	const trusted = 64 << 10 // how much memory a client gets for the mere promise of a body
	var buf bytes.Buffer
	buf.Grow(int(min(max(x.r.ContentLength, 0), trusted)) + bytes.MinRead)
	if _, err := buf.ReadFrom(from); err != nil {
		return nil, x.badBody(err)
	}
	return buf.Bytes(), nil
}

// badBody is the error for a body that could not be read to its end.
func (x *exchange) badBody(err error) *quipu.Error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return tooLargeBody(x.r.ContentLength, tooLarge.Limit)
	}
	x.halfBody = true
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return quipu.Errorf(quipu.Invalid, "nothing came of the body for %v", x.api.ioTimeout).Because(err)
	}
	return quipu.Errorf(quipu.Invalid, "the body ended before its end").Because(err)
}

func tooLargeBody(length, limit int64) *quipu.Error {
	if length > limit {
		return quipu.Errorf(quipu.TooLarge, "the body: %d bytes, the limit is %d", length, limit)
	}
	return quipu.Errorf(quipu.TooLarge, "the body: more than the limit of %d bytes", limit)
}

// object reads a value that must be an object. What is not JSON at all is said to be that.
func object(v shape.Value) (shape.Object, error) {
	if !v.IsObject() {
		if _, err := v.Canonical(nil); err != nil {
			return shape.Object{}, err
		}
	}
	return v.Object()
}

// bodyObject reads the whole body as an object of these members.
func (x *exchange) bodyObject(known ...string) (shape.Object, error) {
	body, err := x.readBody()
	if err != nil {
		return shape.Object{}, err
	}
	o, err := object(shape.Of(body))
	if err != nil {
		return shape.Object{}, err
	}
	return o, o.Only(known...)
}

// required is a member that must be there.
func required(o shape.Object, name string) (shape.Value, error) {
	v := o.Member(name)
	if !v.Exists() {
		return v, o.Value().Errorf("%s is missing", name)
	}
	return v, nil
}
