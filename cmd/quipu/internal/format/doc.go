// Package format translates events between Quipu's JSON and that of four other
// formats: trove, libero, serialized and cloudevents. docs/formats.md has the
// mapping, member by member.
//
// It is pure: bytes in, bytes out, one document at a time. It reads no file, asks no
// ledger and registers nothing; that is for the commands that use it.
//
// # There and back
//
// Two promises hold by the way in which the translation is made, and not by the care
// of each format's rules:
//
//   - A document that is imported and exported again is the same JSON value: the same
//     members, the same values, every number as it was written. ToQuipu translates
//     what an event has a place for, translates that back, and keeps each member that
//     comes out differently in the event's meta, under the format's name.
//
//   - What a format has no place for is never dropped in silence. The Encoder
//     translates each document back before it gives it away: a document that ToQuipu
//     refuses is an error, and a member of the event that is not in what comes back
//     is named as a Loss.
//
// What a ledger itself gives to an event (position, eventId, timestamp and the
// aggregate's version) is in neither promise: another ledger gives its own.
package format
