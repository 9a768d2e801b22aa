package selector

import (
	"fmt"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

const (
	flagSystem = 1 << iota
	flagNamed
	flagMeta
	flagMembers // there is a list beside that of the entities
	flagsKnown  = flagSystem | flagNamed | flagMeta | flagMembers
)

// AppendBinary appends the form in which a condition is replicated: what it
// matches, without After and what only reads have. Paths travel as text.
func (s *Selector) AppendBinary(dst []byte) []byte {
	dst = append(dst, s.flags())
	dst = appendTexts(dst, s.terms)
	dst = codec.AppendUint(dst, uint64(len(s.names)))
	for _, n := range s.names {
		dst = codec.AppendText(codec.AppendText(dst, n.name), n.entityType)
		dst = n.data.appendBinary(dst)
	}
	if s.meta != nil {
		dst = s.meta.appendBinary(dst)
	}
	if !s.hasMembers() {
		return dst
	}
	for _, list := range s.lists()[1:] {
		dst = appendTexts(dst, *list)
	}
	dst = codec.AppendUint(dst, uint64(len(s.links)))
	for _, f := range s.links {
		dst = codec.AppendText(codec.AppendText(dst, f.linkType), f.target)
		dst = codec.AppendUint(dst, f.version)
	}
	return dst
}

func (s *Selector) flags() (flags byte) {
	for _, one := range [...]struct {
		flag byte
		set  bool
	}{{flagSystem, s.System}, {flagNamed, s.named}, {flagMeta, s.meta != nil}, {flagMembers, s.hasMembers()}} {
		if one.set {
			flags |= one.flag
		}
	}
	return flags
}

// hasMembers is false for most selectors, which then do without five counts.
func (s *Selector) hasMembers() bool { return s.keys() > len(s.terms) }

func appendTexts(dst []byte, list []string) []byte {
	dst = codec.AppendUint(dst, uint64(len(list)))
	for _, text := range list {
		dst = codec.AppendText(dst, text)
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
	size := 13 + s.meta.size()
	for _, list := range s.lists() {
		for _, text := range *list {
			size += 2 + len(text)
		}
	}
	for _, n := range s.names {
		size += 4 + len(n.name) + len(n.entityType) + n.data.size()
	}
	for _, f := range s.links {
		size += 6 + len(f.linkType) + len(f.target)
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
	s.terms = readTexts(r)
	for range r.Count(r.Len()) {
		s.names = append(s.names, byName{name: r.Text(), entityType: r.Text(), data: decodeQuery(r)})
	}
	if flags&flagMeta != 0 {
		if s.meta = decodeQuery(r); s.meta == nil {
			r.Fail()
		}
	}
	if flags&flagMembers != 0 {
		s.readMembers(r)
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

func (s *Selector) readMembers(r *codec.Reader) {
	for _, list := range s.lists()[1:] {
		*list = readTexts(r)
	}
	for range r.Count(r.Len()) {
		f := linkFilter{linkType: r.Text(), target: r.Text(), version: r.Uint()}
		if !f.valid() {
			r.Fail()
		}
		s.links = append(s.links, f)
	}
	if !s.hasMembers() {
		r.Fail()
	}
}

// valid reports a filter that asks for something, and for a version of an id only.
func (f linkFilter) valid() bool {
	id := strings.HasPrefix(f.target, record.LinkTargetTerm(quipu.Target{})) // what the terms of all ids begin with
	return (f.linkType != "" || f.target != "") && (f.version == 0 || id)
}

func readTexts(r *codec.Reader) (list []string) {
	for range r.Count(r.Len()) {
		list = append(list, r.Text())
	}
	return list
}

func decodeQuery(r *codec.Reader) *query {
	text := r.Text()
	if text == "" {
		return nil
	}
	return &query{text: text, vars: r.Bytes()}
}
