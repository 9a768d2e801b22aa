package bulk

import (
	"slices"

	"github.com/quipu-ledger/quipu"
)

// registry is what a ledger's registry allows, as far as the import knows.
type registry map[string][]string

func newRegistry(registrations []quipu.Registration) registry {
	r := make(registry, len(registrations))
	for _, registration := range registrations {
		r[registration.Event] = slices.Clone(registration.Entities)
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
			if !slices.Contains(allowed, entity) {
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
// have to be made before they can be appended: with each name all of its types,
// since a registration replaces the one before.
func (r registry) meet(events []quipu.NewEvent) []quipu.Registration {
	var changed []string
	for i := range events {
		name := events[i].Name
		known, ok := r[name]
		before := len(known)
		for entity := range events[i].Entities {
			if !slices.Contains(known, entity) {
				known = append(known, entity)
			}
		}
		if ok && len(known) == before {
			continue
		}
		slices.Sort(known)
		r[name] = known
		if !slices.Contains(changed, name) {
			changed = append(changed, name)
		}
	}
	registrations := make([]quipu.Registration, len(changed))
	for i, name := range changed {
		registrations[i] = quipu.Registration{Event: name, Entities: slices.Clone(r[name])}
	}
	return registrations
}
