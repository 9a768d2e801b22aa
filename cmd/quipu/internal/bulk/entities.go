package bulk

import (
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func readEntities(object shape.Object, event *quipu.NewEvent) error {
	short := object.Has("entity") && object.Has("key")
	switch {
	case !object.Has("entities") && short:
		return readEntity(object.Member("entity"), object.Member("key"), event)
	case !object.Has("entities"):
		return object.Value().Errorf("the member \"entities\" is missing").WithHint("an event is such as %s", exampleLine)
	case object.Has("entity") || object.Has("key"):
		return object.Value().Errorf("both entities and the shorthand entity and key are given").WithHint("put all into entities")
	}
	v := object.Member("entities")
	entities, err := v.Object()
	if err != nil {
		return err
	}
	event.Entities = make(map[string][]string, entities.Len())
	total := 0
	err = entities.Each(func(entity string, v shape.Value) error {
		if err := shape.CheckName("the entity type", entity, false); err != nil {
			return err.At(v.Pointer())
		}
		keys, err := readKeys(v)
		event.Entities[entity] = keys
		total += len(keys)
		return err
	})
	switch {
	case err != nil:
		return err
	case total == 0:
		return v.Errorf("no entities").WithHint("an event concerns at least one entity")
	case total > quipu.EventEntitiesMax:
		return v.TooLarge("entities", total, quipu.EventEntitiesMax, "keys")
	}
	return nil
}

func readEntity(entity, key shape.Value, event *quipu.NewEvent) error {
	name, err := entity.Name("the entity type", false)
	if err != nil {
		return err
	}
	text, err := key.Key("the key")
	event.Entities = map[string][]string{name: {text}}
	return err
}

// readKeys refuses a key that stands twice, as the server does.
func readKeys(v shape.Value) ([]string, error) {
	elements, err := v.Array()
	if err != nil {
		return nil, err
	}
	if len(elements) == 0 {
		return nil, v.Errorf("no keys").WithHint("give at least one key, or leave the type out")
	}
	if len(elements) > quipu.EventEntitiesMax {
		return nil, v.TooLarge("entities", len(elements), quipu.EventEntitiesMax, "keys")
	}
	keys := make([]string, 0, len(elements))
	for _, element := range elements {
		key, err := element.Key("the key")
		if err != nil {
			return nil, err
		}
		if slices.Contains(keys, key) {
			return nil, element.Errorf("a key stands twice").WithHint("an event concerns an entity once")
		}
		keys = append(keys, key)
	}
	return keys, nil
}
