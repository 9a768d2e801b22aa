package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Registry says by event name what may be appended. It is shared: who changes it
// makes another.
type Registry map[string]Entry

// Entry is what the registry holds of one event name. Its slices are never changed.
type Entry struct {
	// Registered is false for a name that was unregistered and whose schemas stay.
	Registered bool
	// Entities are the entity types for which it may be appended, sorted.
	Entities []string
	Rule     quipu.SchemaRule
	// Schemas are in the order in which they were registered.
	Schemas []Schema
}

// Schema is a registered version of the schema of an event's data. The document
// is in the data of the system event at the position.
type Schema struct {
	Version  string
	Digest   record.Digest // of the canonical document
	Position quipu.Position
}

// Schema finds a version.
func (e *Entry) Schema(version string) (Schema, bool) {
	for i := range e.Schemas {
		if e.Schemas[i].Version == version {
			return e.Schemas[i], true
		}
	}
	return Schema{}, false
}

// Versions are the registered versions, in the order in which they were registered.
func (e *Entry) Versions() []string {
	versions := make([]string, len(e.Schemas))
	for i := range e.Schemas {
		versions[i] = e.Schemas[i].Version
	}
	return versions
}

func (e *Entry) equal(other *Entry) bool {
	return e.Registered == other.Registered && e.Rule == other.Rule &&
		slices.Equal(e.Entities, other.Entities) && slices.Equal(e.Schemas, other.Schemas)
}

// with is a copy in which an event has the entry.
func (r Registry) with(event string, e Entry) Registry {
	next := maps.Clone(r)
	if next == nil {
		next = Registry{}
	}
	next.set(event, e)
	return next
}

// set leaves nothing behind of an entry that says nothing.
func (r Registry) set(event string, e Entry) {
	if !e.Registered && len(e.Schemas) == 0 {
		delete(r, event)
		return
	}
	r[event] = e
}

// Registration gives what is registered under an event name.
func (r Registry) Registration(event string) (quipu.Registration, bool) {
	e, ok := r[event]
	entities := append([]string{}, e.Entities...) // never nil, which would be null as JSON
	return quipu.Registration{Event: event, Entities: entities, Schema: e.Rule, Versions: e.Versions()}, ok && e.Registered
}

// Registrations are the registry's entries by event name.
func (r Registry) Registrations() []quipu.Registration {
	list := make([]quipu.Registration, 0, len(r))
	for _, event := range r.names() {
		registration, _ := r.Registration(event)
		list = append(list, registration)
	}
	return list
}

// names are the registered event names, sorted.
func (r Registry) names() []string {
	names := make([]string, 0, len(r))
	for event, e := range r {
		if e.Registered {
			names = append(names, event)
		}
	}
	slices.Sort(names)
	return names
}

// schemas is the number of versions of all events.
func (r Registry) schemas() (n int) {
	for _, e := range r {
		n += len(e.Schemas)
	}
	return n
}

// Equal reports whether two registries say the same.
func (r Registry) Equal(other Registry) bool {
	return maps.EqualFunc(r, other, func(a, b Entry) bool { return a.equal(&b) })
}

func (r Registry) append(dst []byte) []byte {
	dst = codec.AppendUint(dst, uint64(len(r)))
	for _, event := range slices.Sorted(maps.Keys(r)) {
		e := r[event]
		dst = e.append(codec.AppendText(dst, event))
	}
	return dst
}

func (e *Entry) append(dst []byte) []byte {
	dst = appendFlags(dst, e.Registered, e.Rule.Required)
	dst = codec.AppendText(dst, e.Rule.Default)
	dst = codec.AppendUint(dst, uint64(len(e.Entities)))
	for _, entity := range e.Entities {
		dst = codec.AppendText(dst, entity)
	}
	dst = codec.AppendUint(dst, uint64(len(e.Schemas)))
	for i := range e.Schemas {
		s := &e.Schemas[i]
		dst = append(codec.AppendText(dst, s.Version), s.Digest[:]...)
		dst = codec.AppendUint(dst, uint64(s.Position))
	}
	return dst
}

func appendFlags(dst []byte, flags ...bool) []byte {
	b := byte(0)
	for i, set := range flags {
		if set {
			b |= 1 << i
		}
	}
	return append(dst, b)
}

func readRegistry(in *codec.Reader) Registry {
	// The bytes bound the counts. The limits do not: a state that was stored
	// under other ones must still be readable.
	n := in.Count(in.Len())
	r := make(Registry, min(n, quipu.RegistryEventsMax))
	for range n {
		event := in.Text()
		r[event] = readEntry(in)
	}
	return r
}

func readEntry(in *codec.Reader) (e Entry) {
	flags := in.Byte()
	e.Registered, e.Rule.Required = flags&1 != 0, flags&2 != 0
	e.Rule.Default = in.Text()
	e.Entities = make([]string, in.Count(in.Len()))
	for i := range e.Entities {
		e.Entities[i] = in.Text()
	}
	for range in.Count(in.Len()) {
		s := Schema{Version: in.Text()}
		copy(s.Digest[:], in.Fixed(len(s.Digest)))
		s.Position = quipu.Position(in.Uint())
		e.Schemas = append(e.Schemas, s)
	}
	return e
}

// allows checks that an event of this name and these entity types may be
// appended. index is the event's place in the append, for the error.
func (r Registry) allows(d *record.Draft, index int) (Entry, *quipu.Error) {
	e := r[string(d.Name)]
	if !e.Registered {
		err := quipu.Errorf(quipu.NotRegistered, "the event %q is not registered in this ledger", d.Name).
			At(fmt.Sprintf("/events/%d/event", index))
		if near := quipu.Nearest(string(d.Name), r.names()); near != "" {
			return e, err.WithHint("did you mean %q? Otherwise register it first: POST …/registry", near)
		}
		return e, err.WithHint("register it first: POST …/registry")
	}
	var missing string
	known := true
	malformed := d.EntityTypes(func(t string) bool {
		if _, known = slices.BinarySearch(e.Entities, t); !known {
			missing = strings.Clone(t) // t shares the draft's memory
		}
		return known
	})
	if malformed != nil {
		return e, quipu.Errorf(quipu.Invalid, "the entities of event %d cannot be read", index).Because(malformed)
	}
	if known {
		return e, nil
	}
	err := quipu.Errorf(quipu.NotRegistered, "the entity type %q is not registered for the event %q", missing, d.Name).
		At(fmt.Sprintf("/events/%d/entities", index))
	if near := quipu.Nearest(missing, e.Entities); near != "" {
		return e, err.WithHint("did you mean %q? Otherwise register the event with it as well", near)
	}
	return e, err.WithHint("registered are %q; register the event with this one as well", e.Entities)
}

// NotRegistered is the error for an event name that is asked for by itself.
func NotRegistered(event string, r Registry) *quipu.Error {
	err := quipu.Errorf(quipu.NotFound, "the event %q is not registered in this ledger", event)
	if near := quipu.Nearest(event, r.names()); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	return err.WithHint("GET …/registry lists what is")
}

// NoSchema is the error for a version of an event's schema that is not registered.
func NoSchema(kind quipu.Kind, event, version string, e *Entry) *quipu.Error {
	err := quipu.Errorf(kind, "the event %q has no schema of version %q", event, version)
	versions := e.Versions()
	if len(versions) == 0 {
		return err.WithHint("it has none at all; register one first: PUT …/registry/%s/schemas/%s", event, version)
	}
	if near := quipu.Nearest(version, versions); near != "" {
		return err.WithHint("did you mean %q? Otherwise register it first: PUT …/registry/%s/schemas/%s", near, event, version)
	}
	return err.WithHint("the newest is %q; register this one first: PUT …/registry/%s/schemas/%s", versions[len(versions)-1], event, version)
}
