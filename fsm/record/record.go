// Package record is an event as the ledger holds it: canonical bytes, its
// binary form, and the checksum that chains each event to the history before it.
//
// It decides nothing and does no I/O. Every byte slice in a Draft is either
// owned by the request that made it or shared with the encoded form that it was
// decoded from; nobody writes to one.
package record

import (
	"encoding/binary"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
)

// Draft is the part of an event that its author gives.
type Draft struct {
	// Name is the event's name.
	Name []byte
	// Entities is a canonical JSON object of arrays of strings.
	Entities []byte
	// Data is one canonical JSON value; empty stands for null.
	Data []byte
	// Meta is a canonical JSON object; empty stands for {}.
	Meta []byte
	// Rest is a canonical JSON object of the event's optional members; empty if it has none.
	Rest []byte
	// Filled are the members of Rest that the ledger filled in where the author
	// left them out. It is beside the content, and not in the id.
	Filled Filled
}

// Filled is a set of members of an event.
type Filled uint8

// The members that the ledger fills in. An aggregate's version is not among
// them, since it is never the author's.
const (
	FilledID Filled = 1 << iota
	FilledSchema
	filledKnown = FilledID | FilledSchema
)

// Record is an event that is in a ledger.
type Record struct {
	Position quipu.Position
	ID       quipu.EventID
	Draft
}

// AppendDraft appends the draft's binary form: each of its five parts behind
// its length as an unsigned varint, and a byte for what is filled.
func AppendDraft(dst []byte, d *Draft) []byte {
	for _, part := range [...][]byte{d.Name, d.Entities, d.Data, d.Meta, d.Rest} {
		dst = codec.AppendBytes(dst, part)
	}
	return append(dst, byte(d.Filled))
}

// DraftBytesMin is the length of a draft's binary form at least, in bytes.
const DraftBytesMin = 6

// DraftSize is the length of the draft's binary form at most, in bytes.
func DraftSize(d *Draft) int {
	return len(d.Name) + len(d.Entities) + len(d.Data) + len(d.Meta) + len(d.Rest) + 5*binary.MaxVarintLen32 + 1
}

// ReadDraft reads a draft, which shares the reader's memory.
func ReadDraft(r *codec.Reader) Draft {
	d := Draft{Name: r.Bytes(), Entities: r.Bytes(), Data: r.Bytes(), Meta: r.Bytes(), Rest: r.Bytes(), Filled: Filled(r.Byte())}
	if d.Filled&^filledKnown != 0 {
		r.Fail()
	}
	return d
}

// AppendValue appends the form in which a store keeps the record under its
// position: the id, then the draft.
func AppendValue(dst []byte, r *Record) []byte {
	return AppendDraft(append(dst, r.ID[:]...), &r.Draft)
}

// DecodeValue is the inverse of AppendValue. The record shares the memory of value.
func DecodeValue(position quipu.Position, value []byte) (Record, error) {
	in := codec.NewReader(value)
	r := Record{Position: position}
	copy(r.ID[:], in.Fixed(len(r.ID)))
	r.Draft = ReadDraft(in)
	if err := in.End(); err != nil {
		return Record{}, fmt.Errorf("event %d: %w", position, err)
	}
	return r, nil
}

// Clone copies the record's bytes into one allocation of its own.
func (r *Record) Clone() Record {
	buf := make([]byte, 0, len(r.Name)+len(r.Entities)+len(r.Data)+len(r.Meta)+len(r.Rest))
	take := func(part []byte) []byte {
		if len(part) == 0 {
			return nil
		}
		start := len(buf)
		buf = append(buf, part...)
		return buf[start:len(buf):len(buf)]
	}
	return Record{Position: r.Position, ID: r.ID, Draft: Draft{
		Name: take(r.Name), Entities: take(r.Entities), Data: take(r.Data), Meta: take(r.Meta), Rest: take(r.Rest), Filled: r.Filled,
	}}
}

// Size is about what the record takes in memory, in bytes.
func (r *Record) Size() int {
	const overhead = 160 // the struct and its share of the indexes
	return overhead + len(r.Name) + len(r.Entities) + len(r.Data) + len(r.Meta) + len(r.Rest)
}

// System reports whether the event is the ledger's own.
func (d *Draft) System() bool { return len(d.Name) > 0 && d.Name[0] == '$' }
