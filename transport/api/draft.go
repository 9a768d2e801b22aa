package api

import (
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// eventMembers are the members that an event to append may have. The ledger's own names for what is read back, eventId
// and timestamp, are taken as the author's: an event that comes from another ledger keeps them as id and happenedAt.
var eventMembers = []string{"event", "entities", "entity", "key", "data", "meta", "id", "eventId", "happenedAt", "timestamp"}

// readDraft reads an event to append. The draft shares no memory with the request.
func readDraft(o shape.Object) (record.Draft, error) {
	var d record.Draft
	name, err := required(o, "event")
	if err != nil {
		return d, err
	}
	if d, err = readName(name, false); err != nil {
		return d, err
	}
	if d.Entities, err = readEntities(o); err != nil {
		return d, err
	}
	if err = readContent(o, &d); err != nil {
		return d, err
	}
	id, err := either(o, "id", "eventId")
	if err != nil {
		return d, err
	}
	happened, err := either(o, "happenedAt", "timestamp")
	if err != nil {
		return d, err
	}
	d.Rest, err = readRest(id, happened)
	return d, err
}

func readName(v shape.Value, system bool) (record.Draft, error) {
	name, err := v.Name("the event name", system)
	return record.Draft{Name: []byte(name)}, err
}

// either gives the one of two members that say the same.
func either(o shape.Object, native, alias string) (shape.Value, error) {
	if !o.Has(alias) {
		return o.Member(native), nil
	}
	if o.Has(native) {
		return shape.Value{}, o.Member(alias).Errorf("both %s and %s are given", native, alias).
			WithHint("%s is kept as %s; give one of them", alias, native)
	}
	return o.Member(alias), nil
}

// readEntities reads entities, or the shorthand of one type and one key.
func readEntities(o shape.Object) ([]byte, error) {
	entities, entity, key := o.Member("entities"), o.Member("entity"), o.Member("key")
	short := entity.Exists() || key.Exists()
	switch {
	case entities.Exists() && short:
		return nil, o.Value().Errorf("both entities and the shorthand entity and key are given").WithHint("put all into entities")
	case entities.Exists():
		return readEntityMap(entities)
	case entity.Exists() && key.Exists():
		return readEntity(entity, key)
	case short:
		return nil, o.Value().Errorf("entity and key go together").WithHint(`write {"entity":"patron","key":"Harold_Cho"}`)
	}
	return nil, o.Value().Errorf("the event has no entities").WithHint(`an event concerns at least one: "entities":{"patron":["Harold_Cho"]}`)
}

func readEntity(entity, key shape.Value) ([]byte, error) {
	name, err := entity.Name("the entity type", false)
	if err != nil {
		return nil, err
	}
	text, err := key.Key("the key")
	if err != nil {
		return nil, err
	}
	out := append(canonical.AppendString([]byte{'{'}, name), ":["...)
	return append(canonical.AppendString(out, text), "]}"...), nil
}

func readEntityMap(v shape.Value) ([]byte, error) {
	types, err := v.Object()
	if err != nil {
		return nil, err
	}
	if types.Len() == 0 {
		return nil, v.Errorf("the event has no entities").WithHint(`an event concerns at least one: {"patron":["Harold_Cho"]}`)
	}
	total := 0
	err = types.Each(func(entityType string, keys shape.Value) error {
		if err := shape.CheckName("the entity type", entityType, false); err != nil {
			return err.At(keys.Pointer())
		}
		count, err := checkKeys(entityType, keys)
		total += count
		return err
	})
	if err != nil {
		return nil, err
	}
	if total > quipu.EventEntitiesMax {
		return nil, v.TooLarge("the event", total, quipu.EventEntitiesMax, "entities")
	}
	return compact(v)
}

// checkKeys refuses a key that stands twice, which would say nothing and cost an index entry.
func checkKeys(entityType string, v shape.Value) (int, error) {
	if v.IsString() {
		return 0, v.Errorf("the keys of %q are a string", entityType).WithHint("write them as an array, also if there is one: [%s]", clip(string(v.Bytes())))
	}
	keys, err := v.Array()
	if err != nil {
		return 0, err
	}
	if len(keys) == 0 {
		return 0, v.Errorf("the entity type %q has no key", entityType).WithHint("give at least one key, or leave the type out")
	}
	if len(keys) > quipu.EventEntitiesMax {
		return 0, v.TooLarge("the event", len(keys), quipu.EventEntitiesMax, "entities")
	}
	var seen map[string]bool
	for _, element := range keys {
		key, err := element.Key("the key")
		if err != nil {
			return 0, err
		}
		if len(keys) == 1 {
			break
		}
		if seen == nil {
			seen = make(map[string]bool, len(keys))
		}
		if seen[key] {
			return 0, element.Errorf("the key %q stands twice", clip(key)).WithHint("an event concerns an entity once")
		}
		seen[key] = true
	}
	return len(keys), nil
}

// readContent reads data and meta. What stands for the default is left empty, so that an absent data and a null one
// have the same digest.
func readContent(o shape.Object, d *record.Draft) error {
	if v := o.Member("data"); v.Exists() && !v.IsNull() {
		data, err := compact(v)
		if err != nil {
			return err
		}
		if len(data) > quipu.DataBytesMax {
			return v.TooLarge("the event's data", len(data), quipu.DataBytesMax, "bytes")
		}
		d.Data = data
	}
	v := o.Member("meta")
	if !v.Exists() {
		return nil
	}
	if !v.IsObject() {
		return v.Errorf("meta is %s", v.Kind()).WithHint(`meta is an object, such as {"actor":"register-2"}, or is left out`)
	}
	meta, err := compact(v)
	if err != nil {
		return err
	}
	if len(meta) > quipu.MetaBytesMax {
		return v.TooLarge("the event's meta", len(meta), quipu.MetaBytesMax, "bytes")
	}
	if string(meta) != "{}" {
		d.Meta = meta
	}
	return nil
}

// compact gives a value's canonical form in memory of its own.
func compact(v shape.Value) ([]byte, error) { return v.Canonical(make([]byte, 0, len(v.Bytes()))) }

// readRest makes the canonical object of the optional members, in the order of their names.
func readRest(id, happened shape.Value) ([]byte, error) {
	if !id.Exists() && !happened.Exists() {
		return nil, nil
	}
	rest := []byte{'{'}
	if happened.Exists() {
		text, err := happenedAt(happened)
		if err != nil {
			return nil, err
		}
		rest = canonical.AppendString(append(rest, `"happenedAt":`...), text)
	}
	if id.Exists() {
		text, err := id.Name("the event's own id", true)
		if err != nil {
			return nil, err
		}
		if happened.Exists() {
			rest = append(rest, ',')
		}
		rest = canonical.AppendString(append(rest, `"id":`...), text)
	}
	return append(rest, '}'), nil
}

// happenedCharsMax is the length of a time with nanoseconds and a numeric zone; what is longer has digits that no clock
// gives.
const happenedCharsMax = len("2006-01-02T15:04:05.999999999-07:00")

func happenedAt(v shape.Value) (string, error) {
	text, err := v.Text()
	if err != nil {
		return "", err
	}
	if len(text) > happenedCharsMax || new(time.Time).UnmarshalText([]byte(text)) != nil {
		return "", v.Errorf("%q is not a time", clip(text)).WithHint("write RFC 3339 with a zone, such as 2021-11-16T03:30:47.430415Z")
	}
	return text, nil
}
