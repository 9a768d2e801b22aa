package api

import (
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// serve takes one request through what all of them share: an id, the route, the checks that need no body, the handler,
// the answer to an error, and the metrics.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := newExchange(a, w, r)
	w.Header().Set(wire.HeaderRequestID, x.id)
	w.Header().Set(wire.HeaderNode, a.backend.NodeID())
	defer func() { a.metrics.observe(x, time.Since(began)) }()
	defer x.recover()

	found, allowed := a.find(r)
	if found == nil {
		x.noRoute(allowed)
		return
	}
	x.route = found
	if !x.acceptsMedia() {
		return
	}
	if err := x.parseParams(); err != nil {
		x.fail(err)
		return
	}
	if err := found.handle(x); err != nil {
		x.fail(err)
	}
}

// noRoute answers a request for which the table has no row.
func (x *exchange) noRoute(allowed []string) {
	if len(allowed) > 0 {
		x.w.Header().Set("Allow", strings.Join(allowed, ", "))
		x.problem(http.StatusMethodNotAllowed, quipu.Errorf(quipu.Invalid, "%s is not a method of this path", x.methodName()).
			WithHint("allowed are %s", strings.Join(allowed, ", ")))
		return
	}
	x.problem(http.StatusNotFound, quipu.Errorf(quipu.NotFound, "there is nothing under this path").
		WithHint("GET /openapi.json lists what there is"))
}

// methodName keeps what an error repeats of a request short.
func (x *exchange) methodName() string {
	const most = 20
	if len(x.r.Method) > most {
		return x.r.Method[:most] + "…"
	}
	return x.r.Method
}

// acceptsMedia answers 415 to a body of another type than the route's.
func (x *exchange) acceptsMedia() bool {
	given := x.r.Header.Get("Content-Type")
	if given == "" || x.route.bodyMax == 0 {
		return true
	}
	media, params, err := mime.ParseMediaType(given)
	charset := params["charset"]
	if err == nil && slices.Contains(x.route.media, media) && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		return true
	}
	x.w.Header().Set("Accept", strings.Join(x.route.media, ", "))
	x.problem(http.StatusUnsupportedMediaType, quipu.Errorf(quipu.Invalid, "the body's media type is not one of this request").
		WithHint("send Content-Type: %s, in UTF-8, or none", x.route.media[0]))
	return false
}

// parseParams refuses a query parameter that is not known, since leaving it out silently would answer another question.
func (x *exchange) parseParams() error {
	if x.r.URL.RawQuery == "" {
		return nil
	}
	params, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return quipu.Errorf(quipu.Invalid, "the query string cannot be read").Because(err)
	}
	for name, values := range params {
		if !slices.Contains(x.route.params, name) {
			return x.unknownParam(name)
		}
		if len(values) > 1 && !slices.Contains(repeatable, name) {
			return quipu.Errorf(quipu.Invalid, "the query parameter %s is given %d times", name, len(values))
		}
	}
	x.params = params
	return nil
}

func (x *exchange) unknownParam(name string) error {
	err := quipu.Errorf(quipu.Invalid, "unknown query parameter %q", clip(name))
	switch near := quipu.Nearest(name, x.route.params); {
	case near != "":
		return err.WithHint("did you mean %q?", near)
	case len(x.route.params) == 0:
		return err.WithHint("this request has none")
	}
	return err.WithHint("known are %s", strings.Join(x.route.params, ", "))
}

// clip keeps what an error repeats of a request short.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// recover turns a panic into an answer, and logs it with its stack. A connection that is being broken off on purpose
// goes on to net/http.
func (x *exchange) recover() {
	cause := recover()
	if cause == nil {
		return
	}
	if cause != http.ErrAbortHandler { // a panic's value, compared as net/http compares it
		x.api.logger.Error("panic in a request", "request_id", x.id, "method", x.methodName(), "path", x.r.URL.Path,
			"panic", cause, "stack", string(debug.Stack()))
		if !x.started {
			x.problem(http.StatusInternalServerError, quipu.Errorf(quipu.Internal, "panic"))
			return
		}
	}
	panic(http.ErrAbortHandler)
}
