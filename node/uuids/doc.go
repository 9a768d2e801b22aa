// Package uuids makes ids for events in ledgers whose settings ask for them:
// UUIDs of RFC 9562, of version 1, 4 or 7. It knows nothing of ledgers.
//
// Versions 4 and 7 are unique by their random bits. A UUID of version 1 has none
// of its own: it is a time in steps of 100 ns, a clock sequence of 14 bits and a
// node id of 48. That one never comes twice stands on three rules:
//
//   - The node id is random, with the multicast bit that no network card's
//     address has (section 6.10 of the RFC). So two nodes differ, copies of one
//     virtual machine too, and an id tells nobody which hardware made it.
//   - A node id with a clock sequence belongs to one [Generator]: [Open] takes the
//     next sequence and has it on disk before it returns. So two runs of a node
//     never make the same id, whatever the clock did in between. Nothing that a
//     run does later is in the file, so it is never older than an id. Once the
//     14 bits are used up, after 8192 runs at least, a new random node id begins.
//   - Within a run the time only ascends. Where the clock stands still or is set
//     back, the next id is 100 ns after the last, until the clock has caught up.
//
// A file that is lost or damaged is replaced, with a new random node id: that is
// as safe as the first one was, and no reason to keep a node from its ledgers.
//
// What remains is a file that was put back from a copy. The runs after it have
// the sequences of the runs that it does not know, at other times, unless the
// clock was set back as well. To delete the file is always safe.
package uuids
