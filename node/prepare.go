package node

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// The leader's work on an append before it is proposed: what needs chance, or more
// time than the state machine has.

// check gives an outcome where a view of applied state settles it. Without one the
// append is ready to be proposed: its events have the ids that the ledger makes, and
// their data fits its schemas. It may be called again for the same append.
func (r *replica) check(a *command.Append) (*ledger.Outcome, error) {
	view, ok := r.fsm.View(a.Ledger.String())
	if !ok {
		return refused(ledger.NoLedger(a.Ledger.String())), nil
	}
	if err := r.nameEvents(view.State().Settings.ID, a.Events); err != nil {
		return nil, err
	}
	if out, err := view.Precheck(a); out != nil || err != nil {
		return out, err
	}
	refusal, err := r.schemas.Check(a, view.State().Registry, view.Record)
	if refusal == nil || err != nil {
		return nil, err
	}
	return refused(refusal), nil
}

// nameEvents gives an id to each event that has none, if the ledger's settings say so.
func (r *replica) nameEvents(kind quipu.IDKind, events []record.Draft) error {
	if kind == "" {
		return nil
	}
	for i := range events {
		d := &events[i]
		if d.Member(record.MemberID) != nil {
			continue
		}
		id, err := r.ids.New(kind)
		if err != nil {
			return err
		}
		d.SetMember(record.MemberID, canonical.AppendString(nil, id))
		d.Filled |= record.FilledID
	}
	return nil
}
