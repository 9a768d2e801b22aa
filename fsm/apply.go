package fsm

import (
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// Apply is ApplyBatch of one entry. Raft itself calls only ApplyBatch.
func (f *FSM) Apply(log *raft.Log) any { return f.ApplyBatch([]*raft.Log{log})[0] }

// ApplyBatch carries out committed entries. The answer to a command entry is a
// []*ledger.Outcome, one for each of its commands; nil after a fault.
func (f *FSM) ApplyBatch(logs []*raft.Log) []any {
	f.flusher.makeRoom(f.tail.Bytes, f.cfg.TailBytesMax)
	f.applying.Lock()
	defer f.applying.Unlock()
	answers := make([]any, len(logs))
	for i, log := range logs {
		if f.stopped {
			return answers
		}
		outcomes, err := f.applyLog(log)
		if err != nil {
			f.stopped = true
			f.fault(fmt.Errorf("apply raft entry %d: %w", log.Index, err))
			return answers
		}
		answers[i] = outcomes
	}
	f.public.publish(f.fresh, f.mark.Index)
	clear(f.fresh)
	if f.tail.OpenBytes() >= f.cfg.SegmentBytes {
		f.seal()
	}
	return answers
}

func (f *FSM) applyLog(log *raft.Log) (any, error) {
	f.mark.Index, f.mark.Term = log.Index, log.Term
	switch log.Type {
	case raft.LogConfiguration:
		f.mark.Configuration, f.mark.ConfigurationIndex = log.Data, log.Index
		return nil, nil
	case raft.LogCommand:
		return f.applyEntry(log.Data)
	}
	return nil, nil
}

// applyEntry stops this node at an entry that it cannot read. That is right for
// one of another version too: whoever runs the release that made it goes on, and
// a node that skipped it would hold another history.
func (f *FSM) applyEntry(data []byte) ([]*ledger.Outcome, error) {
	entry, err := command.DecodeEntry(data)
	if err != nil {
		return nil, err
	}
	a := &applier{fsm: f}
	defer a.close()
	outcomes := make([]*ledger.Outcome, len(entry.Commands))
	for i, c := range entry.Commands {
		out, err := f.machine.Apply(a, entry.Micros, c)
		if err == nil {
			err = a.err
		}
		if err != nil {
			return nil, fmt.Errorf("command %d: %w", i, err)
		}
		outcomes[i] = out
	}
	return outcomes, nil
}

// applier is the ledger.Log of one entry: it reads tail and store as one and
// adds to the tail. Commands of the entry see those before them.
type applier struct {
	fsm  *FSM
	open []*source
	err  error // of adding to the tail
}

func (a *applier) close() {
	for _, s := range a.open {
		s.close()
	}
}

// everything is a head that no ledger reaches: Apply sees all there is.
const everything = quipu.Position(1<<63 - 1)

func (a *applier) Source(slot ledger.Slot, _ quipu.Position) (selector.Source, error) {
	s := newSource(a.fsm, slot, everything)
	a.open = append(a.open, s)
	return s, nil
}

func (a *applier) Key(slot ledger.Slot, key string, after quipu.Position) (ledger.KeyRecord, bool, error) {
	s := newSource(a.fsm, slot, everything)
	defer s.close()
	return s.key(key, after)
}

func (a *applier) File(slot ledger.Slot, hash record.Hash) (bool, error) {
	s := newSource(a.fsm, slot, everything)
	defer s.close()
	return s.hasFile(hash)
}

func (a *applier) Add(slot ledger.Slot, records []record.Record, key string, kept ledger.KeyRecord, files []command.File) {
	if err := a.fsm.tail.Add(slot, records, key, kept, files); err != nil && a.err == nil {
		a.err = err
	}
}

func (a *applier) Changed(s *ledger.State) {
	a.fsm.changed[s.Slot] = *s
	a.fsm.fresh[s.Slot] = *s
}

func (a *applier) Dropped(slot ledger.Slot) {
	a.fsm.gone = append(a.fsm.gone, slot)
	delete(a.fsm.changed, slot)
	delete(a.fsm.fresh, slot)
}
