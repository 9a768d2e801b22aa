package selector

import (
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func (s *Selector) parseEntities(o shape.Object) error {
	v := o.Member("entities")
	if !v.Exists() {
		return nil
	}
	types, err := v.Object()
	if err != nil {
		return err
	}
	if types.Len() == 0 {
		return v.Errorf("entities is empty").WithHint(`give at least one type with a key, or leave the member out: {"patron":["Harold_Cho"]}`)
	}
	return types.Each(func(entityType string, keys shape.Value) error { return s.addKeys(keys, entityType, keys) })
}

// addKeys adds a list of keys, or a single key, of an entity type.
func (s *Selector) addKeys(typeAt shape.Value, entityType string, keys shape.Value) error {
	if err := shape.CheckName("the entity type", entityType, false); err != nil {
		return err.At(typeAt.Pointer())
	}
	list, err := texts(keys)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return keys.Errorf("no key of the entity type %q", entityType).WithHint("give at least one key")
	}
	if err := s.room(keys, len(list)); err != nil {
		return err
	}
	for _, v := range list {
		key, err := v.Key("the key")
		if err != nil {
			return err
		}
		s.terms = append(s.terms, string(record.AppendTerm(nil, entityType, key)))
	}
	return nil
}

// parseEntity reads the replay form: one entity type, its keys beside it.
func (s *Selector) parseEntity(o shape.Object) error {
	entity, key, keys := o.Member("entity"), o.Member("key"), o.Member("keys")
	switch {
	case !entity.Exists() && !key.Exists() && !keys.Exists():
		return nil
	case !entity.Exists():
		return o.Value().Errorf("there are keys without an entity type").WithHint(`write {"entity":"patron","keys":["Harold_Cho"]}`)
	case o.Has("entities"):
		return entity.Errorf("both entity and entities are given").WithHint("put all into entities")
	case key.Exists() == keys.Exists():
		return entity.Errorf("the entity needs either key or keys").WithHint(`write {"entity":"patron","keys":["Harold_Cho"]}`)
	}
	name, err := entity.Name("the entity type", false)
	if err != nil {
		return err
	}
	if key.Exists() {
		keys = key
	}
	return s.addKeys(entity, name, keys)
}
