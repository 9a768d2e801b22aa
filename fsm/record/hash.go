package record

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
)

// Hash is the SHA-256 of a file's content, under which it is stored.
type Hash [sha256.Size]byte

// HashOf computes the hash of a content.
func HashOf(content []byte) Hash { return sha256.Sum256(content) }

const hashPrefix = "sha256:"

// String gives "sha256:" and 64 hex digits.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// ParseHash reads "sha256:" and 64 lower-case hex digits.
func ParseHash(text string) (h Hash, ok bool) {
	digits, ok := strings.CutPrefix(text, hashPrefix)
	if !ok || len(digits) != hex.EncodedLen(len(h)) || strings.ToLower(digits) != digits {
		return Hash{}, false
	}
	_, err := hex.Decode(h[:], []byte(digits))
	return h, err == nil
}

// FileHashes calls fn with the hash of each file of the draft whose content the
// ledger keeps, until fn returns false. References have none.
func (d *Draft) FileHashes(fn func(Hash) bool) error {
	list := d.Member(MemberFiles)
	if list == nil {
		return nil
	}
	bad := false
	err := canonical.Elements(list, func(file []byte) bool {
		if member(file, "isReference") != nil {
			return true
		}
		text, _ := unquoted(member(file, "hash"))
		hash, ok := ParseHash(string(text))
		bad = !ok
		return ok && fn(hash)
	})
	if err != nil || bad {
		return codec.ErrMalformed
	}
	return nil
}
