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
package bulk
