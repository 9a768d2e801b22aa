package graph

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// incoming is a walk over the events that link to one event, a candidate at a
// time. A candidate names the event's id, but perhaps another of its versions.
type incoming struct {
	view    View
	names   names
	types   []string
	targets selector.Iterator // the events that link to one of the names
	typed   selector.Iterator // the events with a link of one of the types; nil if any will do
	reached quipu.Position    // everything up to it was looked at
}

func newIncoming(v View, r *record.Record, after quipu.Position, types []string) (*incoming, error) {
	names, err := namesOf(v, r)
	if err != nil {
		return nil, err
	}
	in := &incoming{view: v, names: names, types: types, targets: unionOf(v.Source, names.terms()), reached: after}
	if len(types) > 0 {
		terms := make([]string, len(types))
		for i, linkType := range types {
			terms[i] = record.LinkTypeTerm(linkType)
		}
		in.typed = unionOf(v.Source, terms)
	}
	return in, nil
}

// next looks at one more candidate and gives its links that lead to the event,
// perhaps none; more is false when there was no candidate.
func (in *incoming) next() (source record.Record, links []Link, more bool, err error) {
	p, leap, more := in.seek()
	if !more || leap {
		return source, nil, more, nil
	}
	source, err = in.view.Source.Record(p)
	if err != nil {
		return source, nil, false, err
	}
	in.reached = p
	given, err := linksOf(&source, in.types)
	for _, link := range given {
		if in.names.has(link.Target) {
			links = append(links, Link{Link: link, From: p, To: in.names.position})
		}
	}
	return source, links, err == nil, err
}

// seek moves to the next candidate. Where the types are rare that is a leap over
// all that have none of them, and there is nothing to read.
func (in *incoming) seek() (p quipu.Position, leap, more bool) {
	head := in.view.Head
	if in.reached >= head {
		return 0, false, false
	}
	p, more = in.targets.Seek(in.reached + 1)
	if !more || p > head {
		return 0, false, false
	}
	if in.typed != nil {
		q, ok := in.typed.Seek(p)
		if !ok || q > head {
			return 0, false, false
		}
		if q > p {
			in.reached = q - 1
			return 0, true, true
		}
	}
	return p, false, true
}

// names are all that links may call an event.
type names struct {
	eventID  quipu.EventID
	position quipu.Position
	id       string // "" if it has none
	version  uint64
	latest   bool // no later event of the view has the id
}

func namesOf(v View, r *record.Record) (names, error) {
	n := names{eventID: r.ID, position: r.Position}
	id, ok := r.MemberText(record.MemberID)
	if !ok {
		return n, nil
	}
	n.id, n.version = string(id), r.Version()
	last, ok, err := v.latest(n.id)
	n.latest = ok && last.Position == r.Position
	return n, err
}

// terms are those under which the index has the events that link to a name.
func (n *names) terms() []string {
	terms := []string{
		record.LinkTargetTerm(quipu.Target{EventID: &n.eventID}),
		record.LinkTargetTerm(quipu.Target{Position: n.position}),
	}
	if n.id != "" {
		terms = append(terms, record.LinkTargetTerm(quipu.Target{ID: n.id}))
	}
	return terms
}

// has reports whether a target is the event, without looking for it as Resolve does.
func (n *names) has(target quipu.Target) bool {
	switch {
	case target.EventID != nil:
		return *target.EventID == n.eventID
	case target.Position != 0:
		return target.Position == n.position
	case n.id == "" || target.ID != n.id:
		return false
	}
	return target.Version == n.version || target.Version == 0 && n.latest
}

// union gives the positions of several terms as one, ascending.
type union []*cursor

// cursor remembers the position that its iterator stands at.
type cursor struct {
	selector.Iterator
	at    quipu.Position // 0 before the first Seek
	ended bool
}

func unionOf(source selector.Source, terms []string) union {
	u := make(union, len(terms))
	for i, term := range terms {
		u[i] = &cursor{Iterator: source.Postings(selector.ByMember, term, false)}
	}
	return u
}

// Seek gives the smallest position that is >= p, which is at least 1.
func (u union) Seek(p quipu.Position) (best quipu.Position, found bool) {
	for _, c := range u {
		if !c.ended && c.at < p {
			at, ok := c.Iterator.Seek(p)
			c.at, c.ended = at, !ok
		}
		if !c.ended && (!found || c.at < best) {
			best, found = c.at, true
		}
	}
	return best, found
}
