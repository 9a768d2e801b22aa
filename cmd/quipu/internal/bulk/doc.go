// Package bulk brings a file of events into a ledger: it cuts the file into
// chunks, reads each line as strictly as the server does, and sends the chunks
// in the file's order, each as one append.
//
// It is not a client and not a command: the ledger is a Target, and whoever
// calls Import says how progress is shown and where it is kept.
//
// # Never twice
//
// A chunk's idempotency key follows from the lines of the file up to the chunk's
// end, and from nothing else. So the same file gives the same keys, whoever
// imports it and from wherever they resume, and what is in the ledger already
// is not appended again. The bounds of a chunk are therefore part of this
// package's promise: to change them is to change every key.
//
// # Versions of aggregates
//
// All events of one append to an aggregate are one change of it. So events of one
// aggregate that are in one chunk get one version, whatever versions they had where
// they come from: an import keeps their order, and not how they were grouped. A
// restore of a whole export keeps both.
//
// # Documents of other formats
//
// What they are is the caller's to know. Each document is an append of its own, so that
// what was one append where it comes from stays one, and goes when the one before it is in
// the ledger. Its key follows from the lines of the file up to its own.
package bulk
