// Package tail holds the newest events of all ledgers in memory, with small
// indexes, between the moment when they are applied and the moment when they
// are in the store.
//
// It is not the durable copy: until an event is flushed, that is the raft log.
//
// A tail is a list of segments. Events join the newest; the older ones are
// sealed, never change again, and are dropped from the front once they have
// been flushed.
package tail

import (
	"sync"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Tail is safe for concurrent use. Only one goroutine may Add.
type Tail struct {
	mu       sync.RWMutex
	segments []*Segment // oldest first; guarded by mu
	open     *Segment   // the last of segments, or nil; guarded by mu
	bytes    int64      // of all segments; guarded by mu
}

// Segment is a run of events of any number of ledgers. Once it is sealed,
// nothing in it changes.
type Segment struct {
	histories map[ledger.Slot]*History
	bytes     int64
	events    int
}

// History is the part of one ledger that a segment holds.
type History struct {
	// Records have consecutive positions. They share memory with the raft
	// entries that they came in.
	Records []record.Record
	// Keys are of the appends whose events these are.
	Keys map[string]ledger.KeyRecord
	// Terms are the postings of the records, by selector.Index, ascending.
	Terms [len(selector.Indexes)]map[string][]quipu.Position
	// Files are the contents that came with the records, each once. Their bytes
	// are the raft entries' too.
	Files map[record.Hash][]byte
}

// New is an empty tail.
func New() *Tail { return &Tail{} }

// Add appends records, whose positions follow those that the ledger has, what
// their idempotency key stands for if it is not empty, and the contents of their
// files, which need not be those that the ledger has already.
func (t *Tail) Add(slot ledger.Slot, records []record.Record, key string, kept ledger.KeyRecord, files []command.File) error {
	if len(records) == 0 {
		return nil // a history that is there has a first record
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = &Segment{histories: map[ledger.Slot]*History{}}
		t.segments = append(t.segments, t.open)
	}
	h := t.open.histories[slot]
	if h == nil {
		h = &History{Keys: map[string]ledger.KeyRecord{}, Files: map[record.Hash][]byte{}}
		for i := range h.Terms {
			h.Terms[i] = map[string][]quipu.Position{}
		}
		t.open.histories[slot] = h
	}
	size, err := h.add(records)
	if key != "" {
		h.Keys[key] = kept
		size += int64(len(key)) + entryBytes
	}
	size += h.keep(files)
	t.open.bytes += size
	t.open.events += len(records)
	t.bytes += size
	return err
}

func (h *History) add(records []record.Record) (size int64, err error) {
	var buf [128]byte
	var at quipu.Position
	enter := func(index selector.Index) func([]byte) bool {
		return func(term []byte) bool {
			size += post(h.Terms[index], term, at)
			return true
		}
	}
	entity, member := enter(selector.ByEntity), enter(selector.ByMember)
	for i := range records {
		r := &records[i]
		h.Records = append(h.Records, *r)
		at = r.Position
		size += int64(r.Size()) + post(h.Terms[selector.ByName], r.Name, at)
		if err := r.AllTerms(buf[:0], entity, member); err != nil { // both indexes in one walk
			return size, err
		}
	}
	return size, nil
}

// keep takes contents and gives about the memory that they take. One that is
// there is the same.
func (h *History) keep(files []command.File) (size int64) {
	for i := range files {
		if _, known := h.Files[files[i].Hash]; !known {
			h.Files[files[i].Hash] = files[i].Bytes
			size += int64(len(files[i].Hash)+len(files[i].Bytes)) + entryBytes
		}
	}
	return size
}

// entryBytes is about what an entry of a map takes beside its key's text.
const entryBytes = 96

// post adds a position once, however often the event names the term, and gives
// about the memory that this takes. An event may have many keys that no other
// has, and these weigh more than the event itself.
func post(terms map[string][]quipu.Position, term []byte, p quipu.Position) (size int64) {
	list, known := terms[string(term)]
	switch n := len(list); {
	case !known:
		size = int64(len(term)) + entryBytes
	case list[n-1] == p:
		return 0
	}
	terms[string(term)] = append(list, p)
	return size + 8
}

// Seal closes the open segment and gives it, or nil if nothing was added since
// the last time.
func (t *Tail) Seal() *Segment {
	t.mu.Lock()
	defer t.mu.Unlock()
	sealed := t.open
	t.open = nil
	return sealed
}

// Drop forgets the oldest segment, which the store holds by now.
func (t *Tail) Drop(s *Segment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.segments) > 0 && t.segments[0] == s {
		t.segments = append([]*Segment(nil), t.segments[1:]...)
		t.bytes -= s.bytes
	}
}

// Reset forgets everything, when the store has been replaced by a newer one.
func (t *Tail) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.segments, t.open, t.bytes = nil, nil, 0
}

// Bytes is about the memory that the tail takes.
func (t *Tail) Bytes() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bytes
}

// OpenBytes is about the memory that the open segment takes.
func (t *Tail) OpenBytes() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.open == nil {
		return 0
	}
	return t.open.bytes
}

// Histories are a sealed segment's events by slot. They must not be changed.
func (s *Segment) Histories() map[ledger.Slot]*History { return s.histories }

// Events is the number of events in a sealed segment.
func (s *Segment) Events() int { return s.events }
