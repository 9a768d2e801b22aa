package wire

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/quipu-ledger/quipu"
)

// internalDetail is all that a caller learns of a bug of ours.
const internalDetail = "an error of the server; its log has it under the request id"

// problem is an error as application/problem+json (RFC 9457). The status comes first so that a line of the answer to
// many appends begins alike for success and failure.
type problem struct {
	Status    int               `json:"status"`
	Kind      quipu.Kind        `json:"kind"`
	Type      string            `json:"type"`
	Title     string            `json:"title"`
	Detail    string            `json:"detail,omitempty"`
	Pointer   string            `json:"pointer,omitempty"`
	Column    int               `json:"column,omitempty"`
	Hint      string            `json:"hint,omitempty"`
	RequestID string            `json:"requestId,omitempty"`
	Condition *int              `json:"condition,omitempty"`
	Head      *quipu.Position   `json:"head,omitempty"`
	Events    []quipu.Event     `json:"events,omitempty"`
	More      bool              `json:"more,omitempty"`
	Aggregate *quipu.Aggregate  `json:"aggregate,omitempty"`
	Errors    []quipu.Violation `json:"errors,omitempty"`
}

// EncodeProblem gives the error as application/problem+json on one line, with the status of its kind. Its cause and
// what was being attempted stay here.
func EncodeProblem(e *quipu.Error) []byte { return EncodeProblemStatus(Status(e.Kind), e) }

// EncodeProblemStatus is EncodeProblem for an error whose status says more than its kind, such as 405 or 415.
func EncodeProblemStatus(status int, e *quipu.Error) []byte {
	return encode(newProblem(status, e))
}

func newProblem(status int, e *quipu.Error) *problem {
	kind := e.Kind
	if !known(kind) {
		kind = quipu.Internal
	}
	p := &problem{
		Status: status, Kind: kind, Type: "urn:quipu:problem:" + string(kind), Title: title(kind), RequestID: e.RequestID,
	}
	if kind == quipu.Internal {
		p.Detail = internalDetail
		return p
	}
	p.Detail, p.Pointer, p.Column, p.Hint = e.Detail, e.Pointer, e.Column, e.Hint
	if c := e.Clash; c != nil {
		p.Condition, p.Head, p.More, p.Events, p.Aggregate = &c.Condition, &c.Head, c.More, c.Events, c.Aggregate
	}
	p.Errors = e.Violations
	return p
}

// DecodeProblem reads the answer to a request that failed. Its kind comes from the body; only a body that no node wrote
// is classified by its status.
func DecodeProblem(status int, body []byte) *quipu.Error {
	var p problem
	if err := json.Unmarshal(body, &p); err != nil || !known(p.Kind) {
		return foreign(status)
	}
	return p.error()
}

func (p *problem) error() *quipu.Error {
	e := &quipu.Error{
		Kind: p.Kind, Detail: p.Detail, Pointer: p.Pointer, Column: p.Column, Hint: p.Hint, RequestID: p.RequestID,
		Violations: p.Errors,
	}
	if p.Condition == nil || p.Head == nil {
		return e
	}
	e.Clash = &quipu.Clash{Condition: *p.Condition, Head: *p.Head, More: p.More, Events: p.Events, Aggregate: p.Aggregate}
	return e
}

func foreign(status int) *quipu.Error {
	answer := fmt.Sprintf("status %d", status)
	if text := http.StatusText(status); text != "" {
		answer += " " + text
	}
	return quipu.Errorf(KindOfStatus(status), "the answer is %s without a problem that a node writes", answer).
		WithHint("look for a proxy between here and the node, and check the URL")
}
