package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Batch is everything that was applied since the last flush. The store keeps
// nothing of it. bbolt holds what a transaction changes in memory, a page of 4 KiB
// for each key that has a page to itself: some 16 MB or 10,000 events are a good size.
type Batch struct {
	// Mark is how far raft's log is covered once the batch is in the file.
	Mark Mark
	// NextSlot is the slot of the next ledger; zero leaves it as it is.
	NextSlot ledger.Slot
	// States are those that changed, as they are after Mark.
	States []ledger.State
	// Dropped are slots whose ledger is gone. Their states go now, their history
	// when ClearDropped gets to it.
	Dropped []ledger.Slot
	// Histories are what was added, at most one for each slot.
	Histories []History
}

// History is what was added to one ledger.
type History struct {
	Slot ledger.Slot
	// Records follow the last stored event without a gap.
	Records []record.Record
	// Keys are the idempotency keys of their appends.
	Keys []Key
	// Terms maps, for each index, terms to the ascending positions of the Records
	// that have them, system events too: see selector.Index.Terms.
	Terms [len(selector.Indexes)]map[string][]quipu.Position
	// Files are the contents that the Records name and that may not be stored yet.
	Files map[record.Hash][]byte
}

// Key is an idempotency key and the append that it stands for.
type Key struct {
	Key string
	ledger.KeyRecord
}

var (
	eventsBucket = []byte("events")
	keysBucket   = []byte("keys")

	// indexBuckets are in the order of selector.Index.
	indexBuckets = [len(selector.Indexes)][]byte{
		selector.ByEntity: []byte("entities"), selector.ByName: []byte("names"), selector.ByMember: []byte("members"),
	}
)

// Flush writes a batch in one transaction; on return it is on disk. A node that
// cannot flush cannot go on, so any error calls Fatal and is returned.
func (s *Store) Flush(b *Batch) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.updateLocked(func(tx *bbolt.Tx) error { return b.write(tx) })
	if err != nil && s.failed == nil && !s.closed {
		return s.fail(fmt.Errorf("flush to %s: %w", s.path(), err))
	}
	return err
}

func (b *Batch) write(tx *bbolt.Tx) error {
	for i := range b.Histories {
		if h := &b.Histories[i]; !slices.Contains(b.Dropped, h.Slot) {
			if err := h.write(tx); err != nil {
				return err
			}
		}
	}
	for i := range b.States {
		if s := &b.States[i]; !slices.Contains(b.Dropped, s.Slot) {
			if err := putState(tx, s); err != nil {
				return err
			}
		}
	}
	if err := drop(tx, b.Dropped); err != nil {
		return err
	}
	return b.writeMeta(tx)
}

func (b *Batch) writeMeta(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if b.NextSlot != 0 {
		if err := meta.Put(nextSlotKey, codec.AppendUint(nil, uint64(b.NextSlot))); err != nil {
			return err
		}
	}
	now, err := readMark(tx)
	if err != nil {
		return err
	}
	if b.Mark.Index < now.Index {
		return quipu.Errorf(quipu.Internal, "the mark %d of the batch is before %d, which is on disk", b.Mark.Index, now.Index)
	}
	return meta.Put(markKey, b.Mark.append(nil))
}

// putState stores a state, which must be that of the history that is stored.
func putState(tx *bbolt.Tx, s *ledger.State) error {
	if head, id := storedHead(tx.Bucket(slotBucket(s.Slot))); head != s.Head || id != s.HeadID {
		return quipu.Errorf(quipu.Internal, "the state of slot %d has its head at %d (%s), its history ends at %d (%s)",
			s.Slot, s.Head, s.HeadID, head, id)
	}
	return tx.Bucket(ledgersBucket).Put(slotKey(s.Slot), s.Append(nil))
}

// storedHead is the position and the id of the last event in a slot's bucket,
// zero if there is none.
func storedHead(slot *bbolt.Bucket) (head quipu.Position, id quipu.EventID) {
	if slot == nil {
		return 0, id
	}
	events := slot.Bucket(eventsBucket)
	if events == nil {
		return 0, id
	}
	key, value := events.Cursor().Last()
	if len(key) != 8 {
		return 0, id
	}
	copy(id[:], value)
	return quipu.Position(binary.BigEndian.Uint64(key)), id
}

// write adds the history in the order of the keys of each bucket, so that each
// page is visited once.
func (h *History) write(tx *bbolt.Tx) error {
	slot, err := tx.CreateBucketIfNotExists(slotBucket(h.Slot))
	if err != nil {
		return err
	}
	if err := h.writeEvents(slot); err != nil {
		return err
	}
	if err := h.writeKeys(slot); err != nil {
		return err
	}
	if err := h.writeFiles(slot); err != nil {
		return err
	}
	for index, terms := range h.Terms {
		if err := writeTerms(slot, indexBuckets[index], terms); err != nil {
			return fmt.Errorf("slot %d, bucket %s: %w", h.Slot, indexBuckets[index], err)
		}
	}
	return nil
}

func (h *History) writeEvents(slot *bbolt.Bucket) error {
	head, _ := storedHead(slot)
	events, err := slot.CreateBucketIfNotExists(eventsBucket)
	if err != nil {
		return err
	}
	events.FillPercent = 1 // positions only grow
	for i := range h.Records {
		r := &h.Records[i]
		if head++; r.Position != head {
			return quipu.Errorf(quipu.Internal, "slot %d: the event to store after %d has the position %d", h.Slot, head-1, r.Position)
		}
		value := record.AppendValue(make([]byte, 0, len(r.ID)+record.DraftSize(&r.Draft)), r)
		if err := events.Put(appendPosition(nil, r.Position), value); err != nil {
			return err
		}
	}
	return nil
}

func (h *History) writeKeys(slot *bbolt.Bucket) error {
	keys, err := slot.CreateBucketIfNotExists(keysBucket)
	if err != nil || len(h.Keys) == 0 {
		return err
	}
	sorted := slices.SortedFunc(slices.Values(h.Keys), func(a, b Key) int { return strings.Compare(a.Key, b.Key) })
	if last, _ := keys.Cursor().Last(); bytes.Compare([]byte(sorted[0].Key), last) > 0 {
		keys.FillPercent = 1 // keys that are ordered by time, as our client makes them
	}
	for i := range sorted {
		if err := keys.Put([]byte(sorted[i].Key), appendKeyRecord(nil, &sorted[i].KeyRecord)); err != nil {
			return err
		}
	}
	return nil
}

func writeTerms(slot *bbolt.Bucket, name []byte, terms map[string][]quipu.Position) error {
	index, err := slot.CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	for _, term := range slices.Sorted(maps.Keys(terms)) {
		if err := extend(index, term, terms[term]); err != nil {
			return err
		}
	}
	return nil
}

func appendKeyRecord(dst []byte, k *ledger.KeyRecord) []byte {
	dst = append(dst, k.Digest[:]...)
	dst = codec.AppendUint(dst, uint64(k.First))
	return codec.AppendUint(dst, uint64(k.Last-k.First))
}

func decodeKeyRecord(value []byte) (ledger.KeyRecord, bool) {
	var k ledger.KeyRecord
	in := codec.NewReader(value)
	copy(k.Digest[:], in.Fixed(len(k.Digest)))
	k.First = quipu.Position(in.Uint())
	length := in.Uint()
	k.Last = k.First + quipu.Position(length)
	return k, in.End() == nil && k.First > 0 && k.Last >= k.First
}
