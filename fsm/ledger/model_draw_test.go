package ledger_test

import (
	"encoding/json"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

var (
	modelNames    = []string{"ordered", "closed", "moved"}
	modelKeys     = []string{"a", "b", "c"}
	modelIDs      = []string{"i", "j", "k"}
	modelVersions = []string{"1", "2"}
	modelContents = []string{"some", "more"}
)

// modelAppend is one append, on its way.
type modelAppend struct {
	events     []modelEvent
	conditions []modelCondition
	key        string
	command    *command.Append
}

// seldom is one in so many.
func seldom(t *rapid.T, of int, what string) bool { return rapid.IntRange(1, of).Draw(t, what) == of }

func oneOf(t *rapid.T, list []string, what string) string {
	return rapid.SampledFrom(list).Draw(t, what)
}

// near is a number around another.
func near(t *rapid.T, n int, what string) uint64 {
	return uint64(max(0, n+rapid.SampledFrom([]int{0, 0, 0, -1, 1, -2, 3}).Draw(t, what)))
}

// drawAppend gives a new append, or one that was sent before.
func drawAppend(t *rapid.T, m *model, sent []*modelAppend) *modelAppend {
	a := new(modelAppend)
	if len(sent) > 0 && seldom(t, 3, "again") {
		old := rapid.SampledFrom(sent).Draw(t, "the one")
		a.key, a.conditions = old.key, old.conditions
		for _, e := range old.events {
			a.events = append(a.events, again(e))
		}
		if seldom(t, 6, "only a part") {
			a.events = a.events[rapid.IntRange(0, len(a.events)-1).Draw(t, "from"):]
		}
	} else {
		a.key = oneOf(t, []string{"", "", "", "k1", "k2"}, "idempotency key")
		for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "events") {
			a.events = append(a.events, drawEvent(t, m))
		}
		for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "conditions") {
			a.conditions = append(a.conditions, drawCondition(t, m))
		}
	}
	for i := range a.events {
		if e := &a.events[i]; e.FilledID {
			e.ID = fmt.Sprintf("made-%d", rapid.Uint64().Draw(t, "made"))
		}
	}
	return a
}

// again is what the author of an event sends once more.
func again(e modelEvent) modelEvent {
	e.at, e.id = 0, quipu.EventID{}
	if e.FilledSchema {
		e.Schema, e.FilledSchema = "", false
	}
	return e
}

func drawEvent(t *rapid.T, m *model) (e modelEvent) {
	e.Event, e.N = oneOf(t, modelNames, "event"), rapid.IntRange(0, 2).Draw(t, "n")
	if seldom(t, 2, "of a patron") {
		e.Patron = oneOf(t, modelKeys, "patron")
	}
	switch {
	case seldom(t, 3, "with an id"):
		e.ID = oneOf(t, modelIDs, "id")
		e.Version = near(t, int(m.lastVersion(e.ID))+1, "version")
	case seldom(t, 4, "with a made id"):
		e.FilledID = true
	}
	if seldom(t, 3, "of an aggregate") {
		e.Aggregate = oneOf(t, modelKeys, "aggregate")
		if version, _ := m.aggregate(e.Aggregate, 0); seldom(t, 2, "expecting") {
			e.ExpectedVersion = quipu.Expect(near(t, int(version), "expected"))
		}
	}
	if seldom(t, 10, "with a schema") {
		e.Schema = oneOf(t, modelVersions, "schema")
	}
	if seldom(t, 6, "with a file") {
		e.File = oneOf(t, modelContents, "content")
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2}).Draw(t, "links") {
		e.Links = append(e.Links, drawTarget(t, m))
	}
	return e
}

func drawTarget(t *rapid.T, m *model) quipu.Target {
	p := rapid.IntRange(1, m.head()+2).Draw(t, "target")
	switch rapid.IntRange(0, 3).Draw(t, "named by") {
	case 0:
		return quipu.Target{Position: quipu.Position(p)}
	case 1:
		if p <= m.head() {
			return quipu.Target{EventID: &m.events[p-1].id}
		}
		return quipu.Target{EventID: &quipu.EventID{1}}
	}
	id := oneOf(t, modelIDs, "target id")
	if seldom(t, 2, "of a version") {
		return quipu.Target{ID: id, Version: max(1, near(t, int(m.lastVersion(id)), "target version"))}
	}
	return quipu.Target{ID: id}
}

func drawCondition(t *rapid.T, m *model) modelCondition {
	if seldom(t, 3, "on an aggregate") {
		key := oneOf(t, append(modelKeys, "none"), "of")
		version, _ := m.aggregate(key, 0)
		return modelCondition{aggregate: key, version: near(t, int(version), "at version")}
	}
	c := modelCondition{
		entityType: oneOf(t, []string{"patron", "thing"}, "type"), key: oneOf(t, append(modelKeys, ""), "of"),
		after: max(0, m.head()+2-rapid.IntRange(0, 20).Draw(t, "behind")),
		byID:  rapid.Bool().Draw(t, "by id"),
		min:   rapid.IntRange(0, 2).Draw(t, "min"),
	}
	if c.key == "" || rapid.Bool().Draw(t, "named") {
		c.name = oneOf(t, modelNames, "name")
	}
	return c
}

// text is the condition as clients write it.
func (c modelCondition) text(m *model) string {
	if c.aggregate != "" {
		return fmt.Sprintf(`{"aggregate":{"type":"thing","key":%q,"version":%d}}`, c.aggregate, c.version)
	}
	text := ""
	if c.key != "" {
		text += fmt.Sprintf(`,"entities":{%q:[%q]}`, c.entityType, c.key)
	}
	if c.name != "" {
		text += fmt.Sprintf(`,"events":{%q:"$ ? (@ >= %d)"}`, c.name, c.min)
	}
	if c.byID && 0 < c.after && c.after <= m.head() {
		return fmt.Sprintf(`{"after":%q%s}`, m.events[c.after-1].id, text)
	}
	return fmt.Sprintf(`{"after":%d%s}`, c.after, text)
}

// build makes the command that an edge makes of the append.
func (a *modelAppend) build(t *rapid.T, m *model, ledgerID quipu.LedgerID) {
	a.command = &command.Append{Ledger: ledgerID, Key: a.key}
	for _, e := range a.events {
		e.test().addTo(t, a.command)
	}
	if a.key != "" {
		a.command.Digest = record.DigestOf(a.command.Events)
	}
	for _, c := range a.conditions {
		a.command.Conditions = append(a.command.Conditions, readCondition(t, c.text(m)))
	}
}

func (e modelEvent) test() testEvent {
	out := testEvent{Event: e.Event, Data: json.RawMessage(fmt.Sprint(e.N)), ID: e.ID, Version: e.Version, Schema: e.Schema}
	if e.Patron != "" {
		out.Entities = fmt.Appendf(nil, `{"patron":[%q]}`, e.Patron)
	}
	if e.Aggregate != "" {
		out.Aggregate = &testAggregate{Type: "thing", Key: e.Aggregate, ExpectedVersion: e.ExpectedVersion}
	}
	for _, target := range e.Links {
		out.Links = append(out.Links, quipu.Link{Type: "t", Target: target})
	}
	if e.File != "" {
		out.Files = []testFile{{ID: "f", Content: &e.File}}
	}
	if e.FilledID {
		out.Filled = []string{"id"}
	}
	return out
}

// sane leaves out what an edge refuses: two events of one aggregate that expect different versions. It says false if
// nothing is left.
func (a *modelAppend) sane() bool {
	expected := map[string]uint64{}
	a.events = slices.DeleteFunc(a.events, func(e modelEvent) bool {
		if e.ExpectedVersion == nil {
			return false
		}
		known, ok := expected[e.Aggregate]
		expected[e.Aggregate] = *e.ExpectedVersion
		return ok && known != *e.ExpectedVersion
	})
	return len(a.events) > 0
}
