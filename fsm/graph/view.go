// Package graph follows the links between the events of a ledger: from an event
// to those that it links to, to those that link to it, and on from there. It
// decides nothing: it checks no link and appends no event.
//
// It is pure: it reads one [View] and what it gives depends on that alone.
package graph

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// View is one ledger at one head. Events behind the head are not in it, even if
// the source has them.
type View struct {
	Source selector.Source
	Head   quipu.Position
	// Find gives the position of the event with an event id.
	Find func(quipu.EventID) (quipu.Position, bool, error)
}

// Resolve gives the position of the event that a link's target names; false if
// there is none in the view. An id without a version is its latest version in
// the view.
func Resolve(v View, target quipu.Target) (quipu.Position, bool, error) {
	p, ok := target.Position, true
	var err error
	switch {
	case target.EventID != nil:
		p, ok, err = v.Find(*target.EventID)
	case target.Position == 0:
		p, ok, err = v.version(target.ID, target.Version)
	}
	if err != nil || !ok || p > v.Head {
		return 0, false, err
	}
	return p, true, nil
}

// version gives the position of a version of an id, 0 for the latest. The events
// with an id have the versions 1, 2 and so on in the order of their positions, so
// this is a binary search.
func (v View) version(id string, n uint64) (quipu.Position, bool, error) {
	last, ok, err := v.latest(id)
	if err != nil || !ok || n > last.Version() {
		return 0, false, err
	}
	if n == 0 || n == last.Version() {
		return last.Position, true, nil
	}
	for low, high := quipu.Position(1), last.Position-1; low <= high; {
		middle := low + (high-low)/2
		p, ok := v.Source.Postings(selector.ByMember, record.IDTerm(id), false).Seek(middle)
		if !ok || p > high {
			high = middle - 1
			continue
		}
		r, err := v.Source.Record(p)
		if err != nil {
			return 0, false, err
		}
		switch at := r.Version(); {
		case at == n:
			return p, true, nil
		case at < n:
			low = p + 1
		default:
			high = middle - 1
		}
	}
	return 0, false, nil
}

// latest gives the newest event with an id. It reads the event in any case, since
// that is how a source tells that its postings are damaged.
func (v View) latest(id string) (r record.Record, ok bool, err error) {
	p, ok := v.Source.Postings(selector.ByMember, record.IDTerm(id), true).Seek(v.Head)
	if !ok {
		return record.Record{}, false, nil
	}
	r, err = v.Source.Record(p)
	return r, err == nil, err
}
