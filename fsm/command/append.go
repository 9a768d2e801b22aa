package command

import (
	"encoding/binary"
	"math"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

func (c *Append) appendBody(dst []byte) []byte {
	dst = appendLedger(dst, c.Ledger)
	dst = codec.AppendUint(dst, uint64(c.CheckedThrough))
	dst = codec.AppendText(dst, c.Key)
	if c.Key != "" {
		dst = append(dst, c.Digest[:]...)
	}
	dst = codec.AppendUint(dst, uint64(len(c.Conditions)))
	for _, condition := range c.Conditions {
		dst = appendCondition(dst, condition)
	}
	dst = codec.AppendUint(dst, uint64(len(c.Expect)))
	for _, e := range c.Expect {
		dst = appendAggregate(codec.AppendUint(dst, uint64(e.Event)), &e.Aggregate)
	}
	dst = codec.AppendUint(dst, uint64(len(c.Events)))
	for i := range c.Events {
		dst = record.AppendDraft(dst, &c.Events[i])
	}
	return c.Facts.append(appendFiles(dst, c.Files))
}

func readAppend(r *codec.Reader) *Append {
	c := &Append{Ledger: readLedger(r), CheckedThrough: quipu.Position(r.Uint()), Key: r.Text()}
	if c.Key != "" {
		copy(c.Digest[:], r.Fixed(len(c.Digest)))
	}
	c.Conditions = readList(r, readCondition)
	c.Expect = readList(r, readExpectation)
	c.Events = make([]record.Draft, r.Count(r.Len()/record.DraftBytesMin))
	for i := range c.Events {
		c.Events[i] = record.ReadDraft(r)
	}
	c.Files = readList(r, readFile)
	c.Facts = readFacts(r)
	return c
}

// readList reads a count and so many of what read reads. It stops at the first
// that is malformed, so that what it allocates is bounded by what is there.
func readList[T any](r *codec.Reader, read func(*codec.Reader) T) (list []T) {
	for n := r.Count(r.Len()); n > 0 && r.Err() == nil; n-- {
		list = append(list, read(r))
	}
	return list
}

// A condition is a zero byte, a place and a selector, or a one and an aggregate.
func appendCondition(dst []byte, c Condition) []byte {
	if c.Aggregate != nil {
		return appendAggregate(append(dst, 1), c.Aggregate)
	}
	return codec.AppendBytes(appendPlace(append(dst, 0), c.After), c.AppendBinary(nil))
}

func readCondition(r *codec.Reader) (c Condition) {
	switch r.Byte() {
	case 0:
		after := readPlace(r)
		s, err := selector.Decode(r.Bytes())
		if err != nil {
			r.Fail()
			return c
		}
		s.After = after
		c.Selector = s
	case 1:
		aggregate := readAggregate(r)
		c.Aggregate = &aggregate
	default:
		r.Fail()
	}
	return c
}

func appendAggregate(dst []byte, a *quipu.Aggregate) []byte {
	return codec.AppendUint(codec.AppendText(codec.AppendText(dst, a.Type), a.Key), a.Version)
}

func readExpectation(r *codec.Reader) Expectation {
	return Expectation{Event: readIndex(r), Aggregate: readAggregate(r)}
}

func readAggregate(r *codec.Reader) quipu.Aggregate {
	return quipu.Aggregate{Type: r.Text(), Key: r.Text(), Version: r.Uint()}
}

// readIndex reads the index of an event. Whether there is such an event is for
// who uses it.
func readIndex(r *codec.Reader) int { return int(min(r.Uint(), math.MaxInt32)) }

// A place is a zero byte and a position, or a one and an event id.
func appendPlace(dst []byte, p quipu.Place) []byte {
	if !p.EventID.IsZero() {
		return append(append(dst, 1), p.EventID[:]...)
	}
	return codec.AppendUint(append(dst, 0), uint64(p.Position))
}

func readPlace(r *codec.Reader) (p quipu.Place) {
	switch r.Byte() {
	case 0:
		p.Position = quipu.Position(r.Uint())
	case 1:
		copy(p.EventID[:], r.Fixed(len(p.EventID)))
	default:
		r.Fail()
	}
	return p
}

func appendFiles(dst []byte, files []File) []byte {
	dst = codec.AppendUint(dst, uint64(len(files)))
	for i := range files {
		dst = codec.AppendBytes(append(dst, files[i].Hash[:]...), files[i].Bytes)
	}
	return dst
}

func readFile(r *codec.Reader) (f File) {
	copy(f.Hash[:], r.Fixed(len(f.Hash)))
	f.Bytes = r.Bytes()
	return f
}

func (f *Facts) append(dst []byte) []byte {
	dst = codec.AppendUint(dst, uint64(len(f.Versions)))
	for _, v := range f.Versions {
		dst = codec.AppendUint(codec.AppendText(dst, v.Term), v.Last)
	}
	links := byte(0)
	if f.Links {
		links = 1
	}
	dst = codec.AppendUint(append(dst, links), uint64(len(f.Absent)))
	for _, l := range f.Absent {
		dst = codec.AppendUint(codec.AppendUint(dst, uint64(l.Event)), uint64(l.Link))
	}
	dst = codec.AppendUint(dst, uint64(len(f.Schemas)))
	for i := range f.Schemas {
		dst = append(codec.AppendUint(dst, uint64(f.Schemas[i].Event)), f.Schemas[i].Digest[:]...)
	}
	return dst
}

func readFacts(r *codec.Reader) (f Facts) {
	f.Versions = readList(r, func(r *codec.Reader) Version { return Version{Term: r.Text(), Last: r.Uint()} })
	links := r.Byte()
	if links > 1 {
		r.Fail()
	}
	f.Links = links == 1
	f.Absent = readList(r, func(r *codec.Reader) Link { return Link{Event: readIndex(r), Link: readIndex(r)} })
	f.Schemas = readList(r, readSchema)
	return f
}

func readSchema(r *codec.Reader) Schema {
	s := Schema{Event: readIndex(r)}
	copy(s.Digest[:], r.Fixed(len(s.Digest)))
	return s
}

// size is about the length of the append's encoding, in bytes, and seldom less.
func (c *Append) size() int {
	size := len(c.Key) + len(c.Digest)
	for i := range c.Events {
		size += record.DraftSize(&c.Events[i])
	}
	for _, condition := range c.Conditions {
		if size += 32; condition.Selector != nil {
			size += condition.Size()
		} else {
			size += aggregateSize(condition.Aggregate)
		}
	}
	for i := range c.Expect {
		size += 3 + aggregateSize(&c.Expect[i].Aggregate)
	}
	return size + filesSize(c.Files) + c.Facts.size()
}

func (f *Facts) size() int {
	size := 4*len(f.Absent) + (3+len(record.Digest{}))*len(f.Schemas)
	for i := range f.Versions {
		size += 2 + len(f.Versions[i].Term) + binary.MaxVarintLen64
	}
	return size
}

func aggregateSize(a *quipu.Aggregate) int {
	return 4 + len(a.Type) + len(a.Key) + binary.MaxVarintLen64
}

func filesSize(files []File) int {
	size := 0
	for i := range files {
		size += len(files[i].Hash) + 4 + len(files[i].Bytes)
	}
	return size
}
