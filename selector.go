package quipu

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Selector says which events to find. It is OR inside each of its parts and
// AND between them; at least one of Entities, Events and Meta is needed, since
// the whole of a ledger is an export and not a selection.
type Selector struct {
	// Entities maps entity types to keys: an event matches that concerns any of them.
	Entities map[string][]string `json:"entities,omitempty"`
	// Events maps event names to a query on the event's data. The zero Query
	// matches by name alone.
	Events map[string]Query `json:"events,omitempty"`
	// Meta is a query on the event's meta.
	Meta *Query `json:"meta,omitempty"`
	// After leaves out events up to and including this place.
	After *Place `json:"after,omitempty"`
	// Until leaves out events after this position: the ledger as it was. Reads only.
	Until Position `json:"until,omitempty"`
	// Limit is the largest number of events wanted; 0 is no limit. Reads only.
	Limit int `json:"limit,omitempty"`
	// Reverse gives the newest first. Reads only.
	Reverse bool `json:"reverse,omitempty"`
	// System includes the ledger's own events, whose names begin with "$".
	System bool `json:"system,omitempty"`
}

// Names makes the Events part of a selector that matches by name alone.
func Names(names ...string) map[string]Query {
	events := make(map[string]Query, len(names))
	for _, name := range names {
		events[name] = Query{}
	}
	return events
}

// Query is an SQL/JSON path that matches if it yields at least one item.
type Query struct {
	// Path is in PostgreSQL's language, lax mode; empty is "$".
	Path string
	// Vars are the values of the path's $variables: any Go values that encode as JSON.
	Vars map[string]any
}

type queryJSON struct {
	Query string         `json:"query,omitempty"`
	Vars  map[string]any `json:"vars,omitempty"`
}

// MarshalJSON gives {"query":…,"vars":…} without what is empty.
func (q Query) MarshalJSON() ([]byte, error) {
	return json.Marshal(queryJSON(struct {
		Query string
		Vars  map[string]any
	}{q.Path, q.Vars}))
}

// UnmarshalJSON takes {"query":…,"vars":…}. Numbers among the variables become json.Number.
func (q *Query) UnmarshalJSON(data []byte) error {
	var shape queryJSON
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // a variable of 20 digits is to be the same when it is sent on
	if err := decoder.Decode(&shape); err != nil {
		return err
	}
	q.Path, q.Vars = shape.Query, shape.Vars
	return nil
}

// Place is a place in a ledger: a position, or the event with an id.
type Place struct {
	Position Position
	// EventID, if not zero, is used instead of Position.
	EventID EventID
}

// AfterPosition is a place for Selector.After.
func AfterPosition(p Position) *Place { return &Place{Position: p} }

// AfterEvent is a place for Selector.After.
func AfterEvent(id EventID) *Place { return &Place{EventID: id} }

// MarshalJSON gives a number or 32 hex digits.
func (p Place) MarshalJSON() ([]byte, error) {
	if !p.EventID.IsZero() {
		return json.Marshal(p.EventID)
	}
	return strconv.AppendUint(nil, uint64(p.Position), 10), nil
}

// UnmarshalJSON takes a number or 32 hex digits.
func (p *Place) UnmarshalJSON(data []byte) error {
	*p = Place{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &p.EventID)
	}
	return json.Unmarshal(data, &p.Position)
}
