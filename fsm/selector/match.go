package selector

import (
	"slices"

	"github.com/quipu-ledger/quipu/fsm/record"
)

// Matches reports whether the event is one that the selector means; After, Until,
// From, To and Limit are not looked at. The only error is a path that ran out of
// steps on this event, of kind TooLarge, which is never taken for "no match".
func (s *Selector) Matches(r *record.Record) (bool, error) {
	if !s.System && r.System() {
		return false, nil
	}
	if !s.matchesMembers(r) {
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

// matchesMembers tests the parts that have no queries, which cost the most and so
// come last.
func (s *Selector) matchesMembers(r *record.Record) bool {
	return anyTerm(s.terms, r.Terms) &&
		anyTerm(s.correlations, r.CorrelationTerms) &&
		anyText(s.ids, r, record.MemberID) &&
		anyText(s.producers, r, record.MemberProducer) &&
		anyText(s.schemas, r, record.MemberSchema) &&
		s.matchesLink(r) &&
		s.happened.matches(r)
}

// anyTerm reports whether one of the terms that each gives is wanted.
func anyTerm(wanted []string, each func([]byte, func([]byte) bool) error) bool {
	if len(wanted) == 0 {
		return true
	}
	var buf [128]byte
	found := false
	_ = each(buf[:0], func(term []byte) bool {
		_, found = slices.BinarySearchFunc(wanted, term, compareTerm)
		return !found
	})
	return found
}

// anyText reports whether the event's member is one of the wanted texts.
func anyText(wanted []string, r *record.Record, member string) bool {
	if len(wanted) == 0 {
		return true
	}
	text, ok := r.MemberText(member)
	if !ok {
		return false
	}
	_, ok = slices.BinarySearchFunc(wanted, text, compareTerm)
	return ok
}

func (s *Selector) matchesLink(r *record.Record) bool {
	if len(s.links) == 0 {
		return true
	}
	found := false
	_ = r.Links(func(linkType, target string, version uint64) bool {
		found = s.wantsLink(linkType, target, version)
		return !found
	})
	return found
}

// wantsLink looks for each of the filters that match a link, which are five at
// most, so that the work hardly depends on how many the selector has.
func (s *Selector) wantsLink(linkType, target string, version uint64) bool {
	for _, f := range [...]linkFilter{
		{linkType: linkType},
		{target: target},
		{target: target, version: version},
		{linkType: linkType, target: target},
		{linkType: linkType, target: target, version: version},
	} {
		if _, ok := slices.BinarySearchFunc(s.links, f, compareLinks); ok {
			return true
		}
	}
	return false
}

// matches compares instants, whatever their zones. An event that does not say
// when it happened is in no range.
func (s span) matches(r *record.Record) bool {
	if s == (span{}) {
		return true
	}
	text, _ := r.MemberText(record.MemberHappenedAt)
	at, ok := readTime(string(text))
	return ok && (s.from == nil || !at.Before(*s.from)) && (s.to == nil || at.Before(*s.to))
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
