package ledger

import (
	"encoding/json"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// beginImport opens a ledger that stays out of sight until it is complete. What
// an earlier import of the same ledger left unfinished is dropped.
func (m *Machine) beginImport(h Log, c *command.BeginImport) *Outcome {
	genesis := c.Genesis
	name, description, err := genesisNames(&genesis)
	if err != nil {
		return refuse(err)
	}
	if old := m.ledgers[genesis.ID.Ledger()]; old != nil {
		if !old.Importing {
			return refuse(exists("id", old.ID.String()))
		}
		m.drop(h, old)
	}
	if m.byName[name] != nil {
		return refuse(exists("name", name))
	}
	if len(m.ledgers) >= quipu.LedgersMax {
		return refuse(quipu.Errorf(quipu.TooLarge, "ledgers: there are %d, the limit is %d", len(m.ledgers), quipu.LedgersMax))
	}
	s := m.open(h, genesis.ID.Ledger(), genesis.ID, genesis.Draft)
	s.Name, s.Description, s.Importing = name, description, true
	s.Settings, _ = FoldSettings(quipu.Settings{}, &genesis.Draft) // genesisNames has read it
	h.Changed(s)
	public := s.Public()
	return &Outcome{Ledger: &public, Created: true}
}

// genesisNames verifies an export's first event and reads what it says.
func genesisNames(genesis *command.Imported) (name, description string, refused *quipu.Error) {
	if string(genesis.Name) != quipu.LedgerCreated {
		return "", "", quipu.Errorf(quipu.Invalid, "the first event is %q, not %q", genesis.Name, quipu.LedgerCreated).
			WithHint("an import begins with the first event of a ledger's export")
	}
	if !genesis.Valid() || len(genesis.Rest) > 0 {
		return "", "", unreadable(1)
	}
	if !inTime(genesis.ID) {
		return "", "", outOfTime(1)
	}
	if ledgerID, eventID := record.Genesis(&genesis.Draft, genesis.ID.Micros()); ledgerID != genesis.ID.Ledger() || eventID != genesis.ID {
		return "", "", notInChain(1)
	}
	var data struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}
	if err := json.Unmarshal(genesis.DataOrDefault(), &data); err != nil || data.Name == "" {
		return "", "", quipu.Errorf(quipu.Invalid, "the first event's data has no name")
	}
	if _, err := FoldSettings(quipu.Settings{}, &genesis.Draft); err != nil {
		return "", "", quipu.Errorf(quipu.Invalid, "the settings in the first event's data cannot be read").Because(err)
	}
	return data.Name, data.Description, nil
}

func (m *Machine) importing(id quipu.LedgerID) (*State, *quipu.Error) {
	if s := m.ledgers[id]; s != nil && s.Importing {
		return s, nil
	}
	return nil, quipu.Errorf(quipu.Conflict, "the ledger %s is not being imported", id).WithHint("start the import again")
}

// importEvents verifies each event's id, which holds the whole history before
// it, before anything is added.
func (m *Machine) importEvents(h Log, c *command.ImportEvents) (*Outcome, error) {
	s, refused := m.importing(c.Ledger)
	if refused != nil {
		return refuse(refused), nil
	}
	if c.First != s.Head+1 {
		return refuse(quipu.Errorf(quipu.Conflict, "the import stands at position %d, not %d", s.Head, c.First-1).
			WithHint("another import of this ledger is under way, or this one was interrupted; start again")), nil
	}
	if len(c.Events) == 0 {
		return &Outcome{}, nil
	}
	i := &importing{next: *s, shared: true, versions: checking{state: s, history: h, append: new(command.Append)}}
	for k := range c.Events {
		refused, err := i.take(&c.Events[k])
		if refused != nil || err != nil {
			return refuse(refused), err
		}
	}
	if k, err := s.missingFile(h, i.drafts(), i.files); k >= 0 || err != nil {
		return refuse(quipu.Errorf(quipu.Invalid, "the content of a file of the event at position %d is missing", c.First+quipu.Position(k)).
			WithHint("take an export that holds the contents of files")), err
	}
	*s = i.next
	h.Add(s.Slot, i.records, "", KeyRecord{}, i.files)
	h.Changed(s)
	return &Outcome{}, nil
}

func (m *Machine) finishImport(h Log, c *command.FinishImport) *Outcome {
	s, refused := m.importing(c.Ledger)
	if refused != nil {
		return refuse(refused)
	}
	if s.HeadID != c.Head {
		return refuse(quipu.Errorf(quipu.Conflict, "the import stands at event %s, not %s", s.HeadID, c.Head).WithHint("start the import again"))
	}
	if m.byName[s.Name] != nil {
		m.drop(h, s)
		return refuse(exists("name", s.Name))
	}
	s.Importing = false
	m.byName[s.Name] = s
	h.Changed(s)
	public := s.Public()
	return &Outcome{Ledger: &public, Created: true}
}

func (m *Machine) abortImport(h Log, c *command.AbortImport) *Outcome {
	s, refused := m.importing(c.Ledger)
	if refused != nil {
		return refuse(refused)
	}
	m.drop(h, s)
	return &Outcome{}
}

func (m *Machine) drop(h Log, s *State) {
	delete(m.ledgers, s.ID)
	h.Dropped(s.Slot)
}

func exists(what, value string) *quipu.Error {
	return quipu.Errorf(quipu.Mismatch, "a ledger of the %s %q exists", what, value).
		WithHint("an import never changes a ledger that is there; import it into another cluster")
}
