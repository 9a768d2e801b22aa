package selector

import (
	"fmt"

	"github.com/quipu-ledger/quipu/fsm/codec"
)

const (
	flagSystem = 1 << iota
	flagNamed
	flagMeta
	flagsKnown = flagSystem | flagNamed | flagMeta
)

// AppendBinary appends the form in which a condition is replicated: what it
// matches, without After, Until, Limit and Reverse. Paths travel as text.
func (s *Selector) AppendBinary(dst []byte) []byte {
	flags := byte(0)
	if s.System {
		flags |= flagSystem
	}
	if s.named {
		flags |= flagNamed
	}
	if s.meta != nil {
		flags |= flagMeta
	}
	dst = append(dst, flags)
	dst = codec.AppendUint(dst, uint64(len(s.terms)))
	for _, term := range s.terms {
		dst = codec.AppendText(dst, term)
	}
	dst = codec.AppendUint(dst, uint64(len(s.names)))
	for _, n := range s.names {
		dst = codec.AppendText(codec.AppendText(dst, n.name), n.entityType)
		dst = n.data.appendBinary(dst)
	}
	if s.meta != nil {
		dst = s.meta.appendBinary(dst)
	}
	return dst
}

// appendBinary writes an empty text for the nil query, which no query has.
func (q *query) appendBinary(dst []byte) []byte {
	if q == nil {
		return codec.AppendText(dst, "")
	}
	return codec.AppendBytes(codec.AppendText(dst, q.text), q.vars)
}

// Size is about the length of what AppendBinary appends, in bytes.
func (s *Selector) Size() int {
	size := 8 + s.meta.size()
	for _, term := range s.terms {
		size += 2 + len(term)
	}
	for _, n := range s.names {
		size += 4 + len(n.name) + len(n.entityType) + n.data.size()
	}
	return size
}

func (q *query) size() int {
	if q == nil {
		return 0
	}
	return 6 + len(q.text) + len(q.vars)
}

// Decode reads what AppendBinary wrote, and nothing behind it. Paths are
// compiled when an event first needs them, so the selector belongs to one
// goroutine.
func Decode(src []byte) (*Selector, error) {
	r := codec.NewReader(src)
	s := &Selector{}
	flags := r.Byte()
	s.System, s.named = flags&flagSystem != 0, flags&flagNamed != 0
	for range r.Count(r.Len()) {
		s.terms = append(s.terms, r.Text())
	}
	for range r.Count(r.Len()) {
		s.names = append(s.names, byName{name: r.Text(), entityType: r.Text(), data: decodeQuery(r)})
	}
	if flags&flagMeta != 0 {
		if s.meta = decodeQuery(r); s.meta == nil {
			r.Fail()
		}
	}
	if flags&^flagsKnown != 0 {
		r.Fail()
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("selector: %w", err)
	}
	s.normalise()
	return s, nil
}

func decodeQuery(r *codec.Reader) *query {
	text := r.Text()
	if text == "" {
		return nil
	}
	return &query{text: text, vars: r.Bytes()}
}
