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
)

// Append appends events to a ledger, all or none, if its conditions hold.
type Append struct {
	Ledger quipu.LedgerID
	// CheckedThrough is the position up to which the leader has found, in a
	// view of applied state, that the key is new and that every condition
	// holds. History does not change, so replicas look behind it only.
	CheckedThrough quipu.Position
	// Key is the idempotency key, or empty; Digest is of the events and is
	// meaningful with a key only.
	Key        string
	Digest     record.Digest
	Conditions []Condition
	Events     []record.Draft
}

// Condition holds if no event behind its selector's After matches it. Once a
// leader has proposed it, After is a position and not an event id.
type Condition struct{ *selector.Selector }

// CreateLedger creates a ledger of a name that no other has.
type CreateLedger struct {
	Name        string
	Description string
}

// Register sets the entity types for which an event name may be appended.
type Register struct {
	Ledger   quipu.LedgerID
	Event    string
	Entities []string // sorted, distinct
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
