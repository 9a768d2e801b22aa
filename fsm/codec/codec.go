// Package codec is the one way in which the state machine writes values as
// bytes: unsigned varints, and byte strings behind their length.
//
// It knows no layout; each type that is encoded has its own next to it.
package codec

import (
	"encoding/binary"
	"errors"
)

// ErrMalformed is what a Reader answers to bytes that no encoder made.
var ErrMalformed = errors.New("malformed encoding")

// AppendUint appends an unsigned varint.
func AppendUint(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

// AppendBytes appends bytes behind their length.
func AppendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// AppendText appends a string behind its length.
func AppendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Reader reads values from the front of bytes. After the first malformed one
// it gives zero values only, so that a decoder checks once, at its end.
type Reader struct {
	rest []byte
	bad  bool
}

// NewReader reads from src, which it does not change and whose memory Bytes shares.
func NewReader(src []byte) *Reader { return &Reader{rest: src} }

// Err is ErrMalformed if anything that was read was malformed.
func (r *Reader) Err() error {
	if r.bad {
		return ErrMalformed
	}
	return nil
}

// End is Err, and ErrMalformed too if anything is left.
func (r *Reader) End() error {
	if len(r.rest) > 0 {
		r.bad = true
	}
	return r.Err()
}

// Fail marks what is being read as malformed.
func (r *Reader) Fail() { r.bad = true }

// Len is the number of bytes that are left.
func (r *Reader) Len() int { return len(r.rest) }

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if b := r.Fixed(1); b != nil {
		return b[0]
	}
	return 0
}

// Fixed reads n bytes; it gives nil if there are fewer.
func (r *Reader) Fixed(n int) []byte {
	if r.bad || n < 0 || n > len(r.rest) {
		r.bad = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// Uint reads an unsigned varint.
func (r *Reader) Uint() uint64 {
	if r.bad {
		return 0
	}
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// Count reads a number of items of at least one byte each, and refuses more
// than there can be or than most, so that a decoder may allocate for them.
func (r *Reader) Count(most int) int {
	n := r.Uint()
	if n > uint64(most) || n > uint64(len(r.rest)) {
		r.bad = true
		return 0
	}
	return int(n)
}

// Bytes reads bytes behind their length. They share the source's memory; none give nil.
func (r *Reader) Bytes() []byte {
	n := r.Uint()
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	return r.Fixed(int(n))
}

// Text reads a string behind its length.
func (r *Reader) Text() string { return string(r.Bytes()) }
