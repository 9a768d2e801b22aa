package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Registry maps event names to the entity types, sorted, for which they may be
// appended.
type Registry map[string][]string

// with is a copy in which an event has the entity types.
func (r Registry) with(event string, entities []string) Registry {
	next := maps.Clone(r)
	if next == nil {
		next = Registry{}
	}
	next[event] = entities
	return next
}

// without is a copy that lacks an event.
func (r Registry) without(event string) Registry {
	next := maps.Clone(r)
	delete(next, event)
	return next
}

// Registrations are the registry's entries by event name.
func (r Registry) Registrations() []quipu.Registration {
	list := make([]quipu.Registration, 0, len(r))
	for _, event := range slices.Sorted(maps.Keys(r)) {
		list = append(list, quipu.Registration{Event: event, Entities: r[event]})
	}
	return list
}

// Equal reports whether two registries say the same.
func (r Registry) Equal(other Registry) bool { return maps.EqualFunc(r, other, slices.Equal) }

func (r Registry) append(dst []byte) []byte {
	dst = codec.AppendUint(dst, uint64(len(r)))
	for _, event := range slices.Sorted(maps.Keys(r)) {
		dst = codec.AppendText(dst, event)
		dst = codec.AppendUint(dst, uint64(len(r[event])))
		for _, entity := range r[event] {
			dst = codec.AppendText(dst, entity)
		}
	}
	return dst
}

func readRegistry(in *codec.Reader) Registry {
	// The bytes bound the counts. The limits do not: a state that was stored
	// under other ones must still be readable.
	n := in.Count(in.Len())
	r := make(Registry, min(n, quipu.RegistryEventsMax))
	for range n {
		event := in.Text()
		entities := make([]string, in.Count(in.Len()))
		for i := range entities {
			entities[i] = in.Text()
		}
		r[event] = entities
	}
	return r
}

// allows checks that an event may be appended. index is the event's place in
// the append, for the error.
func (r Registry) allows(d *record.Draft, index int) *quipu.Error {
	entities, ok := r[string(d.Name)]
	if !ok {
		err := quipu.Errorf(quipu.NotRegistered, "the event %q is not registered in this ledger", d.Name).
			At(fmt.Sprintf("/events/%d/event", index))
		if near := quipu.Nearest(string(d.Name), slices.Sorted(maps.Keys(r))); near != "" {
			return err.WithHint("did you mean %q? Otherwise register it first: POST …/registry", near)
		}
		return err.WithHint("register it first: POST …/registry")
	}
	var missing string
	known := true
	malformed := d.EntityTypes(func(t string) bool {
		if _, known = slices.BinarySearch(entities, t); !known {
			missing = strings.Clone(t) // t shares the draft's memory
		}
		return known
	})
	if malformed != nil {
		return quipu.Errorf(quipu.Invalid, "the entities of event %d cannot be read", index).Because(malformed)
	}
	if known {
		return nil
	}
	err := quipu.Errorf(quipu.NotRegistered, "the entity type %q is not registered for the event %q", missing, d.Name).
		At(fmt.Sprintf("/events/%d/entities", index))
	if near := quipu.Nearest(missing, entities); near != "" {
		return err.WithHint("did you mean %q? Otherwise register the event with it as well", near)
	}
	return err.WithHint("registered are %q; register the event with this one as well", entities)
}

// Fold gives the registry after an event; most events leave it as it is. It
// refuses what no command could have led to, since events come from exports too.
func (r Registry) Fold(d *record.Draft) (Registry, error) {
	if !registers(d) {
		return r, nil
	}
	next := maps.Clone(r)
	if next == nil {
		next = Registry{}
	}
	return next, next.FoldIn(d)
}

// FoldIn is Fold in place, for who folds many events and shares the registry
// with nobody. After an error the registry is the same.
func (r Registry) FoldIn(d *record.Draft) error {
	if !registers(d) {
		return nil
	}
	var data quipu.Registration
	if err := json.Unmarshal(d.Data, &data); err != nil || data.Event == "" {
		return fmt.Errorf("data of %s: %w", d.Name, codec.ErrMalformed)
	}
	if string(d.Name) == quipu.EventUnregistered {
		delete(r, data.Event)
		return nil
	}
	_, known := r[data.Event]
	if len(data.Entities) > quipu.RegistryEntitiesMax || !known && len(r) >= quipu.RegistryEventsMax {
		return fmt.Errorf("data of %s: more than a registry holds", d.Name)
	}
	slices.Sort(data.Entities)
	r[data.Event] = slices.Compact(data.Entities)
	return nil
}

// registers reports whether the event changes a registry.
func registers(d *record.Draft) bool {
	return string(d.Name) == quipu.EventRegistered || string(d.Name) == quipu.EventUnregistered
}

// NotRegistered is the error for an event name that is asked for by itself.
func NotRegistered(event string, r Registry) *quipu.Error {
	err := quipu.Errorf(quipu.NotFound, "the event %q is not registered in this ledger", event)
	if near := quipu.Nearest(event, slices.Sorted(maps.Keys(r))); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithHint("GET …/registry lists what is")
}

// noEntities is what system events concern.
var noEntities = []byte("{}")

func registeredEvent(event string, entities []string) record.Draft {
	data := append([]byte(nil), `{"entities":[`...)
	for i, entity := range entities {
		if i > 0 {
			data = append(data, ',')
		}
		data = canonical.AppendString(data, entity)
	}
	data = append(data, `],"event":`...)
	data = append(canonical.AppendString(data, event), '}')
	return record.Draft{Name: []byte(quipu.EventRegistered), Entities: noEntities, Data: data}
}

func unregisteredEvent(event string) record.Draft {
	data := append(canonical.AppendString([]byte(`{"event":`), event), '}')
	return record.Draft{Name: []byte(quipu.EventUnregistered), Entities: noEntities, Data: data}
}

func createdEvent(name, description string) record.Draft {
	data := canonical.AppendString([]byte(`{"description":`), description)
	data = append(data, `,"name":`...)
	data = append(canonical.AppendString(data, name), '}')
	return record.Draft{Name: []byte(quipu.LedgerCreated), Entities: noEntities, Data: data}
}
