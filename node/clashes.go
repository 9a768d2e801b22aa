package node

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
)

// clashesBytesMax is about how many bytes of events the conflicts in the answer to
// one request bring. Each alone may bring quipu.ClashBytesMax, and some hundred
// appends travel together. It is half of what a node takes as the answer of
// another one: peer.CallBytesMax.
const clashesBytesMax = 16 << 20

// clashRoom is what is left of clashesBytesMax for one request.
type clashRoom int

// outcome leaves a conflict as it is if there is room for its events, and otherwise
// gives it without them: whoever needs them reads them.
func (room *clashRoom) outcome(out *ledger.Outcome) *ledger.Outcome {
	if out == nil || out.Err == nil || out.Err.Clash == nil {
		return out
	}
	size := clashRoom(clashBytes(out.Err.Clash))
	if size <= *room {
		*room -= size
		return out
	}
	short, clash := *out.Err, *out.Err.Clash
	clash.Events, clash.More = nil, true
	short.Clash = &clash
	return refused(short.WithHint("this answer has no room for the events: read on behind those that you know, and decide again"))
}

// clashBytes is about what the events of a conflict take, by their larger parts.
func clashBytes(c *quipu.Clash) (n int) {
	const eventBytes, memberBytes = 512, 256
	for i := range c.Events {
		e := &c.Events[i]
		n += eventBytes + len(e.Data) + len(e.Meta) + len(e.EncryptedData)
		n += memberBytes * (len(e.Links) + len(e.Files) + len(e.Correlations))
		for _, keys := range e.Entities {
			for _, key := range keys {
				n += len(key)
			}
		}
		for k := range e.Links {
			n += len(e.Links[k].Meta)
		}
		for k := range e.Files {
			n += len(e.Files[k].Data)
		}
	}
	return n
}
