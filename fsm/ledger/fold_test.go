package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// system is a system event with data.
func system(name, data string) record.Draft {
	return record.Draft{Name: []byte(name), Entities: []byte("{}"), Data: []byte(data)}
}

func unregistered(event string) record.Draft {
	return system(quipu.EventUnregistered, fmt.Sprintf(`{"event":%q}`, event))
}

func schemaOf(event, version string) record.Draft {
	return registeredSchema(fmt.Sprintf(`{"event":%q,"version":%q}`, event, version), fmt.Sprintf(`{"title":%q}`, version))
}

// registeredSchema is the event of a schema: the document is its data.
func registeredSchema(meta, document string) record.Draft {
	d := system(quipu.SchemaRegistered, document)
	d.Meta = []byte(meta)
	return d
}

// folded gives the registry after some events.
func folded(t testing.TB, drafts ...record.Draft) ledger.Registry {
	t.Helper()
	r := ledger.Registry{}
	for i := range drafts {
		if err := r.FoldIn(quipu.Position(i+1), &drafts[i]); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestFoldRefusesWhatNoCommandLeadsTo(t *testing.T) {
	before := []record.Draft{
		registration("a", "t"), schemaOf("a", "1"), registration("b", "t"),
		registration("gone", "t"), schemaOf("gone", "1"), unregistered("gone"),
	}
	withDefault := func(event, version string) record.Draft {
		return system(quipu.EventRegistered, fmt.Sprintf(`{"entities":["t"],"event":%q,"schema":{"default":%q,"required":true}}`, event, version))
	}
	many := []record.Draft{registration("a", "t")}
	for i := range quipu.EventSchemasMax {
		many = append(many, schemaOf("a", fmt.Sprint(i)))
	}
	for _, test := range []struct {
		name  string
		after []record.Draft
		next  record.Draft
		ok    bool
	}{
		{"another version", before, schemaOf("a", "2"), true},
		{"the same version", before, schemaOf("a", "1"), false},
		{"a schema of an event that is not registered", before, schemaOf("c", "1"), false},
		{"a schema of one that is not registered any more", before, schemaOf("gone", "2"), false},
		{"a schema without an event", before, registeredSchema(`{"version":"1"}`, `{}`), false},
		{"a schema without a version", before, registeredSchema(`{"event":"a"}`, `{}`), false},
		{"a schema without a document", before, registeredSchema(`{"event":"a","version":"2"}`, ``), false},
		{"a schema whose meta is no JSON", before, registeredSchema(`{"event":"a"`, `{}`), false},
		{"as many as there may be", many[:len(many)-1], schemaOf("a", "last"), true},
		{"one more", many, schemaOf("a", "one more"), false},
		{"a default", before, withDefault("a", "1"), true},
		{"a default of an event that comes back", before, withDefault("gone", "1"), true},
		{"a default that is not registered", before, withDefault("a", "2"), false},
		{"a default of an event without schemas", before, withDefault("b", "1"), false},
	} {
		r := folded(t, test.after...)
		next, err := r.Fold(quipu.Position(len(test.after)+1), &test.next)
		if test.ok != (err == nil) {
			t.Errorf("%s: %v", test.name, err)
		}
		if !r.Equal(folded(t, test.after...)) || err != nil && !next.Equal(r) {
			t.Errorf("%s: the registry changed", test.name)
		}
	}
}

// What a full registry allows by a command, its events allow too: else a ledger could not be imported.
func TestFoldFollowsAFullRegistry(t *testing.T) {
	drafts := []record.Draft{registration("e0", "t"), schemaOf("e0", "1")}
	for i := 1; i < quipu.RegistryEventsMax; i++ {
		drafts = append(drafts, registration(fmt.Sprintf("e%d", i), "t"))
	}
	r := folded(t, append(drafts, unregistered("e0"))...)
	for _, test := range []struct {
		event string
		ok    bool
	}{{"e0", true}, {"e1", true}, {"one more", false}} {
		s := &ledger.State{Slot: 1, ID: 4, Name: "main", Head: 2, Registry: r}
		log := newReplica(false, false)
		log.Add(1, make([]record.Record, 2), "", ledger.KeyRecord{}, nil)
		out, err := ledger.NewMachine([]*ledger.State{s}, 2).Apply(log, 0, &command.Register{Ledger: 4, Event: test.event, Entities: []string{"u"}})
		if err != nil || test.ok != (out.Err == nil) {
			t.Fatalf("%s: the machine gives %s, %v", test.event, describe(out), err)
		}
		draft := registration(test.event, "u")
		if next, err := r.Fold(1, &draft); test.ok != (err == nil) || test.ok && !next.Equal(s.Registry) {
			t.Errorf("%s: %v", test.event, err)
		}
	}
}

func TestRegistriesThatDifferInAnything(t *testing.T) {
	full := func() ledger.Entry {
		return ledger.Entry{
			Registered: true, Entities: []string{"t"}, Rule: quipu.SchemaRule{Required: true, Default: "1"},
			Schemas: []ledger.Schema{{Version: "1", Digest: record.Digest{1}, Position: 3}},
		}
	}
	base := ledger.Registry{"a": full()}
	if !base.Equal(ledger.Registry{"a": full()}) {
		t.Error("the same is not equal")
	}
	for name, change := range map[string]func(*ledger.Entry){
		"registered": func(e *ledger.Entry) { e.Registered = false },
		"entities":   func(e *ledger.Entry) { e.Entities = nil },
		"required":   func(e *ledger.Entry) { e.Rule.Required = false },
		"default":    func(e *ledger.Entry) { e.Rule.Default = "" },
		"schemas":    func(e *ledger.Entry) { e.Schemas = nil },
		"version":    func(e *ledger.Entry) { e.Schemas[0].Version = "2" },
		"digest":     func(e *ledger.Entry) { e.Schemas[0].Digest[0]++ },
		"position":   func(e *ledger.Entry) { e.Schemas[0].Position++ },
	} {
		other := full()
		change(&other)
		r := ledger.Registry{"a": other}
		if base.Equal(r) || r.Equal(base) {
			t.Errorf("another %s counts as the same", name)
		}
		s := ledger.State{Registry: r}
		if back, err := ledger.DecodeState(s.Append(nil)); err != nil || !back.Registry.Equal(r) || back.Registry.Equal(base) {
			t.Errorf("another %s comes back as %+v, %v", name, back, err)
		}
	}
	if base.Equal(ledger.Registry{}) || base.Equal(ledger.Registry{"a": full(), "b": full()}) {
		t.Error("another number of events counts as the same")
	}
}

func TestSettingsFold(t *testing.T) {
	for _, test := range []struct {
		draft record.Draft
		want  quipu.IDKind
		ok    bool
	}{
		{system(quipu.SettingsChanged, `{"settings":{"id":"uuid1"}}`), quipu.UUID1, true},
		{system(quipu.SettingsChanged, `{"settings":{}}`), "", true},
		{system(quipu.LedgerCreated, `{"name":"x","settings":{"id":"uuid7"}}`), quipu.UUID7, true},
		{system(quipu.EventUnregistered, `{"settings":{"id":"uuid7"}}`), quipu.UUID4, true},
		{system(quipu.SettingsChanged, `{"settings":{"id":"uuid5"}}`), quipu.UUID4, false},
		{system(quipu.SettingsChanged, `{"settings":{"id":7}}`), quipu.UUID4, false},
		{system(quipu.SettingsChanged, `[]`), quipu.UUID4, false},
	} {
		got, err := ledger.FoldSettings(quipu.Settings{ID: quipu.UUID4}, &test.draft)
		if got.ID != test.want || test.ok != (err == nil) {
			t.Errorf("%s %s: %q, %v", test.draft.Name, test.draft.Data, got.ID, err)
		}
	}
}

func TestSchemasAreBounded(t *testing.T) {
	one, id := oneLedger(t)
	add := func(event string, version int) *ledger.Outcome {
		schema := fmt.Appendf(nil, `{"title":"%d"}`, version)
		return one.apply(t, 0, &command.RegisterSchema{Ledger: id, Event: event, Version: fmt.Sprint(version), Schema: schema})
	}
	for i := range quipu.EventSchemasMax {
		if out := add("ordered", i); out.Err != nil || !out.Created {
			t.Fatalf("%d: %s", i, describe(out))
		}
	}
	if out := add("ordered", quipu.EventSchemasMax); out.Err == nil || out.Err.Kind != quipu.TooLarge || !strings.Contains(out.Err.Detail, "100") {
		t.Error(describe(out))
	}
	if out := add("ordered", 7); out.Err != nil || out.Created {
		t.Errorf("one that is there: %s", describe(out))
	}
	document := one.slots[1].records[2]
	if got := ledger.SchemaDocument(&document.Draft); string(got) != `{"title":"0"}` {
		t.Errorf("the document is %s", got)
	}
	if entry := one.view(t, "main").Registry["ordered"]; entry.Schemas[0].Position != document.Position ||
		entry.Schemas[0].Digest != record.Digest(record.HashOf([]byte(`{"title":"0"}`))) {
		t.Errorf("%+v", entry.Schemas[0])
	}
}

func TestSchemasOfALedgerAreBounded(t *testing.T) {
	one, id := oneLedger(t)
	apply := func(c command.Command) *ledger.Outcome {
		out, err := one.machine.Apply(one, 0, c) // and no check of the whole ledger after each
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for i := range quipu.RegistrySchemasMax {
		event := fmt.Sprint(i % (quipu.RegistrySchemasMax / quipu.EventSchemasMax))
		apply(&command.Register{Ledger: id, Event: event, Entities: []string{"t"}})
		if out := apply(&command.RegisterSchema{Ledger: id, Event: event, Version: fmt.Sprint(i), Schema: []byte("{}")}); out.Err != nil {
			t.Fatalf("%d: %s", i, describe(out))
		}
	}
	more := &command.RegisterSchema{Ledger: id, Event: "ordered", Version: "1", Schema: []byte("{}")}
	if out := apply(more); out.Err == nil || out.Err.Kind != quipu.TooLarge {
		t.Error(describe(out))
	}
	one.check(t)
	next := schemaOf("ordered", "1")
	if _, err := one.view(t, "main").Registry.Fold(1, &next); err == nil {
		t.Error("its events may have one more")
	}
}
