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
// It is OR inside each part and AND between the parts. The other parts are an
// event's optional members (correlations, id, producer, schema, links) and ranges
// of time (from, to, happenedFrom, happenedTo).
package selector

import (
	"cmp"
	"time"

	"github.com/quipu-ledger/quipu"
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
	// From and To bound the time when an event was recorded, From included and To
	// not; reads alone. Whoever runs the selector turns them into positions first,
	// as the ids of a ledger's events ascend with their times.
	From, To Moment
	// System includes the ledger's own events.
	System bool

	terms []string // of entities, sorted, distinct; none means any
	names []byName // sorted by name, then entity type; none means any unless named
	named bool     // there is an events part
	meta  *query

	// Each of these is sorted and distinct, and none means any.
	correlations            []string // their terms as entities
	ids, producers, schemas []string
	links                   []linkFilter

	happened span // reads alone
}

// lists are all that is a sorted list of distinct texts, in the order of the
// encoding.
func (s *Selector) lists() []*[]string {
	return []*[]string{&s.terms, &s.correlations, &s.ids, &s.producers, &s.schemas}
}

// Moment is a time in whole microseconds since 1970, which is negative before, if
// one is given.
type Moment struct {
	Micros int64
	Given  bool
}

// span is a range of time, from included and to not; nil is no bound.
type span struct{ from, to *time.Time }

// byName is one alternative of the events part.
type byName struct {
	name       string
	entityType string // if not empty, the event must concern an entity of it
	data       *query // nil matches by name alone
}

// linkFilter is one alternative of the links part, in the words of
// record.Draft.Links.
type linkFilter struct {
	linkType string // empty matches any
	target   string // a term of the member index; empty matches any
	version  uint64 // that a target of an id must name; 0 matches any and none
}

func compareLinks(a, b linkFilter) int {
	return cmp.Or(cmp.Compare(a.linkType, b.linkType), cmp.Compare(a.target, b.target), cmp.Compare(a.version, b.version))
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
