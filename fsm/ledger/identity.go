package ledger

import (
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// identities looks at the events' own ids. An event that is there already, with the
// same content, is no second one: if all of the append's are, it is answered with
// the receipt of the first attempt.
func (x *checking) identities() (*Outcome, error) {
	var known []quipu.Position
	for i := range x.parts {
		id, version, ok := x.parts[i].Named()
		if !ok {
			continue
		}
		p, out, err := x.identity(string(id), version, i)
		if out != nil || err != nil {
			return out, err
		}
		if p > 0 {
			known = append(known, p)
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	first, last := known[0], known[len(known)-1]
	missing := len(x.append.Events) - len(known)
	switch {
	case missing == 0 && consecutive(known):
		return x.replay(first, last)
	case missing > 0 && x.ahead && last == x.state.Head:
		return nil, nil // the others may follow
	}
	return refuse(notOneAppend(len(x.append.Events), known)), nil
}

func notOneAppend(events int, known []quipu.Position) *quipu.Error {
	err := quipu.Errorf(quipu.Mismatch, "of the %d events %d are in the ledger already, the first at position %d, but not as one append",
		events, len(known), known[0]).At("/events")
	if events == len(known) {
		return err.WithHint("nothing is left to append; to append these as further events, give them new ids")
	}
	return err.WithHint("append the others by themselves, or give the events new ids")
}

// consecutive tells the events of one append, in its order, from others.
func consecutive(list []quipu.Position) bool {
	for i := range list {
		if list[i] != list[0]+quipu.Position(i) {
			return false
		}
	}
	return true
}

// identity gives the position of an event that is there already, with the same id,
// version and content, and 0 for a new one.
func (x *checking) identity(id string, version uint64, index int) (quipu.Position, *Outcome, error) {
	term := record.IDTerm(id)
	last, err := x.last(term)
	if err != nil {
		return 0, nil, err
	}
	if version <= last {
		return x.sameAs(term, version, index)
	}
	next := last + x.fresh[id] + 1
	switch {
	case version < next:
		return 0, refuse(quipu.Errorf(quipu.Invalid, "version %d of the id %q stands behind the same or a later one in the append", version, id).
			At(fmt.Sprintf("/events/%d/id", index)).WithHint("give each event an id of its own, or the versions of one in their order")), nil
	case version > next && !x.ahead:
		return 0, refuse(quipu.Errorf(quipu.Conflict, "version %d of the id %q cannot be appended, since there are %d of it", version, id, next-1).
			At(fmt.Sprintf("/events/%d/version", index)).WithHint("the next version is %d", next)), nil
	}
	if x.fresh == nil {
		x.fresh = map[string]uint64{}
	}
	x.fresh[id] = max(x.fresh[id], version-last)
	return 0, nil, nil
}

// sameAs compares an event with the one that has its id and version.
func (x *checking) sameAs(term string, version uint64, index int) (quipu.Position, *Outcome, error) {
	source, err := x.source(0)
	if err != nil {
		return 0, nil, err
	}
	p, err := First(source, term, version, x.state.Head)
	if err != nil || p == 0 {
		return 0, nil, err
	}
	r, err := source.Record(p)
	if err != nil {
		return 0, nil, err
	}
	if record.SameContent(&r.Draft, &x.append.Events[index]) {
		return p, nil, nil
	}
	id, _, _ := x.parts[index].Named()
	return 0, refuse(quipu.Errorf(quipu.Mismatch, "version %d of the id %q is another event, at position %d", version, id, p).
		At(fmt.Sprintf("/events/%d/id", index)).
		WithHint("give a new event an id of its own; the next version of this one is %d", x.versions[term]+1)), nil
}
