// Package quipu is the vocabulary of the event ledger: events, selectors,
// appends, receipts, positions, limits and kinds of error, the words that
// clients, transports and the state machine share.
//
// It is values only. It does no I/O, starts no goroutine, owns no clock and
// imports nothing beyond the standard library, so that a program can hold
// these types without linking a server.
package quipu
