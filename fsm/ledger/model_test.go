package ledger_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// modelEvent is an event as the model knows it.
type modelEvent struct {
	Event    string              `json:"event"`
	Entities map[string][]string `json:"entities"`
	N        int                 `json:"data"`
}

func (e modelEvent) String() string {
	text, _ := json.Marshal(e)
	return string(text)
}

// modelCondition matches an event that concerns the entity, if one is given, is of the name, if one is given, and has
// data of at least min.
type modelCondition struct {
	key, name string
	min       int
	after     int
	byID      bool // the place is given as an event's id
}

func (c modelCondition) matches(e modelEvent) bool {
	if quipu.System(e.Event) || c.key != "" && !slices.Contains(e.Entities["patron"], c.key) {
		return false
	}
	return c.name == "" || c.name == e.Event && e.N >= c.min
}

func (c modelCondition) selector(m *model, r *replica) string {
	text := ""
	if c.key != "" {
		text += fmt.Sprintf(`,"entities":{"patron":[%q]}`, c.key)
	}
	if c.name != "" {
		text += fmt.Sprintf(`,"events":{%q:"$ ? (@ >= %d)"}`, c.name, c.min)
	}
	if c.byID && 0 < c.after && c.after <= len(m.events) {
		return fmt.Sprintf(`{"after":%q%s}`, r.slots[1].records[c.after-1].ID, text)
	}
	return fmt.Sprintf(`{"after":%d%s}`, c.after, text)
}

// model is a ledger without any of the shortcuts: one append at a time, checked against all of history.
type model struct {
	events   []modelEvent
	registry map[string][]string
	keys     map[string]modelKey
}

type modelKey struct {
	content     string
	first, last int
}

// modelAppend is one append, on its way.
type modelAppend struct {
	events     []modelEvent
	conditions []modelCondition
	key        string
	command    *command.Append
}

// decide says what becomes of an append now, in a form that summary gives too, and nothing is added.
func (m *model) decide(a *modelAppend) string {
	if known, ok := m.keys[a.key]; ok && a.key != "" {
		if known.content != fmt.Sprint(a.events) {
			return "mismatch"
		}
		return fmt.Sprintf("replayed %d-%d", known.first, known.last)
	}
	for _, e := range a.events {
		types, ok := m.registry[e.Event]
		for entityType := range e.Entities {
			ok = ok && slices.Contains(types, entityType)
		}
		if !ok {
			return "not_registered"
		}
	}
	for i, c := range a.conditions {
		if c.after > len(m.events) {
			return "invalid"
		}
		var clash []int
		for p := c.after + 1; p <= len(m.events); p++ {
			if c.matches(m.events[p-1]) {
				clash = append(clash, p)
			}
		}
		if clash != nil {
			return fmt.Sprintf("conflict %d %v", i, clash)
		}
	}
	return ""
}

func (m *model) apply(a *modelAppend) string {
	if out := m.decide(a); out != "" {
		return out
	}
	first := len(m.events) + 1
	m.events = append(m.events, a.events...)
	if a.key != "" {
		m.keys[a.key] = modelKey{fmt.Sprint(a.events), first, len(m.events)}
	}
	return fmt.Sprintf("appended %d-%d", first, len(m.events))
}

// summary is an outcome as the model puts it. Of a conflict that Apply found it holds only what came after the position
// up to which the leader had looked, which is all that there is.
func summary(out *ledger.Outcome) string {
	switch {
	case out.Receipt != nil && out.Receipt.Replayed:
		return fmt.Sprintf("replayed %d-%d", out.Receipt.First, out.Receipt.Last)
	case out.Receipt != nil:
		return fmt.Sprintf("appended %d-%d", out.Receipt.First, out.Receipt.Last)
	case out.Err == nil:
		return "ok"
	case out.Err.Clash == nil:
		return string(out.Err.Kind)
	}
	var positions []int
	for _, e := range out.Err.Clash.Events {
		positions = append(positions, int(e.Position))
	}
	return fmt.Sprintf("conflict %d %v", out.Err.Clash.Condition, positions)
}

var (
	modelNames = []string{"ordered", "closed", "moved"}
	modelKeys  = []string{"a", "b", "c", "d"}
	modelTypes = []string{"order", "patron"}
)

func drawAppend(t *rapid.T, m *model, r *replica) *modelAppend {
	a := &modelAppend{key: rapid.SampledFrom([]string{"", "", "k1", "k2", "k3"}).Draw(t, "idempotency key")}
	for range rapid.IntRange(1, 2).Draw(t, "events") {
		e := modelEvent{
			Event:    rapid.SampledFrom(modelNames).Draw(t, "event"),
			Entities: map[string][]string{"patron": {rapid.SampledFrom(modelKeys).Draw(t, "key")}},
			N:        rapid.IntRange(0, 2).Draw(t, "n"),
		}
		if rapid.IntRange(0, 4).Draw(t, "order too") == 0 {
			e.Entities["order"] = []string{"o"}
		}
		a.events = append(a.events, e)
	}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		c := modelCondition{
			key:   rapid.SampledFrom(append([]string{""}, modelKeys...)).Draw(t, "of"),
			after: max(0, len(m.events)+2-rapid.IntRange(0, 8).Draw(t, "behind")),
			byID:  rapid.Bool().Draw(t, "by id"),
			min:   rapid.IntRange(0, 2).Draw(t, "min"),
		}
		if c.key == "" || rapid.Bool().Draw(t, "named") {
			c.name = rapid.SampledFrom(modelNames).Draw(t, "name")
		}
		a.conditions = append(a.conditions, c)
	}
	a.build(t, m, r)
	return a
}

func (a *modelAppend) build(t *rapid.T, m *model, r *replica) {
	a.command = &command.Append{Ledger: r.machine.States()[0].ID, Key: a.key}
	for _, e := range a.events {
		a.command.Events = append(a.command.Events, readDraft(t, e.String()))
	}
	if a.key != "" {
		a.command.Digest = record.DigestOf(a.command.Events)
	}
	for _, c := range a.conditions {
		s, err := selector.ParseCondition(shape.Of([]byte(c.selector(m, r))))
		if err != nil {
			t.Fatal(err)
		}
		a.command.Conditions = append(a.command.Conditions, command.Condition{Selector: s})
	}
}

// Random commands, with appends that the leader looked at long before their turn comes, give what the model says that
// they give when their turn comes: what the leader has looked at need not be looked at again.
func TestMachineAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rs := newReplicas()
		leader := rs[0]
		m := &model{registry: map[string][]string{}, keys: map[string]modelKey{}}
		created := rs.apply(rt, 1000, &command.CreateLedger{Name: "main"})
		m.events = append(m.events, modelEvent{Event: quipu.LedgerCreated})
		var flying []*modelAppend
		land := func(t *rapid.T) {
			a := flying[0]
			flying = flying[1:]
			clock := rapid.Int64Range(-5, 5000).Draw(t, "clock")
			if got, want := summary(rs.apply(t, clock, a.command)), m.apply(a); got != want {
				t.Fatalf("%+v: %s, the model says %s", a, got, want)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				a := drawAppend(t, m, leader)
				out, err := ledger.Precheck(leader.view(t, "main"), leader, a.command)
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				if out != nil {
					got = summary(out)
				}
				if want := m.decide(a); got != want {
					t.Fatalf("pre-check of %+v: %q, the model says %q", a, got, want)
				}
				if out == nil {
					flying = append(flying, a)
				}
			},
			"land": func(t *rapid.T) {
				if len(flying) == 0 {
					t.Skip()
				}
				land(t)
			},
			"register": func(t *rapid.T) {
				name := rapid.SampledFrom(modelNames).Draw(t, "event")
				types := modelTypes[rapid.IntRange(0, 1).Draw(t, "from"):]
				rs.apply(t, 0, &command.Register{Ledger: created.Ledger.ID, Event: name, Entities: types})
				if !slices.Equal(m.registry[name], types) {
					m.events = append(m.events, modelEvent{Event: quipu.EventRegistered})
				}
				m.registry[name] = types
			},
			"unregister": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
					t.Skip()
				}
				name := rapid.SampledFrom(modelNames).Draw(t, "event")
				out := rs.apply(t, 0, &command.Unregister{Ledger: created.Ledger.ID, Event: name})
				if _, known := m.registry[name]; known != (out.Err == nil) {
					t.Fatalf("unregister %s: %v", name, out.Err)
				} else if known {
					m.events = append(m.events, modelEvent{Event: quipu.EventUnregistered})
				}
				delete(m.registry, name)
			},
			"": func(t *rapid.T) { m.compare(t, leader) },
		})
		for len(flying) > 0 {
			land(rt)
		}
		m.compare(rt, leader)
	})
}

func (m *model) compare(t *rapid.T, r *replica) {
	records := r.slots[1].records
	if len(records) != len(m.events) {
		t.Fatalf("%d events, the model has %d", len(records), len(m.events))
	}
	for i, want := range m.events {
		if string(records[i].Name) != want.Event || !quipu.System(want.Event) && string(records[i].Data) != fmt.Sprint(want.N) {
			t.Fatalf("event %d is %s %s, the model has %v", i+1, records[i].Name, records[i].Data, want)
		}
	}
	registry := r.machine.States()[0].Registry
	if !maps.EqualFunc(registry, m.registry, slices.Equal) {
		t.Fatalf("the registry is %v, the model's %v", registry, m.registry)
	}
}
