package peer

import (
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// acks keeps, per node, the newest acknowledged AppendEntries of this node:
// its term, and when it was sent. Older ones prove nothing more. A node that
// left the cluster stays in it, which costs a few words each.
type acks struct {
	mu     sync.Mutex
	newest map[raft.ServerID]ack
}

type ack struct {
	term uint64
	sent time.Time
}

// note keeps the acknowledgement if it is newer. Heartbeats and entries travel
// side by side, so answers do not come in the order of the sending.
func (a *acks) note(id raft.ServerID, term uint64, sent time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.newest[id]; ok && (known.term > term || known.term == term && !sent.After(known.sent)) {
		return
	}
	if a.newest == nil {
		a.newest = make(map[raft.ServerID]ack)
	}
	a.newest[id] = ack{term, sent}
}

// AckedSince tells whether a majority of the voters have acknowledged a message
// of this node, as the leader of the term, that was sent at or after since; self
// counts without a message if it is a voter.
//
// A linearizable read takes since from the same clock before anything else,
// makes raft send to all (VerifyLeader), and asks this. True means that no other
// node had been elected to a later term when the read began, so that every
// acknowledged append is at or below this leader's commit index. VerifyLeader
// alone does not show it, for it counts answers to messages from before the
// read. A false answer after a VerifyLeader that succeeded means that one of
// those was counted: verify again. The caller still has to see that the node
// leads in the same term before and after.
//
// The answer is exact as long as the clock's step is finer than a message's way.
func (t *Transport) AckedSince(term uint64, since time.Time, voters []raft.ServerID, self raft.ServerID) bool {
	t.acks.mu.Lock()
	defer t.acks.mu.Unlock()
	count := 0
	for _, voter := range voters {
		known, ok := t.acks.newest[voter]
		if voter == self || ok && known.term == term && !known.sent.Before(since) {
			count++
		}
	}
	return count > len(voters)/2
}

// LastAcked is the newest message of this node that the peer has acknowledged:
// the term in which and the time at which it was sent.
func (t *Transport) LastAcked(id raft.ServerID) (term uint64, sent time.Time, ok bool) {
	t.acks.mu.Lock()
	defer t.acks.mu.Unlock()
	known, ok := t.acks.newest[id]
	return known.term, known.sent, ok
}
