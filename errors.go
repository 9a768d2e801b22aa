package quipu

import (
	"errors"
	"fmt"
	"strings"
)

// Error is the one error type that reaches a caller. Detail, Pointer, Column
// and Hint are safe to show to anybody; Err is not and never leaves the process.
type Error struct {
	Kind Kind
	// Op is what was being attempted, lower case: "append", "open ledger main".
	Op string
	// Detail says what is wrong, in a sentence without a final stop.
	Detail string
	// Pointer is the RFC 6901 JSON pointer of what is wrong in the request's
	// body, if it is in the body.
	Pointer string
	// Column is the place in a path, from 1, in characters; 0 where there is none.
	Column int
	// Hint says what would be right, or the next step.
	Hint string
	// RequestID is the server's name for the request, for its logs.
	RequestID string
	// Clash is set on a Conflict alone: what the caller has not seen.
	Clash *Clash
	// Violations are set on a SchemaViolation alone: everything that is wrong.
	Violations []Violation
	// Err is the cause, for errors.Is and for logs.
	Err error
}

// Clash tells which condition of an append did not hold and what matched it.
type Clash struct {
	// Condition is the index in the append's list of conditions.
	Condition int `json:"condition"`
	// Head is the ledger's head when the condition was checked.
	Head Position `json:"head"`
	// Events are the first that match after the condition's position, in order.
	Events []Event `json:"events"`
	// More says that further events match; read on after the last one here.
	More bool `json:"more,omitempty"`
	// Aggregate is set where the condition, or an expected version, is of an
	// aggregate: with its version as it is. Events are then those of its changes
	// after the version that the caller expected. Condition is -1 if it was not a
	// condition but an expected version.
	Aggregate *Aggregate `json:"aggregate,omitempty"`
}

// Violation is one thing in which an event's data does not fit its schema.
type Violation struct {
	// Event is the index of the event in the append.
	Event int `json:"event"`
	// Pointer is the RFC 6901 JSON pointer into the event's data.
	Pointer string `json:"pointer"`
	// Keyword is the schema's keyword that does not hold, such as "minLength".
	Keyword string `json:"keyword"`
	// Detail says it in a sentence without a final stop.
	Detail string `json:"detail"`
}

// Errorf makes an Error whose Detail is formatted from values that are safe to show.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// At says where in the request's body the error is, and returns the error.
func (e *Error) At(pointer string) *Error {
	e.Pointer = pointer
	return e
}

// WithHint says what would be right, and returns the error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Because keeps a cause for errors.Is and the logs, and returns the error.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Error is the sentence for a terminal or a log; it holds the cause only if
// there is no Detail.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	switch {
	case e.Detail != "":
		b.WriteString(e.Detail)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(string(e.Kind))
	}
	if e.Pointer != "" {
		b.WriteString(" at " + e.Pointer)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, " (column %d)", e.Column)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Is reports whether the target is this error's kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && e.Kind == kind
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of an error: Internal for one that nobody classified,
// and the empty kind for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return Internal
}
