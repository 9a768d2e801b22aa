package quipu

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// Selector says which events to find. It is OR inside each of its parts and
// AND between them; at least one part is needed, since the whole of a ledger is
// an export and not a selection. After, Until, Limit, Reverse and System are no parts.
type Selector struct {
	// Entities maps entity types to keys: an event matches that concerns any of
	// them, be it through its entities, its aggregate or a correlation.
	Entities map[string][]string `json:"entities,omitempty"`
	// Events maps event names to a query on the event's data. The zero Query
	// matches by name alone.
	Events map[string]Query `json:"events,omitempty"`
	// Meta is a query on the event's meta.
	Meta *Query `json:"meta,omitempty"`
	// Correlations are correlations of the event, any one of them.
	Correlations []Correlation `json:"correlations,omitempty"`
	// IDs are events' own ids; every version of them matches.
	IDs []string `json:"id,omitempty"`
	// Producers are the events' producers.
	Producers []string `json:"producer,omitempty"`
	// Schemas are versions of schemas that the data was checked against.
	Schemas []string `json:"schema,omitempty"`
	// Links are links that an event has, any one of them.
	Links []LinkFilter `json:"links,omitempty"`
	// From and To bound the recorded time: From included, To not. Reads only.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// HappenedFrom and HappenedTo bound the time when it happened in the same
	// way; an event that does not say it matches neither. Reads only.
	HappenedFrom time.Time `json:"happenedFrom,omitzero"`
	HappenedTo   time.Time `json:"happenedTo,omitzero"`
	// Aggregate has a place in a condition only, and alone: the aggregate must be
	// at this version, 0 if there must be none.
	Aggregate *Aggregate `json:"aggregate,omitempty"`
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

// LinkFilter matches the links of an event that have the Type, if it is not
// empty, and the Target, if it is not nil. A target is compared as the link's
// author named it; one of an id alone matches links to any version of the id.
type LinkFilter struct {
	Type   string  `json:"type,omitempty"`
	Target *Target `json:"target,omitempty"`
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
