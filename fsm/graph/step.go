package graph

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

const (
	// workPerEvent bounds a walk, together with its limit: an event may have a
	// million links, each of which leads to an event that was given before.
	workPerEvent = 10
	// stepBytesMax is about how many bytes of items end a step. Only the meta of
	// links can be large.
	stepBytesMax = 1 << 20
	// stepReadMax is about how many bytes of optional members a step reads, whatever
	// it finds in them: an event may have 6 MB of links of which none is of the types.
	stepReadMax = 4 << 20
)

// Next goes on with the walk for a step and gives what that found, with memory of
// its own, and whether the walk is done. The step ends when it has looked at as
// many links as the budget says, or at all of one event's own links beyond that, or
// when it has found about 1 MiB or read about 4 MiB. How a walk is divided into steps does not change
// what it gives. Every view must be of the same ledger at the same head. If the
// first event is not in it, the error is NotFound; after an error the walker is of
// no more use.
func (w *Walker) Next(v View, budget int) (items []Item, done bool, err error) {
	s := &step{Walker: w, view: v, left: max(budget, 1)}
	if len(w.found) == 0 {
		err = s.begin()
	}
	for err == nil && !w.done && !s.full() {
		switch {
		case w.at == len(w.found):
			w.done = true
		case w.exhausted():
			w.stop(CutWork)
		default:
			err = s.follow()
		}
	}
	return s.items, w.done, err
}

// step is one call of Next.
type step struct {
	*Walker
	view  View
	left  int // of the budget
	items []Item
	bytes int // about, of the items
	read  int // bytes of optional members
}

func (s *step) full() bool {
	return s.left <= 0 || s.bytes >= stepBytesMax || s.read >= stepReadMax
}

func (w *Walker) exhausted() bool { return w.spent >= workPerEvent*w.query.Limit }

func (s *step) spend(n int) {
	s.spent += n
	s.left -= n
}

func (w *Walker) stop(why Cut) { w.cut, w.done = why, true }

func (s *step) begin() error {
	if p := s.query.From; p == 0 || p > s.view.Head {
		return quipu.Errorf(quipu.NotFound, "there is no event at position %d", p).WithHint("the ledger's head is %d", s.view.Head)
	}
	return s.add(s.query.From, 0)
}

// follow goes on with the links of one event, perhaps to their end. To be done
// with an event counts as a link, so that events without any are not free.
func (s *step) follow() error {
	r, err := s.view.Source.Record(s.found[s.at].position)
	if err != nil {
		return err
	}
	if !s.out && s.query.Direction != Inward {
		if err := s.followOut(&r); err != nil || s.done {
			return err
		}
	}
	s.out = true
	if s.query.Direction != Outward {
		if finished, err := s.followIn(&r); err != nil || !finished {
			return err
		}
	}
	s.at, s.out, s.after = s.at+1, false, 0
	s.spend(1)
	return nil
}

func (s *step) followOut(r *record.Record) error {
	s.read += len(r.Rest)
	links, err := Out(s.view, r, s.query.Types)
	for i := 0; err == nil && !s.done && i < len(links); i++ {
		s.spend(1)
		err = s.meet(links[i], links[i].To)
	}
	return err
}

func (s *step) followIn(r *record.Record) (finished bool, err error) {
	scan, err := newIncoming(s.view, r, s.after, s.query.Types)
	if err != nil {
		return false, err
	}
	for !s.done && !s.full() && !s.exhausted() {
		source, links, more, err := scan.next()
		if err != nil || !more {
			return !more, err
		}
		s.spend(1)
		s.read += len(source.Rest)
		s.after = scan.reached
		for i := 0; err == nil && !s.done && i < len(links); i++ {
			if s.query.Direction == Both && links[i].From == links[i].To {
				continue // given on the way out
			}
			err = s.meet(links[i], links[i].From)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// meet deals with a link between the event that is followed and another one.
func (s *step) meet(link Link, other quipu.Position) error {
	depth := s.found[s.at].depth
	index, known := s.index[other]
	switch {
	case known && index < s.at && s.query.Direction == Both:
		return nil // given when the other one was followed
	case depth == s.query.Depth:
		s.stop(CutDepth)
		return nil
	case !known && len(s.found) == s.query.Limit:
		s.stop(CutLimit)
		return nil
	case !known:
		if err := s.add(other, depth+1); err != nil {
			return err
		}
	}
	s.give(Item{Edge: &link}, len(link.Type)+len(link.Meta))
	return nil
}

func (s *step) add(p quipu.Position, depth int) error {
	r, err := s.view.Source.Record(p)
	if err != nil {
		return err
	}
	s.read += len(r.Rest)
	node := &Node{Position: p, EventID: r.ID, Event: string(r.Name), Depth: depth}
	if id, ok := r.MemberText(record.MemberID); ok {
		node.ID, node.Version = string(id), r.Version()
	}
	s.index[p] = len(s.found)
	s.found = append(s.found, place{position: p, depth: depth})
	s.give(Item{Node: node}, len(node.Event)+len(node.ID))
	return nil
}

func (s *step) give(item Item, variable int) {
	const fixed = 100
	s.items = append(s.items, item)
	s.bytes += fixed + variable
}
