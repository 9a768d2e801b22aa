package client_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

func TestSchemasAgainstANode(t *testing.T) {
	c := startWith(t)
	schema := json.RawMessage(`{"type": "object", "required": ["title"], "properties": {"title": {"type": "string", "minLength": 1}}}`)
	for range 2 {
		if err := c.PutSchema(background, "main", "happened", "1.0/a", schema); err != nil {
			t.Fatal(err)
		}
	}
	got := must[json.RawMessage](t)(c.Schema(background, "main", "happened", "1.0/a"))
	if want := `{"properties":{"title":{"minLength":1,"type":"string"}},"required":["title"],"type":"object"}`; string(got) != want {
		t.Errorf("schema %s, want %s", got, want)
	}
	wantKind(t, c.PutSchema(background, "main", "happened", "1.0/a", json.RawMessage(`true`)), quipu.Mismatch)
	wantKind(t, c.PutSchema(background, "main", "happened", "2", json.RawMessage(`{`)), quipu.Invalid)
	wantKind(t, c.PutSchema(background, "main", "happened", "", schema), quipu.Invalid)
	_, err := c.Schema(background, "main", "happened", "2")
	wantKind(t, err, quipu.NotFound)

	rule := quipu.SchemaRule{Required: true, Default: "1.0/a"}
	if err := c.Register(background, "main", quipu.Registration{Event: "happened", Entities: []string{"item"}, Schema: rule}); err != nil {
		t.Fatal(err)
	}
	registered := must[quipu.Registration](t)(c.Registration(background, "main", "happened"))
	if registered.Schema != rule || !slices.Equal(registered.Versions, []string{"1.0/a"}) {
		t.Errorf("registered %+v", registered)
	}
	receipt := must[quipu.Receipt](t)(c.Append(background, "main", quipu.Append{Events: []quipu.NewEvent{
		{Name: "happened", Entities: about("x").Entities, Data: map[string]string{"title": "t"}},
	}}))
	if stored := must[quipu.Event](t)(c.Event(background, "main", quipu.Place{Position: receipt.Last})); stored.Schema != "1.0/a" {
		t.Errorf("stored %+v", stored)
	}
}

func TestSettingsAgainstANode(t *testing.T) {
	c := start(t)
	settings := quipu.Settings{ID: quipu.UUID7}
	made := must[quipu.Ledger](t)(c.CreateLedgerWith(background, wire.NewLedger{Name: "books", Settings: settings}))
	again := must[quipu.Ledger](t)(c.SetSettings(background, "books", settings))
	if made.Settings != settings || again.Settings != settings || again.Head != made.Head {
		t.Errorf("made %+v, again %+v", made, again)
	}
	changed := must[quipu.Ledger](t)(c.SetSettings(background, "books", quipu.Settings{}))
	if found := must[quipu.Ledger](t)(c.Ledger(background, "books")); changed != found || found.Settings != (quipu.Settings{}) {
		t.Errorf("changed %+v, found %+v", changed, found)
	}
	_, err := c.CreateLedgerWith(background, wire.NewLedger{Name: "books", Settings: settings})
	wantKind(t, err, quipu.Mismatch)
	_, err = c.SetSettings(background, "books", quipu.Settings{ID: "uuid9"})
	wantKind(t, err, quipu.Invalid)
	_, err = c.SetSettings(background, "none", settings)
	wantKind(t, err, quipu.NotFound)
}

func TestEventsByTheirAuthorsIDs(t *testing.T) {
	c := startWith(t)
	for version := range uint64(3) {
		e := event("x")
		e.ID, e.Version, e.Data = "o/17", version+1, version+1
		must[quipu.Receipt](t)(c.Append(background, "main", quipu.Append{Events: []quipu.NewEvent{e}}))
	}
	for version, want := range map[uint64]string{0: "3", 1: "1", 2: "2", 3: "3"} {
		if e := must[quipu.Event](t)(c.EventByID(background, "main", "o/17", version)); string(e.Data) != want {
			t.Errorf("version %d is %+v", version, e)
		}
	}
	for _, missing := range []struct {
		id      string
		version uint64
	}{{"o/17", 4}, {"none", 0}} {
		_, err := c.EventByID(background, "main", missing.id, missing.version)
		wantKind(t, err, quipu.NotFound)
	}
	var found []string
	for e, err := range c.Versions(background, "main", "o/17") {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, string(e.Data))
	}
	if !slices.Equal(found, []string{"1", "2", "3"}) {
		t.Errorf("versions %q", found)
	}
	for range c.Versions(background, "main", "none") {
		t.Error("there is a version of nothing")
	}
}
