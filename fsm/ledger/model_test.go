package ledger_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu"
)

// model is a ledger without any of the shortcuts: one append at a time, checked against all of history.
type model struct {
	events   []modelEvent
	registry map[string]modelEntry
	keys     map[string]modelKey
}

// modelEvent is an event as the model knows it: what its author gives, what was filled in, and what the ledger gives.
type modelEvent struct {
	Event     string
	Patron    string // key of an entity, if any
	N         int    // its data
	ID        string
	Version   uint64
	Aggregate string // key of a "thing", if any
	Schema    string
	Links     []quipu.Target
	File      string // its content

	FilledID, FilledSchema bool
	ExpectedVersion        *uint64 `json:"-"`

	at uint64 // the version of its aggregate
	id quipu.EventID
}

// content is what the author gives, in a form that can be compared.
func (e modelEvent) content() string {
	if e.FilledID {
		e.ID, e.FilledID = "", false
	}
	if e.FilledSchema {
		e.Schema, e.FilledSchema = "", false
	}
	text, _ := json.Marshal(e)
	return string(text)
}

// sameAs compares with an event of the same id and version.
func (e modelEvent) sameAs(other modelEvent) bool {
	e.Version, other.Version = 0, 0
	return e.content() == other.content()
}

func contents(events []modelEvent) (text string) {
	for _, e := range events {
		text += e.content() + "\n"
	}
	return text
}

// modelEntry is what is registered under an event name. Its schemas stay.
type modelEntry struct {
	registered bool
	patrons    bool // whether it may concern any
	rule       quipu.SchemaRule
	schemas    map[string]string // documents by version
}

type modelKey struct {
	content     string
	first, last int
}

// modelCondition matches an event that concerns the entity, if one is given, is of the name, if one is given, and has
// data of at least min. Or it is that an aggregate is at a version.
type modelCondition struct {
	entityType, key, name string
	min, after            int
	byID                  bool // the place is given as an event's id

	aggregate string
	version   uint64
}

func (c modelCondition) matches(e modelEvent) bool {
	of := map[string]string{"patron": e.Patron, "thing": e.Aggregate}
	if quipu.System(e.Event) || c.key != "" && of[c.entityType] != c.key {
		return false
	}
	return c.name == "" || c.name == e.Event && e.N >= c.min
}

func (m *model) clone() *model {
	return &model{events: slices.Clip(m.events), registry: maps.Clone(m.registry), keys: maps.Clone(m.keys)}
}

func (m *model) head() int { return len(m.events) }

// aggregate is an aggregate's version and the positions of its events after another version.
func (m *model) aggregate(key string, after uint64) (version uint64, changes []int) {
	for i, e := range m.events {
		if e.Aggregate != key {
			continue
		}
		if version = e.at; version > after {
			changes = append(changes, i+1)
		}
	}
	return version, changes
}

// lastVersion is that of an id.
func (m *model) lastVersion(id string) (last uint64) {
	for _, e := range m.events {
		if e.ID == id {
			last = max(e.Version, 1)
		}
	}
	return last
}

// decide says what becomes of an append now, in a form that summary gives too; nothing is added, and "" is that it is
// accepted. Ahead of its turn, what is absent may still come, and the default schemas are filled in.
func (m *model) decide(a *modelAppend, ahead bool) string {
	fresh := map[string]uint64{}
	for _, check := range []func() string{
		func() string { return m.key(a) },
		func() string { return m.ids(a, fresh, ahead) },
		func() string { return m.registered(a, ahead) },
		func() string { return m.links(a, fresh, ahead) },
		func() string { return m.expectations(a, ahead) },
		func() string { return m.conditions(a, ahead) },
	} {
		if out := check(); out != "" {
			return out
		}
	}
	return ""
}

func (m *model) key(a *modelAppend) string {
	known, ok := m.keys[a.key]
	switch {
	case !ok || a.key == "":
		return ""
	case known.content != contents(a.events):
		return "mismatch"
	}
	return fmt.Sprintf("replayed %d-%d", known.first, known.last)
}

func (m *model) ids(a *modelAppend, fresh map[string]uint64, ahead bool) string {
	var known []int
	for _, e := range a.events {
		if e.ID == "" {
			continue
		}
		version := max(e.Version, 1)
		last := m.lastVersion(e.ID)
		switch next := last + fresh[e.ID] + 1; {
		case version <= last:
			p := 1 + slices.IndexFunc(m.events, func(old modelEvent) bool { return old.ID == e.ID && max(old.Version, 1) == version })
			if !e.sameAs(m.events[p-1]) {
				return "mismatch"
			}
			known = append(known, p)
		case version < next:
			return "invalid"
		case version > next && !ahead:
			return "conflict"
		default:
			fresh[e.ID] = version - last
		}
	}
	if len(known) == 0 {
		return ""
	}
	dense := known[len(known)-1]-known[0] == len(known)-1 && slices.IsSorted(known)
	switch {
	case len(known) == len(a.events) && dense:
		return fmt.Sprintf("replayed %d-%d", known[0], known[len(known)-1])
	case len(known) < len(a.events) && ahead && known[len(known)-1] == m.head():
		return "" // the others may follow
	}
	return "mismatch"
}

func (m *model) registered(a *modelAppend, ahead bool) string {
	for i := range a.events {
		e := &a.events[i]
		entry := m.registry[e.Event]
		if !entry.registered || e.Patron != "" && !entry.patrons {
			return "not_registered"
		}
		if ahead && (e.Schema == "" || e.FilledSchema) {
			e.Schema, e.FilledSchema = entry.rule.Default, entry.rule.Default != ""
		}
		_, there := entry.schemas[e.Schema]
		switch {
		case (e.Schema == "" || e.FilledSchema) && e.Schema != entry.rule.Default:
			return "unavailable"
		case e.Schema == "" && entry.rule.Required:
			return "schema_violation"
		case e.Schema != "" && !there:
			return "not_registered"
		}
	}
	return ""
}

func (m *model) links(a *modelAppend, fresh map[string]uint64, ahead bool) string {
	for _, e := range a.events {
		for _, target := range e.Links {
			exists := false
			switch {
			case target.EventID != nil:
				exists = slices.ContainsFunc(m.events, func(e modelEvent) bool { return e.id == *target.EventID })
			case target.Position > 0:
				exists = target.Position <= quipu.Position(m.head())
			default:
				exists = max(target.Version, 1) <= m.lastVersion(target.ID)+fresh[target.ID]
			}
			if !exists && !ahead {
				return "not_found"
			}
		}
	}
	return ""
}

func (m *model) expectations(a *modelAppend, ahead bool) string {
	for _, e := range a.events {
		if e.ExpectedVersion != nil {
			if out := m.expect(e.Aggregate, *e.ExpectedVersion, -1, ahead); out != "" {
				return out
			}
		}
	}
	return ""
}

func (m *model) expect(key string, want uint64, condition int, ahead bool) string {
	version, changes := m.aggregate(key, want)
	if version == want || version < want && ahead {
		return ""
	}
	return fmt.Sprintf("conflict %d %v", condition, changes)
}

func (m *model) conditions(a *modelAppend, ahead bool) string {
	for i, c := range a.conditions {
		if c.aggregate != "" {
			if out := m.expect(c.aggregate, c.version, i, ahead); out != "" {
				return out
			}
			continue
		}
		if c.after > m.head() {
			return "invalid"
		}
		var clash []int
		for p := c.after + 1; p <= m.head(); p++ {
			if c.matches(m.events[p-1]) {
				clash = append(clash, p)
			}
		}
		if clash != nil {
			return fmt.Sprintf("conflict %d %v", i, clash)
		}
	}
	return ""
}

func (m *model) apply(a *modelAppend) string {
	if out := m.decide(a, false); out != "" {
		return out
	}
	first := m.head() + 1
	versions := map[string]uint64{}
	for _, e := range a.events {
		versions[e.Aggregate], _ = m.aggregate(e.Aggregate, 0)
	}
	for _, e := range a.events {
		if e.Aggregate != "" {
			e.at = versions[e.Aggregate] + 1
		}
		m.events = append(m.events, e)
	}
	if a.key != "" {
		m.keys[a.key] = modelKey{contents(a.events), first, m.head()}
	}
	return fmt.Sprintf("appended %d-%d", first, m.head())
}

// describes adds a system event.
func (m *model) describes(name string) { m.events = append(m.events, modelEvent{Event: name}) }
