// Package selector is the language in which clients say which events they
// mean: it parses the request's form, plans which index to walk, and tests
// events. A selector that guards an append is the same thing with a place after
// which nothing may match.
//
// It is pure. It reads events through a Source that its caller gives it, and
// does the same work on each replica for the same events.
//
//	{"entities": {"game": ["g-1", "g-2"]},
//	 "events":   {"match-created": {"query": "$.players ? (@ == $name)", "vars": {"name": "Amal"}}, "match-ended": {}},
//	 "meta":     {"query": "$.actor ? (@ starts with \"register-\")"},
//	 "after": 1042, "limit": 100}
//
// It is OR inside each part and AND between the parts.
package selector

import (
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector/path"
)

// Selector is a parsed selector. One that was parsed is immutable once its
// After is resolved, and safe for concurrent use; see Decode for the other kind.
type Selector struct {
	// After is the place behind which events are wanted. Whoever runs the
	// selector resolves an event id to its position first.
	After quipu.Place
	// Until, Limit and Reverse are for reads alone; 0 is none.
	Until   quipu.Position
	Limit   int
	Reverse bool
	// System includes the ledger's own events.
	System bool

	terms []string // of entities, sorted, distinct; none means any
	names []byName // sorted by name, then entity type; none means any unless named
	named bool     // there is an events part
	meta  *query
}

// byName is one alternative of the events part.
type byName struct {
	name       string
	entityType string // if not empty, the event must concern an entity of it
	data       *query // nil matches by name alone
}

// query is a path with its variables. A selector that came out of a replicated
// command has text only, and is compiled when the first event needs it.
type query struct {
	text string
	vars []byte // canonical JSON object, nil if none

	path  *path.Path
	bound path.Vars
}

func (q *query) compile() error {
	compiled, err := path.Compile(q.text)
	if err != nil {
		return err
	}
	bound, err := path.ParseVars(q.vars)
	if err != nil {
		return err
	}
	q.path, q.bound = compiled, bound
	return nil
}

// matches evaluates the query on one JSON document with a budget of its own.
func (q *query) matches(document []byte) (bool, error) {
	if q.path == nil {
		if err := q.compile(); err != nil {
			return false, quipu.Errorf(quipu.Invalid, "a path of the selector: %v", err).Because(err)
		}
	}
	steps := quipu.PathStepsMax
	found, err := q.path.Exists(document, q.bound, &steps)
	if err != nil {
		return false, quipu.Errorf(quipu.TooLarge, "the path %.200s takes more than %d steps on one event", q.text, quipu.PathStepsMax).
			WithHint("make the path more specific: fewer .** and nested filters")
	}
	return found, nil
}

// Matches reports whether the event is one that the selector means; After,
// Until and Limit are not looked at. The only error is a path that ran out of
// steps on this event, of kind TooLarge, which is never taken for "no match".
func (s *Selector) Matches(r *record.Record) (bool, error) {
	if !s.System && r.System() {
		return false, nil
	}
	if len(s.terms) > 0 && !s.concerns(r) {
		return false, nil
	}
	if s.named {
		if ok, err := s.matchesName(r); !ok || err != nil {
			return false, err
		}
	}
	if s.meta == nil {
		return true, nil
	}
	return s.meta.matches(r.MetaOrDefault())
}

func (s *Selector) concerns(r *record.Record) bool {
	var buf [128]byte
	found := false
	_ = r.Terms(buf[:0], func(term []byte) bool {
		_, found = slices.BinarySearchFunc(s.terms, term, compareTerm)
		return !found
	})
	return found
}

func (s *Selector) matchesName(r *record.Record) (bool, error) {
	first, _ := slices.BinarySearchFunc(s.names, r.Name, func(n byName, name []byte) int { return compareTerm(n.name, name) })
	for _, n := range s.names[first:] {
		if n.name != string(r.Name) {
			break
		}
		if n.entityType != "" && !r.HasEntityType(n.entityType) {
			continue
		}
		if n.data == nil {
			return true, nil
		}
		if ok, err := n.data.matches(r.DataOrDefault()); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// compareTerm is strings.Compare without turning bytes into a string.
func compareTerm(s string, b []byte) int {
	switch {
	case s < string(b):
		return -1
	case s > string(b):
		return 1
	}
	return 0
}
