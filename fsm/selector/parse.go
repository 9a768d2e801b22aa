package selector

import (
	"cmp"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// The members that a selector may have: the native ones, and those of the
// replay and filter forms that older clients send.
var (
	conditionMembers = []string{
		"entities", "events", "meta", "correlations", "id", "producer", "schema", "links", "after", "system",
		"entity", "key", "keys", "data",
	}
	timeMembers = []string{"from", "to", "happenedFrom", "happenedTo"}
	readMembers = slices.Concat(conditionMembers, timeMembers, []string{"until", "limit", "reverse"})
)

// ParseRead reads a selector for a read.
func ParseRead(v shape.Value) (*Selector, error) {
	o, err := open(v)
	if err != nil {
		return nil, err
	}
	return parse(o, readMembers)
}

// ParseCondition reads a selector that guards an append: it has no limit, no
// until, no direction and no range of time. The other kind of condition is read
// by ParseAggregateCondition.
func ParseCondition(v shape.Value) (*Selector, error) {
	o, err := open(v)
	if err != nil {
		return nil, err
	}
	for _, name := range timeMembers {
		if v := o.Member(name); v.Exists() {
			return nil, v.Errorf("%q has no place in a condition", name).
				WithHint(`leave it out: a condition is about every event behind its "after", and ranges of time are for reads`)
		}
	}
	return parse(o, conditionMembers)
}

// open reads the object that a selector is.
func open(v shape.Value) (shape.Object, error) {
	if size := len(v.Bytes()); size > quipu.SelectorBytesMax {
		return shape.Object{}, v.TooLarge("the selector", size, quipu.SelectorBytesMax, "bytes")
	}
	return v.Object()
}

func parse(o shape.Object, known []string) (*Selector, error) {
	if v := o.Member(aggregateMember); v.Exists() {
		return nil, v.Errorf("a selector has no aggregate").
			WithHint(`an aggregate is an entity of its events, and found by {"entities":{"order":["o-17"]}}`)
	}
	if err := o.Only(known...); err != nil {
		return nil, err
	}
	s := new(Selector)
	for _, part := range []func(shape.Object) error{
		s.parseEntities, s.parseEntity, s.parseEvents, s.parseFilter, s.parseMeta, s.parseCorrelations, s.parseMembers, s.parseLinks,
		s.parseTimes, s.parsePlace, s.parseRange, s.parseFlags,
	} {
		if err := part(o); err != nil {
			return nil, err
		}
	}
	if !s.hasPart() {
		return nil, o.Value().Errorf("the selector has no part").
			WithHint("give at least one part, such as entities, events, meta, id or links; to read everything, export the ledger")
	}
	for _, n := range s.names {
		if quipu.System(n.name) && !s.System {
			return nil, o.Value().Errorf("%q is a system event, which this selector leaves out", n.name).WithHint(`add "system": true`)
		}
	}
	s.normalise()
	return s, nil
}

func (s *Selector) hasPart() bool {
	return s.keys() > 0 || s.named || s.meta != nil || s.From.Given || s.To.Given || s.happened != span{}
}

// keys counts what SelectorKeysMax bounds beside the event names: everything
// that a plan may have to look up. All parts share the one bound, since a plan
// asks the indexes about each of them.
func (s *Selector) keys() int {
	return len(s.terms) + len(s.correlations) + len(s.ids) + len(s.producers) + len(s.schemas) + len(s.links)
}

// room refuses the elements of a list if they are too many for the selector.
func (s *Selector) room(v shape.Value, elements int) error {
	if total := s.keys() + elements; total > quipu.SelectorKeysMax {
		return v.TooLarge("the selector", total, quipu.SelectorKeysMax,
			"entity keys, correlations, ids, producers, schema versions and links")
	}
	return nil
}

// texts are the values of a list of strings, or the one of a string.
func texts(v shape.Value) ([]shape.Value, error) {
	switch {
	case v.IsString():
		return []shape.Value{v}, nil
	case v.IsArray():
		return v.Array()
	}
	return nil, v.Errorf("expected a string or an array of strings, found %s", v.Kind())
}

// normalise sorts and removes repetitions, so that equal selectors encode alike.
func (s *Selector) normalise() {
	for _, list := range s.lists() {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.SortFunc(s.links, compareLinks)
	s.links = slices.Compact(s.links)
	slices.SortStableFunc(s.names, func(a, b byName) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.entityType, b.entityType))
	})
}
