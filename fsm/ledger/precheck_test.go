package ledger_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// withEverything is an append to a ledger that has an id, an aggregate, a schema and a content, by which each is changed
// or named.
func withEverything(t *testing.T) (*replica, *command.Append) {
	r, id := oneLedger(t)
	content := "some"
	first := &command.Append{Ledger: id}
	testEvent{
		Event: "ordered", ID: "a", Aggregate: &testAggregate{Type: "order", Key: "o"}, Files: []testFile{{ID: "f", Content: &content}},
	}.addTo(t, first)
	r.apply(t, 0, first)
	r.apply(t, 0, &command.RegisterSchema{Ledger: id, Event: "ordered", Version: "1", Schema: []byte("{}")})
	r.apply(t, 0, &command.Register{Ledger: id, Event: "ordered", Entities: []string{"patron"}, Schema: quipu.SchemaRule{Default: "1"}})
	c := &command.Append{Ledger: id}
	more := "more"
	testEvent{
		Event: "ordered", ID: "a", Version: 2, Aggregate: &testAggregate{Type: "order", Key: "o", ExpectedVersion: quipu.Expect(1)},
		Links: []quipu.Link{{Type: "t", Target: quipu.Target{ID: "a"}}, {Type: "t", Target: quipu.Target{ID: "later"}}},
		Files: []testFile{{ID: "f", Content: &content}, {ID: "g", Content: &more}},
	}.addTo(t, c)
	testEvent{Event: "ordered", Aggregate: &testAggregate{Type: "order", Key: "new"}}.addTo(t, c)
	c.Conditions = []command.Condition{
		readCondition(t, `{"events":["closed"],"after":"`+r.slots[1].records[2].ID.String()+`"}`),
		readCondition(t, `{"aggregate":{"type":"order","key":"other","version":0}}`),
	}
	return r, c
}

func precheck(t *testing.T, r *replica, c *command.Append) {
	t.Helper()
	if out, err := ledger.Precheck(r.view(t, "main"), r, c); out != nil || err != nil {
		t.Fatalf("%v, %v", describe(out), err)
	}
}

func TestPrecheckNotesWhatItFinds(t *testing.T) {
	r, c := withEverything(t)
	precheck(t, r, c)
	digest := record.Digest(record.HashOf([]byte("{}")))
	want := command.Facts{
		Versions: []command.Version{{Term: record.AggregateTerm("order", "o"), Last: 1}, {Term: record.IDTerm("a"), Last: 1}},
		Links:    true, Absent: []command.Link{{Event: 0, Link: 1}},
		Schemas: []command.Schema{{Event: 0, Digest: digest}, {Event: 1, Digest: digest}},
	}
	if c.CheckedThrough != 5 || !reflect.DeepEqual(c.Facts, want) {
		t.Errorf("through %d\ngot  %+v\nwant %+v", c.CheckedThrough, c.Facts, want)
	}
	if c.Conditions[0].After != (quipu.Place{Position: 3}) {
		t.Errorf("the place is %+v", c.Conditions[0].After)
	}
	if len(c.Files) != 1 || string(c.Files[0].Bytes) != "more" {
		t.Errorf("%d contents are sent", len(c.Files))
	}
	for i := range c.Events {
		if schema, ok := c.Events[i].MemberText(record.MemberSchema); !ok || string(schema) != "1" || c.Events[i].Filled != record.FilledSchema {
			t.Errorf("%s, filled %b", c.Events[i].Rest, c.Events[i].Filled)
		}
	}
}

// Data that was checked against no schema, or another one, is not let in.
func TestApplyWantsTheSchemaThatWasChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*command.Facts)
		ok     bool
	}{
		"as checked":        {func(*command.Facts) {}, true},
		"not checked":       {func(f *command.Facts) { f.Schemas = nil }, false},
		"another one":       {func(f *command.Facts) { f.Schemas[0].Digest[0]++ }, false},
		"of another event":  {func(f *command.Facts) { f.Schemas[0].Event = 7 }, false},
		"the second is not": {func(f *command.Facts) { f.Schemas = f.Schemas[:1] }, false},
	} {
		r, c := withEverything(t)
		c.Events[0] = c.Events[1] // without what is still to come
		c.Expect = nil
		precheck(t, r, c)
		test.change(&c.Facts)
		out := r.apply(t, 0, c)
		if test.ok != (out.Err == nil) || out.Err != nil && out.Err.Kind != quipu.Unavailable {
			t.Errorf("%s: %s", name, describe(out))
		}
	}
}

// A leader that is not sure that its view was new enough looks again.
func TestPrecheckTwiceIsAsOnce(t *testing.T) {
	r, once := withEverything(t)
	_, twice := withEverything(t)
	precheck(t, r, once)
	precheck(t, r, twice)
	precheck(t, r, twice)
	if !bytes.Equal(command.AppendList(nil, []command.Command{once}), command.AppendList(nil, []command.Command{twice})) {
		t.Errorf("once  %+v\ntwice %+v", once, twice)
	}
	// The registry may have changed between.
	for _, rule := range []quipu.SchemaRule{{}, {Default: "2"}, {Default: "1", Required: true}} {
		r.apply(t, 0, &command.RegisterSchema{Ledger: once.Ledger, Event: "ordered", Version: "2", Schema: []byte("true")})
		r.apply(t, 0, &command.Register{Ledger: once.Ledger, Event: "ordered", Entities: []string{"patron"}, Schema: rule})
		precheck(t, r, twice)
		_, fresh := withEverything(t)
		precheck(t, r, fresh)
		if !bytes.Equal(command.AppendList(nil, []command.Command{fresh}), command.AppendList(nil, []command.Command{twice})) {
			t.Errorf("with the rule %+v\nonce  %+v\nagain %+v", rule, fresh, twice)
		}
	}
}

// The drafts share the memory of the request that they came in, and more than one append may be read from it.
func TestPrecheckWritesIntoNothingOfTheRequest(t *testing.T) {
	r, c := withEverything(t)
	entry := command.Entry{Commands: []command.Command{c}}
	request := entry.Append(nil)
	before := bytes.Clone(request)
	decoded, err := command.DecodeEntry(request)
	if err != nil {
		t.Fatal(err)
	}
	back := decoded.Commands[0].(*command.Append)
	precheck(t, r, back)
	if !bytes.Equal(request, before) {
		t.Fatal("the pre-check has written into the request")
	}
	back.Events[0].SetAggregateVersion(7)
	if !bytes.Equal(request, before) {
		t.Fatal("a version was written into the request")
	}
	clear(request) // what the check has found is its own
	if c.Facts.Versions = nil; len(back.Facts.Versions) != 2 || back.Facts.Versions[1].Term != record.IDTerm("a") {
		t.Errorf("%+v", back.Facts)
	}
}

// A receipt says what reading the events back says.
func TestReceiptIsOfTheWholeAppend(t *testing.T) {
	rs, id := newLedger(t)
	c := &command.Append{Ledger: id, Key: "k"}
	for _, e := range []testEvent{
		{Event: "ordered"}, {Event: "ordered", ID: "a"}, {Event: "ordered", Aggregate: &testAggregate{Type: "t", Key: "x"}},
		{Event: "ordered", Aggregate: &testAggregate{Type: "t", Key: "y"}, ID: "b"}, {Event: "ordered", Aggregate: &testAggregate{Type: "t", Key: "x"}},
	} {
		e.addTo(t, c)
	}
	first := rs.apply(t, 5, c).Receipt
	if want := []string{"", "a", "", "b", ""}; !reflect.DeepEqual(first.IDs, want) {
		t.Errorf("ids %q", first.IDs)
	}
	if want := []quipu.Aggregate{{Type: "t", Key: "x", Version: 1}, {Type: "t", Key: "y", Version: 1}}; !reflect.DeepEqual(first.Aggregates, want) {
		t.Errorf("aggregates %+v", first.Aggregates)
	}
	again := rs.apply(t, 5, c).Receipt
	if !again.Replayed {
		t.Fatal("not replayed")
	}
	if again.Replayed = false; !reflect.DeepEqual(again, first) {
		t.Errorf("first %+v\nagain %+v", first, again)
	}
}

// What a view does not have yet may make an append whole that was sent in parts.
func TestPrecheckLeavesOpenWhatMayFollow(t *testing.T) {
	rs, id := newLedger(t)
	both := &command.Append{Ledger: id}
	parts := [2]*command.Append{{Ledger: id}, {Ledger: id}}
	for i, name := range []string{"a", "b"} {
		testEvent{Event: "ordered", ID: name}.addTo(t, parts[i])
		testEvent{Event: "ordered", ID: name}.addTo(t, both)
	}
	rs.apply(t, 0, parts[0])
	precheck(t, rs[0], both)
	rs.apply(t, 0, parts[1])
	if out := rs.apply(t, 0, both); out.Receipt == nil || !out.Receipt.Replayed || out.Receipt.Last != 4 {
		t.Errorf("%s", describe(out))
	}
	rs.apply(t, 0, guarded(t, id, "ordered", ""))
	testEvent{Event: "ordered", ID: "c"}.addTo(t, both) // nothing can follow that position any more
	if out, err := ledger.Precheck(rs[0].view(t, "main"), rs[0], both); err != nil || out == nil || out.Err.Kind != quipu.Mismatch {
		t.Errorf("%+v, %v", out, err)
	}
}

// Events of several appends that follow each other may be answered together: then the aggregate is where the last left it.
func TestReplayOverSeveralAppendsGivesTheLastVersion(t *testing.T) {
	rs, id := newLedger(t)
	both := &command.Append{Ledger: id}
	for _, name := range []string{"a", "b"} {
		one := &command.Append{Ledger: id}
		e := testEvent{Event: "ordered", ID: name, Aggregate: &testAggregate{Type: "t", Key: "x"}}
		e.addTo(t, one)
		e.addTo(t, both)
		rs.apply(t, 0, one)
	}
	out := rs.apply(t, 0, both)
	if want := []quipu.Aggregate{{Type: "t", Key: "x", Version: 2}}; out.Receipt == nil || !reflect.DeepEqual(out.Receipt.Aggregates, want) {
		t.Errorf("%s", describe(out))
	}
}
