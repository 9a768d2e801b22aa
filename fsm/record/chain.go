package record

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"

	"github.com/quipu-ledger/quipu"
)

// castagnoli has hardware support on the machines that we run on.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ledgerIDBits leaves the two version bits of a ledger id at zero.
const ledgerIDBits = 0xfffffffc

// NextID is the id of the event that follows previous in a ledger: the given
// time, and a CRC-32C over the event's name, canonical entities, meta, data,
// the other members if there are any, the time as 16 hex digits, the ledger's
// id as 8 and the previous event's id as 32. Equal ids at a position therefore
// mean equal histories up to it.
func NextID(d *Draft, micros int64, ledger quipu.LedgerID, previous quipu.EventID) quipu.EventID {
	id := quipu.NewEventID(micros, 0, ledger)
	var text [56]byte // time 16, ledger 8, previous 32
	hex.Encode(text[0:16], id[0:8])
	hex.Encode(text[16:24], id[12:16])
	hex.Encode(text[24:56], previous[:])
	checksum := crc32.Update(contentChecksum(d), castagnoli, text[:])
	return quipu.NewEventID(micros, checksum, ledger)
}

// Genesis is the ledger id and the event id that follow from a ledger's first
// event. The event before the first is taken to have the same time and
// checksum zero.
func Genesis(d *Draft, micros int64) (quipu.LedgerID, quipu.EventID) {
	id := quipu.NewEventID(micros, 0, 0)
	var text [16]byte
	hex.Encode(text[:], id[0:8])
	ledger := quipu.LedgerID(crc32.Update(contentChecksum(d), castagnoli, text[:]) & ledgerIDBits)
	return ledger, NextID(d, micros, ledger, quipu.NewEventID(micros, 0, ledger))
}

func contentChecksum(d *Draft) uint32 {
	checksum := crc32.Update(0, castagnoli, d.Name)
	checksum = crc32.Update(checksum, castagnoli, d.Entities)
	checksum = crc32.Update(checksum, castagnoli, d.MetaOrDefault())
	checksum = crc32.Update(checksum, castagnoli, d.DataOrDefault())
	return crc32.Update(checksum, castagnoli, d.Rest)
}

var (
	null        = []byte("null")
	emptyObject = []byte("{}")
)

// DataOrDefault is the event's data, null where it has none.
func (d *Draft) DataOrDefault() []byte {
	if len(d.Data) == 0 {
		return null
	}
	return d.Data
}

// MetaOrDefault is the event's meta, {} where it has none.
func (d *Draft) MetaOrDefault() []byte {
	if len(d.Meta) == 0 {
		return emptyObject
	}
	return d.Meta
}

// Digest is what an idempotency key stands for: a SHA-256 over the events of an
// append alone, in order, as their author gave them. A retry may carry a newer
// condition, and gets no other id and no other version.
type Digest [sha256.Size]byte

// DigestOf computes the digest of an append's events.
func DigestOf(drafts []Draft) Digest {
	hash := sha256.New()
	var buf []byte
	for _, d := range drafts {
		given := d.AsGiven()
		given.Data, given.Meta = given.DataOrDefault(), given.MetaOrDefault() // absent and written out are the same
		buf = AppendDraft(buf[:0], &given)
		hash.Write(buf)
	}
	return Digest(hash.Sum(nil))
}
