package ledger

import (
	"fmt"
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

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
	if string(d.Name) == quipu.LedgerCreated {
		return fmt.Errorf("a second %s", d.Name)
	}
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
	parts := d.Parts()
	if term, ok := changedTerm(&parts); ok {
		_, _, version, _ := parts.Changed()
		last, err := i.versions.last(term)
		if err != nil {
			return nil, err
		}
		if version == 0 || version != last && version != last+1 {
			return miscounted(p, "aggregate", last, version), nil
		}
		i.versions.versions[term] = version
	}
	if id, version, ok := parts.Named(); ok {
		term := record.IDTerm(string(id))
		last, err := i.versions.last(term)
		if err != nil {
			return nil, err
		}
		if version != last+1 {
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

func notInChain(p quipu.Position) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "the event at position %d does not have the id that follows from its content and the history before it", p).
		WithHint("the export was changed or damaged; take a new one")
}
