package store

import (
	"encoding/binary"
	"fmt"
	"math"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/ledger"
)

// format is the layout that this program reads and writes. Format 1 was that of
// builds before the first release, whose events had fewer parts.
const format = 2

// firstSlot is the slot of a cluster's first ledger; zero is no slot.
const firstSlot ledger.Slot = 1

var (
	metaBucket    = []byte("meta")
	ledgersBucket = []byte("ledgers")

	formatKey   = []byte("format")
	stampKey    = []byte("stamp")
	markKey     = []byte("mark")
	nextSlotKey = []byte("next-slot")
	droppedKey  = []byte("dropped")
)

// Mark is the place in raft's log up to which the file holds everything. Its
// zero value is that of a file that holds nothing yet.
type Mark struct {
	// Index and Term are those of the last entry that the file covers.
	Index, Term uint64
	// Configuration is the membership at Index, in raft's encoding.
	Configuration []byte
	// ConfigurationIndex is the entry that set it.
	ConfigurationIndex uint64
}

func (m *Mark) append(dst []byte) []byte {
	dst = codec.AppendUint(dst, m.Index)
	dst = codec.AppendUint(dst, m.Term)
	dst = codec.AppendUint(dst, m.ConfigurationIndex)
	return codec.AppendBytes(dst, m.Configuration)
}

func decodeMark(src []byte) (Mark, error) {
	if len(src) == 0 {
		return Mark{}, nil
	}
	in := codec.NewReader(src)
	m := Mark{Index: in.Uint(), Term: in.Uint(), ConfigurationIndex: in.Uint()}
	m.Configuration = append([]byte(nil), in.Bytes()...)
	return m, in.End()
}

// Stamp says which node of which cluster the file belongs to. The zero Stamp
// is that of a node that belongs to no cluster yet.
type Stamp struct{ ClusterID, NodeID string }

// Stamp reads the file's stamp.
func (s *Store) Stamp() (stamp Stamp, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		stamp, err = readStamp(tx)
		return err
	})
	return stamp, err
}

// SetStamp stamps the file; on return that is on disk.
func (s *Store) SetStamp(stamp Stamp) error {
	return s.update(func(tx *bbolt.Tx) error { return putStamp(tx, stamp) })
}

// Mark reads the mark that is on disk.
func (s *Store) Mark() (mark Mark, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		mark, err = readMark(tx)
		return err
	})
	return mark, err
}

// Advance records a mark alone: everything up to it is in the file already, since
// the entries between were not for the state machine. A mark that is not beyond
// the recorded one changes nothing.
func (s *Store) Advance(m Mark) error {
	return s.update(func(tx *bbolt.Tx) error {
		now, err := readMark(tx)
		if err != nil || m.Index <= now.Index {
			return err
		}
		return tx.Bucket(metaBucket).Put(markKey, m.append(nil))
	})
}

// initialise fills an empty file.
func initialise(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	if _, err := tx.CreateBucket(ledgersBucket); err != nil {
		return err
	}
	if err := meta.Put(formatKey, codec.AppendUint(nil, format)); err != nil {
		return err
	}
	return meta.Put(nextSlotKey, codec.AppendUint(nil, uint64(firstSlot)))
}

// checkFormat refuses a file that this program cannot read.
func checkFormat(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil || tx.Bucket(ledgersBucket) == nil {
		return quipu.Errorf(quipu.Corrupt, "%s is a bbolt file but not a ledger file", FileName)
	}
	in := codec.NewReader(meta.Get(formatKey))
	found := in.Uint()
	if in.End() != nil || found == 0 {
		return badMeta(formatKey)
	}
	if found < format {
		return quipu.Errorf(quipu.Invalid, "%s has format %d, that of a build before the first release, and this program knows format %d",
			FileName, found, format).
			WithHint("nothing was changed. Make a new data directory, or export the ledgers with that build and import them here")
	}
	if found > format {
		return quipu.Errorf(quipu.Invalid, "%s has format %d, and this program knows formats up to %d", FileName, found, format).
			WithHint("it was written by a newer quipu; start that one or a newer one. Nothing was changed")
	}
	return nil
}

func readMark(tx *bbolt.Tx) (Mark, error) {
	mark, err := decodeMark(tx.Bucket(metaBucket).Get(markKey))
	if err != nil {
		return Mark{}, badMeta(markKey)
	}
	return mark, nil
}

func readStamp(tx *bbolt.Tx) (Stamp, error) {
	value := tx.Bucket(metaBucket).Get(stampKey)
	if value == nil {
		return Stamp{}, nil
	}
	in := codec.NewReader(value)
	stamp := Stamp{ClusterID: in.Text(), NodeID: in.Text()}
	if in.End() != nil {
		return Stamp{}, badMeta(stampKey)
	}
	return stamp, nil
}

func putStamp(tx *bbolt.Tx, stamp Stamp) error {
	return tx.Bucket(metaBucket).Put(stampKey, codec.AppendText(codec.AppendText(nil, stamp.ClusterID), stamp.NodeID))
}

func readNextSlot(tx *bbolt.Tx) (ledger.Slot, error) {
	in := codec.NewReader(tx.Bucket(metaBucket).Get(nextSlotKey))
	next := in.Uint()
	if in.End() != nil || next == 0 || next > math.MaxUint32 {
		return 0, badMeta(nextSlotKey)
	}
	return ledger.Slot(next), nil
}

// readDropped gives the slots that are still to be cleared.
func readDropped(tx *bbolt.Tx) ([]ledger.Slot, error) {
	value := tx.Bucket(metaBucket).Get(droppedKey)
	slots := make([]ledger.Slot, 0, len(value)/4)
	for ; len(value) >= 4; value = value[4:] {
		slots = append(slots, ledger.Slot(binary.BigEndian.Uint32(value)))
	}
	if len(value) > 0 {
		return nil, badMeta(droppedKey)
	}
	return slots, nil
}

func putDropped(tx *bbolt.Tx, slots []ledger.Slot) error {
	value := make([]byte, 0, 4*len(slots))
	for _, slot := range slots {
		value = binary.BigEndian.AppendUint32(value, uint32(slot))
	}
	return tx.Bucket(metaBucket).Put(droppedKey, value)
}

func badMeta(key []byte) error {
	return quipu.Errorf(quipu.Corrupt, "%s: the value of %q in the bucket %q cannot be read", FileName, key, metaBucket)
}

func slotKey(slot ledger.Slot) []byte { return binary.BigEndian.AppendUint32(nil, uint32(slot)) }

// slotBucket is the name of a slot's bucket.
func slotBucket(slot ledger.Slot) []byte {
	return binary.BigEndian.AppendUint32([]byte("s"), uint32(slot))
}

// corrupt is the error for damage inside a ledger's history.
func corrupt(slot ledger.Slot, bucket []byte, detail string, args ...any) *quipu.Error {
	return quipu.Errorf(quipu.Corrupt, "%s: slot %d, bucket %s: %s", FileName, slot, bucket, fmt.Sprintf(detail, args...)).
		WithHint("stop this node and run `quipu check` on its data; it can be replaced from the others")
}
