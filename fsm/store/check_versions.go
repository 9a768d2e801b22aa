package store

import (
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// versions is how far the versions under one term of the member index have been
// followed. That index has the events of an aggregate, and those of an id, one
// after the other, so that nothing is looked up and nothing is kept of any other.
type versions struct {
	last uint64
	at   quipu.Position // of the event that has last
	lost bool           // an event could not be read, so that last may not be the last one
}

// version checks that the versions of an aggregate and of an id go up from 1 by
// one. The events of one append have the same version of their aggregate.
func (c *indexChecker) version(r *record.Record) {
	version, of := versionUnder(c.term, r)
	if of == "" {
		return
	}
	v := &c.versions
	follows := version == v.last+1 || of == "aggregate" && version == v.last && version != 0
	if !follows && !v.lost {
		problem := fmt.Sprintf("it has version %d of its %s, which begins here", version, of)
		if v.at != 0 {
			problem = fmt.Sprintf("it has version %d of its %s, after version %d in event %d", version, of, v.last, v.at)
		}
		c.found(Finding{Bucket: string(eventsBucket), Position: r.Position, Problem: problem})
	}
	*v = versions{last: version, at: r.Position}
}

// versionUnder gives the version of what a term of the member index is of: an
// aggregate or an id. Other terms have none.
func versionUnder(term string, r *record.Record) (version uint64, of string) {
	if aggregateType, key, version, ok := r.Aggregate(); ok && term == record.AggregateTerm(string(aggregateType), string(key)) {
		return version, "aggregate"
	}
	if id, ok := r.MemberText(record.MemberID); ok && term == record.IDTerm(string(id)) {
		return r.Version(), "id"
	}
	return 0, ""
}
