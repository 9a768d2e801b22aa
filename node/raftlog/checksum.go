package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/hashicorp/raft"

	quipu "github.com/quipu-ledger/quipu"
)

const (
	checksumBytes = 4

	// recordBytes is about what an entry takes beyond its data and extensions:
	// the names and values of the other fields, and its key.
	recordBytes = 96
)

// ErrChecksum is the cause of the error of kind Corrupt for a record whose
// content is not what was stored.
var ErrChecksum = errors.New("checksum does not match")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealEntries gives copies of the entries whose Extensions end with the
// checksum, and their size in bytes. Data is shared with the originals: an entry
// holds up to a few hundred kilobytes.
func sealEntries(entries []*raft.Log) (sealed []*raft.Log, size uint64) {
	copies := make([]raft.Log, len(entries))
	sealed = make([]*raft.Log, len(entries))
	for i, entry := range entries {
		copies[i] = *entry
		sum := entryChecksum(entry)
		copies[i].Extensions = binary.BigEndian.AppendUint32(slices.Clone(entry.Extensions), sum)
		sealed[i] = &copies[i]
		size += uint64(len(entry.Data) + len(copies[i].Extensions) + recordBytes)
	}
	return sealed, size
}

// unsealEntry checks an entry that was read under index and takes its checksum
// off.
func unsealEntry(path string, index uint64, entry *raft.Log) error {
	n := len(entry.Extensions) - checksumBytes
	if n < 0 || entry.Index != index {
		return corruptEntry(path, index, ErrChecksum)
	}
	sum := binary.BigEndian.Uint32(entry.Extensions[n:])
	entry.Extensions = entry.Extensions[:n:n]
	if n == 0 {
		entry.Extensions = nil
	}
	if sum != entryChecksum(entry) {
		return corruptEntry(path, index, ErrChecksum)
	}
	return nil
}

// entryChecksum covers what raft acts on. AppendedAt is left out: raft only
// reports it. The length of Data is in it so that no byte can move between
// Data and Extensions.
func entryChecksum(entry *raft.Log) uint32 {
	var head [25]byte
	binary.BigEndian.PutUint64(head[0:], entry.Index)
	binary.BigEndian.PutUint64(head[8:], entry.Term)
	binary.BigEndian.PutUint64(head[16:], uint64(len(entry.Data)))
	head[24] = byte(entry.Type)
	sum := crc32.Checksum(head[:], castagnoli)
	sum = crc32.Update(sum, castagnoli, entry.Data)
	return crc32.Update(sum, castagnoli, entry.Extensions)
}

// sealValue appends a checksum over key and value to a copy of the value. A
// term or a vote that changed on the disk would let the node vote twice.
func sealValue(key, value []byte) []byte {
	return binary.BigEndian.AppendUint32(slices.Clone(value), valueChecksum(key, value))
}

// unsealValue checks a stored value and gives it without its checksum.
func unsealValue(path string, key, stored []byte) ([]byte, error) {
	n := len(stored) - checksumBytes
	if n < 0 || binary.BigEndian.Uint32(stored[n:]) != valueChecksum(key, stored[:n]) {
		return nil, corrupt(path, ErrChecksum, "the value of %q is not what was stored", key)
	}
	return stored[:n:n], nil
}

func valueChecksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

func corruptEntry(path string, index uint64, cause error) error {
	return corrupt(path, cause, "the entry at index %d is not what was stored", index)
}

// damagedStructure is said of a file that bbolt cannot find its way in.
const damagedStructure = "its pages do not fit together"

// corrupt names the file and what in it is damaged, and says what to do.
func corrupt(path string, cause error, format string, args ...any) error {
	return quipu.Errorf(quipu.Corrupt, "%s is damaged: %s", path, fmt.Sprintf(format, args...)).Because(cause).
		WithHint("do not repair or truncate the file; remove this node from the cluster, empty its data directory, and let it join as a new node")
}
