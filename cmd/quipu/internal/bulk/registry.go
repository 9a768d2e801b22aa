package bulk

import (
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu"
)

// registry is what a ledger's registry allows, as far as the import knows.
type registry map[string]quipu.Registration

func newRegistry(registrations []quipu.Registration) registry {
	r := make(registry, len(registrations))
	for _, registration := range registrations {
		r[registration.Event] = quipu.Registration{
			Event: registration.Event, Entities: slices.Clone(registration.Entities), Schema: registration.Schema,
		}
	}
	return r
}

// check finds the first event that the registry does not allow.
func (r registry) check(chunk *Chunk, events []quipu.NewEvent) error {
	for i := range events {
		allowed, ok := r[events[i].Name]
		if !ok {
			return chunk.notRegistered("the event %q is not registered", events[i].Name)
		}
		for entity := range events[i].Entities {
			if !slices.Contains(allowed.Entities, entity) {
				return chunk.notRegistered("the entity type %q is not registered for the event %q", entity, events[i].Name)
			}
		}
	}
	return nil
}

func (c *Chunk) notRegistered(format string, args ...any) error {
	return quipu.Errorf(quipu.NotRegistered, format, args...).
		WithHint("register it, or import with --register; it is among the lines %d to %d", c.Line, c.Next-1)
}

// meet takes up the names and types of events, and gives the registrations that
// have to be made before they can be appended: with each name all that it is
// registered with, since a registration replaces the one before.
func (r registry) meet(events []quipu.NewEvent) []quipu.Registration {
	var changed []string
	for i := range events {
		name := events[i].Name
		known, ok := r[name]
		before := len(known.Entities)
		for _, entity := range types(&events[i], ok) {
			if !slices.Contains(known.Entities, entity) {
				known.Entities = append(known.Entities, entity)
			}
		}
		if ok && len(known.Entities) == before {
			continue
		}
		slices.Sort(known.Entities)
		known.Event = name
		r[name] = known
		if !slices.Contains(changed, name) {
			changed = append(changed, name)
		}
	}
	registrations := make([]quipu.Registration, len(changed))
	for i, name := range changed {
		registrations[i] = r[name]
		registrations[i].Entities = slices.Clone(r[name].Entities)
	}
	return registrations
}

// types are the entity types that an event needs to be registered with. A name needs
// one at least: that of an event without entities is the one of its aggregate or of
// its first correlation, which otherwise need no registration.
func types(event *quipu.NewEvent, registered bool) []string {
	switch {
	case len(event.Entities) > 0 || registered:
		return slices.Collect(maps.Keys(event.Entities))
	case event.Aggregate != nil:
		return []string{event.Aggregate.Type}
	}
	entityType, _ := event.Correlations[0].Entity() // since the event was read, it concerns something
	return []string{entityType}
}
