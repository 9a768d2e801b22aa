package intake

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// noEntities is stored for an event that concerns what it does through its
// aggregate or its correlations alone. Nobody writes to it.
var noEntities = []byte("{}")

// readEntities reads entities, or the shorthand of one type and one key.
func (r *reader) readEntities(v shape.Value) (err error) {
	event, entity, key := r.event.Value(), r.event.Member("entity"), r.event.Member("key")
	short := entity.Exists() || key.Exists()
	switch {
	case v.Exists() && short:
		return event.Errorf("both entities and the shorthand entity and key are given").WithHint("put all into entities")
	case v.Exists():
		r.draft.Entities, err = r.readEntityMap(v)
	case entity.Exists() && key.Exists():
		r.form.shorthand = true
		r.draft.Entities, err = readEntity(entity, key)
	case short:
		return event.Errorf("entity and key go together").WithHint(`write {"entity":"patron","key":"Harold_Cho"}`)
	case r.origin == stored:
		return missing(event, "entities")
	case r.concerned:
		r.draft.Entities = noEntities
	default:
		return concernsNothing(event)
	}
	return err
}

func concernsNothing(v shape.Value) *quipu.Error {
	return v.Errorf("the event has no entities").
		WithHint(`an event concerns at least one, "entities":{"patron":["Harold_Cho"]}, unless it has an aggregate or a correlation`)
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

func (r *reader) readEntityMap(v shape.Value) ([]byte, error) {
	types, err := v.Object()
	if err != nil {
		return nil, err
	}
	if r.draft.System() {
		return compact(v) // in an export; the ledger reads its own events itself
	}
	if types.Len() == 0 {
		if !r.concerned {
			return nil, concernsNothing(v)
		}
		return noEntities, nil
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
		return 0, v.Errorf("the keys of %.80q are a string", entityType).WithHint("write them as an array, also if there is one: [%.80s]", v.Bytes())
	}
	keys, err := v.Array()
	if err != nil {
		return 0, err
	}
	if len(keys) == 0 {
		return 0, v.Errorf("the entity type %.80q has no key", entityType).WithHint("give at least one key, or leave the type out")
	}
	if len(keys) > quipu.EventEntitiesMax {
		return 0, v.TooLarge("the event", len(keys), quipu.EventEntitiesMax, "entities")
	}
	var seen set
	for _, element := range keys {
		key, err := element.Key("the key")
		if err != nil {
			return 0, err
		}
		if !seen.add(key) {
			return 0, element.Errorf("the key %.80q stands twice", key).WithHint("an event concerns an entity once")
		}
	}
	return len(keys), nil
}
