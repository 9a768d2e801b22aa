package ledger

import (
	"errors"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Outcome is what became of a command, the same on each replica.
type Outcome struct {
	// Err, if set, says why the command was refused; then nothing was stored.
	Err *quipu.Error
	// Receipt is of an accepted append, or of the earlier one with its key.
	Receipt *quipu.Receipt
	// Ledger is the ledger that was created, or that there was already.
	Ledger *quipu.Ledger
	// Created is true if the command made something that was not there before.
	Created bool
}

func refuse(err *quipu.Error) *Outcome { return &Outcome{Err: err} }

// refusedOrFault tells an error that is meant for the caller from a fault.
func refusedOrFault(err error) (*Outcome, error) {
	var refusal *quipu.Error
	if errors.As(err, &refusal) && (refusal.Kind == quipu.Invalid || refusal.Kind == quipu.TooLarge) {
		return refuse(refusal), nil
	}
	return nil, err
}

// Log is the history together with what the commands of this entry add to it.
type Log interface {
	History
	// Add appends events to a ledger's history, with what their key stands for if
	// it has one, and with contents of their files.
	Add(slot Slot, records []record.Record, key string, kept KeyRecord, files []command.File)
	// Changed notes that a ledger's state is to be stored.
	Changed(s *State)
	// Dropped notes that a slot's history is to be cleared.
	Dropped(slot Slot)
}

// latestMicros is the first moment of the year 9000. A clock and an import that
// are beyond it are wrong, and what is appended behind an event is a microsecond
// later each time, but must never need a year of five digits, which RFC 3339
// does not have.
const latestMicros = 221845392000_000000

// Apply decides on one command of an entry with the given time, and carries it
// out. An error is a fault: this node cannot go on.
func (m *Machine) Apply(h Log, micros int64, c command.Command) (*Outcome, error) {
	micros = min(max(micros, 0), latestMicros)
	switch c := c.(type) {
	case *command.Append:
		return m.append(h, micros, c)
	case *command.CreateLedger:
		return m.createLedger(h, micros, c), nil
	case *command.Register:
		return m.register(h, micros, c), nil
	case *command.RegisterSchema:
		return m.registerSchema(h, micros, c), nil
	case *command.SetSettings:
		return m.setSettings(h, micros, c), nil
	case *command.Unregister:
		return m.unregister(h, micros, c), nil
	case *command.BeginImport:
		return m.beginImport(h, c), nil
	case *command.ImportEvents:
		return m.importEvents(h, c)
	case *command.FinishImport:
		return m.finishImport(h, c), nil
	case *command.AbortImport:
		return m.abortImport(h, c), nil
	}
	return refuse(quipu.Errorf(quipu.Internal, "unknown command %T", c)), nil
}

func (m *Machine) append(h Log, micros int64, c *command.Append) (*Outcome, error) {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing), nil
	}
	if c.CheckedThrough > s.Head {
		return refuse(quipu.Errorf(quipu.Internal, "append checked through %d with the head at %d", c.CheckedThrough, s.Head)), nil
	}
	if n := len(c.Events); n == 0 || n > quipu.AppendEventsMax {
		return refuse(quipu.Errorf(quipu.Internal, "append of %d events", n)), nil
	}
	x := &checking{state: s, history: h, append: c}
	if out, err := x.run(); out != nil || err != nil {
		return out, err
	}
	if i, err := s.missingFile(h, c.Events, c.Files); i >= 0 || err != nil {
		return refuse(quipu.Errorf(quipu.Internal, "the content of a file of event %d is missing", i)), err
	}
	x.raise()
	return &Outcome{Receipt: s.add(h, micros, c), Created: true}, nil
}

// raise writes into the events the version that the append gives their aggregates:
// one more, for all events of an aggregate the same.
func (x *checking) raise() {
	for i, term := range x.terms {
		if term != "" {
			x.append.Events[i].SetAggregateVersion(x.versions[term] + 1)
		}
	}
}

// add gives the events of an append their positions, times and ids. Time is
// strictly monotonic: the leader's clock, or a microsecond after the event before.
func (s *State) add(h Log, micros int64, c *command.Append) *quipu.Receipt {
	receipt := &quipu.Receipt{EventIDs: make([]quipu.EventID, 0, len(c.Events))}
	records := make([]record.Record, len(c.Events))
	for i := range c.Events {
		id := record.NextID(&c.Events[i], max(micros, s.HeadID.Micros()+1), s.ID, s.HeadID)
		s.advance(id)
		records[i] = record.Record{Position: s.Head, ID: id, Draft: c.Events[i]}
		enter(receipt, &records[i])
	}
	h.Add(s.Slot, records, c.Key, KeyRecord{Digest: c.Digest, First: receipt.First, Last: receipt.Last}, c.Files)
	h.Changed(s)
	return receipt
}

// describe adds a system event.
func (s *State) describe(h Log, micros int64, event record.Draft) {
	s.add(h, micros, &command.Append{Events: []record.Draft{event}})
}

// enter adds the next event of an append to its receipt.
func enter(receipt *quipu.Receipt, r *record.Record) {
	if receipt.First == 0 {
		receipt.First = r.Position
	}
	receipt.Last, receipt.Timestamp = r.Position, r.ID.Time()
	receipt.EventIDs = append(receipt.EventIDs, r.ID)
	parts := r.Parts()
	id, _, named := parts.Named()
	if named && receipt.IDs == nil {
		receipt.IDs = make([]string, len(receipt.EventIDs)-1, len(receipt.EventIDs))
	}
	if receipt.IDs != nil {
		receipt.IDs = append(receipt.IDs, string(id))
	}
	if aggregateType, key, version, ok := parts.Changed(); ok {
		enterAggregate(receipt, quipu.Aggregate{Type: string(aggregateType), Key: string(key), Version: version})
	}
}

// enterAggregate enters an aggregate once. Its last version counts: what is
// answered by ids may have been several appends.
func enterAggregate(receipt *quipu.Receipt, a quipu.Aggregate) {
	i := slices.IndexFunc(receipt.Aggregates, func(b quipu.Aggregate) bool { return a.Key == b.Key && a.Type == b.Type })
	if i < 0 {
		receipt.Aggregates = append(receipt.Aggregates, a)
		return
	}
	receipt.Aggregates[i] = a
}

func (s *State) advance(id quipu.EventID) {
	s.Head++
	s.HeadID = id
}

func (m *Machine) createLedger(h Log, micros int64, c *command.CreateLedger) *Outcome {
	if s := m.byName[c.Name]; s != nil {
		switch {
		case c.Description != "" && c.Description != s.Description:
			return refuse(quipu.Errorf(quipu.Mismatch, "the ledger %q exists with another description", c.Name).At("/description"))
		case c.Settings != (quipu.Settings{}) && c.Settings != s.Settings:
			return refuse(quipu.Errorf(quipu.Mismatch, "the ledger %q exists with other settings", c.Name).
				At("/settings").WithHint("change them: PUT …/settings"))
		}
		public := s.Public()
		return &Outcome{Ledger: &public}
	}
	if len(m.ledgers) >= quipu.LedgersMax {
		return refuse(quipu.Errorf(quipu.TooLarge, "ledgers: there are %d, the limit is %d", len(m.ledgers), quipu.LedgersMax))
	}
	genesis := createdEvent(c.Name, c.Description, c.Settings)
	ledgerID, eventID := record.Genesis(&genesis, micros)
	for ledgerID == 0 || m.ledgers[ledgerID] != nil { // 30 bits: a later microsecond gives another id
		micros++
		ledgerID, eventID = record.Genesis(&genesis, micros)
	}
	s := m.open(h, ledgerID, eventID, genesis)
	s.Name, s.Description, s.Settings = c.Name, c.Description, c.Settings
	m.byName[c.Name] = s
	h.Changed(s)
	public := s.Public()
	return &Outcome{Ledger: &public, Created: true}
}

// open adds a ledger that holds its first event only. The caller completes the
// state and then notes it as changed.
func (m *Machine) open(h Log, ledgerID quipu.LedgerID, eventID quipu.EventID, genesis record.Draft) *State {
	s := &State{Slot: m.nextSlot, ID: ledgerID, Registry: Registry{}}
	m.nextSlot++
	m.ledgers[ledgerID] = s
	s.advance(eventID)
	h.Add(s.Slot, []record.Record{{Position: 1, ID: eventID, Draft: genesis}}, "", KeyRecord{}, nil)
	return s
}
