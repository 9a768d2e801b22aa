// Package intake reads what clients send to be appended: one event, an append in
// all its forms, an event of an export. It is the only reader of these, so that
// the HTTP API, imports and the command line refuse the same with the same words.
//
// It decides nothing that depends on a ledger, and it does no I/O: values in, and
// what a ledger stores out, which shares no memory with them. Errors are
// *quipu.Error, Invalid or TooLarge, with the place in the body, and never hold
// the content of a file or of encryptedData.
package intake
