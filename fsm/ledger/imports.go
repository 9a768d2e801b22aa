package ledger

import (
	"encoding/json"
	"maps"
	"slices"

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

// importing is one command's worth of events, which join the ledger together.
type importing struct {
	next     State // as it is after the events so far
	shared   bool  // its registry, until it changes
	records  []record.Record
	files    []command.File
	versions checking // only for the last versions of aggregates and ids
}

// take verifies the next event.
func (i *importing) take(e *command.Imported) (*quipu.Error, error) {
	p := i.next.Head + 1
	switch {
	case !inTime(e.ID):
		return outOfTime(p), nil
	case !follows(&i.next, e):
		return notInChain(p), nil
	case !e.Valid():
		return unreadable(p), nil
	case !haveTheirHash(e.Files):
		return quipu.Errorf(quipu.Invalid, "a content of the event at position %d does not have its hash", p).
			WithHint("the export was changed or damaged; take a new one"), nil
	}
	if err := i.fold(p, &e.Draft); err != nil {
		return quipu.Errorf(quipu.Invalid, "the data of the system event at position %d cannot be read", p).Because(err), nil
	}
	if refused, err := i.version(p, &e.Draft); refused != nil || err != nil {
		return refused, err
	}
	i.next.advance(e.ID)
	i.records = append(i.records, record.Record{Position: p, ID: e.ID, Draft: e.Draft})
	i.files = append(i.files, e.Files...)
	return nil, nil
}

// haveTheirHash makes sure that nothing else is stored under a hash, where appends
// would find it for ever.
func haveTheirHash(files []command.File) bool {
	return !slices.ContainsFunc(files, func(f command.File) bool { return record.HashOf(f.Bytes) != f.Hash })
}

func (i *importing) fold(p quipu.Position, d *record.Draft) (err error) {
	if i.shared && registers(d) {
		i.next.Registry, i.shared = maps.Clone(i.next.Registry), false
	}
	if i.next.Settings, err = FoldSettings(i.next.Settings, d); err != nil {
		return err
	}
	return i.next.Registry.FoldIn(p, d)
}

// version makes sure that versions count as appends would have counted them. The
// events of one append have the same version of their aggregate.
func (i *importing) version(p quipu.Position, d *record.Draft) (*quipu.Error, error) {
	if len(d.Rest) == 0 {
		return nil, nil
	}
	if term, ok := aggregateTerm(d); ok {
		_, _, version, _ := d.Aggregate()
		last, err := i.versions.last(term)
		if err != nil {
			return nil, err
		}
		if version == 0 || version != last && version != last+1 {
			return miscounted(p, "aggregate", last, version), nil
		}
		i.versions.versions[term] = version
	}
	if id, ok := d.MemberText(record.MemberID); ok {
		term := record.IDTerm(string(id))
		last, err := i.versions.last(term)
		if err != nil {
			return nil, err
		}
		if version := d.Version(); version != last+1 {
			return miscounted(p, "id", last, version), nil
		}
		i.versions.versions[term] = last + 1
	}
	return nil, nil
}

func miscounted(p quipu.Position, of string, last, version uint64) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "the event at position %d has version %d of its %s, after version %d", p, version, of, last).
		WithHint("the export was changed; take a new one")
}

func (i *importing) drafts() []record.Draft {
	drafts := make([]record.Draft, len(i.records))
	for k := range i.records {
		drafts[k] = i.records[k].Draft
	}
	return drafts
}

// inTime reports whether an id's time is one that a clock may have given.
func inTime(id quipu.EventID) bool { return 0 <= id.Micros() && id.Micros() <= latestMicros }

func unreadable(p quipu.Position) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "the event at position %d cannot be read", p).
		WithHint("the export was changed; take a new one")
}

func outOfTime(p quipu.Position) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "the time of the event at position %d is not between the years 1970 and 9000", p)
}

func follows(s *State, e *command.Imported) bool {
	micros := e.ID.Micros()
	return micros > s.HeadID.Micros() && record.NextID(&e.Draft, micros, s.ID, s.HeadID) == e.ID
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

func notInChain(p quipu.Position) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "the event at position %d does not have the id that follows from its content and the history before it", p).
		WithHint("the export was changed or damaged; take a new one")
}
