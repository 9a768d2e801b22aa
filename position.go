package quipu

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Position is the place of an event in its ledger: dense, from 1, never
// reused. Zero is the place before the first event. It is never a raft index.
type Position uint64

// LedgerID names a ledger for ever: 30 bits of a checksum over its first
// event, the two lowest bits zero. Its text is 8 hex digits.
type LedgerID uint32

// String gives the 8 hex digits.
func (id LedgerID) String() string { return fmt.Sprintf("%08x", uint32(id)) }

// MarshalText gives the 8 hex digits.
func (id LedgerID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText takes 8 lower-case hex digits.
func (id *LedgerID) UnmarshalText(text []byte) error {
	parsed, ok := ParseLedgerID(string(text))
	if !ok {
		return Errorf(Invalid, "%q is not a ledger id", text).WithHint("a ledger id is 8 lower-case hex digits")
	}
	*id = parsed
	return nil
}

// ParseLedgerID reads 8 lower-case hex digits.
func ParseLedgerID(s string) (LedgerID, bool) {
	if len(s) != 8 || !lowerHex(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 32)
	return LedgerID(n), err == nil
}

// EventID names an event for ever, in 128 bits, big-endian: the time in
// microseconds since 1970 (64), a CRC-32C chained over the ledger's history up
// to and including the event (32), the ledger's id (32). Ids of one ledger
// sort by position as bytes and as text.
type EventID [16]byte

// NewEventID puts an id together from its three parts.
func NewEventID(micros int64, checksum uint32, ledger LedgerID) EventID {
	var id EventID
	binary.BigEndian.PutUint64(id[0:8], uint64(micros))
	binary.BigEndian.PutUint32(id[8:12], checksum)
	binary.BigEndian.PutUint32(id[12:16], uint32(ledger))
	return id
}

// Micros is the time part: microseconds since 1970-01-01T00:00:00Z.
func (id EventID) Micros() int64 { return int64(binary.BigEndian.Uint64(id[0:8])) }

// Time is the time part in UTC.
func (id EventID) Time() time.Time { return time.UnixMicro(id.Micros()).UTC() }

// Checksum is the chained part.
func (id EventID) Checksum() uint32 { return binary.BigEndian.Uint32(id[8:12]) }

// Ledger is the id of the ledger that the event is in.
func (id EventID) Ledger() LedgerID { return LedgerID(binary.BigEndian.Uint32(id[12:16])) }

// IsZero reports the id that no event has.
func (id EventID) IsZero() bool { return id == EventID{} }

// String gives the 32 hex digits.
func (id EventID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText gives the 32 hex digits.
func (id EventID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText takes 32 lower-case hex digits.
func (id *EventID) UnmarshalText(text []byte) error {
	parsed, ok := ParseEventID(string(text))
	if !ok {
		return Errorf(Invalid, "%q is not an event id", text).WithHint("an event id is 32 lower-case hex digits")
	}
	*id = parsed
	return nil
}

// ParseEventID reads 32 lower-case hex digits.
func ParseEventID(s string) (EventID, bool) {
	var id EventID
	if len(s) != 32 || !lowerHex(s) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// TimeLayout is how times of the ledger are written: UTC with microseconds.
const TimeLayout = "2006-01-02T15:04:05.000000Z"
