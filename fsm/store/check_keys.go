package store

import (
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// keys checks that each key stands for events that are there, with its digest.
func (c *checker) keys(state *ledger.State) error {
	bucket := inner(c.tx, state.Slot, keysBucket)
	if bucket == nil {
		return nil
	}
	source := (&View{tx: c.tx}).reader(state.Slot)
	var drafts []record.Draft
	checked := uint64(0)
	return bucket.ForEach(func(key, value []byte) error {
		if checked++; checked%progressEvery == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		wrong := func(p quipu.Position, problem string, args ...any) error {
			c.found(Finding{Bucket: string(keysBucket), Position: p, Problem: fmt.Sprintf("key %q: ", key) + fmt.Sprintf(problem, args...)})
			return nil
		}
		k, ok := decodeKeyRecord(value)
		if !ok {
			return wrong(0, "the value cannot be read")
		}
		if k.Last > state.Head || k.Last-k.First >= quipu.AppendEventsMax {
			return wrong(k.First, "it stands for the events up to %d, the head is %d", k.Last, state.Head)
		}
		drafts = drafts[:0]
		for p := k.First; p <= k.Last; p++ {
			r, err := source.Record(p)
			if err != nil {
				return wrong(p, "it stands for an event that cannot be read")
			}
			drafts = append(drafts, r.Draft)
		}
		if record.DigestOf(drafts) != k.Digest {
			return wrong(k.First, "the digest is not that of its events up to %d", k.Last)
		}
		return nil
	})
}
