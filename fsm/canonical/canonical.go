// Package canonical turns one JSON value as received into the bytes that Quipu stores, hashes and replicates,
// and walks such bytes without decoding them. It is not a JSON library: it maps nothing to Go types, and it
// keeps every number literal exactly as it was received.
//
// The canonical form of a value:
//
//   - no white space outside strings;
//   - the members of an object ascending by name, compared by Unicode code point (which is the order of their
//     UTF-8 bytes, and not the UTF-16 order of RFC 8785), at every depth; arrays in their own order;
//   - number literals as received, so that 1.0, 1 and 1e0 stay three different literals;
//   - strings as in RFC 8785 section 3.2.2.2: \" \\ \b \f \n \r \t, every other control character below U+0020
//     as \u00xx in lower-case hex, everything else as raw UTF-8. Neither "/" nor "<" nor U+2028 is escaped.
//
// What has no canonical form is refused, because two readers could take it for different things, or because
// reading it could cost more than its size: anything that is not JSON, data after the value, two members of one
// name (compared after unescaping), invalid UTF-8, a byte order mark, a surrogate without its pair, and
// whatever passes one of the limits below.
package canonical

import "github.com/quipu-ledger/quipu"

// The limits of one value. The largest value that is allowed is the constant itself.
const (
	// DepthMax bounds how deep arrays and objects nest: [] has depth 1, a scalar has depth 0. It bounds the
	// recursion of everything that reads an event later.
	DepthMax = quipu.DepthMax

	// NumberDigitsMax bounds the digits of a number literal before its exponent, on both sides of the point,
	// zeros included: 0.10 has three. The sign, the point and the exponent are not counted. The digits of the
	// exponent have the same bound of their own, which only leading zeros can reach.
	NumberDigitsMax = quipu.NumberDigitsMax

	// ExponentMax bounds the exponent as it is written, between -ExponentMax and +ExponentMax; its leading
	// zeros do not matter. Exact arithmetic on 1e999999999 would need a gigabyte.
	ExponentMax = quipu.NumberExponentMax
)

// Append appends the canonical form of the one JSON value in src to dst and returns the extended slice.
// It keeps no reference to src, which must not overlap dst. A canonical src is copied once and, where dst has
// room for it, without an allocation; bytes of dst beyond its length may be used as scratch space.
//
// On an error, which is always an *Error, dst is returned with the length that it had.
func Append(dst, src []byte) ([]byte, error) {
	var open openMembers
	s := scanner{src: src, out: dst, depthMax: DepthMax}
	if err := s.document(&open); err != nil {
		return dst, err
	}
	s.flush(len(src))
	return s.out, nil
}

// Valid reports whether the bytes are exactly one value in canonical form, within the limits: whether Append
// would give them back unchanged.
func Valid(canonicalBytes []byte) bool {
	var open openMembers
	s := scanner{src: canonicalBytes, depthMax: DepthMax}
	err := s.document(&open)
	return err == nil && s.from == 0 // every deviation moves from on
}
