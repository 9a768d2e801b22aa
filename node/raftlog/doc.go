// Package raftlog is what raft stores on disk: [Log], the log and the stable
// store in one bbolt file with a checksum on each record, and [Snapshots], a
// snapshot store whose only snapshot is the live ledger file.
//
// It is not the state machine and decides nothing: it imports no package that
// knows what an entry means, and reaches the ledger file through [Live].
//
// # The log
//
// raft-boltdb stores entries as it gets them, without a checksum, and a byte that
// flips on the disk would be applied like any other. So each stored entry and
// each value of the stable store ends with a CRC-32C that is checked at each read, and all
// of them are checked by [Open]. A mismatch is never repaired here: locally a
// torn tail and damage to a committed entry look the same, and cutting off a
// committed entry lets a majority forget it. The node stops, and is replaced.
//
// bbolt shows a write to its readers although the fsync behind it failed. So
// the first error of a write calls Config.Fatal, and every later call on the
// Log gets that error.
//
// # The snapshot
//
// The state is on disk already, behind a flusher. Taking a snapshot therefore
// means: wait until the entries up to the snapshot's index are flushed and record the
// index. This is what a sink does that is closed without a byte written,
// so that the state machine's Persist is `return sink.Close()`. A sink that
// was written to holds what a leader sends to a node that is far behind; it
// spills to a file that only the state machine's Restore gets to see.
package raftlog
