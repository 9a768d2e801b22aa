package ledger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func guarded(t *testing.T, id quipu.LedgerID, name, condition string) *command.Append {
	t.Helper()
	c := &command.Append{Ledger: id, Events: []record.Draft{{Name: []byte(name), Entities: []byte(`{"patron":["a"]}`)}}}
	if condition != "" {
		c.Conditions = []command.Condition{readCondition(t, condition)}
	}
	return c
}

func newLedger(t *testing.T) (replicas, quipu.LedgerID) {
	t.Helper()
	rs := newReplicas()
	id := rs.apply(t, 0, &command.CreateLedger{Name: "main"}).Ledger.ID
	rs.apply(t, 0, &command.Register{Ledger: id, Event: "ordered", Entities: []string{"patron"}})
	return rs, id
}

func TestConflictHoldsTheFirstEventsAndSaysWhetherThereAreMore(t *testing.T) {
	for _, events := range []int{1, quipu.ClashEventsMax, quipu.ClashEventsMax + 1} {
		rs, id := newLedger(t)
		batch := &command.Append{Ledger: id}
		for range events {
			batch.Events = append(batch.Events, guarded(t, id, "ordered", "").Events...)
		}
		rs.apply(t, 0, batch)
		err := rs.apply(t, 0, guarded(t, id, "ordered", `{"events":["ordered"]}`)).Err
		if err == nil || err.Clash == nil {
			t.Fatalf("%d events: %+v", events, err)
		}
		more := events > quipu.ClashEventsMax
		if len(err.Clash.Events) != min(events, quipu.ClashEventsMax) || err.Clash.More != more || err.Clash.Head != quipu.Position(2+events) {
			t.Errorf("%d events: %d, more %v, head %d", events, len(err.Clash.Events), err.Clash.More, err.Clash.Head)
		}
		if more == strings.Contains(err.Hint, "append with after") {
			t.Errorf("%d events: a caller who has not seen them all is told: %s", events, err.Hint)
		}
	}
}

func TestConflictOnAnAggregateSaysWhetherThereAreMoreChanges(t *testing.T) {
	for _, events := range []int{1, quipu.ClashEventsMax, quipu.ClashEventsMax + 1} {
		rs, id := newLedger(t)
		batch, next := &command.Append{Ledger: id}, &command.Append{Ledger: id}
		for range events {
			testEvent{Event: "ordered", Aggregate: &testAggregate{Type: "order", Key: "o"}}.addTo(t, batch)
		}
		rs.apply(t, 0, batch)
		testEvent{Event: "ordered", Aggregate: &testAggregate{Type: "order", Key: "o", ExpectedVersion: quipu.Expect(0)}}.addTo(t, next)
		err := rs.apply(t, 0, next).Err
		if err == nil || err.Clash == nil || err.Clash.Aggregate.Version != 1 {
			t.Fatalf("%d events: %+v", events, err)
		}
		more := events > quipu.ClashEventsMax
		if len(err.Clash.Events) != min(events, quipu.ClashEventsMax) || err.Clash.More != more {
			t.Errorf("%d events: %d, more %v", events, len(err.Clash.Events), err.Clash.More)
		}
		if more == strings.Contains(err.Hint, "read the changes here") {
			t.Errorf("%d events: a caller who has not seen them all is told: %s", events, err.Hint)
		}
	}
}

func TestConflictIsBoundedInBytes(t *testing.T) {
	rs, id := newLedger(t)
	large := guarded(t, id, "ordered", "")
	large.Events[0].Data = append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, quipu.DataBytesMax-2)...), '"')
	const count = quipu.ClashBytesMax/quipu.DataBytesMax + 2
	for range count {
		rs.apply(t, 0, large)
	}
	clash := rs.apply(t, 0, guarded(t, id, "ordered", `{"events":["ordered"]}`)).Err.Clash
	if n := len(clash.Events); n < 1 || n >= count || !clash.More {
		t.Errorf("%d of %d events, more %v", n, count, clash.More)
	}
}

func TestMachineHoldsTheLimitsOfItsMemory(t *testing.T) {
	rs, id := newLedger(t)
	for name, c := range map[string]command.Command{
		"no events":          &command.Append{Ledger: id},
		"too many events":    &command.Append{Ledger: id, Events: make([]record.Draft, quipu.AppendEventsMax+1)},
		"checked too far":    &command.Append{Ledger: id, CheckedThrough: 3, Events: guarded(t, id, "ordered", "").Events},
		"too many of them":   &command.Register{Ledger: id, Event: "a", Entities: make([]string, quipu.RegistryEntitiesMax+1)},
		"no entity type":     &command.Append{Ledger: id, Events: []record.Draft{{Name: []byte("ordered"), Entities: []byte(`{"":["k"]}`)}}},
		"malformed entities": &command.Append{Ledger: id, Events: []record.Draft{{Name: []byte("ordered"), Entities: []byte(`["k"]`)}}},
	} {
		if out := rs.apply(t, 0, c); out.Err == nil {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

// damagedExport is a chain that is right in itself, of events that no ledger has.
func damagedExport(micros int64, drafts ...record.Draft) []command.Imported {
	var list []command.Imported
	genesis := record.Draft{Name: []byte(quipu.LedgerCreated), Entities: []byte("{}"), Data: []byte(`{"name":"x"}`)}
	_, id := record.Genesis(&genesis, micros)
	list = append(list, command.Imported{ID: id, Draft: genesis})
	for i := range drafts {
		micros++
		id = record.NextID(&drafts[i], micros, id.Ledger(), id)
		list = append(list, command.Imported{ID: id, Draft: drafts[i]})
	}
	return list
}

func TestImportRefusesTimesThatNoClockGives(t *testing.T) {
	last := time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	for _, test := range []struct {
		micros int64
		ok     bool
	}{{0, true}, {last, true}, {-1, false}, {last + 1, false}, {1<<63 - 1, false}, {-1 << 63, false}} {
		rs := newReplicas()
		if out := rs.apply(t, 5, &command.BeginImport{Genesis: damagedExport(test.micros)[0]}); test.ok != (out.Err == nil) {
			t.Errorf("%d: %+v", test.micros, out)
		}
	}
	// What follows the last has a year of four digits for longer than anybody appends.
	rs := newReplicas()
	list := damagedExport(last)
	rs.apply(t, 5, &command.BeginImport{Genesis: list[0]})
	rs.apply(t, 5, &command.FinishImport{Ledger: list[0].ID.Ledger(), Head: list[0].ID})
	rs.apply(t, 5, &command.Register{Ledger: list[0].ID.Ledger(), Event: "a", Entities: []string{"b"}})
	if text, err := json.Marshal(rs[0].view(t, "x").HeadID.Time()); err != nil {
		t.Errorf("%s, %v", text, err)
	}
	// A chain may not step out of it either.
	rs = newReplicas()
	list = damagedExport(last, record.Draft{Name: []byte("a"), Entities: []byte(`{"b":["c"]}`)})
	rs.apply(t, 5, &command.BeginImport{Genesis: list[0]})
	if out := rs.apply(t, 5, &command.ImportEvents{Ledger: list[0].ID.Ledger(), First: 2, Events: list[1:]}); out.Err == nil {
		t.Errorf("%+v", out)
	}
}

func TestClockOutOfBoundsIsTakenAsTheNearest(t *testing.T) {
	for _, micros := range []int64{-1 << 63, 1<<63 - 1} {
		rs := newReplicas()
		rs.apply(t, micros, &command.CreateLedger{Name: "main"})
		if year := rs[0].view(t, "main").HeadID.Time().Year(); year != 1970 && year != 9000 {
			t.Errorf("%d: the year %d", micros, year)
		}
	}
}

func registration(event string, entities ...string) record.Draft {
	data, _ := json.Marshal(quipu.Registration{Event: event, Entities: entities})
	return record.Draft{Name: []byte(quipu.EventRegistered), Entities: []byte("{}"), Data: data}
}

func TestImportRefusesARegistryThatNoLedgerHas(t *testing.T) {
	many := make([]string, quipu.RegistryEntitiesMax+1)
	for i := range many {
		many[i] = fmt.Sprintf("t%03d", i)
	}
	for name, test := range map[string]struct {
		draft record.Draft
		ok    bool
	}{
		"most entity types": {registration("a", many[1:]...), true},
		"one more":          {registration("a", many...), false},
		"no event":          {registration("", "t"), false},
		"no JSON":           {record.Draft{Name: []byte(quipu.EventUnregistered), Entities: []byte("{}"), Data: []byte(`[]`)}, false},
		"a second genesis":  {record.Draft{Name: []byte(quipu.LedgerCreated), Entities: []byte("{}"), Data: []byte(`{"name":"x"}`)}, false},
		"no data":           {record.Draft{Name: []byte(quipu.EventRegistered), Entities: []byte("{}")}, false},
	} {
		rs := newReplicas()
		list := damagedExport(1000, test.draft)
		rs.apply(t, 0, &command.BeginImport{Genesis: list[0]})
		out := rs.apply(t, 0, &command.ImportEvents{Ledger: list[0].ID.Ledger(), First: 2, Events: list[1:]})
		if test.ok != (out.Err == nil) {
			t.Errorf("%s: %+v", name, out)
		}
	}
	// In another order than we write it, it means the same.
	rs := newReplicas()
	list := damagedExport(1000, registration("a", "z", "b", "b"))
	rs.apply(t, 0, &command.BeginImport{Genesis: list[0]})
	rs.apply(t, 0, &command.ImportEvents{Ledger: list[0].ID.Ledger(), First: 2, Events: list[1:]})
	if got := describeRegistry(rs[0].machine.States()[0].Registry); !slices.Equal(got, []string{`  "a" for b, z`}) {
		t.Errorf("%q", got)
	}
}

func TestRegistryIsBounded(t *testing.T) {
	rs, id := newLedger(t)
	list := damagedExport(1000)
	for i := range quipu.RegistryEventsMax + 1 {
		d := registration(fmt.Sprintf("e%d", i), "t")
		next := record.NextID(&d, int64(1001+i), list[0].ID.Ledger(), list[len(list)-1].ID)
		list = append(list, command.Imported{ID: next, Draft: d})
	}
	one := newReplica(false, false) // the others would check all of it after each command
	one.apply(t, 0, &command.BeginImport{Genesis: list[0]})
	for from := 1; from < len(list); from += 1000 {
		out := one.apply(t, 0, &command.ImportEvents{Ledger: list[0].ID.Ledger(), First: quipu.Position(from + 1), Events: list[from:min(from+1000, len(list))]})
		if full := from+1000 > quipu.RegistryEventsMax+1; full != (out.Err != nil) {
			t.Fatalf("from %d: %+v", from, out)
		}
	}
	head := one.machine.States()[0].HeadID
	one.apply(t, 0, &command.FinishImport{Ledger: head.Ledger(), Head: head})
	if out := one.apply(t, 0, &command.Register{Ledger: head.Ledger(), Event: "one more", Entities: []string{"t"}}); out.Err == nil || out.Err.Kind != quipu.TooLarge {
		t.Errorf("%+v", out)
	}
	if out := one.apply(t, 0, &command.Register{Ledger: head.Ledger(), Event: "e1", Entities: []string{"u"}}); out.Err != nil {
		t.Errorf("a change of what is there: %+v", out.Err)
	}
	if out := rs.apply(t, 0, guarded(t, id, "ordered", "")); out.Err != nil {
		t.Error(out.Err)
	}
}

func FuzzDecodeState(f *testing.F) {
	rs := newReplicas()
	id := rs.apply(f, 0, &command.CreateLedger{Name: "main", Description: "d"}).Ledger.ID
	rs.apply(f, 0, &command.Register{Ledger: id, Event: "ordered", Entities: []string{"order", "patron"}})
	f.Add(rs[0].machine.States()[0].Append(nil))
	rs.apply(f, 0, &command.RegisterSchema{Ledger: id, Event: "ordered", Version: "1", Schema: []byte("{}")})
	rule := quipu.SchemaRule{Required: true, Default: "1"}
	rs.apply(f, 0, &command.Register{Ledger: id, Event: "ordered", Entities: []string{"order"}, Schema: rule})
	rs.apply(f, 0, &command.SetSettings{Ledger: id, Settings: quipu.Settings{ID: quipu.UUID4}})
	f.Add(rs[0].machine.States()[0].Append(nil))
	rs.apply(f, 0, &command.Unregister{Ledger: id, Event: "ordered"})
	f.Add(rs[0].machine.States()[0].Append(nil))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := ledger.DecodeState(src)
		if err != nil {
			return
		}
		again, err := ledger.DecodeState(s.Append(nil))
		if err != nil || !again.Registry.Equal(s.Registry) || again.HeadID != s.HeadID || again.Slot != s.Slot || again.ID != s.ID ||
			again.Settings != s.Settings {
			t.Fatalf("%+v comes back as %+v, %v", s, again, err)
		}
	})
}
