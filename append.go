package quipu

import "time"

// Append is one atomic append: all of its events or none.
type Append struct {
	// Events are appended in this order, without gaps; at least one.
	Events []NewEvent `json:"events"`
	// Aggregate is the unit of consistency of all events that name none of their
	// own. All events of one append to one aggregate are one change of it.
	Aggregate *NewAggregate `json:"aggregate,omitempty"`
	// Conditions must all hold: no event after a condition's After matches it, or
	// its Aggregate is at the version. Limit, Until, Reverse and the time ranges
	// have no place in a condition.
	Conditions []Selector `json:"conditions,omitempty"`
	// IdempotencyKey, if given, makes the append happen at most once: the same
	// key with the same events is answered with the first receipt. Keys are
	// kept as long as the ledger.
	IdempotencyKey string `json:"idempotencyKey,omitempty"`
}

// Receipt is the answer to an append that was accepted: its events are on the
// disks of a majority of the nodes.
type Receipt struct {
	// First and Last are the positions of the first and the last event.
	First Position `json:"first"`
	Last  Position `json:"last"`
	// EventIDs are in the order of the positions.
	EventIDs []EventID `json:"eventIds"`
	// Timestamp is the recorded time of the last event.
	Timestamp time.Time `json:"timestamp"`
	// Replayed is true if an earlier append with the same key or the same ids had
	// been accepted and nothing was appended now.
	Replayed bool `json:"replayed"`
	// Aggregates are those that the append changed, each once, with the version
	// that it gave them.
	Aggregates []Aggregate `json:"aggregates,omitempty"`
	// IDs are the events' own ids, in the order of the positions, an empty one
	// for an event without; nil if no event has one.
	IDs []string `json:"ids,omitempty"`
}

// Head is the newest event of a ledger.
type Head struct {
	Position  Position  `json:"position"`
	EventID   EventID   `json:"eventId"`
	Timestamp time.Time `json:"timestamp"`
}

// Ledger is what there is to say about a ledger.
type Ledger struct {
	Name        string   `json:"name"`
	ID          LedgerID `json:"id"`
	Description string   `json:"description,omitempty"`
	Settings    Settings `json:"settings,omitzero"`
	Head        Head     `json:"head"`
	// Count is the number of events, system events included; since positions
	// are dense it equals Head.Position.
	Count uint64 `json:"count"`
}

// Registration says for which entity types an event name may be appended, and
// what is asked of its data.
type Registration struct {
	Event string `json:"event"`
	// Entities may be empty, for events that concern aggregates and correlations alone.
	Entities []string `json:"entities"`
	// Schema says which schema counts; the zero value asks for none.
	Schema SchemaRule `json:"schema,omitzero"`
	// Versions are the registered versions of the event's schema, in the order in
	// which they were registered. They are the registry's to tell: registering an
	// event leaves them as they are.
	Versions []string `json:"versions,omitempty"`
}

// SchemaRule is what a registration says of schemas.
type SchemaRule struct {
	// Required refuses events whose data is not checked against any version.
	Required bool `json:"required,omitempty"`
	// Default is the version that is meant by an event that names none. It must
	// be registered.
	Default string `json:"default,omitempty"`
}

// AggregateState is what there is to say about an aggregate as a whole.
type AggregateState struct {
	Aggregate
	// Last is the position of its last event, and LastChanged that event's time.
	Last        Position  `json:"last"`
	LastChanged time.Time `json:"lastChanged"`
}

// Consistency is what a read promises, from the dearest to the cheapest.
type Consistency string

const (
	// Linearizable sees every append that was acknowledged before the read began. The default.
	Linearizable Consistency = "linearizable"
	// Session sees at least the position that the caller names.
	Session Consistency = "session"
	// Local is what the asked node has.
	Local Consistency = "local"
)
