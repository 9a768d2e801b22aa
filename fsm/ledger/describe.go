package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// The system events by which a ledger describes itself, and what folding them gives.

// noEntities is what system events concern.
var noEntities = []byte("{}")

func createdEvent(name, description string, settings quipu.Settings) record.Draft {
	data := canonical.AppendString([]byte(`{"description":`), description)
	data = canonical.AppendString(append(data, `,"name":`...), name)
	if settings != (quipu.Settings{}) {
		data = appendSettings(append(data, `,"settings":`...), settings)
	}
	return record.Draft{Name: []byte(quipu.LedgerCreated), Entities: noEntities, Data: append(data, '}')}
}

func settingsEvent(settings quipu.Settings) record.Draft {
	data := append(appendSettings([]byte(`{"settings":`), settings), '}')
	return record.Draft{Name: []byte(quipu.SettingsChanged), Entities: noEntities, Data: data}
}

func appendSettings(dst []byte, s quipu.Settings) []byte {
	if s.ID == "" {
		return append(dst, "{}"...)
	}
	return append(canonical.AppendString(append(dst, `{"id":`...), string(s.ID)), '}')
}

func registeredEvent(event string, entities []string, rule quipu.SchemaRule) record.Draft {
	data := []byte(`{"entities":[`)
	for i, entity := range entities {
		if i > 0 {
			data = append(data, ',')
		}
		data = canonical.AppendString(data, entity)
	}
	data = canonical.AppendString(append(data, `],"event":`...), event)
	if rule != (quipu.SchemaRule{}) {
		data = appendRule(append(data, `,"schema":`...), rule)
	}
	return record.Draft{Name: []byte(quipu.EventRegistered), Entities: noEntities, Data: append(data, '}')}
}

func appendRule(dst []byte, rule quipu.SchemaRule) []byte {
	dst = append(dst, '{')
	if rule.Default != "" {
		dst = canonical.AppendString(append(dst, `"default":`...), rule.Default)
	}
	if rule.Required {
		if rule.Default != "" {
			dst = append(dst, ',')
		}
		dst = append(dst, `"required":true`...)
	}
	return append(dst, '}')
}

func unregisteredEvent(event string) record.Draft {
	data := append(canonical.AppendString([]byte(`{"event":`), event), '}')
	return record.Draft{Name: []byte(quipu.EventUnregistered), Entities: noEntities, Data: data}
}

// schemaEvent has the document as its data and not within it: so it nests no deeper
// than the document, which may be as deep as data can be.
func schemaEvent(event, version string, schema []byte) record.Draft {
	meta := canonical.AppendString([]byte(`{"event":`), event)
	meta = append(canonical.AppendString(append(meta, `,"version":`...), version), '}')
	return record.Draft{Name: []byte(quipu.SchemaRegistered), Entities: noEntities, Data: schema, Meta: meta}
}

// SchemaDocument gives the document of a schema in its system event, in the memory
// of the draft.
func SchemaDocument(d *record.Draft) []byte { return d.DataOrDefault() }

// Fold gives the registry after the event at a position; most events leave it as
// it is. It refuses what no command could have led to, since events come from
// exports too.
func (r Registry) Fold(p quipu.Position, d *record.Draft) (Registry, error) {
	if !registers(d) {
		return r, nil
	}
	next := maps.Clone(r)
	if next == nil {
		next = Registry{}
	}
	return next, next.FoldIn(p, d)
}

// FoldIn is Fold in place, for who folds many events and shares the registry
// with nobody. After an error the registry is the same.
func (r Registry) FoldIn(p quipu.Position, d *record.Draft) error {
	switch string(d.Name) {
	case quipu.EventRegistered, quipu.EventUnregistered:
		return r.foldRegistration(d)
	case quipu.SchemaRegistered:
		return r.foldSchema(p, d)
	}
	return nil
}

// registers reports whether the event changes a registry.
func registers(d *record.Draft) bool {
	switch string(d.Name) {
	case quipu.EventRegistered, quipu.EventUnregistered, quipu.SchemaRegistered:
		return true
	}
	return false
}

func (r Registry) foldRegistration(d *record.Draft) error {
	var data quipu.Registration
	if err := json.Unmarshal(d.DataOrDefault(), &data); err != nil || data.Event == "" {
		return fmt.Errorf("data of %s: %w", d.Name, codec.ErrMalformed)
	}
	e := r[data.Event]
	if string(d.Name) == quipu.EventUnregistered {
		r.set(data.Event, Entry{Schemas: e.Schemas})
		return nil
	}
	if _, known := r[data.Event]; len(data.Entities) > quipu.RegistryEntitiesMax || !known && len(r) >= quipu.RegistryEventsMax {
		return fmt.Errorf("data of %s: more than a registry holds", d.Name)
	}
	if version := data.Schema.Default; version != "" {
		if _, ok := e.Schema(version); !ok {
			return fmt.Errorf("data of %s: there is no schema of the version %q", d.Name, version)
		}
	}
	slices.Sort(data.Entities)
	r.set(data.Event, Entry{Registered: true, Entities: slices.Compact(data.Entities), Rule: data.Schema, Schemas: e.Schemas})
	return nil
}

func (r Registry) foldSchema(p quipu.Position, d *record.Draft) error {
	var meta struct {
		Event   string `json:"event"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(d.MetaOrDefault(), &meta); err != nil || meta.Event == "" || meta.Version == "" || len(d.Data) == 0 {
		return fmt.Errorf("meta of %s: %w", d.Name, codec.ErrMalformed)
	}
	e := r[meta.Event]
	if _, twice := e.Schema(meta.Version); twice || !e.Registered {
		return fmt.Errorf("meta of %s: the version %q is there, or the event is not registered", d.Name, meta.Version)
	}
	if len(e.Schemas) >= quipu.EventSchemasMax || r.schemas() >= quipu.RegistrySchemasMax {
		return fmt.Errorf("data of %s: more than a registry holds", d.Name)
	}
	schema := Schema{Version: meta.Version, Digest: record.Digest(record.HashOf(SchemaDocument(d))), Position: p}
	e.Schemas = append(slices.Clip(e.Schemas), schema)
	r[meta.Event] = e
	return nil
}

// FoldSettings gives the settings after an event; most leave them as they are.
func FoldSettings(now quipu.Settings, d *record.Draft) (quipu.Settings, error) {
	if name := string(d.Name); name != quipu.SettingsChanged && name != quipu.LedgerCreated {
		return now, nil
	}
	var data struct {
		Settings quipu.Settings `json:"settings"`
	}
	if err := json.Unmarshal(d.DataOrDefault(), &data); err != nil {
		return now, fmt.Errorf("data of %s: %w", d.Name, codec.ErrMalformed)
	}
	if id := data.Settings.ID; id != "" && !slices.Contains(quipu.IDKinds, id) {
		return now, fmt.Errorf("data of %s: the kind of ids %q is not known", d.Name, id)
	}
	return data.Settings, nil
}
