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
	// ParamAfter and ParamUntil bound an export: (after, until]. The versions of an id and the keys of aggregates are
	// paged with an after as well.
	ParamAfter = "after"
	ParamUntil = "until"
	// ParamLimit bounds what an answer has of what it lists.
	ParamLimit = "limit"
	// ParamSince is the version behind which the changes of an aggregate are wanted.
	ParamSince = "since"
	// ParamVersion is a version of an event's own id.
	ParamVersion = "version"
	// ParamFiles is FilesInline or FilesOmit.
	ParamFiles = "files"
	// ParamDirection, ParamType and ParamDepth say which links are followed, and how far. ParamType may be repeated.
	ParamDirection = "direction"
	ParamType      = "type"
	ParamDepth     = "depth"
)

// What ParamFiles may be: the contents of files stand in the answer in base64, or are left out.
const (
	FilesInline = "inline"
	FilesOmit   = "omit"
)

// Media types.
const (
	TypeJSON    = "application/json"
	TypeNDJSON  = "application/x-ndjson"
	TypeProblem = "application/problem+json"
	TypeSchema  = "application/schema+json"
	TypeForm    = "multipart/form-data"
	TypeBytes   = "application/octet-stream"
)

// PartAppend is the part of a multipart/form-data append that holds the append. Each other part is the content of a file, and
// has the file's id as its name.
const PartAppend = "append"

// MethodQuery is HTTP's method for a safe request with a body.
const MethodQuery = "QUERY"
