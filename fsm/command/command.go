// Package command is what raft replicates: the versioned encoding of the
// commands that change a ledger.
//
// It is pure and decides nothing: what a command does is in package ledger.
// Many commands share one raft entry, with one time that the leader gave them.
package command

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Command is one of the types of this package.
type Command interface {
	kind() kind
	appendBody(dst []byte) []byte
}

// kind is how an encoded command says what it is. Numbers are never reused.
type kind byte

const (
	kindAppend kind = iota + 1
	kindCreateLedger
	kindRegister
	kindUnregister
	kindBeginImport
	kindImportEvents
	kindFinishImport
	kindAbortImport
	kindRegisterSchema
	kindSetSettings
)

// Append appends events to a ledger, all or none, if its conditions hold.
type Append struct {
	Ledger quipu.LedgerID
	// Key is the idempotency key, or empty; Digest is of the events and is
	// meaningful with a key only.
	Key    string
	Digest record.Digest
	// Conditions are in the order of the request.
	Conditions []Condition
	// Expect are the versions that the events' aggregates must have, each
	// aggregate at most once.
	Expect []Expectation
	Events []record.Draft
	// Files are contents of the events' files, each once. One that the ledger
	// has already may be left out.
	Files []File

	// CheckedThrough is the position up to which the leader has found, in a
	// view of applied state, that the key is new, that every condition holds, and
	// what Facts says. History does not change, so replicas look behind it only.
	CheckedThrough quipu.Position
	Facts          Facts
}

// Condition is one of two things: it holds if no event behind its selector's
// After matches it, or if an aggregate is at a version. Once a leader has
// proposed it, After is a position and not an event id.
type Condition struct {
	*selector.Selector
	Aggregate *quipu.Aggregate
}

// Expectation is a version that the aggregate of an event must have.
type Expectation struct {
	// Event is the index of the event that says so.
	Event     int
	Aggregate quipu.Aggregate
}

// File is the content of a file.
type File struct {
	Hash  record.Hash
	Bytes []byte
}

// Facts are what a leader has found in the history up to CheckedThrough. The zero
// value says nothing, and holds for a CheckedThrough of zero.
type Facts struct {
	// Versions are those of the aggregates and ids that the append names, in the
	// order of their terms in the member index; one that is not here has none.
	Versions []Version
	// Links is true if the targets of links were looked for. Absent are the links
	// whose target was not there, in the order of the events; every other has it.
	Links  bool
	Absent []Link
	// Schemas are the schemas that the data of events was checked against, in the
	// order of the events.
	Schemas []Schema
}

// Version is the last version under a term of the member index.
type Version struct {
	Term string
	Last uint64
}

// Link is a link of an event of the append, by their indexes.
type Link struct{ Event, Link int }

// Schema is the digest of a schema that the data of an event fits.
type Schema struct {
	Event  int
	Digest record.Digest
}

// CreateLedger creates a ledger of a name that no other has.
type CreateLedger struct {
	Name        string
	Description string
	Settings    quipu.Settings
}

// SetSettings replaces a ledger's settings.
type SetSettings struct {
	Ledger   quipu.LedgerID
	Settings quipu.Settings
}

// Register sets the entity types for which an event name may be appended, and
// which schema counts.
type Register struct {
	Ledger   quipu.LedgerID
	Event    string
	Entities []string // sorted, distinct
	Schema   quipu.SchemaRule
}

// RegisterSchema adds a version of the schema of an event's data.
type RegisterSchema struct {
	Ledger  quipu.LedgerID
	Event   string
	Version string
	Schema  []byte // canonical JSON
}

// Unregister stops appends of an event name; what is stored stays.
type Unregister struct {
	Ledger quipu.LedgerID
	Event  string
}

// Imported is an event of an export: with the id, and so the time, that it has.
type Imported struct {
	ID quipu.EventID
	record.Draft
	// Files are the contents of the event's files.
	Files []File
}

// BeginImport creates a ledger, not yet visible, from an export's first event.
type BeginImport struct{ Genesis Imported }

// ImportEvents appends events of an export to a ledger that is being imported.
type ImportEvents struct {
	Ledger quipu.LedgerID
	// First is the position of the first of them.
	First  quipu.Position
	Events []Imported
}

// FinishImport makes an imported ledger visible.
type FinishImport struct {
	Ledger quipu.LedgerID
	// Head is the id of the export's last event, which must be the ledger's.
	Head quipu.EventID
}

// AbortImport drops what an import has stored so far.
type AbortImport struct{ Ledger quipu.LedgerID }
