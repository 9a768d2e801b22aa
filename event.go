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

	// ID is the client's own id of the event, if it gave one.
	ID string `json:"id,omitempty"`
	// HappenedAt is when it happened, as against when it was recorded: RFC
	// 3339, as the client wrote it.
	HappenedAt string `json:"happenedAt,omitempty"`
}

// MarshalJSON writes the event as the ledger does: the timestamp with six digits
// in UTC, and "<" as it is.
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event // without this method
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Position  Position `json:"position"`
		EventID   EventID  `json:"eventId"`
		Timestamp string   `json:"timestamp"`
		plain
	}{e.Position, e.EventID, e.Timestamp.UTC().Format(TimeLayout), plain(e)})
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'}), err
}

// NewEvent is an event to append.
type NewEvent struct {
	// Name is a registered event name.
	Name string `json:"event"`
	// Entities are registered entity types, each with at least one key.
	Entities map[string][]string `json:"entities"`
	// Data is any Go value that encodes as JSON; nil is null.
	Data any `json:"data,omitempty"`
	// Meta is any Go value that encodes as a JSON object; nil is {}.
	Meta any `json:"meta,omitempty"`
	// ID is the client's own id, at most 200 characters. Optional.
	ID string `json:"id,omitempty"`
	// HappenedAt is RFC 3339 with a zone, kept as given. Optional.
	HappenedAt string `json:"happenedAt,omitempty"`
}

// System reports whether an event name is the ledger's own: such names begin
// with "$", and no client can append one.
func System(name string) bool { return len(name) > 0 && name[0] == '$' }

// The names of the events by which a ledger describes itself.
const (
	LedgerCreated     = "$ledger-created"
	EventRegistered   = "$event-registered"
	EventUnregistered = "$event-unregistered"
)
