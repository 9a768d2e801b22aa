package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// exchange is one request and its answer. It belongs to the goroutine of its handler.
type exchange struct {
	api     *API
	route   *route // nil if the table has none
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	id      string
	params  url.Values
	// started is true when the status has been sent: from then on an error can only break the connection off.
	started bool
	status  int
	// halfBody is true when the body broke off. net/http has then cancelled the context, so nothing more is carried out,
	// but the client may still read why.
	halfBody bool
}

func newExchange(a *API, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{api: a, w: w, r: r, control: http.NewResponseController(w), id: newRequestID()}
	x.extendWrite() // an earlier request of this connection has left its own deadline
	if r.ContentLength != 0 {
		x.extendRead() // net/http reads what a handler leaves of a body, without a time of its own
	}
	return x
}

func newRequestID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

func (x *exchange) context() context.Context { return x.r.Context() }

// extendWrite gives the next write its time: twice that of a read, since net/http may wait for the rest of a body, for as
// long as one read, between the handler's write and its own. A writer that has no deadlines does without.
func (x *exchange) extendWrite() { _ = x.control.SetWriteDeadline(time.Now().Add(2 * x.api.ioTimeout)) }

// extendRead gives the next read of the body its time.
func (x *exchange) extendRead() { _ = x.control.SetReadDeadline(time.Now().Add(x.api.ioTimeout)) }

// send answers with a whole body.
func (x *exchange) send(status int, media string, body []byte) error {
	header := x.w.Header()
	if media != "" {
		header.Set("Content-Type", media)
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	header.Set("X-Content-Type-Options", "nosniff")
	x.start(status)
	return x.write(body)
}

func (x *exchange) sendJSON(status int, body []byte) error {
	return x.send(status, wire.TypeJSON, append(body, '\n'))
}

// start sends the status, with the headers that are set by now.
func (x *exchange) start(status int) {
	if x.halfBody {
		x.w.Header().Set("Connection", "close") // where the next request would begin is not known
	}
	x.started, x.status = true, status
	x.w.WriteHeader(status)
}

// errGone is what is left of a request whose client does not read the answer. There is nobody to tell.
var errGone = errors.New("the client has gone")

// errEnding is the cause of what ends because the server does.
var errEnding = errors.New("the server is shutting down")

func (x *exchange) write(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	x.extendWrite()
	if _, err := x.w.Write(body); err != nil {
		return errGone
	}
	return nil
}

// flush hands what has been written to the network.
func (x *exchange) flush() error {
	x.extendWrite()
	if err := x.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	return nil
}

// problem answers with an error.
func (x *exchange) problem(status int, e *quipu.Error) {
	shown := *e
	shown.RequestID = x.id
	_ = x.send(status, wire.TypeProblem, append(wire.EncodeProblemStatus(status, &shown), '\n'))
}

// fail answers with the problem that an error stands for. Where an answer has begun already, the connection is broken
// off, so that its end is missing and nobody takes it for whole. Only what an operator can act upon is logged.
func (x *exchange) fail(err error) {
	if errors.Is(err, errGone) || (x.context().Err() != nil && !x.halfBody) {
		x.breakOff()
	}
	known := classify(err)
	if x.started {
		if !errors.Is(err, errEnding) {
			x.log("answer broken off", err)
		}
		x.breakOff()
	}
	if known.Kind == quipu.Internal || known.Kind == quipu.Corrupt {
		x.log("request failed", err)
	}
	x.problem(wire.Status(known.Kind), known)
}

// breakOff closes the connection with the answer unfinished, and does not return.
func (x *exchange) breakOff() {
	x.status = statusGone
	panic(http.ErrAbortHandler)
}

// statusGone stands in the metrics for an answer that was broken off, as other servers have it.
const statusGone = 499

func classify(err error) *quipu.Error {
	var known *quipu.Error
	if errors.As(err, &known) {
		return known
	}
	return quipu.Errorf(quipu.Internal, "unclassified").Because(err)
}

func (x *exchange) log(message string, err error) {
	var known *quipu.Error
	cause := error(nil)
	if errors.As(err, &known) {
		cause = known.Err
	}
	x.api.logger.Error(message, "request_id", x.id, "method", x.methodName(), "path", x.r.URL.Path, "error", err, "cause", cause)
}

// ended reports why a stream must not go on: its client has gone, or the server is shutting down.
func (x *exchange) ended() error {
	select {
	case <-x.context().Done():
		return errGone
	case <-x.api.ending:
		return quipu.Errorf(quipu.Unavailable, "the node is shutting down").Because(errEnding)
	default:
		return nil
	}
}
