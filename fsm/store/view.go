package store

import (
	"bytes"
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// viewTimeMax is how long a view should be open at most: it keeps pages that were
// replaced since from being used again, so the file grows.
const viewTimeMax = time.Second

// Load reads what a node keeps in memory, and checks that each ledger's history
// ends where its state says.
func (s *Store) Load() (states []*ledger.State, next ledger.Slot, mark Mark, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		if states, err = loadStates(tx); err != nil {
			return err
		}
		if next, err = readNextSlot(tx); err != nil {
			return err
		}
		mark, err = readMark(tx)
		return err
	})
	return states, next, mark, err
}

func loadStates(tx *bbolt.Tx) (states []*ledger.State, err error) {
	err = tx.Bucket(ledgersBucket).ForEach(func(key, value []byte) error {
		state, err := ledger.DecodeState(value)
		if err != nil || !bytes.Equal(key, slotKey(state.Slot)) {
			return quipu.Errorf(quipu.Corrupt, "%s: bucket %s: the state under %x cannot be read", FileName, ledgersBucket, key)
		}
		if head, id := storedHead(tx.Bucket(slotBucket(state.Slot))); head != state.Head || id != state.HeadID {
			return corrupt(state.Slot, eventsBucket, "the last event is %d (%s), the ledger's state says %d (%s)", head, id, state.Head, state.HeadID)
		}
		states = append(states, state)
		return nil
	})
	return states, err
}

// View is the file as it was at one moment. It is for one goroutine, for a page of
// events or a second at most, and never across a write to a network. It stays
// valid when the file is replaced.
type View struct {
	store  *Store
	tx     *bbolt.Tx
	opened time.Time
}

// View opens a view, which the caller closes.
func (s *Store) View() (*View, error) {
	tx, err := s.read()
	if err != nil {
		return nil, err
	}
	return &View{store: s, tx: tx, opened: time.Now()}, nil
}

// Close ends the view. What was read from it must not be touched any more.
func (v *View) Close() error {
	if open := time.Since(v.opened); open > viewTimeMax {
		v.store.options.Logger.Warn("a view of the ledger file was open for long", "open", open)
	}
	return v.tx.Rollback()
}

// Ledger reads the events of a slot that are in the file; there are none for a
// slot that is not.
func (v *View) Ledger(slot ledger.Slot) Ledger { return v.reader(slot) }

func (v *View) reader(slot ledger.Slot) *reader {
	l := &reader{slot: slot}
	bucket := v.tx.Bucket(slotBucket(slot))
	if bucket == nil {
		return l
	}
	l.head, _ = storedHead(bucket)
	l.keys, l.files = bucket.Bucket(keysBucket), bucket.Bucket(filesBucket)
	for index, name := range indexBuckets {
		l.indexes[index] = bucket.Bucket(name)
	}
	if events := bucket.Bucket(eventsBucket); events != nil {
		l.events = events.Cursor()
	}
	return l
}

// Ledger is one ledger in a view: a selector.Source for the events in the file.
// What it gives shares the file's memory and is valid until the view is closed;
// whoever keeps it copies it.
type Ledger interface {
	// Source reads events and postings. Reading the event after, or before, the
	// one that was read last is a step and not a search. An event that is missing or
	// cannot be read is an error of kind Corrupt; one beyond Head is NotFound.
	// Estimate is exact.
	selector.Source
	// Key finds the append of an idempotency key.
	Key(key string) (ledger.KeyRecord, bool, error)
	// File gives the content with a hash. One that does not have the hash any more is
	// an error of kind Corrupt.
	File(hash record.Hash) (content []byte, ok bool, err error)
	// HasFile reports whether there is a content with a hash.
	HasFile(hash record.Hash) bool
	// Terms gives the first distinct terms of an index, limit at most, that begin with
	// the prefix, are greater than the prefix and after put together, and are of an
	// event up to a position, which a reader whose head is older than the file's needs.
	// They are in the order of their bytes, as long as none of them is the beginning of
	// another that goes on with a byte 0. The cost grows with the answer, and with the
	// terms that are only of later events, but with no term's number of postings.
	Terms(index selector.Index, prefix, after string, until quipu.Position, limit int) ([]string, error)
	// Head is the position of the last event in the file, 0 if there is none.
	Head() quipu.Position
}

// reader implements Ledger.
type reader struct {
	slot    ledger.Slot
	head    quipu.Position
	keys    *bbolt.Bucket // nil if there is none, as are the others
	files   *bbolt.Bucket
	indexes [len(selector.Indexes)]*bbolt.Bucket

	// events stands at the event at, unless at is 0.
	events *bbolt.Cursor
	at     quipu.Position

	// err is the first damage that was found where no error can be returned. From
	// then on Record returns it, so that no walk ends without it.
	err error
}

var _ Ledger = (*reader)(nil)

func (l *reader) Head() quipu.Position { return l.head }

func (l *reader) Record(p quipu.Position) (record.Record, error) {
	if l.err != nil {
		return record.Record{}, l.err
	}
	if p == 0 || p > l.head || l.events == nil {
		return record.Record{}, quipu.Errorf(quipu.NotFound, "slot %d has no event %d in %s, its last is %d", l.slot, p, FileName, l.head)
	}
	key, value := l.find(p)
	if len(key) != 8 || quipu.Position(binary.BigEndian.Uint64(key)) != p {
		l.at = 0
		return record.Record{}, corrupt(l.slot, eventsBucket, "event %d is missing, the head is %d", p, l.head)
	}
	l.at = p
	r, err := record.DecodeValue(p, value)
	if err != nil {
		return record.Record{}, corrupt(l.slot, eventsBucket, "event %d cannot be read", p).Because(err)
	}
	return r, nil
}

// find steps where it can, since a replay reads one event after the other.
func (l *reader) find(p quipu.Position) (key, value []byte) {
	switch {
	case l.at == 0:
	case p == l.at+1:
		return l.events.Next()
	case p == l.at-1:
		return l.events.Prev()
	}
	var buf [8]byte
	return l.events.Seek(appendPosition(buf[:0], p))
}

func (l *reader) Key(key string) (ledger.KeyRecord, bool, error) {
	if l.keys == nil || key == "" {
		return ledger.KeyRecord{}, false, nil
	}
	value := l.keys.Get([]byte(key))
	if value == nil {
		return ledger.KeyRecord{}, false, nil
	}
	found, ok := decodeKeyRecord(value)
	if !ok {
		return ledger.KeyRecord{}, false, corrupt(l.slot, keysBucket, "the value of %q cannot be read", key)
	}
	return found, true, nil
}
