package record

import (
	"encoding/json"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// Valid reports whether the entities and the optional members are of the shapes on
// which everything relies that reads the event later. It holds no limit and does
// not ask for the canonical form: both are for an edge, and may be others in
// another release, while an event that is in a log stays valid for ever.
func (d *Draft) Valid() bool {
	if !json.Valid(d.Entities) || !validEntities(d.Entities) {
		return false
	}
	return len(d.Rest) == 0 || json.Valid(d.Rest) && validRest(d.Rest)
}

// validity reports whether a value has a shape. It may rely on the bytes being JSON.
type validity func(value []byte) bool

var (
	validRest = object(
		optional(MemberAggregate, object(field("key", text), field("type", text), optional("version", count))),
		optional(MemberCorrelations, list(object(field("identifier", text), field("name", text), field("service", text)))),
		optional(MemberEncryptedData, text),
		optional(MemberFiles, list(either(validContent, validReference))),
		optional(MemberHappenedAt, text),
		optional(MemberID, text),
		optional(MemberLinks, list(object(optional("meta", anyObject), field("target", validTarget), field("type", text)))),
		optional(MemberProducer, text),
		optional(MemberSchema, text),
		optional(MemberVersion, count),
	)
	validContent = object(
		optional("contentType", text), optional("filename", text), field("hash", hash), field("id", text), field("size", size),
	)
	validReference = object(
		optional("contentType", text), field("data", text), optional("filename", text), optional("hash", text),
		field("id", text), field("isReference", yes), optional("size", size),
	)
	validTarget = either(
		object(field("eventId", eventID)), object(field("id", text), optional("version", count)), object(field("position", count)),
	)
)

// validEntities allows any names, each with a list of texts.
func validEntities(value []byte) bool {
	ok := true
	keys := list(text)
	err := canonical.Members(value, func(_ string, _, value []byte) bool {
		ok = keys(value)
		return ok
	})
	return err == nil && ok
}

type objectField struct {
	name     string
	valid    validity
	optional bool
}

func field(name string, valid validity) objectField    { return objectField{name: name, valid: valid} }
func optional(name string, valid validity) objectField { return objectField{name, valid, true} }

// object has these fields, in this order, and no others.
func object(fields ...objectField) validity {
	return func(value []byte) bool {
		next, ok := 0, true
		err := canonical.Members(value, func(name string, _, value []byte) bool {
			for next < len(fields) && fields[next].optional && fields[next].name != name {
				next++
			}
			ok = next < len(fields) && fields[next].name == name && fields[next].valid(value)
			next++
			return ok
		})
		for ; ok && next < len(fields); next++ {
			ok = fields[next].optional
		}
		return err == nil && ok
	}
}

func list(valid validity) validity {
	return func(value []byte) bool {
		ok := true
		err := canonical.Elements(value, func(value []byte) bool {
			ok = valid(value)
			return ok
		})
		return err == nil && ok
	}
}

func either(of ...validity) validity {
	return func(value []byte) bool {
		for _, valid := range of {
			if valid(value) {
				return true
			}
		}
		return false
	}
}

func text(value []byte) bool      { return len(value) > 0 && value[0] == '"' }
func anyObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }
func yes(value []byte) bool       { return string(value) == "true" }

// count is a whole number from 1.
func count(value []byte) bool {
	n, err := strconv.ParseUint(string(value), 10, 64)
	return err == nil && n > 0
}

// size is a number of bytes.
func size(value []byte) bool {
	n, err := strconv.ParseInt(string(value), 10, 64)
	return err == nil && n >= 0
}

func hash(value []byte) bool {
	text, ok := unquoted(value)
	if ok {
		_, ok = ParseHash(string(text))
	}
	return ok
}

func eventID(value []byte) bool {
	text, ok := unquoted(value)
	if ok {
		_, ok = quipu.ParseEventID(string(text))
	}
	return ok
}
