package record

import (
	"bytes"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// termSeparator stands between an entity's type and key in a term. No name may
// hold a control character, so two different pairs never give one term.
const termSeparator = 0

// AppendTerm appends the index term of an entity.
func AppendTerm(dst []byte, entityType, key string) []byte {
	dst = append(dst, entityType...)
	dst = append(dst, termSeparator)
	return append(dst, key...)
}

// SplitTerm gives back the type and the key that a term was made from.
func SplitTerm(term []byte) (entityType, key []byte, ok bool) {
	return bytes.Cut(term, []byte{termSeparator})
}

// Terms calls fn with the index term of each entity of the draft until fn
// returns false: those of its entities member, its aggregate and its correlations.
// A term may come twice. It is valid during the call only: buf is reused for all
// of them.
func (d *Draft) Terms(buf []byte, fn func(term []byte) bool) error {
	return d.AllTerms(buf, fn, nil)
}

// AllTerms is Terms and MemberTerms in one walk. Where it is left, it is left for both.
func (d *Draft) AllTerms(buf []byte, entity, member func(term []byte) bool) error {
	t := terms{buf: buf, entity: entity, member: member}
	if entity != nil {
		t.entities(d.Entities)
	}
	if len(d.Rest) > 0 && !t.ended() {
		t.eachMember(d.Rest, t.optional)
	}
	return t.err()
}

// The first byte of a term of the member index says what the term is of.
const (
	termAggregate  = 'a' // type, separator, key
	termID         = 'i' // id
	termLinkType   = 'k' // type of a link
	termLinkTarget = 'l' // e and event id, p and position, or i and id
	termProducer   = 'p' // producer
	termSchema     = 's' // version of a schema
)

// MemberTerms is Terms for the index of optional members: see AggregateTerm,
// IDTerm and the others.
func (d *Draft) MemberTerms(buf []byte, fn func(term []byte) bool) error {
	if len(d.Rest) == 0 {
		return nil
	}
	return d.AllTerms(buf, nil, fn)
}

// AggregateTerm is the term of the events of an aggregate in the member index.
func AggregateTerm(aggregateType, key string) string {
	return string(AppendTerm([]byte{termAggregate}, aggregateType, key))
}

// IsAggregateTerm tells the term of an aggregate from that of an id.
func IsAggregateTerm(term string) bool { return len(term) > 0 && term[0] == termAggregate }

// AggregatesTerm is what the terms of all aggregates of a type begin with; the
// key is what follows.
func AggregatesTerm(aggregateType string) string { return AggregateTerm(aggregateType, "") }

// IDTerm is the term of the versions of an id in the member index.
func IDTerm(id string) string { return string(termID) + id }

// ProducerTerm is the term of a producer in the member index.
func ProducerTerm(producer string) string { return string(termProducer) + producer }

// SchemaTerm is the term of a version of a schema in the member index.
func SchemaTerm(version string) string { return string(termSchema) + version }

// LinkTypeTerm is the term of the events with a link of a type in the member index.
func LinkTypeTerm(linkType string) string { return string(termLinkType) + linkType }

// LinkTargetTerm is the term of the events with a link to a target as it is
// named, whatever version of an id it names.
func LinkTargetTerm(target quipu.Target) string {
	switch {
	case target.EventID != nil:
		return string(termLinkTarget) + "e" + target.EventID.String()
	case target.Position != 0:
		return string(termLinkTarget) + "p" + strconv.FormatUint(uint64(target.Position), 10)
	}
	return string(termLinkTarget) + "i" + target.ID
}

// unquoted is the text of a canonical string; only one with escapes is copied.
func unquoted(raw []byte) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, false
	}
	if content := raw[1 : len(raw)-1]; bytes.IndexByte(content, '\\') < 0 {
		return content, true
	}
	text, ok := canonical.Unquote(raw)
	return []byte(text), ok
}

// EntityTypes calls fn with each type of the draft's entities member until fn returns false.
func (d *Draft) EntityTypes(fn func(entityType string) bool) error {
	return canonical.Members(d.Entities, func(entityType string, _, _ []byte) bool { return fn(entityType) })
}

// HasEntityType reports whether the event concerns an entity of the type, be it
// through its entities, its aggregate or a correlation.
func (d *Draft) HasEntityType(entityType string) bool {
	var buf [128]byte
	found := false
	_ = d.Terms(buf[:0], func(term []byte) bool {
		of, _, _ := SplitTerm(term)
		found = string(of) == entityType
		return !found
	})
	return found
}
