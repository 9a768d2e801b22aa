package quipu

import "time"

// Append is one atomic append: all of its events or none.
type Append struct {
	// Events are appended in this order, without gaps; at least one.
	Events []NewEvent `json:"events"`
	// Conditions must all hold: no event after a condition's After matches it.
	// Limit, Until and Reverse have no place in a condition.
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
	// Replayed is true if an earlier append with the same key had been accepted
	// and nothing was appended now.
	Replayed bool `json:"replayed"`
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
	Head        Head     `json:"head"`
	// Count is the number of events, system events included; since positions
	// are dense it equals Head.Position.
	Count uint64 `json:"count"`
}

// Registration says for which entity types an event name may be appended.
type Registration struct {
	Event    string   `json:"event"`
	Entities []string `json:"entities"`
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
