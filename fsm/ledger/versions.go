package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// last is the last version under the term of an aggregate or an id: what the
// leader has found up to CheckedThrough, unless there is something newer.
func (x *checking) last(term string) (uint64, error) {
	if version, known := x.versions[term]; known {
		return version, nil
	}
	version := x.fact(term)
	newer, err := x.newer(term)
	if err != nil {
		return 0, err
	}
	version = max(version, newer)
	if x.versions == nil {
		x.versions = map[string]uint64{}
	}
	x.versions[term] = version
	return version, nil
}

// newer is the last version after CheckedThrough, 0 if there is none. It looks
// from there on first: behind it there may be nothing to read but the tail.
func (x *checking) newer(term string) (uint64, error) {
	after, head := x.append.CheckedThrough, x.state.Head
	if after >= head {
		return 0, nil
	}
	source, err := x.source(after)
	if err != nil {
		return 0, err
	}
	if after > 0 {
		if p, ok := source.Postings(selector.ByMember, term, false).Seek(after + 1); !ok || p > head {
			return 0, nil
		}
	}
	_, version, err := Last(source, term, head)
	return version, err
}

func (x *checking) fact(term string) uint64 {
	i, ok := slices.BinarySearchFunc(x.append.Facts.Versions, term, compareVersion)
	if !ok {
		return 0
	}
	return x.append.Facts.Versions[i].Last
}

// versionsFound are the versions that were looked up, as facts for Apply.
func (x *checking) versionsFound() (found []command.Version) {
	for _, term := range slices.Sorted(maps.Keys(x.versions)) {
		if version := x.versions[term]; version > 0 {
			found = append(found, command.Version{Term: term, Last: version})
		}
	}
	return found
}

func compareVersion(v command.Version, term string) int { return cmp.Compare(v.Term, term) }

// aggregates looks up the versions of the aggregates that the append changes, which
// its events get the next of.
func (x *checking) aggregates() (*Outcome, error) {
	x.terms = make([]string, len(x.parts))
	for i := range x.parts {
		var ok bool
		if x.terms[i], ok = changedTerm(&x.parts[i]); !ok {
			continue
		}
		if _, err := x.last(x.terms[i]); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// changedTerm is the term of an event's aggregate.
func changedTerm(p *record.Parts) (term string, ok bool) {
	aggregateType, key, _, ok := p.Changed()
	if !ok {
		return "", false
	}
	return record.AggregateTerm(string(aggregateType), string(key)), true
}

func (x *checking) expectations() (*Outcome, error) {
	for i := range x.append.Expect {
		e := &x.append.Expect[i]
		out, err := x.expect(&e.Aggregate, -1, fmt.Sprintf("/events/%d/aggregate/expectedVersion", e.Event))
		if out != nil || err != nil {
			return out, err
		}
	}
	return nil, nil
}

// expect refuses the append if an aggregate is not at a version. One that is lower
// may have been reached when the append is applied.
func (x *checking) expect(want *quipu.Aggregate, condition int, pointer string) (*Outcome, error) {
	term := record.AggregateTerm(want.Type, want.Key)
	version, err := x.last(term)
	if err != nil || version == want.Version || version < want.Version && x.ahead {
		return nil, err
	}
	clash := &quipu.Clash{Head: x.state.Head}
	if version > want.Version {
		if clash, err = x.changes(term, want.Version); err != nil {
			return nil, err
		}
	}
	clash.Condition = condition
	clash.Aggregate = &quipu.Aggregate{Type: want.Type, Key: want.Key, Version: version}
	refusal := quipu.Errorf(quipu.Conflict, "the aggregate %s %q is at version %d, not %d", want.Type, want.Key, version, want.Version)
	refusal.Clash = clash
	return refuse(refusal.At(pointer).WithHint("%s", afterClash(clash, want.Version))), nil
}

// afterClash says what to do about an aggregate that is not at a version.
func afterClash(clash *quipu.Clash, want uint64) string {
	switch version := clash.Aggregate.Version; {
	case version == 0:
		return "there is no such aggregate; expect 0 to make it"
	case version < want:
		return "the version is higher than it has ever been; read the aggregate"
	case clash.More:
		return fmt.Sprintf("there are more changes than these: read the aggregate up to version %d before you decide again", version)
	default:
		return fmt.Sprintf("read the changes here, decide again, and expect %d", version)
	}
}

// changes gathers the events of an aggregate after a version that it has passed.
func (x *checking) changes(term string, version uint64) (*quipu.Clash, error) {
	head := x.state.Head
	g := gathering{clash: quipu.Clash{Head: head}}
	source, err := x.source(0)
	if err != nil {
		return nil, err
	}
	p, err := First(source, term, version+1, head)
	if err != nil || p == 0 {
		return &g.clash, err
	}
	postings := source.Postings(selector.ByMember, term, false)
	for p, more := postings.Seek(p); more && p <= head; p, more = postings.Seek(p + 1) {
		r, err := source.Record(p)
		if err != nil {
			return nil, err
		}
		if !g.add(&r) {
			break
		}
	}
	return &g.clash, g.err
}
