package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// members are an event's optional members in the vocabulary of clients.
type members map[string]any

var (
	// texts have everything that a canonical string writes in a way of its own.
	texts = rapid.SampledFrom([]string{
		"a", "o-17", `quote " back \ slash /`, "tab\tline\n", "\u0001", "é𒃻\u2028<&>", "key", "version", "{}", "~1",
	})
	numbers = rapid.Uint64Range(1, 1<<63)
	targets = rapid.OneOf(
		rapid.Map(texts, func(id string) map[string]any { return map[string]any{"id": id} }),
		rapid.Map(texts, func(id string) map[string]any { return map[string]any{"id": id, "version": 3} }),
		rapid.Just(map[string]any{"position": 1042}),
		rapid.Just(map[string]any{"eventId": "0005d0df8d1e990f13658533a0f8f294"}),
	)
	// generators give a value of each optional member as an author sends it.
	generators = map[string]*rapid.Generator[any]{
		record.MemberAggregate: rapid.Custom(func(t *rapid.T) any {
			return map[string]any{"type": texts.Draw(t, "type"), "key": texts.Draw(t, "key")}
		}),
		record.MemberCorrelations: rapid.Custom(func(t *rapid.T) any {
			one := func(t *rapid.T) any {
				return map[string]any{"service": texts.Draw(t, "service"), "name": texts.Draw(t, "name"), "identifier": texts.Draw(t, "identifier")}
			}
			return rapid.SliceOfN(rapid.Custom(one), 1, 3).Draw(t, "correlations")
		}),
		record.MemberEncryptedData: texts.AsAny(),
		record.MemberFiles: rapid.Custom(func(t *rapid.T) any {
			hash := record.HashOf([]byte(texts.Draw(t, "content"))).String()
			return rapid.SliceOfN(rapid.SampledFrom([]any{
				map[string]any{"id": "f", "hash": hash, "size": 3}, map[string]any{"id": "r", "isReference": true, "data": "s3://", "hash": "sha256:any"},
			}), 1, 3).Draw(t, "files")
		}),
		record.MemberHappenedAt: rapid.Just[any]("2021-11-16T03:30:46+01:00"),
		record.MemberID:         texts.AsAny(),
		record.MemberLinks: rapid.Custom(func(t *rapid.T) any {
			one := func(t *rapid.T) any {
				return map[string]any{"type": texts.Draw(t, "type"), "target": targets.Draw(t, "target"), "meta": map[string]any{"id": "not this"}}
			}
			return rapid.SliceOfN(rapid.Custom(one), 1, 3).Draw(t, "links")
		}),
		record.MemberProducer: texts.AsAny(),
		record.MemberSchema:   texts.AsAny(),
		record.MemberVersion:  numbers.AsAny(),
	}
	memberNames = slices.Sorted(maps.Keys(generators))
)

func drawMembers(t *rapid.T) members {
	m := members{}
	for _, name := range memberNames {
		if rapid.Bool().Draw(t, "with "+name) {
			m[name] = generators[name].Draw(t, name)
		}
	}
	return m
}

// rest is the canonical object that a draft holds of them.
func (m members) rest(t testing.TB) []byte {
	if len(m) == 0 {
		return nil
	}
	return canonicalOf(t, m)
}

func canonicalOf(t testing.TB, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return canon(t, string(text))
}

// with is a copy in which a member has the value, or is gone if that is nil.
func (m members) with(name string, value any) members {
	other := maps.Clone(m)
	if other[name] = value; value == nil {
		delete(other, name)
	}
	return other
}

func draftOf(rest []byte) record.Draft {
	return record.Draft{Name: []byte("sold"), Entities: []byte(`{"item":["1"]}`), Data: []byte(`{"n":1}`), Rest: rest}
}

// What the ledger writes into an event is as if the author had written it there, and can be taken out again.
func TestMembersThatTheLedgerGives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := drawMembers(rt)
		given := draftOf(m.rest(t))
		before := bytes.Clone(given.Rest)
		stored, want := given, m
		if aggregate, ok := m[record.MemberAggregate].(map[string]any); ok {
			version := numbers.Draw(rt, "aggregate version")
			stored.SetAggregateVersion(version)
			want = want.with(record.MemberAggregate, map[string]any{"type": aggregate["type"], "key": aggregate["key"], "version": version})
			if aggregateType, key, got, ok := stored.Aggregate(); !ok || got != version ||
				string(aggregateType) != aggregate["type"] || string(key) != aggregate["key"] {
				rt.Fatalf("the aggregate of %s is %s %q at %d", stored.Rest, aggregateType, key, got)
			}
		}
		for name, filled := range map[string]record.Filled{record.MemberID: record.FilledID, record.MemberSchema: record.FilledSchema} {
			if m[name] == nil && rapid.Bool().Draw(rt, "fill "+name) {
				text := texts.Draw(rt, name)
				stored.SetMember(name, canonical.AppendString(nil, text))
				stored.Filled |= filled
				want = want.with(name, text)
			}
		}
		if !bytes.Equal(stored.Rest, want.rest(t)) || len(stored.Rest) > 0 && !canonical.Valid(stored.Rest) {
			rt.Fatalf("stored %s, want %s", stored.Rest, want.rest(t))
		}
		if back := stored.AsGiven(); !bytes.Equal(back.Rest, given.Rest) || back.Filled != 0 {
			rt.Fatalf("given %s, and it comes back as %s with %b", given.Rest, back.Rest, back.Filled)
		}
		if !record.SameContent(&stored, &given) || record.DigestOf([]record.Draft{stored}) != record.DigestOf([]record.Draft{given}) {
			rt.Fatalf("%s and %s are told apart", stored.Rest, given.Rest)
		}
		for _, filled := range []record.Filled{record.FilledID, record.FilledSchema} {
			without := stored.Without(filled)
			left := want
			if stored.Filled&filled != 0 {
				left = left.with(map[record.Filled]string{record.FilledID: record.MemberID, record.FilledSchema: record.MemberSchema}[filled], nil)
			}
			if !bytes.Equal(without.Rest, left.rest(t)) || without.Filled != stored.Filled&^filled {
				rt.Fatalf("%s without %b is %s with %b", stored.Rest, filled, without.Rest, without.Filled)
			}
		}
		if !bytes.Equal(given.Rest, before) {
			rt.Fatalf("the author's %s became %s", before, given.Rest)
		}
	})
}

func TestSameContentIsOfEverythingButVersions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := drawMembers(rt)
		name := rapid.SampledFrom(memberNames).Draw(rt, "changed")
		other := m.with(name, nil)
		if m[name] == nil || rapid.Bool().Draw(rt, "change") {
			other = m.with(name, generators[name].Draw(rt, "other "+name))
		}
		a, b := draftOf(m.rest(t)), draftOf(other.rest(t))
		want := name == record.MemberVersion || reflect.DeepEqual(m[name], other[name])
		if record.SameContent(&a, &b) != want || record.SameContent(&b, &a) != want {
			rt.Fatalf("%s and %s: want %v", a.Rest, b.Rest, want)
		}
		if same := record.DigestOf([]record.Draft{a}) == record.DigestOf([]record.Draft{b}); same != bytes.Equal(a.Rest, b.Rest) {
			rt.Fatalf("digests of %s and %s: same %v", a.Rest, b.Rest, same)
		}
	})
	full := draftOf([]byte(`{"id":"a"}`))
	for name, change := range map[string]func(*record.Draft){
		"name":     func(d *record.Draft) { d.Name = []byte("b") },
		"entities": func(d *record.Draft) { d.Entities = []byte(`{}`) },
		"data":     func(d *record.Draft) { d.Data = nil },
		"meta":     func(d *record.Draft) { d.Meta = []byte(`{"a":1}`) },
	} {
		other := full
		if change(&other); record.SameContent(&full, &other) {
			t.Errorf("another %s counts as the same", name)
		}
	}
	written, absent := full, full
	written.Data, absent.Data, written.Meta = []byte("null"), nil, []byte("{}")
	if !record.SameContent(&written, &absent) {
		t.Error("what is absent and what is the default are told apart")
	}
}

// A value is put in its place among the others, whatever else is there, in memory of its own.
func TestSetMemberKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := drawMembers(rt)
		name := rapid.SampledFrom(memberNames).Draw(rt, "name")
		value := generators[name].Draw(rt, "value")
		d := draftOf(m.rest(t))
		shared, before := d.Rest, bytes.Clone(d.Rest)
		d.SetMember(name, canonicalOf(t, value))
		if want := m.with(name, value).rest(t); !bytes.Equal(d.Rest, want) {
			rt.Fatalf("got  %s\nwant %s", d.Rest, want)
		}
		if !bytes.Equal(shared, before) {
			rt.Fatalf("what the draft had before, %s, became %s", before, shared)
		}
	})
}

// wantedMemberTerms are the terms of the member index, as its documentation has them.
func wantedMemberTerms(t testing.TB, m members) (want []string) {
	var e quipu.Event
	if rest := m.rest(t); rest != nil {
		if err := json.Unmarshal(rest, &e); err != nil {
			t.Fatal(err)
		}
	}
	if e.Aggregate != nil {
		want = append(want, record.AggregateTerm(e.Aggregate.Type, e.Aggregate.Key))
	}
	if e.ID != "" {
		want = append(want, record.IDTerm(e.ID))
	}
	for _, link := range e.Links {
		want = append(want, record.LinkTypeTerm(link.Type), record.LinkTargetTerm(link.Target))
	}
	if e.Producer != "" {
		want = append(want, record.ProducerTerm(e.Producer))
	}
	if e.Schema != "" {
		want = append(want, record.SchemaTerm(e.Schema))
	}
	return want
}

func TestTermsOfOptionalMembers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := drawMembers(rt)
		d := draftOf(m.rest(t))
		want := wantedMemberTerms(t, m)
		stop := rapid.IntRange(1, len(want)+1).Draw(rt, "stop")
		var got []string
		err := d.MemberTerms(nil, func(term []byte) bool { got = append(got, string(term)); return len(got) < stop })
		if err != nil || !slices.Equal(got, want[:min(stop, len(want))]) {
			rt.Fatalf("%s: %q, want the first %d of %q, %v", d.Rest, got, stop, want, err)
		}

		var e quipu.Event
		if len(d.Rest) > 0 {
			if err := json.Unmarshal(d.Rest, &e); err != nil {
				rt.Fatal(err)
			}
		}
		entities := []string{"item\x001"}
		var correlations []string
		if e.Aggregate != nil {
			entities = append(entities, string(record.AppendTerm(nil, e.Aggregate.Type, e.Aggregate.Key)))
		}
		for _, c := range e.Correlations {
			entityType, key := c.Entity()
			correlations = append(correlations, string(record.AppendTerm(nil, entityType, key)))
			if !d.HasEntityType(entityType) {
				rt.Fatalf("%s concerns no %s", d.Rest, entityType)
			}
		}
		var found, correlated []string
		if err := d.Terms(nil, func(term []byte) bool { found = append(found, string(term)); return true }); err != nil {
			rt.Fatal(err)
		}
		if err := d.CorrelationTerms(nil, func(term []byte) bool { correlated = append(correlated, string(term)); return true }); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(found, append(entities, correlations...)) || !slices.Equal(correlated, correlations) {
			rt.Fatalf("%s: %q and %q, want %q and %q", d.Rest, found, correlated, entities, correlations)
		}
	})
}

func TestLinksAreGivenWithTheirTargets(t *testing.T) {
	d := draftOf(canon(t, `{"links":[
		{"type":"parent","target":{"position":7}},
		{"type":"version","target":{"id":"a\"b","version":2},"meta":{"type":"x","target":{"position":1}}},
		{"type":"é","target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"}}]}`))
	var got []string
	err := d.Links(func(linkType, target string, version uint64) bool {
		got = append(got, fmt.Sprintf("%s %s %d", linkType, target, version))
		return len(got) < 3
	})
	want := []string{"parent lp7 0", `version lia"b 2`, "é le0005d0df8d1e990f13658533a0f8f294 0"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	calls := 0
	if err := d.Links(func(string, string, uint64) bool { calls++; return calls < 2 }); err != nil || calls != 2 {
		t.Errorf("stopped after the second, called %d times, %v", calls, err)
	}
}

func TestMembersThatAreMalformed(t *testing.T) {
	for _, bad := range []string{
		`[]`, `{`, `{"id":5}`, `{"id":"a}`, `{"id":"\x"}`, `{"producer":null}`, `{"schema":{}}`,
		`{"aggregate":"a"}`, `{"aggregate":{"key":"k"}}`, `{"aggregate":{"key":1,"type":"t"}}`, `{"aggregate":{"key":"k","type":"t"}`,
		`{"links":{}}`, `{"links":["a"]}`, `{"links":[{"type":"t"}]}`, `{"links":[{"target":{"id":"a"}}]}`,
		`{"links":[{"target":{},"type":"t"}]}`, `{"links":[{"target":{"id":1},"type":"t"}]}`, `{"links":[{"target":[],"type":"t"}]}`,
	} {
		d := draftOf([]byte(bad))
		if err := d.MemberTerms(nil, func([]byte) bool { return true }); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, bad := range []string{
		`{"correlations":{}}`, `{"correlations":["a"]}`, `{"correlations":[{"identifier":"i","name":"n"}]}`,
		`{"correlations":[{"identifier":"i","name":"n","service":1}]}`, `{"correlations":[{"identifier":"i","name":null,"service":"s"}]}`,
	} {
		d := draftOf([]byte(bad))
		if err := d.Terms(nil, func([]byte) bool { return true }); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("terms of %s: %v", bad, err)
		}
		if err := d.CorrelationTerms(nil, func([]byte) bool { return true }); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("correlations of %s: %v", bad, err)
		}
	}
	for _, bad := range []string{
		`{"files":{}}`, `{"files":[{"id":"f"}]}`, `{"files":[{"hash":"md5:00"}]}`, `{"files":[1]}`,
		`{"files":[{"hash":"sha256:` + strings.Repeat("A", 64) + `"}]}`, `{"files":[{"hash":"sha256:` + strings.Repeat("a", 63) + `"}]}`,
	} {
		d := draftOf([]byte(bad))
		if err := d.FileHashes(func(record.Hash) bool { return true }); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("files of %s: %v", bad, err)
		}
	}
}

func TestHashesOfFiles(t *testing.T) {
	a, b := record.HashOf([]byte("a")), record.HashOf(nil)
	d := draftOf(canon(t, `{"files":[{"id":"1","hash":"`+a.String()+`"},{"id":"2","isReference":true,"hash":"sha256:whatever"},
		{"id":"3","hash":"`+b.String()+`"},{"id":"4","hash":"`+a.String()+`"}]}`))
	var got []record.Hash
	err := d.FileHashes(func(h record.Hash) bool { got = append(got, h); return len(got) < 3 })
	if err != nil || !slices.Equal(got, []record.Hash{a, b, a}) {
		t.Errorf("%s, %v", got, err)
	}
	calls := 0
	if err := d.FileHashes(func(record.Hash) bool { calls++; return false }); err != nil || calls != 1 {
		t.Errorf("stopped after the first, called %d times, %v", calls, err)
	}
	if want := "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; b.String() != want {
		t.Errorf("the hash of nothing is %s", b)
	}
	if back, ok := record.ParseHash(a.String()); !ok || back != a {
		t.Errorf("%s comes back as %s, %v", a, back, ok)
	}
}

func TestWhatAnEdgeMakesIsValid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draftOf(drawMembers(rt).rest(t))
		if !d.Valid() {
			rt.Fatalf("%s", d.Rest)
		}
		d.Name = nil
		checkReadable(rt, &d, nil)
		if d.Member(record.MemberAggregate) == nil {
			return
		}
		if d.SetAggregateVersion(numbers.Draw(rt, "version")); !d.Valid() {
			rt.Fatalf("%s", d.Rest)
		}
	})
}

// FuzzMembers: whatever the bytes are, nothing panics, and a walk says that it is malformed or gives terms. What is valid
// can be read in every way, and each gives the same.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"item":["1"]}`), []byte(`{"aggregate":{"key":"k","type":"t","version":3},"id":"a","version":2}`))
	f.Add([]byte(`{}`), []byte(`{"links":[{"target":{"position":7},"type":"t"}],"producer":"p","schema":"s"}`))
	f.Add([]byte(`{}`), []byte(`{"links":[{"meta":{},"target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"},"type":"t"}]}`))
	f.Add([]byte(`{}`), []byte(`{"correlations":[{"identifier":"i","name":"n","service":"s"}],"files":[{"hash":"sha256:00"}]}`))
	f.Add([]byte(`{}`), []byte(`{"encryptedData":"e","files":[{"data":"s3:","id":"f","isReference":true,"size":3}],"happenedAt":"h"}`))
	f.Add([]byte(`{}`), []byte(`{"files":[{"hash":"`+record.HashOf(nil).String()+`","id":"f","size":0}]}`))
	f.Add([]byte(`"`), []byte(`{"id":"\`))
	f.Fuzz(func(t *testing.T, entities, rest []byte) {
		d := record.Draft{Entities: entities, Rest: rest}
		each := func(term []byte) bool {
			if len(term) == 0 {
				t.Fatal("an empty term")
			}
			return true
		}
		errs := []error{
			d.Terms(nil, each), d.MemberTerms(nil, each), d.CorrelationTerms(nil, each),
			d.Links(func(string, string, uint64) bool { return true }), d.FileHashes(func(record.Hash) bool { return true }),
		}
		d.Aggregate()
		d.Version()
		d.HasEntityType("t")
		if d.Valid() {
			checkReadable(t, &d, errors.Join(errs...))
		}
		given := d.AsGiven()
		if again := given.AsGiven(); !bytes.Equal(again.Rest, given.Rest) {
			t.Fatalf("%s, and once more %s", given.Rest, again.Rest)
		}
		if !record.SameContent(&d, &given) {
			t.Fatalf("%s is not what its author gave, %s", d.Rest, given.Rest)
		}
		d.SetAggregateVersion(3)
		d.SetMember(record.MemberID, []byte(`"a"`))
		if id, ok := d.MemberText(record.MemberID); !ok || string(id) != "a" {
			t.Fatalf("the id is %q in %s", id, d.Rest)
		}
	})
}

func checkReadable(t rapid.TB, d *record.Draft, walks error) {
	t.Helper()
	r := record.Record{Position: 7, Draft: *d}
	event, err := r.Event()
	if err != nil || walks != nil {
		t.Fatalf("%s %s: %v, %v", d.Entities, d.Rest, err, walks)
	}
	line := record.AppendJSON(nil, &r)
	var read quipu.Event
	if err := json.Unmarshal(line, &read); err != nil || !reflect.DeepEqual(read, event) {
		t.Fatalf("%s is read as %+v, %v, and is %+v", line, read, err, event)
	}
	if event.Position != 7 || event.Name != "" || string(event.Data) != string(d.DataOrDefault()) || string(event.Meta) != "{}" {
		t.Fatalf("%s changes another member of the event: %+v", d.Rest, event)
	}
	if !utf8.Valid(d.Rest) {
		return // encoding/json replaces what no edge lets through
	}
	var aggregate *quipu.Aggregate
	if aggregateType, key, version, ok := d.Aggregate(); ok {
		aggregate = &quipu.Aggregate{Type: string(aggregateType), Key: string(key), Version: version}
	}
	id, _ := d.MemberText(record.MemberID)
	if string(id) != event.ID || !reflect.DeepEqual(aggregate, event.Aggregate) || d.Version() != max(event.Version, 1) {
		t.Fatalf("%s: id %q, version %d, and as an event %+v", d.Rest, id, d.Version(), event)
	}
}
