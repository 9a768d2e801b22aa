package store

import "github.com/quipu-ledger/quipu/fsm/ledger"

// files checks that each content has the hash that is its key. That each event's
// contents are there was checked with the events. One that no event names takes
// room and does no harm; finding it would need all events' hashes in memory.
func (c *checker) files(state *ledger.State) error {
	bucket := inner(c.tx, state.Slot, filesBucket)
	if bucket == nil {
		return nil
	}
	return bucket.ForEach(func(key, content []byte) error {
		if err := c.ctx.Err(); err != nil { // a content may be large
			return err
		}
		if problem := badFile(key, content); problem != "" {
			c.found(Finding{Bucket: string(filesBucket), Problem: problem})
		}
		return nil
	})
}
