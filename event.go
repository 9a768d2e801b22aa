package quipu

import (
	"bytes"
	"encoding/json"
	"time"
)

// Event is an immutable fact as a ledger gives it back.
type Event struct {
	// Position is the place in the ledger, from 1.
	Position Position `json:"position"`
	// EventID is the ledger's name for the event; it chains the history.
	EventID EventID `json:"eventId"`
	// Timestamp is when the leader recorded the event: UTC, microseconds,
	// strictly increasing within a ledger.
	Timestamp time.Time `json:"timestamp"`
	// Name says what happened, such as "Item Ordered".
	Name string `json:"event"`
	// Entities are the types and keys that the event concerns.
	Entities map[string][]string `json:"entities"`
	// Data is any JSON, as canonical bytes; null when none was given.
	Data json.RawMessage `json:"data"`
	// Meta is a JSON object, as canonical bytes; {} when none was given.
	Meta json.RawMessage `json:"meta"`

	// ID is the author's own id of the event, unique in its ledger together with
	// the Version, or one that the ledger made because its settings say so.
	ID string `json:"id,omitempty"`
	// Version counts the events of one ID from 1. It is 0 where the author gave
	// none, which means 1.
	Version uint64 `json:"version,omitempty"`
	// HappenedAt is when it happened, as against when it was recorded: RFC
	// 3339, as the author wrote it.
	HappenedAt string `json:"happenedAt,omitempty"`
	// Producer is who made the event, such as "web-api".
	Producer string `json:"producer,omitempty"`
	// Aggregate is the unit of consistency that the event belongs to, with the
	// version that the event's append gave it.
	Aggregate *Aggregate `json:"aggregate,omitempty"`
	// Schema is the version of the schema that the data was checked against.
	Schema string `json:"schema,omitempty"`
	// Links lead to other events of the ledger.
	Links []Link `json:"links,omitempty"`
	// Files are what belongs to the event. Their content is not here unless it
	// was asked for.
	Files []File `json:"files,omitempty"`
	// Correlations are what the event has to do with, over all services.
	Correlations []Correlation `json:"correlations,omitempty"`
	// EncryptedData is text that the ledger never reads.
	EncryptedData string `json:"encryptedData,omitempty"`
}

// MarshalJSON writes the event as the ledger does: the timestamp with six digits
// in UTC, and "<" as it is.
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event // without this method
	return marshal(struct {
		Position  Position `json:"position"`
		EventID   EventID  `json:"eventId"`
		Timestamp string   `json:"timestamp"`
		plain
	}{e.Position, e.EventID, e.Timestamp.UTC().Format(TimeLayout), plain(e)})
}

// marshal is json.Marshal that leaves "<" as it is.
func marshal(value any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'}), err
}

// NewEvent is an event to append. What it concerns is named by its entities, its
// aggregate or its correlations: at least one of them. Its id, version, times,
// and so on are optional.
type NewEvent struct {
	// Name is a registered event name.
	Name string `json:"event"`
	// Entities are registered entity types, each with at least one key.
	Entities map[string][]string `json:"entities,omitempty"`
	// Data is any Go value that encodes as JSON; nil is null.
	Data any `json:"data,omitempty"`
	// Meta is any Go value that encodes as a JSON object; nil is {}.
	Meta any `json:"meta,omitempty"`
	// ID is the author's own id, at most NameCharsMax characters. The same id
	// with the same content is answered with the first receipt.
	ID string `json:"id,omitempty"`
	// Version, if it is more than 1, appends a new version of the event with
	// this ID, whose last version must be one less.
	Version uint64 `json:"version,omitempty"`
	// HappenedAt is RFC 3339 with a zone, kept as given.
	HappenedAt string `json:"happenedAt,omitempty"`
	// Producer is who made the event.
	Producer string `json:"producer,omitempty"`
	// Aggregate is the event's own unit of consistency, where that is not the
	// one of its Append.
	Aggregate *NewAggregate `json:"aggregate,omitempty"`
	// Schema is the registered version that the data is checked against. The
	// registry says what happens where none is named.
	Schema string `json:"schema,omitempty"`
	// Links lead to events of the ledger, or by ID to events of the same append.
	Links []Link `json:"links,omitempty"`
	// Files are contents to keep, or references to keep as they are.
	Files []File `json:"files,omitempty"`
	// Correlations are what the event has to do with, each once; order is kept.
	Correlations []Correlation `json:"correlations,omitempty"`
	// EncryptedData is text that the ledger gives back as it is.
	EncryptedData string `json:"encryptedData,omitempty"`
}

// System reports whether an event name is the ledger's own: such names begin
// with "$", and no client can append one.
func System(name string) bool { return len(name) > 0 && name[0] == '$' }

// The names of the events by which a ledger describes itself.
const (
	LedgerCreated     = "$ledger-created"
	EventRegistered   = "$event-registered"
	EventUnregistered = "$event-unregistered"
	SchemaRegistered  = "$schema-registered"
	SettingsChanged   = "$settings-changed"
)
