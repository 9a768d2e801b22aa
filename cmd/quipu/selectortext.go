package main

import (
	"encoding/json"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// selectorText is a selector with the shorthands that people type.
type selectorText struct {
	Entities     map[string]oneOrMany `json:"entities"`
	Entity       string               `json:"entity"`
	Key          string               `json:"key"`
	Keys         []string             `json:"keys"`
	Events       eventsText           `json:"events"`
	Meta         *queryText           `json:"meta"`
	Correlations []quipu.Correlation  `json:"correlations"`
	ID           oneOrMany            `json:"id"`
	Producer     oneOrMany            `json:"producer"`
	Schema       oneOrMany            `json:"schema"`
	Links        linksText            `json:"links"`
	From         time.Time            `json:"from"`
	To           time.Time            `json:"to"`
	HappenedFrom time.Time            `json:"happenedFrom"`
	HappenedTo   time.Time            `json:"happenedTo"`
	After        *quipu.Place         `json:"after"`
	Until        quipu.Position       `json:"until"`
	Limit        int                  `json:"limit"`
	Reverse      bool                 `json:"reverse"`
	System       bool                 `json:"system"`
	Data         json.RawMessage      `json:"data"`
}

type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(text []byte) error {
	if text[0] != '"' {
		return json.Unmarshal(text, (*[]string)(o))
	}
	*o = []string{""}
	return json.Unmarshal(text, &(*o)[0])
}

type linksText []quipu.LinkFilter

func (l *linksText) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]quipu.LinkFilter)(l))
	}
	*l = make(linksText, 1)
	return json.Unmarshal(text, &(*l)[0])
}

type queryText quipu.Query

func (q *queryText) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &q.Path)
	}
	return json.Unmarshal(text, (*quipu.Query)(q))
}

type eventsText map[string]queryText

func (e *eventsText) UnmarshalJSON(text []byte) error {
	if text[0] != '[' {
		return json.Unmarshal(text, (*map[string]queryText)(e))
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return err
	}
	*e = eventsText{}
	for _, name := range names {
		(*e)[name] = queryText{}
	}
	return nil
}

// parseSelector reads the value of --selector. The ledger's own parser checks it,
// so that a wrong path is found with its column before anything is sent.
func parseSelector(text string) (quipu.Selector, error) {
	if _, err := selector.ParseRead(shape.Of([]byte(text))); err != nil {
		return quipu.Selector{}, placed{"--selector", err}
	}
	s, err := decodeSelector([]byte(text))
	if err != nil {
		return s, placed{"--selector", err}
	}
	return s, nil
}

// decodeSelector reads a selector that has been checked.
func decodeSelector(text []byte) (quipu.Selector, error) {
	var read selectorText
	if err := json.Unmarshal(text, &read); err != nil {
		return quipu.Selector{}, err
	}
	if len(read.Data) > 0 {
		return quipu.Selector{}, quipu.Errorf(quipu.Invalid, "the member \"data\" is for other programs").
			At("/data").WithHint("write the queries into \"events\", by event name")
	}
	s := quipu.Selector{
		Meta: (*quipu.Query)(read.Meta), Correlations: read.Correlations, IDs: read.ID, Producers: read.Producer, Schemas: read.Schema,
		Links: read.Links, From: read.From, To: read.To, HappenedFrom: read.HappenedFrom, HappenedTo: read.HappenedTo,
		After: read.After, Until: read.Until, Limit: read.Limit, Reverse: read.Reverse, System: read.System,
	}
	if read.Entity != "" {
		read.Entities = map[string]oneOrMany{read.Entity: read.Keys}
		if read.Key != "" {
			read.Entities[read.Entity] = oneOrMany{read.Key}
		}
	}
	if len(read.Entities) > 0 {
		s.Entities = make(map[string][]string, len(read.Entities))
	}
	for entity, keys := range read.Entities {
		s.Entities[entity] = keys
	}
	if len(read.Events) > 0 {
		s.Events = make(map[string]quipu.Query, len(read.Events))
	}
	for name, q := range read.Events {
		s.Events[name] = quipu.Query(q)
	}
	return s, nil
}
