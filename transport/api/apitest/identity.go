package apitest

import (
	"crypto/rand"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// fillIDs gives an id to each event without one, as a leader does where the ledger's settings say so. It is a UUIDv4,
// whichever kind they name.
func fillIDs(settings quipu.Settings, a *command.Append) {
	if settings.ID == "" {
		return
	}
	for i := range a.Events {
		if d := &a.Events[i]; d.Member(record.MemberID) == nil {
			d.SetMember(record.MemberID, canonical.AppendString(nil, newUUID()))
			d.Filled |= record.FilledID
		}
	}
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
