package store

import (
	"slices"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu/fsm/ledger"
)

// drop takes the states of slots away and notes what is to be cleared.
func drop(tx *bbolt.Tx, slots []ledger.Slot) error {
	if len(slots) == 0 {
		return nil
	}
	dropped, err := readDropped(tx)
	if err != nil {
		return err
	}
	for _, slot := range slots {
		if err := tx.Bucket(ledgersBucket).Delete(slotKey(slot)); err != nil {
			return err
		}
		if tx.Bucket(slotBucket(slot)) != nil && !slices.Contains(dropped, slot) {
			dropped = append(dropped, slot)
		}
	}
	return putDropped(tx, dropped)
}

// ClearDropped deletes what dropped ledgers left behind, about budget keys of it
// at most in one transaction, and reports whether there is more. A key with a large
// value, as that of a file is, counts as many as it has pages. The caller calls it
// again when it has nothing better to do.
func (s *Store) ClearDropped(budget int) (more bool, err error) {
	var pending []ledger.Slot
	err = s.view(func(tx *bbolt.Tx) error {
		pending, err = readDropped(tx)
		return err
	})
	if err != nil || len(pending) == 0 {
		return false, err
	}
	err = s.update(func(tx *bbolt.Tx) error {
		slots, err := readDropped(tx)
		if err != nil || len(slots) == 0 {
			return err
		}
		cleared, err := clearSlot(tx, slots[0], budget)
		if err != nil {
			return err
		}
		if cleared {
			slots = slots[1:]
		}
		more = len(slots) > 0
		return putDropped(tx, slots)
	})
	return more, err
}

// clearSlot deletes up to budget keys of a slot, and the slot with the last one.
func clearSlot(tx *bbolt.Tx, slot ledger.Slot, budget int) (cleared bool, err error) {
	name := slotBucket(slot)
	bucket := tx.Bucket(name)
	if bucket == nil {
		return true, nil
	}
	var inner [][]byte
	if err := bucket.ForEachBucket(func(key []byte) error {
		inner = append(inner, key)
		return nil
	}); err != nil {
		return false, err
	}
	for _, key := range inner {
		n, err := deleteKeys(bucket.Bucket(key), budget)
		if err != nil {
			return false, err
		}
		if budget -= n; budget <= 0 {
			return false, nil
		}
		if err := bucket.DeleteBucket(key); err != nil {
			return false, err
		}
	}
	return true, tx.DeleteBucket(name)
}

// deleteKeys deletes the first keys of a bucket and gives what they count. It
// collects them first, because a cursor skips keys when the bucket changes below it.
func deleteKeys(b *bbolt.Bucket, budget int) (spent int, err error) {
	page := b.Tx().DB().Info().PageSize
	var keys [][]byte
	c := b.Cursor()
	for key, value := c.First(); key != nil && spent < budget; key, value = c.Next() {
		keys = append(keys, key)
		spent += 1 + len(value)/page
	}
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return 0, err
		}
	}
	return spent, nil
}
