// Package ledger is the decision: given what has been applied and a command,
// what becomes of it. The same command at the same place gives the same
// outcome and the same events on every replica.
//
// It is pure. It reads history through an interface, and uses no clock, no
// randomness, no order of a map and no goroutine. Raft, disks and locks are its
// callers' business.
package ledger

import (
	"cmp"
	"math"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
)

// Slot is the number under which a ledger's history is stored. A slot is never
// reused, so what an abandoned import left behind can be cleared at leisure.
type Slot uint32

// State is what is kept in memory of one ledger: enough to decide on an append
// without reading history, but for conditions and keys.
type State struct {
	Slot        Slot
	ID          quipu.LedgerID
	Name        string
	Description string
	// Settings are what folding the system events up to Head gives, as is Registry.
	Settings quipu.Settings
	// Importing is true until the ledger is complete; it is not visible before.
	Importing bool
	// Head is the position of the newest event and HeadID its id.
	// Invariant: Head is also the number of events.
	Head   quipu.Position
	HeadID quipu.EventID
	// Registry is what folding the system events up to Head gives. It is
	// replaced and never changed, so that copies of a State may share it.
	Registry Registry
}

// Public is the state as clients see it.
func (s *State) Public() quipu.Ledger {
	return quipu.Ledger{
		Name: s.Name, ID: s.ID, Description: s.Description, Settings: s.Settings, Count: uint64(s.Head),
		Head: quipu.Head{Position: s.Head, EventID: s.HeadID, Timestamp: s.HeadID.Time()},
	}
}

// Append appends the state's encoding.
func (s *State) Append(dst []byte) []byte {
	dst = codec.AppendUint(dst, uint64(s.Slot))
	dst = codec.AppendUint(dst, uint64(s.ID))
	dst = codec.AppendText(dst, s.Name)
	dst = codec.AppendText(dst, s.Description)
	dst = codec.AppendText(dst, string(s.Settings.ID))
	dst = appendFlags(dst, s.Importing)
	dst = codec.AppendUint(dst, uint64(s.Head))
	dst = append(dst, s.HeadID[:]...)
	return s.Registry.append(dst)
}

// DecodeState is the inverse of Append.
func DecodeState(src []byte) (*State, error) {
	r := codec.NewReader(src)
	slot, id := r.Uint(), r.Uint()
	if slot > math.MaxUint32 || id > math.MaxUint32 {
		r.Fail()
	}
	s := &State{
		Slot: Slot(slot), ID: quipu.LedgerID(id), Name: r.Text(), Description: r.Text(),
		Settings: quipu.Settings{ID: quipu.IDKind(r.Text())}, Importing: r.Byte() == 1, Head: quipu.Position(r.Uint()),
	}
	copy(s.HeadID[:], r.Fixed(len(s.HeadID)))
	s.Registry = readRegistry(r)
	return s, r.End()
}

// Machine is the replicated state that is kept in memory: every ledger, by id
// and by name. Only the goroutine that applies commands touches it.
type Machine struct {
	ledgers  map[quipu.LedgerID]*State // invariant: an importing one is not in byName
	byName   map[string]*State
	nextSlot Slot
}

// NewMachine starts from the states that a store holds.
func NewMachine(states []*State, nextSlot Slot) *Machine {
	m := &Machine{ledgers: map[quipu.LedgerID]*State{}, byName: map[string]*State{}, nextSlot: nextSlot}
	for _, s := range states {
		m.ledgers[s.ID] = s
		if !s.Importing {
			m.byName[s.Name] = s
		}
	}
	return m
}

// NextSlot is the slot that the next ledger gets.
func (m *Machine) NextSlot() Slot { return m.nextSlot }

// States are copies of all ledgers' states, by slot.
func (m *Machine) States() []State {
	states := make([]State, 0, len(m.ledgers))
	for _, s := range m.ledgers {
		states = append(states, *s)
	}
	slices.SortFunc(states, func(a, b State) int { return cmp.Compare(a.Slot, b.Slot) })
	return states
}

// visible finds a ledger that clients may use.
func (m *Machine) visible(id quipu.LedgerID) (*State, *quipu.Error) {
	s := m.ledgers[id]
	if s == nil || s.Importing {
		return nil, NoLedger(id.String())
	}
	return s, nil
}

// NoLedger is the error for a ledger that does not exist, by name or id.
func NoLedger(ref string) *quipu.Error {
	return quipu.Errorf(quipu.NotFound, "there is no ledger %q", ref).WithHint("GET /v1/ledgers lists them; POST /v1/ledgers creates one")
}
