// Package wire is what clients and nodes say to each other over HTTP: the shapes of requests and answers, the names of
// headers and query parameters, and the one table of error kinds and statuses.
//
// It holds no connection and decides nothing. It imports the vocabulary and the standard library only, since programs
// that use the Go client link it.
package wire

// Headers of answers.
const (
	// HeaderPosition is the head of the ledger as the answering node had it when it read.
	HeaderPosition = "Quipu-Position"
	// HeaderNode is the id of the answering node.
	HeaderNode = "Quipu-Node"
	// HeaderRequestID is the node's name for the request, as its logs have it.
	HeaderRequestID = "Quipu-Request-Id"
)

// Query parameters.
const (
	// ParamConsistency is linearizable (the default), session or local.
	ParamConsistency = "consistency"
	// ParamMinPosition is what a session read must have seen.
	ParamMinPosition = "minPosition"
	// ParamAfter and ParamUntil bound an export: (after, until].
	ParamAfter = "after"
	ParamUntil = "until"
)

// Media types.
const (
	TypeJSON    = "application/json"
	TypeNDJSON  = "application/x-ndjson"
	TypeProblem = "application/problem+json"
)

// MethodQuery is HTTP's method for a safe request with a body.
const MethodQuery = "QUERY"
