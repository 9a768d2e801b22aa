package selector

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector/path"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// The members that a selector may have: the native ones, and those of the
// replay and filter forms that older clients send.
var (
	conditionMembers = []string{"entities", "events", "meta", "after", "system", "entity", "key", "keys", "data"}
	readMembers      = append(slices.Clone(conditionMembers), "until", "limit", "reverse")
)

// ParseRead reads a selector for a read.
func ParseRead(v shape.Value) (*Selector, error) { return parse(v, readMembers) }

// ParseCondition reads a selector that guards an append: it has no limit, no
// until and no direction.
func ParseCondition(v shape.Value) (*Selector, error) { return parse(v, conditionMembers) }

func parse(v shape.Value, known []string) (*Selector, error) {
	if size := len(v.Bytes()); size > quipu.SelectorBytesMax {
		return nil, v.TooLarge("the selector", size, quipu.SelectorBytesMax, "bytes")
	}
	o, err := v.Only(known...)
	if err != nil {
		return nil, err
	}
	s := new(Selector)
	for _, part := range []func(shape.Object) error{
		s.parseEntities, s.parseEntity, s.parseEvents, s.parseFilter, s.parseMeta, s.parsePlace, s.parseRange, s.parseFlags,
	} {
		if err := part(o); err != nil {
			return nil, err
		}
	}
	if len(s.terms) == 0 && !s.named && s.meta == nil {
		return nil, v.Errorf("the selector has no part").
			WithHint("give at least one of entities, events and meta; to read everything, export the ledger")
	}
	for _, n := range s.names {
		if quipu.System(n.name) && !s.System {
			return nil, v.Errorf("%q is a system event, which this selector leaves out", n.name).WithHint(`add "system": true`)
		}
	}
	s.normalise()
	return s, nil
}

// normalise sorts and removes repetitions, so that equal selectors encode alike.
func (s *Selector) normalise() {
	slices.Sort(s.terms)
	s.terms = slices.Compact(s.terms)
	slices.SortStableFunc(s.names, func(a, b byName) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.entityType, b.entityType))
	})
}

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
	list := []shape.Value{keys}
	if !keys.IsString() {
		var err error
		if list, err = keys.Array(); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return keys.Errorf("no key of the entity type %q", entityType).WithHint("give at least one key")
	}
	if total := len(s.terms) + len(list); total > quipu.SelectorKeysMax {
		return keys.TooLarge("the selector", total, quipu.SelectorKeysMax, "entity keys")
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

func (s *Selector) parseMeta(o shape.Object) error {
	v := o.Member("meta")
	if !v.Exists() {
		return nil
	}
	q, err := parseQuery(v)
	if err != nil {
		return err
	}
	if q == nil {
		return v.Errorf("every event's meta matches this").WithHint(`write a path with a filter: {"query":"$.actor ? (@ == \"register-2\")"}`)
	}
	s.meta = q
	return nil
}

// parseQuery reads a path, or an object of a path and its variables. It gives
// nil for what matches always: {} and "$".
func parseQuery(v shape.Value) (*query, error) {
	textAt, vars := v, shape.Value{}
	if !v.IsString() {
		o, err := v.Only("query", "vars")
		if err != nil {
			return nil, err
		}
		if textAt, vars = o.Member("query"), o.Member("vars"); !textAt.Exists() {
			if vars.Exists() {
				return nil, vars.Errorf("there are variables without a query")
			}
			return nil, nil
		}
	}
	text, err := textAt.Text()
	if err != nil {
		return nil, err
	}
	q := &query{text: text}
	if vars.Exists() {
		if !vars.IsObject() {
			return nil, vars.Errorf("expected an object of variables, found %s", vars.Kind())
		}
		if q.vars, err = vars.Canonical(nil); err != nil {
			return nil, err
		}
	}
	if err := q.check(textAt); err != nil {
		return nil, err
	}
	if q.path.IsRoot() {
		return nil, nil
	}
	return q, nil
}

// check compiles the query and refuses what would not mean what it seems to.
func (q *query) check(v shape.Value) error {
	if err := q.compile(); err != nil {
		var syntax *path.SyntaxError
		if !errors.As(err, &syntax) {
			return v.Errorf("%v", err)
		}
		e := v.Errorf("%s", syntax.Message)
		e.Column, e.Hint = syntax.Column, syntax.Hint
		return e
	}
	if q.path.IsPredicate() {
		e := v.Errorf("the path is a predicate, which would match every event").
			WithHint("a query matches if its path yields an item; write the predicate as a filter: $ ? (@.x == 1) instead of $.x == 1")
		e.Column = 1
		return e
	}
	for _, name := range q.path.Variables() {
		if !q.bound.Has(name) {
			return v.Errorf("the path's variable $%s has no value", name).WithHint(`give it: {"query":…,"vars":{"%s":…}}`, name)
		}
	}
	return nil
}

func (s *Selector) parsePlace(o shape.Object) error {
	v := o.Member("after")
	if !v.Exists() {
		return nil
	}
	place, err := ParsePlace(v)
	s.After = place
	return err
}

// ParsePlace reads a position or an event id.
func ParsePlace(v shape.Value) (quipu.Place, error) {
	if !v.IsString() {
		position, err := v.Uint()
		return quipu.Place{Position: quipu.Position(position)}, err
	}
	text, err := v.Text()
	if err != nil {
		return quipu.Place{}, err
	}
	id, ok := quipu.ParseEventID(text)
	if !ok || id.IsZero() { // a zero id would be taken for a position
		return quipu.Place{}, v.Errorf("%.40q is not an event id", text).WithHint("give a position as a number, or an event id of 32 lower-case hex digits")
	}
	return quipu.Place{EventID: id}, nil
}

func (s *Selector) parseRange(o shape.Object) error {
	if v := o.Member("until"); v.Exists() {
		until, err := v.Uint()
		if err != nil {
			return err
		}
		if until == 0 {
			return v.Errorf("until is 0").WithHint("positions count from 1")
		}
		s.Until = quipu.Position(until)
	}
	if v := o.Member("limit"); v.Exists() {
		limit, err := v.Uint()
		if err != nil {
			return err
		}
		if limit == 0 {
			return v.Errorf("the limit is 0").WithHint("give at least 1, or leave it out for all")
		}
		s.Limit = int(min(limit, math.MaxInt32)) // so many are never sent
	}
	return nil
}

func (s *Selector) parseFlags(o shape.Object) (err error) {
	if v := o.Member("reverse"); v.Exists() {
		if s.Reverse, err = v.Bool(); err != nil {
			return err
		}
	}
	if v := o.Member("system"); v.Exists() {
		s.System, err = v.Bool()
	}
	return err
}
