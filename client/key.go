package client

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// newKey makes an idempotency key: the text of a UUID of version 7 (RFC 9562, section 5.7) with the twelve bits after
// the millisecond as its fraction. Keys in the order of time keep the servers' index of keys in full pages, where random
// ones would touch a page each.
func newKey(now time.Time) string {
	var id [16]byte
	_, _ = rand.Read(id[8:]) // never fails, as documented
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16)
	fraction := now.Nanosecond() % int(time.Millisecond) * 4096 / int(time.Millisecond)
	binary.BigEndian.PutUint16(id[6:8], 7<<12|uint16(fraction))
	id[8] = id[8]&0x3f | 0x80

	text := make([]byte, 0, 36)
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, []byte{b})
	}
	return string(text)
}
