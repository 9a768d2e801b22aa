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
	// Add appends events to a ledger's history, and what its key stands for if
	// it has one.
	Add(slot Slot, records []record.Record, key string, kept KeyRecord)
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
	if out, err := check(s, h, c); out != nil || err != nil {
		return out, err
	}
	return &Outcome{Receipt: s.add(h, micros, c.Events, c.Key, c.Digest), Created: true}, nil
}

// add gives the events their positions, times and ids. Time is strictly
// monotonic: the leader's clock, or a microsecond after the event before.
func (s *State) add(h Log, micros int64, drafts []record.Draft, key string, digest record.Digest) *quipu.Receipt {
	receipt := &quipu.Receipt{First: s.Head + 1, EventIDs: make([]quipu.EventID, len(drafts))}
	records := make([]record.Record, len(drafts))
	for i := range drafts {
		id := record.NextID(&drafts[i], max(micros, s.HeadID.Micros()+1), s.ID, s.HeadID)
		s.advance(id)
		records[i] = record.Record{Position: s.Head, ID: id, Draft: drafts[i]}
		receipt.EventIDs[i] = id
	}
	receipt.Last, receipt.Timestamp = s.Head, s.HeadID.Time()
	h.Add(s.Slot, records, key, KeyRecord{Digest: digest, First: receipt.First, Last: receipt.Last})
	h.Changed(s)
	return receipt
}

func (s *State) advance(id quipu.EventID) {
	s.Head++
	s.HeadID = id
}

func (m *Machine) createLedger(h Log, micros int64, c *command.CreateLedger) *Outcome {
	if s := m.byName[c.Name]; s != nil {
		if c.Description != "" && c.Description != s.Description {
			return refuse(quipu.Errorf(quipu.Mismatch, "the ledger %q exists with another description", c.Name).At("/description"))
		}
		public := s.Public()
		return &Outcome{Ledger: &public}
	}
	if len(m.ledgers) >= quipu.LedgersMax {
		return refuse(quipu.Errorf(quipu.TooLarge, "ledgers: there are %d, the limit is %d", len(m.ledgers), quipu.LedgersMax))
	}
	genesis := createdEvent(c.Name, c.Description)
	ledgerID, eventID := record.Genesis(&genesis, micros)
	for ledgerID == 0 || m.ledgers[ledgerID] != nil { // 30 bits: a later microsecond gives another id
		micros++
		ledgerID, eventID = record.Genesis(&genesis, micros)
	}
	s := m.open(h, ledgerID, eventID, genesis)
	s.Name, s.Description = c.Name, c.Description
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
	h.Add(s.Slot, []record.Record{{Position: 1, ID: eventID, Draft: genesis}}, "", KeyRecord{})
	return s
}

func (m *Machine) register(h Log, micros int64, c *command.Register) *Outcome {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing)
	}
	if n := len(c.Entities); n == 0 || n > quipu.RegistryEntitiesMax {
		return refuse(quipu.Errorf(quipu.Internal, "registration for %d entity types", n))
	}
	now, known := s.Registry[c.Event]
	if known && slices.Equal(now, c.Entities) {
		return &Outcome{}
	}
	if !known && len(s.Registry) >= quipu.RegistryEventsMax {
		return refuse(quipu.Errorf(quipu.TooLarge, "registered events: there are %d, the limit is %d", len(s.Registry), quipu.RegistryEventsMax))
	}
	s.Registry = s.Registry.with(c.Event, c.Entities)
	s.add(h, micros, []record.Draft{registeredEvent(c.Event, c.Entities)}, "", record.Digest{})
	return &Outcome{Created: !known}
}

func (m *Machine) unregister(h Log, micros int64, c *command.Unregister) *Outcome {
	s, missing := m.visible(c.Ledger)
	if missing != nil {
		return refuse(missing)
	}
	if _, known := s.Registry[c.Event]; !known {
		return refuse(NotRegistered(c.Event, s.Registry))
	}
	s.Registry = s.Registry.without(c.Event)
	s.add(h, micros, []record.Draft{unregisteredEvent(c.Event)}, "", record.Digest{})
	return &Outcome{}
}
