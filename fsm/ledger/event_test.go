package ledger_test

import (
	"encoding/json"
	"slices"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// testEvent is an event as the tests write it: as clients do, but that a file has a "content" in plain text, and that
// "filled" names the members that the edge, and not the author, has filled in.
type testEvent struct {
	Event     string          `json:"event,omitempty"`
	Entities  json.RawMessage `json:"entities,omitempty"`
	Data      json.RawMessage `json:"data,omitempty"`
	Meta      json.RawMessage `json:"meta,omitempty"`
	Aggregate *testAggregate  `json:"aggregate,omitempty"`
	Files     []testFile      `json:"files,omitempty"`
	Filled    []string        `json:"filled,omitempty"`

	Correlations  []quipu.Correlation `json:"correlations,omitempty"`
	EncryptedData string              `json:"encryptedData,omitempty"`
	HappenedAt    string              `json:"happenedAt,omitempty"`
	ID            string              `json:"id,omitempty"`
	Links         []quipu.Link        `json:"links,omitempty"`
	Producer      string              `json:"producer,omitempty"`
	Schema        string              `json:"schema,omitempty"`
	Version       uint64              `json:"version,omitempty"`
}

type testAggregate struct {
	Type            string  `json:"type"`
	Key             string  `json:"key"`
	ExpectedVersion *uint64 `json:"expectedVersion,omitempty"`
}

type testFile struct {
	ID          string  `json:"id"`
	Content     *string `json:"content,omitempty"`
	ContentType string  `json:"contentType,omitempty"`
	Size        *int    `json:"size,omitempty"`
	Hash        string  `json:"hash,omitempty"`
	IsReference bool    `json:"isReference,omitempty"`
	Data        string  `json:"data,omitempty"`
}

// readEvent adds an event to an append, with what comes of it beside the event, as an edge does.
func readEvent(t rapid.TB, c *command.Append, line string) {
	t.Helper()
	object, err := shape.Of([]byte(line)).Only("event", "entities", "data", "meta", "aggregate", "files", "filled",
		"correlations", "encryptedData", "happenedAt", "id", "links", "producer", "schema", "version")
	if err != nil {
		t.Fatal(err)
	}
	var e testEvent
	if err := json.Unmarshal(object.Value().Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	e.addTo(t, c)
}

func (e testEvent) addTo(t rapid.TB, c *command.Append) {
	t.Helper()
	d := record.Draft{
		Name: []byte(e.Event), Entities: []byte("{}"), Data: canonicalJSON(t, string(e.Data)), Meta: canonicalJSON(t, string(e.Meta)),
	}
	if len(e.Entities) > 0 {
		d.Entities = canonicalJSON(t, string(e.Entities))
	}
	if a := e.Aggregate; a != nil && a.ExpectedVersion != nil {
		expected := quipu.Aggregate{Type: a.Type, Key: a.Key, Version: *a.ExpectedVersion}
		c.Expect = append(c.Expect, command.Expectation{Event: len(c.Events), Aggregate: expected})
		e.Aggregate = &testAggregate{Type: a.Type, Key: a.Key}
	}
	files := make([]testFile, len(e.Files))
	for i, f := range e.Files {
		files[i] = f.kept(c)
	}
	e.Files = files
	for _, name := range e.Filled {
		d.Filled |= map[string]record.Filled{"id": record.FilledID, "schema": record.FilledSchema}[name]
	}
	e.Event, e.Entities, e.Data, e.Meta, e.Filled = "", nil, nil, nil, nil
	optional, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if d.Rest = canonicalJSON(t, string(optional)); string(d.Rest) == "{}" {
		d.Rest = nil
	}
	c.Events = append(c.Events, d)
}

// kept puts a content beside the events, each content once, and gives what the event says of it.
func (f testFile) kept(c *command.Append) testFile {
	if f.Content == nil {
		return f
	}
	content := []byte(*f.Content)
	hash, size := record.HashOf(content), len(content)
	if !slices.ContainsFunc(c.Files, func(known command.File) bool { return known.Hash == hash }) {
		c.Files = append(c.Files, command.File{Hash: hash, Bytes: content})
	}
	f.Size, f.Hash, f.Content = &size, hash.String(), nil
	return f
}

func readCondition(t rapid.TB, text string) command.Condition {
	t.Helper()
	v := shape.Of([]byte(text))
	if selector.IsAggregateCondition(v) {
		aggregate, err := selector.ParseAggregateCondition(v)
		if err != nil {
			t.Fatal(err)
		}
		return command.Condition{Aggregate: &aggregate}
	}
	s, err := selector.ParseCondition(v)
	if err != nil {
		t.Fatal(err)
	}
	return command.Condition{Selector: s}
}

func canonicalJSON(t rapid.TB, text string) []byte {
	t.Helper()
	if text == "" {
		return nil
	}
	out, err := canonical.Append(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}
