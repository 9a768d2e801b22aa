package record

import (
	"bytes"

	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
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

// Terms calls fn with the index term of each entity of the draft, in the order
// of its canonical form, until fn returns false. The term is valid during the
// call only: buf is reused for all of them.
func (d *Draft) Terms(buf []byte, fn func(term []byte) bool) error {
	more, malformed := true, false
	err := canonical.Members(d.Entities, func(entityType string, _, keys []byte) bool {
		err := canonical.Elements(keys, func(raw []byte) bool {
			key, ok := unquoted(raw)
			if !ok {
				malformed = true
				return false
			}
			buf = append(append(append(buf[:0], entityType...), termSeparator), key...)
			more = fn(buf)
			return more
		})
		malformed = malformed || err != nil
		return more && !malformed
	})
	if err != nil || malformed {
		return codec.ErrMalformed
	}
	return nil
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

// EntityTypes calls fn with each entity type of the draft until fn returns false.
func (d *Draft) EntityTypes(fn func(entityType string) bool) error {
	return canonical.Members(d.Entities, func(entityType string, _, _ []byte) bool { return fn(entityType) })
}

// HasEntityType reports whether the event concerns an entity of the type.
func (d *Draft) HasEntityType(entityType string) bool {
	found := false
	_ = d.EntityTypes(func(t string) bool {
		found = t == entityType
		return !found
	})
	return found
}
