// Package store is the durable form of the ledgers: one bbolt file, ledger.db,
// which holds every event with the contents of its files, what can be found in it
// by key, entity, name and optional member, the ledgers' states, and the place in
// raft's log up to which all of this is complete.
//
// It decides nothing and knows nothing of raft: what it is given in a [Batch] has
// been decided, and a [Mark] is opaque to it. It is the only importer of bbolt for
// ledger data. The newest events are not here yet but in the tail, so that flushes
// are large and seldom.
//
// # Layout
//
//	meta                format, stamp, mark, next slot, slots to be cleared
//	ledgers             slot (4 bytes) → ledger.State
//	s<slot>             one bucket for each slot, with six buckets in it:
//	    events          position (8 bytes) → record.AppendValue
//	    keys            idempotency key → digest (32 bytes), first, last - first
//	    files           SHA-256 (32 bytes) → the content of files of events
//	    entities        postings of the terms of entities
//	    names           postings of the names of events, system events included
//	    members         postings of the terms of optional members
//
// This is format 2. Format 1 was of builds before the first release, whose records
// and states have another shape; it is refused.
//
// Integers in keys are big-endian, so that their order is the order of the keys;
// those in values are unsigned varints.
//
// The postings of a term are cut into chunks. A chunk's key is the term, 0x01 and
// its first position; its value is the number of the term's postings in earlier
// chunks, and then the distance of each further position from the one before it. A
// byte 0x01 inside a term is followed by 0xff, with which no position begins, so no
// term's chunks lie among those of another. The number in front makes a count over
// any range two searches.
//
// A content is stored once in a ledger, however many events name it, and goes with
// the ledger only. bbolt does not divide a leaf of up to four keys, whatever their
// values take, so a new content among large ones writes some of these anew. Which
// events name a content is not stored; so [Store.Check] does not look for contents
// that none names, which would need all hashes in memory.
//
// # Durability
//
// A flush is one transaction: events, keys, contents, postings, states and the
// mark, or none of it. Every transaction is synced. bbolt shows a transaction to
// readers although the sync behind it failed, so the first error of a commit ends
// the process through [Options].Fatal. A new file, of whatever origin, is made
// complete and synced under another name and then renamed.
package store
