package ledger_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// summary is an outcome as the model puts it. Of a conflict that Apply found it holds only what came after the position
// up to which the leader had looked, which is all that there is.
func summary(out *ledger.Outcome) string {
	switch {
	case out == nil:
		return ""
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

// moment is a ledger as it was: what a view shows that a leader took then, and the model of then.
type moment struct {
	*replica
	state *ledger.State
	model *model
}

func (p *moment) Key(slot ledger.Slot, key string, _ quipu.Position) (ledger.KeyRecord, bool, error) {
	kept, ok, err := p.replica.Key(slot, key, 0)
	return kept, ok && kept.Last <= p.state.Head, err
}

func (p *moment) Source(slot ledger.Slot, _ quipu.Position) (selector.Source, error) {
	return source{p.slots[slot].records[:p.state.Head], 0}, nil
}

// run is a run of the model beside three replicas.
type run struct {
	replicas replicas
	ledger   quipu.LedgerID
	model    *model
	past     []*moment
	sent     []*modelAppend
	flying   []*modelAppend
}

// Random commands, with appends that the leader looked at long before their turn comes, and in a view that lagged, give
// what the model says that they give when their turn comes: what the leader has looked at need not be looked at again.
func TestMachineAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &run{replicas: newReplicas(), model: &model{registry: map[string]modelEntry{}, keys: map[string]modelKey{}}}
		r.ledger = r.replicas.apply(t, 1000, &command.CreateLedger{Name: "main"}).Ledger.ID
		r.model.describes(quipu.LedgerCreated)
		for _, name := range modelNames {
			r.register(t, name, true, quipu.SchemaRule{})
			r.registerSchema(t, name, modelVersions[0], "{}")
		}
		t.Repeat(map[string]func(*rapid.T){
			"append":          r.append,
			"append 2":        r.append, // more often than the others
			"append 3":        r.append,
			"land":            r.land,
			"land 2":          r.land,
			"register":        r.drawRegistration,
			"register schema": r.drawSchema,
			"unregister":      r.unregister,
			"":                r.check,
		})
		for len(r.flying) > 0 {
			r.land(t)
		}
		r.check(t)
		r.moveToAnotherCluster(t)
	})
}

func (r *run) append(t *rapid.T) {
	a := drawAppend(t, r.model, r.sent)
	if !a.sane() {
		t.Skip()
	}
	a.build(t, r.model, r.ledger)
	r.sent = append(r.sent, a)
	view := r.past[max(0, len(r.past)-1-rapid.SampledFrom([]int{0, 0, 1, 3, 8}).Draw(t, "lag"))]
	out := r.precheck(t, view, a)
	if out != "" {
		r.wantFinal(t, a, out)
	}
	if rapid.Bool().Draw(t, "look again") {
		out = r.precheck(t, r.past[len(r.past)-1], a)
	}
	if out == "" {
		r.flying = append(r.flying, a)
	}
}

func (r *run) precheck(t *rapid.T, at *moment, a *modelAppend) string {
	out, err := ledger.Precheck(at.state, at, a.command)
	if err != nil {
		t.Fatal(err)
	}
	got, want := summary(out), at.model.decide(a, true)
	if got != want {
		t.Fatalf("pre-check at %d of %+v: %q, the model says %q", at.state.Head, a, got, want)
	}
	return got
}

// wantFinal: what a view of any time answers for good, the ledger of now does not accept.
func (r *run) wantFinal(t *rapid.T, a *modelAppend, out string) {
	copied := &modelAppend{events: slices.Clone(a.events), conditions: a.conditions, key: a.key}
	now := r.model.decide(copied, true)
	switch kind := out[:min(len(out), 8)]; {
	case kind == "replayed" && now != out, kind == "mismatch" && now != out, kind == "conflict" && now == "":
		t.Fatalf("an older view answers %q to %+v, and a newer one %q", out, a, now)
	}
}

// land has one of the appends that are on their way applied.
func (r *run) land(t *rapid.T) {
	if len(r.flying) == 0 {
		t.Skip()
	}
	i := rapid.IntRange(0, len(r.flying)-1).Draw(t, "which")
	a := r.flying[i]
	r.flying = slices.Delete(r.flying, i, i+1)
	clock := rapid.Int64Range(-5, 5000).Draw(t, "clock")
	out := r.replicas.apply(t, clock, a.command)
	if got, want := summary(out), r.model.apply(a); got != want {
		t.Fatalf("%+v: %s, the model says %s", a, got, want)
	}
	if out.Receipt == nil {
		return
	}
	records := r.replicas[0].slots[1].records
	for p := len(r.model.events); p > 0 && r.model.events[p-1].id.IsZero(); p-- {
		r.model.events[p-1].id = records[p-1].ID
	}
	r.wantReadBack(t, out.Receipt, records[out.Receipt.First-1:out.Receipt.Last])
}

// wantReadBack compares a receipt with what its events say, read in the way of clients.
func (r *run) wantReadBack(t *rapid.T, got *quipu.Receipt, records []record.Record) {
	want := quipu.Receipt{First: records[0].Position, Replayed: got.Replayed}
	named := false
	for i := range records {
		e, err := records[i].Event()
		if err != nil {
			t.Fatal(err)
		}
		want.Last, want.Timestamp = e.Position, e.Timestamp
		want.EventIDs, want.IDs = append(want.EventIDs, e.EventID), append(want.IDs, e.ID)
		named = named || e.ID != ""
		if a := e.Aggregate; a != nil {
			i := slices.IndexFunc(want.Aggregates, func(b quipu.Aggregate) bool { return a.Type == b.Type && a.Key == b.Key })
			if i < 0 {
				want.Aggregates = append(want.Aggregates, *a)
			} else {
				want.Aggregates[i] = *a
			}
		}
	}
	if !named {
		want.IDs = nil
	}
	if !reflect.DeepEqual(*got, want) {
		t.Fatalf("the receipt is %+v, its events say %+v", *got, want)
	}
}

func (r *run) drawRegistration(t *rapid.T) {
	if !seldom(t, 2, "seldom") {
		t.Skip()
	}
	rule := quipu.SchemaRule{Required: seldom(t, 8, "required")}
	if seldom(t, 2, "with a default") {
		rule.Default = oneOf(t, modelVersions, "default")
	}
	r.register(t, oneOf(t, modelNames, "event"), !seldom(t, 8, "without patrons"), rule)
}

func (r *run) register(t *rapid.T, name string, patrons bool, rule quipu.SchemaRule) {
	types := []string{"order"}
	if patrons {
		types = append(types, "patron")
	}
	out := r.replicas.apply(t, 0, &command.Register{Ledger: r.ledger, Event: name, Entities: types, Schema: rule})
	now := r.model.registry[name]
	if _, there := now.schemas[rule.Default]; rule.Default != "" && !there {
		if summary(out) != string(quipu.NotRegistered) {
			t.Fatalf("%s with a default that is not there: %s", name, describe(out))
		}
		return
	}
	if summary(out) != "ok" || out.Created == now.registered {
		t.Fatalf("%s: %s", name, describe(out))
	}
	next := modelEntry{true, patrons, rule, now.schemas}
	if !now.registered || now.patrons != patrons || now.rule != rule {
		r.model.describes(quipu.EventRegistered)
	}
	r.model.registry[name] = next
}

func (r *run) drawSchema(t *rapid.T) {
	r.registerSchema(t, oneOf(t, modelNames, "event"), oneOf(t, modelVersions, "version"), oneOf(t, []string{"{}", "true"}, "document"))
}

func (r *run) registerSchema(t *rapid.T, name, version, document string) {
	out := r.replicas.apply(t, 0, &command.RegisterSchema{Ledger: r.ledger, Event: name, Version: version, Schema: []byte(document)})
	now := r.model.registry[name]
	known, there := now.schemas[version]
	want := "ok"
	switch {
	case there && known != document:
		want = string(quipu.Mismatch)
	case there:
	case !now.registered:
		want = string(quipu.NotFound)
	default:
		now.schemas = maps.Clone(now.schemas)
		if now.schemas == nil {
			now.schemas = map[string]string{}
		}
		now.schemas[version] = document
		r.model.registry[name] = now
		r.model.describes(quipu.SchemaRegistered)
	}
	if summary(out) != want {
		t.Fatalf("schema %s of %s: %s, the model says %s", version, name, describe(out), want)
	}
}

func (r *run) unregister(t *rapid.T) {
	if !seldom(t, 8, "seldom") {
		t.Skip()
	}
	name := oneOf(t, modelNames, "event")
	out := r.replicas.apply(t, 0, &command.Unregister{Ledger: r.ledger, Event: name})
	now := r.model.registry[name]
	if now.registered != (out.Err == nil) {
		t.Fatalf("unregister %s: %s", name, describe(out))
	}
	if now.registered {
		r.model.describes(quipu.EventUnregistered)
		r.model.registry[name] = modelEntry{schemas: now.schemas}
	}
}

// check holds after every step.
func (r *run) check(t *rapid.T) {
	leader := r.replicas[0]
	e := leader.slots[1]
	for i := range r.model.events {
		if r.model.events[i].id.IsZero() && i < len(e.records) {
			r.model.events[i].id = e.records[i].ID
		}
	}
	r.compare(t, e.records, leader.machine.States()[0].Registry)
	wantConsistent(t, e)
	r.past = append(r.past, &moment{leader, leader.view(t, "main"), r.model.clone()})
}

func (r *run) compare(t *rapid.T, records []record.Record, registry ledger.Registry) {
	if len(records) != r.model.head() {
		t.Fatalf("%d events, the model has %d", len(records), r.model.head())
	}
	for i, want := range r.model.events {
		got := &records[i]
		_, key, at, _ := got.Aggregate()
		schema, _ := got.MemberText(record.MemberSchema)
		same := string(got.Name) == want.Event && string(key) == want.Aggregate && at == want.at && string(schema) == want.Schema
		if !same || !got.System() && string(got.Data) != fmt.Sprint(want.N) {
			t.Fatalf("event %d is %s, the model has %+v", i+1, describeRecord(got), want)
		}
	}
	for _, name := range modelNames {
		want := r.model.registry[name]
		got, ok := registry.Registration(name)
		if ok != want.registered || ok && (got.Schema != want.rule || slices.Contains(got.Entities, "patron") != want.patrons) ||
			!slices.Equal(slices.Sorted(slices.Values(got.Versions)), slices.Sorted(maps.Keys(want.schemas))) {
			t.Fatalf("%s is %+v, %v, the model's %+v", name, got, ok, want)
		}
	}
}

// wantConsistent holds for every history: versions count, links lead somewhere, contents are there.
func wantConsistent(t *rapid.T, e *events) {
	aggregates, ids := map[quipu.Aggregate]uint64{}, map[string]uint64{}
	var targets []quipu.Target
	for i := range e.records {
		event, err := e.records[i].Event()
		if err != nil {
			t.Fatal(err)
		}
		if a := event.Aggregate; a != nil {
			name := quipu.Aggregate{Type: a.Type, Key: a.Key}
			if last := aggregates[name]; a.Version != last+1 && (a.Version != last || last == 0) {
				t.Fatalf("event %d: %+v after version %d", i+1, *a, last)
			}
			aggregates[name] = a.Version
		}
		if event.ID != "" {
			if ids[event.ID]++; max(event.Version, 1) != ids[event.ID] {
				t.Fatalf("event %d: version %d of %q, want %d", i+1, event.Version, event.ID, ids[event.ID])
			}
		}
		for _, link := range event.Links {
			if targets = append(targets, link.Target); link.Target.Position >= event.Position {
				t.Fatalf("event %d links to %d", i+1, link.Target.Position)
			}
		}
		for _, f := range event.Files {
			if hash, ok := record.ParseHash(f.Hash); !ok || record.HashOf(e.files[hash]) != hash {
				t.Fatalf("event %d: the content of %s is not there", i+1, f.Hash)
			}
		}
	}
	for _, target := range targets {
		there := target.Position > 0
		switch {
		case target.EventID != nil:
			there = slices.ContainsFunc(e.records, func(r record.Record) bool { return r.ID == *target.EventID })
		case target.ID != "":
			there = max(target.Version, 1) <= ids[target.ID]
		}
		if !there {
			t.Fatalf("a link leads to %+v, which is not there", target)
		}
	}
}

// moveToAnotherCluster: whatever appends have made, an import takes, and it is the same there.
func (r *run) moveToAnotherCluster(t *rapid.T) {
	from := r.replicas[0]
	list := from.exported(t, 1)
	to := newReplica(true, true)
	to.apply(t, 0, &command.BeginImport{Genesis: list[0]})
	for first := 1; first < len(list); {
		size := min(rapid.IntRange(1, 20).Draw(t, "chunk"), len(list)-first)
		part := &command.ImportEvents{Ledger: r.ledger, First: quipu.Position(first + 1), Events: list[first : first+size]}
		if out := to.apply(t, 0, part); out.Err != nil {
			t.Fatalf("import from %d: %s", first+1, describe(out))
		}
		first += size
	}
	if out := to.apply(t, 0, &command.FinishImport{Ledger: r.ledger, Head: list[len(list)-1].ID}); out.Err != nil {
		t.Fatal(describe(out))
	}
	got, want := to.view(t, "main"), from.view(t, "main")
	if !got.Registry.Equal(want.Registry) || got.HeadID != want.HeadID || got.Settings != want.Settings {
		t.Fatalf("imported %+v, exported %+v", got, want)
	}
	wantConsistent(t, to.slots[1])
}
