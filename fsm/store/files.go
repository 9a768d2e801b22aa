package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

var filesBucket = []byte("files")

// writeFiles stores the contents that are not there yet: what is under a hash is
// the same for ever.
func (h *History) writeFiles(slot *bbolt.Bucket) error {
	files, err := slot.CreateBucketIfNotExists(filesBucket)
	if err != nil {
		return err
	}
	byBytes := func(a, b record.Hash) int { return bytes.Compare(a[:], b[:]) }
	for _, hash := range slices.SortedFunc(maps.Keys(h.Files), byBytes) {
		if files.Get(hash[:]) != nil {
			continue
		}
		if err := files.Put(hash[:], h.Files[hash]); err != nil {
			return err
		}
	}
	return nil
}

// File hashes what it reads, since nothing else would tell other bytes from those
// that were stored.
func (l *reader) File(hash record.Hash) (content []byte, ok bool, err error) {
	if l.files == nil {
		return nil, false, nil
	}
	content = l.files.Get(hash[:])
	if content == nil {
		return nil, false, nil
	}
	if problem := badFile(hash[:], content); problem != "" {
		return nil, false, corrupt(l.slot, filesBucket, "%s", problem)
	}
	return content, true, nil
}

// HasFile reads nothing of the content.
func (l *reader) HasFile(hash record.Hash) bool { return l.files != nil && l.files.Get(hash[:]) != nil }

// badFile says what is wrong with a content, or nothing.
func badFile(key, content []byte) (problem string) {
	var hash record.Hash
	if len(key) != len(hash) {
		return fmt.Sprintf("the key %x is not a hash", key)
	}
	copy(hash[:], key)
	if found := record.HashOf(content); found != hash {
		return fmt.Sprintf("the content of %s has the hash %s", hash, found)
	}
	return ""
}

// missingFile says which content of an event's files is not in the bucket, which
// may be nil, or nothing.
func missingFile(files *bbolt.Bucket, d *record.Draft) (problem string) {
	err := d.FileHashes(func(hash record.Hash) bool {
		if files == nil || files.Get(hash[:]) == nil {
			problem = fmt.Sprintf("the content of %s, of a file of this event, is missing", hash)
		}
		return problem == ""
	})
	if err != nil {
		return "the hashes of this event's files cannot be read"
	}
	return problem
}

// verifyFiles checks that each content of a slot has its hash.
func verifyFiles(tx *bbolt.Tx, slot ledger.Slot) error {
	files := inner(tx, slot, filesBucket)
	if files == nil {
		return nil
	}
	return files.ForEach(func(key, content []byte) error {
		if problem := badFile(key, content); problem != "" {
			return corrupt(slot, filesBucket, "%s", problem)
		}
		return nil
	})
}
