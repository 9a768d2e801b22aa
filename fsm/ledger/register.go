package ledger

import (
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func (m *Machine) register(h Log, micros int64, c *command.Register) *Outcome {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing)
	}
	if n := len(c.Entities); n > quipu.RegistryEntitiesMax {
		return refuse(quipu.Errorf(quipu.Internal, "registration for %d entity types", n))
	}
	now := s.Registry[c.Event]
	if now.Registered && slices.Equal(now.Entities, c.Entities) && now.Rule == c.Schema {
		return &Outcome{}
	}
	if _, known := s.Registry[c.Event]; !known && len(s.Registry) >= quipu.RegistryEventsMax {
		return refuse(quipu.Errorf(quipu.TooLarge, "registered events: there are %d, the limit is %d", len(s.Registry), quipu.RegistryEventsMax))
	}
	if version := c.Schema.Default; version != "" {
		if _, ok := now.Schema(version); !ok {
			return refuse(NoSchema(quipu.NotRegistered, c.Event, version, &now).At("/schema/default"))
		}
	}
	next := Entry{Registered: true, Entities: c.Entities, Rule: c.Schema, Schemas: now.Schemas}
	s.Registry = s.Registry.with(c.Event, next)
	s.describe(h, micros, registeredEvent(c.Event, c.Entities, c.Schema))
	return &Outcome{Created: !now.Registered}
}

func (m *Machine) unregister(h Log, micros int64, c *command.Unregister) *Outcome {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing)
	}
	now := s.Registry[c.Event]
	if !now.Registered {
		return refuse(NotRegistered(c.Event, s.Registry))
	}
	s.Registry = s.Registry.with(c.Event, Entry{Schemas: now.Schemas})
	s.describe(h, micros, unregisteredEvent(c.Event))
	return &Outcome{}
}

// registerSchema adds a version, which never changes: the same content again is
// nothing new.
func (m *Machine) registerSchema(h Log, micros int64, c *command.RegisterSchema) *Outcome {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing)
	}
	entry := s.Registry[c.Event]
	digest := record.Digest(record.HashOf(c.Schema))
	if known, ok := entry.Schema(c.Version); ok {
		if known.Digest == digest {
			return &Outcome{}
		}
		return refuse(quipu.Errorf(quipu.Mismatch, "the schema %q of the event %q is there with other content", c.Version, c.Event).
			WithHint("a version never changes; register the new schema as another version"))
	}
	switch total := s.Registry.schemas(); {
	case !entry.Registered:
		return refuse(NotRegistered(c.Event, s.Registry))
	case len(entry.Schemas) >= quipu.EventSchemasMax:
		return refuse(quipu.Errorf(quipu.TooLarge, "schemas of the event %q: there are %d, the limit is %d",
			c.Event, len(entry.Schemas), quipu.EventSchemasMax))
	case total >= quipu.RegistrySchemasMax:
		return refuse(quipu.Errorf(quipu.TooLarge, "schemas: there are %d, the limit is %d", total, quipu.RegistrySchemasMax))
	}
	entry.Schemas = append(slices.Clip(entry.Schemas), Schema{Version: c.Version, Digest: digest, Position: s.Head + 1})
	s.Registry = s.Registry.with(c.Event, entry)
	s.describe(h, micros, schemaEvent(c.Event, c.Version, c.Schema))
	return &Outcome{Created: true}
}

func (m *Machine) setSettings(h Log, micros int64, c *command.SetSettings) *Outcome {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing)
	}
	if s.Settings != c.Settings {
		s.Settings = c.Settings
		s.describe(h, micros, settingsEvent(c.Settings))
	}
	public := s.Public()
	return &Outcome{Ledger: &public}
}
