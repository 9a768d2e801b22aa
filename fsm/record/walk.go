package record

import (
	"bytes"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
)

// terms is a walk over the terms of one draft. A nil function wants none of its index.
type terms struct {
	buf            []byte
	entity, member func([]byte) bool
	left           bool // a function has returned false
	bad            bool // the draft cannot be read
}

func (t *terms) ended() bool { return t.left || t.bad }

func (t *terms) err() error {
	if t.bad {
		return codec.ErrMalformed
	}
	return nil
}

// give passes on what is in buf.
func (t *terms) give(to func([]byte) bool) { t.left = !to(t.buf) }

func (t *terms) eachMember(object []byte, fn func(name string, value []byte)) {
	err := canonical.Members(object, func(name string, _, value []byte) bool {
		fn(name, value)
		return !t.ended()
	})
	t.bad = t.bad || err != nil
}

func (t *terms) eachElement(array []byte, fn func(value []byte)) {
	err := canonical.Elements(array, func(value []byte) bool {
		fn(value)
		return !t.ended()
	})
	t.bad = t.bad || err != nil
}

func (t *terms) entities(entities []byte) {
	t.eachMember(entities, func(entityType string, keys []byte) {
		t.eachElement(keys, func(raw []byte) {
			key, ok := unquoted(raw)
			if t.bad = !ok; ok {
				t.buf = append(append(append(t.buf[:0], entityType...), termSeparator), key...)
				t.give(t.entity)
			}
		})
	})
}

// optional gives the terms of an optional member.
func (t *terms) optional(name string, value []byte) {
	switch name {
	case MemberAggregate:
		t.aggregate(value)
	case MemberCorrelations:
		if t.entity != nil {
			t.eachElement(value, t.correlation)
		}
	case MemberID:
		t.text(termID, value)
	case MemberLinks:
		if t.member != nil {
			t.eachElement(value, t.link)
		}
	case MemberProducer:
		t.text(termProducer, value)
	case MemberSchema:
		t.text(termSchema, value)
	}
}

// aggregate is an entity, and has a term of its own among the members.
func (t *terms) aggregate(object []byte) {
	var aggregateType, key []byte
	okType, okKey := false, false
	t.eachMember(object, func(name string, value []byte) {
		switch name {
		case "key":
			key, okKey = unquoted(value)
		case "type":
			aggregateType, okType = unquoted(value)
		}
	})
	if t.bad = t.bad || !okType || !okKey; t.bad {
		return
	}
	t.buf = append(append(append(append(t.buf[:0], termAggregate), aggregateType...), termSeparator), key...)
	if t.member != nil {
		t.give(t.member)
	}
	if t.entity != nil && !t.left {
		t.left = !t.entity(t.buf[1:])
	}
}

func (t *terms) correlation(object []byte) {
	var service, name, identifier []byte
	read := 0
	t.eachMember(object, func(member string, value []byte) {
		text, ok := unquoted(value)
		if !ok {
			return
		}
		read++
		switch member {
		case "service":
			service = text
		case "name":
			name = text
		case "identifier":
			identifier = text
		}
	})
	if t.bad = t.bad || read != 3; t.bad {
		return
	}
	t.buf = t.buf[:0]
	if len(service) > 0 {
		t.buf = append(appendEscaped(t.buf, service), '/')
	}
	t.buf = append(append(appendEscaped(t.buf, name), termSeparator), identifier...)
	t.give(t.entity)
}

// appendEscaped appends a part of quipu.EntityType, which most parts are as they stand.
func appendEscaped(dst, part []byte) []byte {
	if bytes.IndexByte(part, '/') < 0 && bytes.IndexByte(part, '~') < 0 {
		return append(dst, part...)
	}
	return append(dst, quipu.EntityType("", string(part))...)
}

func (t *terms) text(kind byte, raw []byte) {
	if t.member == nil {
		return
	}
	text, ok := unquoted(raw)
	if t.bad = !ok; ok {
		t.buf = append(append(t.buf[:0], kind), text...)
		t.give(t.member)
	}
}

// link gives the type and the target of a link.
func (t *terms) link(object []byte) {
	var linkType, target []byte
	t.eachMember(object, func(name string, value []byte) {
		switch name {
		case "type":
			linkType = value
		case "target":
			target = value
		}
	})
	if t.ended() {
		return
	}
	if t.text(termLinkType, linkType); !t.ended() {
		t.linkTarget(target)
	}
}

// linkTarget gives the term of a target, which has one of three names.
func (t *terms) linkTarget(target []byte) {
	named := false
	t.eachMember(target, func(name string, value []byte) {
		kind := byte(0)
		switch name {
		case "eventId":
			kind = 'e'
		case "id":
			kind = 'i'
		case "position":
			kind = 'p'
		default:
			return
		}
		if !named {
			t.target(kind, value)
		}
		named = true
	})
	t.bad = t.bad || !named
}

func (t *terms) target(kind byte, raw []byte) {
	text, ok := raw, true
	if kind != 'p' {
		text, ok = unquoted(raw)
	}
	if t.bad = !ok; ok {
		t.buf = append(append(t.buf[:0], termLinkTarget, kind), text...)
		t.give(t.member)
	}
}
