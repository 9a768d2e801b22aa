package selector

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// parseEvents reads a list of names, or names with a query each.
func (s *Selector) parseEvents(o shape.Object) error {
	v := o.Member("events")
	if !v.Exists() {
		return nil
	}
	s.named = true
	if v.IsArray() {
		return s.parseNames(v)
	}
	byEvent, err := v.Object()
	if err != nil {
		return err
	}
	if err := byEvent.Each(func(name string, q shape.Value) error { return s.addQuery(name, "", q) }); err != nil {
		return err
	}
	return s.someName(v)
}

func (s *Selector) parseNames(v shape.Value) error {
	names, err := v.Array()
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		text, err := name.Name("the event name", true)
		if err != nil {
			return err
		}
		if !seen[text] {
			seen[text] = true
			s.names = append(s.names, byName{name: text})
		}
	}
	return s.someName(v)
}

// someName refuses a part that could never match and that a client has most
// likely built from an empty list by mistake.
func (s *Selector) someName(v shape.Value) error {
	switch n := len(s.names); {
	case n == 0:
		return v.Errorf("the list of events is empty").WithHint("name at least one event, or leave the member out for all")
	case n > quipu.SelectorKeysMax:
		return v.TooLarge("the selector", n, quipu.SelectorKeysMax, "event names")
	}
	return nil
}

func (s *Selector) addQuery(name, entityType string, v shape.Value) error {
	if err := shape.CheckName("the event name", name, true); err != nil {
		return err.At(v.Pointer())
	}
	q, err := parseQuery(v)
	if err != nil {
		return err
	}
	s.names = append(s.names, byName{name: name, entityType: entityType, data: q})
	return nil
}

// parseFilter reads the filter form: entity type, event name, query; or event
// name, query.
func (s *Selector) parseFilter(o shape.Object) error {
	v := o.Member("data")
	if !v.Exists() {
		return nil
	}
	if o.Has("events") {
		return v.Errorf("both events and data are given").WithHint("put all into events: {\"match-created\":{\"query\":\"$.players\"}}")
	}
	s.named = true
	byType, err := v.Object()
	if err != nil {
		return err
	}
	err = byType.Each(func(name string, inner shape.Value) error {
		if isQuery(inner) {
			return s.addQuery(name, "", inner)
		}
		if err := shape.CheckName("the entity type", name, false); err != nil {
			return err.At(inner.Pointer())
		}
		events, err := inner.Object()
		if err != nil {
			return err
		}
		if events.Len() == 0 {
			return inner.Errorf("no event of the entity type %q", name).WithHint("give at least one event name with a query")
		}
		return events.Each(func(event string, q shape.Value) error { return s.addQuery(event, name, q) })
	})
	if err != nil {
		return err
	}
	return s.someName(v)
}

// isQuery tells {"query":…} and a plain path from an object of events.
func isQuery(v shape.Value) bool {
	if v.IsString() {
		return true
	}
	o, err := v.Object()
	return err == nil && o.Member("query").IsString()
}
