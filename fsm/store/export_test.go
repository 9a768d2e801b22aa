package store

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/quipu-ledger/quipu"
)

// Reseal puts another file in front of a stream's trailer, with a checksum that is right.
func Reseal(stream, file []byte) []byte {
	fixed := stream[len(stream)-trailerFixed:]
	length := int(binary.BigEndian.Uint32(fixed))
	out := append([]byte(nil), file...)
	out = append(out, stream[len(stream)-trailerFixed-length:len(stream)-trailerFixed+4]...)
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
	return append(out, trailerMagic...)
}

// DecodeChunk reads a chunk of postings.
func DecodeChunk(first quipu.Position, value []byte) (uint64, []quipu.Position, bool) {
	return decodeChunk(nil, first, value)
}

// SplitChunkKey and AppendChunkKey are inverse.
func SplitChunkKey(key []byte) (string, quipu.Position, bool) { return splitChunkKey(key) }

// AppendChunkKey makes the key of a chunk.
func AppendChunkKey(term string, first quipu.Position) []byte {
	return appendPosition(appendPrefix(nil, term), first)
}

// VerifyStream reads what came from another node.
var VerifyStream = verifyStream

// DecodeMark reads a mark and gives its encoding again.
func DecodeMark(src []byte) (again []byte, ok bool) {
	m, err := decodeMark(src)
	return m.append(nil), err == nil
}

// DecodeKeyRecord reads the value of a key and gives its encoding again.
func DecodeKeyRecord(src []byte) (again []byte, ok bool) {
	k, ok := decodeKeyRecord(src)
	return appendKeyRecord(nil, &k), ok
}
