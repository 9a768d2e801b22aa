package ledger

import (
	"sort"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Find gives the position of the event with an id. Ids of one ledger ascend
// with its positions, so this is a binary search over the log.
func Find(s *State, source selector.Source, id quipu.EventID) (quipu.Position, bool, error) {
	if id.Ledger() != s.ID {
		return 0, false, nil
	}
	p, err := Before(s.Head, source, id.Micros()+1)
	if err != nil || p == 0 {
		return 0, false, err
	}
	r, err := source.Record(p)
	return p, err == nil && r.ID == id, err
}

// Before gives the last position up to the head whose event was recorded before
// a time, 0 if there is none.
func Before(head quipu.Position, source selector.Source, micros int64) (quipu.Position, error) {
	var failed error
	n := sort.Search(int(head), func(i int) bool {
		if failed != nil {
			return true
		}
		r, err := source.Record(quipu.Position(i + 1))
		failed = err
		return err != nil || r.ID.Micros() >= micros
	})
	return quipu.Position(n), failed
}

// versionUnder is the version that an event has under a term of the member index:
// of its aggregate or of its id.
func versionUnder(term string, r *record.Record) uint64 {
	if record.IsAggregateTerm(term) {
		_, _, version, _ := r.Aggregate()
		return version
	}
	return r.Version()
}

// Last gives the newest event up to a position under the term of an aggregate or
// an id, and its version; the zero position if there is none.
func Last(source selector.Source, term string, until quipu.Position) (quipu.Position, uint64, error) {
	p, ok := source.Postings(selector.ByMember, term, true).Seek(until)
	if !ok || p == 0 {
		return 0, 0, nil
	}
	r, err := source.Record(p)
	if err != nil {
		return 0, 0, err
	}
	return p, versionUnder(term, &r), nil
}

// First gives the first event up to a position whose version, under the term of an
// aggregate or an id, is at least the one wanted. Versions ascend with positions, so
// this is a binary search over the postings. Without one it reports the zero position.
func First(source selector.Source, term string, version uint64, until quipu.Position) (quipu.Position, error) {
	low, high := quipu.Position(1), until+1 // the answer is in [low, high); high if there is none
	found := quipu.Position(0)
	for low < high {
		middle := low + (high-low)/2
		p, ok := source.Postings(selector.ByMember, term, false).Seek(middle)
		if !ok || p >= high {
			high = middle
			continue
		}
		r, err := source.Record(p)
		if err != nil {
			return 0, err
		}
		if versionUnder(term, &r) >= version {
			found, high = p, middle
		} else {
			low = p + 1
		}
	}
	return found, nil
}
