package ledger_test

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// replica is a state machine with its history in slices.
type replica struct {
	machine *ledger.Machine
	slots   map[ledger.Slot]*events
	told    map[ledger.Slot]ledger.State // what Changed said last
	// stingy replicas answer Key and Source with what was asked for and nothing more, as one does that has the rest in
	// a store; the others show all that they have, as one does that has everything in its tail.
	stingy bool
	// restarts makes a new machine from the encoded states before each command.
	restarts bool
}

type events struct {
	records []record.Record
	keys    map[string]ledger.KeyRecord
	files   map[record.Hash][]byte
}

var _ ledger.Log = (*replica)(nil)

func newReplica(stingy, restarts bool) *replica {
	return &replica{
		machine: ledger.NewMachine(nil, 1), slots: map[ledger.Slot]*events{}, told: map[ledger.Slot]ledger.State{},
		stingy: stingy, restarts: restarts,
	}
}

func (r *replica) Key(slot ledger.Slot, key string, after quipu.Position) (ledger.KeyRecord, bool, error) {
	kept, ok := r.slots[slot].keys[key]
	if !ok || kept.First <= after {
		return ledger.KeyRecord{}, false, nil
	}
	return kept, true, nil
}

func (r *replica) Source(slot ledger.Slot, after quipu.Position) (selector.Source, error) {
	if !r.stingy {
		after = 0
	}
	return source{r.slots[slot].records, after}, nil
}

func (r *replica) File(slot ledger.Slot, hash record.Hash) (bool, error) {
	_, ok := r.slots[slot].files[hash]
	return ok, nil
}

func (r *replica) Add(slot ledger.Slot, records []record.Record, key string, kept ledger.KeyRecord, files []command.File) {
	e := r.slots[slot]
	if e == nil {
		e = &events{keys: map[string]ledger.KeyRecord{}, files: map[record.Hash][]byte{}}
		r.slots[slot] = e
	}
	for _, f := range files {
		e.files[f.Hash] = bytes.Clone(f.Bytes)
	}
	for i := range records {
		e.records = append(e.records, records[i].Clone())
	}
	if key != "" {
		e.keys[key] = kept
	}
}

func (r *replica) Changed(s *ledger.State) { r.told[s.Slot] = *s }

func (r *replica) Dropped(slot ledger.Slot) {
	delete(r.told, slot)
	delete(r.slots, slot)
}

// source shows the index entries behind a position only, but every event.
type source struct {
	records []record.Record
	after   quipu.Position
}

func (s source) Record(p quipu.Position) (record.Record, error) {
	if p == 0 || int(p) > len(s.records) {
		return record.Record{}, fmt.Errorf("no event %d", p)
	}
	return s.records[p-1], nil
}

// Estimate differs between replicas, so that they plan differently.
func (s source) Estimate(index selector.Index, _ string, _, until quipu.Position) uint64 {
	if (s.after == 0) == (index == selector.ByEntity) {
		return 0
	}
	return uint64(until)
}

func (s source) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	it := &positions{reverse: reverse}
	for i := range s.records {
		r := &s.records[i]
		found := false
		_ = index.Terms(&r.Draft, nil, func(t []byte) bool { found = found || string(t) == term; return true })
		if found && r.Position > s.after {
			it.list = append(it.list, r.Position)
		}
	}
	return it
}

type positions struct {
	list    []quipu.Position
	reverse bool
}

func (it *positions) Seek(p quipu.Position) (quipu.Position, bool) {
	i, exact := slices.BinarySearch(it.list, p)
	if it.reverse && !exact {
		i--
	}
	if i < 0 || i >= len(it.list) {
		return 0, false
	}
	return it.list[i], true
}

// apply has one command carried out as it comes out of the log: encoded and decoded.
func (r *replica) apply(t rapid.TB, micros int64, c command.Command) *ledger.Outcome {
	t.Helper()
	if r.restarts {
		r.machine = ledger.NewMachine(r.stored(t), r.machine.NextSlot())
	}
	entry := command.Entry{Micros: micros, Commands: []command.Command{c}}
	src := entry.Append(nil)
	back, err := command.DecodeEntry(src)
	if err != nil {
		t.Fatal(err)
	}
	before := r.machine.States()
	out, err := r.machine.Apply(r, back.Micros, back.Commands[0])
	if err != nil {
		t.Fatalf("apply %+v: %v", c, err)
	}
	clear(src) // nothing may depend on the entry's memory but the records, which are copied above
	r.check(t)
	if out.Err != nil && out.Receipt != nil {
		t.Fatalf("both refused and accepted: %+v", out)
	}
	if _, begins := c.(*command.BeginImport); out.Err != nil && !begins && !reflect.DeepEqual(before, r.machine.States()) {
		if _, finishes := c.(*command.FinishImport); !finishes {
			t.Fatalf("refused, and yet something changed: %+v", out.Err)
		}
	}
	return out
}

func (r *replica) stored(t rapid.TB) (states []*ledger.State) {
	for _, s := range r.machine.States() {
		back, err := ledger.DecodeState(s.Append(nil))
		if err != nil || !back.Registry.Equal(s.Registry) {
			t.Fatalf("%+v comes back as %+v, %v", s, back, err)
		}
		plain := s
		plain.Registry, back.Registry = nil, nil
		if !reflect.DeepEqual(*back, plain) {
			t.Fatalf("%+v comes back as %+v", plain, *back)
		}
		back.Registry = s.Registry
		states = append(states, back)
	}
	return states
}

// check holds after every command, whatever it was.
func (r *replica) check(t rapid.TB) {
	t.Helper()
	states := r.machine.States()
	told := slices.SortedFunc(maps.Values(r.told), func(a, b ledger.State) int { return int(a.Slot) - int(b.Slot) })
	if len(states)+len(told) > 0 && !reflect.DeepEqual(states, told) {
		t.Fatalf("the log was told of %+v, the machine has %+v", told, states)
	}
	for _, s := range states {
		records := r.slots[s.Slot].records
		if quipu.Position(len(records)) != s.Head || records[len(records)-1].ID != s.HeadID {
			t.Fatalf("ledger %s: head %d %s, %d events", s.Name, s.Head, s.HeadID, len(records))
		}
		registry, previous := ledger.Registry{}, quipu.EventID{}
		for i := range records {
			e := &records[i]
			want := record.NextID(&e.Draft, e.ID.Micros(), s.ID, previous)
			if i == 0 {
				_, want = record.Genesis(&e.Draft, e.ID.Micros())
			}
			if e.ID != want || e.Position != quipu.Position(i+1) || i > 0 && e.ID.Micros() <= previous.Micros() {
				t.Fatalf("ledger %s: event %d has id %s, want %s", s.Name, e.Position, e.ID, want)
			}
			previous = e.ID
			if err := registry.FoldIn(e.Position, &e.Draft); err != nil {
				t.Fatal(err)
			}
		}
		if !registry.Equal(s.Registry) {
			t.Fatalf("ledger %s: the registry is %v, its events give %v", s.Name, s.Registry, registry)
		}
	}
}

// exported gives a ledger's events with the contents of their files, as an import takes them.
func (r *replica) exported(t rapid.TB, slot ledger.Slot) (list []command.Imported) {
	e := r.slots[slot]
	for i := range e.records {
		one := command.Imported{ID: e.records[i].ID, Draft: e.records[i].Draft}
		err := one.FileHashes(func(hash record.Hash) bool {
			one.Files = append(one.Files, command.File{Hash: hash, Bytes: e.files[hash]})
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		one.Filled = 0 // it is beside the content, and exports do not have it
		list = append(list, one)
	}
	return list
}

// view is what a leader's pre-check sees of a ledger now.
func (r *replica) view(t rapid.TB, name string) *ledger.State {
	t.Helper()
	for _, s := range r.machine.States() {
		if s.Name == name && !s.Importing {
			return &s
		}
	}
	return nil
}

// replicas are three that must agree.
type replicas [3]*replica

func newReplicas() replicas {
	return replicas{newReplica(false, false), newReplica(true, false), newReplica(true, true)}
}

func (rs replicas) apply(t rapid.TB, micros int64, c command.Command) *ledger.Outcome {
	t.Helper()
	first := rs[0].apply(t, micros, c)
	for i, r := range rs[1:] {
		if out := r.apply(t, micros, c); !reflect.DeepEqual(out, first) {
			t.Fatalf("replica %d: %+v\nreplica 0: %+v", i+1, describe(out), describe(first))
		}
	}
	if a, b := rs[0].machine.States(), rs[1].machine.States(); !reflect.DeepEqual(a, b) {
		t.Fatalf("replica 0 has %+v, replica 1 %+v", a, b)
	}
	return first
}
