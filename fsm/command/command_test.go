package command_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func condition(t testing.TB, text string) command.Condition {
	t.Helper()
	s, err := selector.ParseCondition(shape.Of([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return command.Condition{Selector: s}
}

func draft(name string) record.Draft {
	return record.Draft{
		Name: []byte(name), Entities: []byte(`{"t":["k"]}`), Data: []byte(`{"x":1}`), Meta: []byte(`{"m":2}`), Rest: []byte(`{"id":"i"}`),
		Filled: record.FilledID,
	}
}

func content(text string) command.File {
	return command.File{Hash: record.HashOf([]byte(text)), Bytes: []byte(text)}
}

// everything is an append with all that it can have.
func everything(t testing.TB) *command.Append {
	return &command.Append{
		Ledger: 0xfffffffc, CheckedThrough: math.MaxUint64, Key: "e33692e9", Digest: record.Digest{1, 2, 3},
		Conditions: []command.Condition{
			condition(t, `{"entities":{"a":["b","c"]},"events":{"d":{"query":"$.x ? (@ == $n)","vars":{"n":1}}},"after":1042}`),
			{Aggregate: &quipu.Aggregate{Type: "order", Key: "o-17", Version: math.MaxUint64}},
			condition(t, `{"meta":"$.m","after":"0005d0df8d1e990f13658533a0f8f294"}`),
			{Aggregate: &quipu.Aggregate{}},
		},
		Expect: []command.Expectation{
			{Event: 1, Aggregate: quipu.Aggregate{Type: "order", Key: "o-17", Version: 3}}, {Aggregate: quipu.Aggregate{Type: "a", Key: "\x00"}},
		},
		Events: []record.Draft{draft("a"), {Name: []byte("b"), Entities: []byte(`{"t":["k"]}`)}},
		Files:  []command.File{content("some"), content("more")},
		Facts: command.Facts{
			Versions: []command.Version{{Term: record.AggregateTerm("order", "o-17"), Last: 3}, {Term: record.IDTerm("i"), Last: math.MaxUint64}},
			Links:    true, Absent: []command.Link{{Event: 0, Link: 99}, {Event: 999, Link: 0}},
			Schemas: []command.Schema{{Event: 1, Digest: record.Digest{4, 5, 6}}},
		},
	}
}

// examples are commands of every kind, each with everything and with as little as it can have.
func examples(t testing.TB) []command.Command {
	imported := command.Imported{ID: quipu.NewEventID(5, 6, 8), Draft: draft(quipu.LedgerCreated)}
	return []command.Command{
		everything(t),
		&command.Append{Ledger: 4, Events: []record.Draft{draft("a")}},
		&command.CreateLedger{Name: "main", Description: "all of it", Settings: quipu.Settings{ID: quipu.UUID7}},
		&command.CreateLedger{},
		&command.SetSettings{Ledger: 4, Settings: quipu.Settings{ID: quipu.UUID1}},
		&command.SetSettings{Ledger: 4},
		&command.Register{Ledger: 4, Event: "a", Entities: []string{"x", "y"}, Schema: quipu.SchemaRule{Required: true, Default: "1.0"}},
		&command.Register{Ledger: 4, Event: "a", Entities: []string{"x"}, Schema: quipu.SchemaRule{Default: "1.0"}},
		&command.Register{Ledger: 4, Event: "a", Entities: []string{"x"}, Schema: quipu.SchemaRule{Required: true}},
		&command.Register{Ledger: 4, Event: "a", Entities: []string{"x"}},
		&command.RegisterSchema{Ledger: 4, Event: "a", Version: "1.0", Schema: []byte(`{"type":"object"}`)},
		&command.RegisterSchema{Ledger: 4},
		&command.Unregister{Ledger: 4, Event: "a"},
		&command.BeginImport{Genesis: imported},
		&command.ImportEvents{Ledger: 8, First: 2, Events: []command.Imported{
			imported, {ID: imported.ID, Draft: draft("b"), Files: []command.File{content("some"), {Hash: record.HashOf(nil)}}},
		}},
		&command.ImportEvents{Ledger: 8, First: 2, Events: []command.Imported{}},
		&command.FinishImport{Ledger: 8, Head: imported.ID},
		&command.AbortImport{Ledger: 8},
	}
}

// comparable gives commands with the encoding of their selectors in place of these, whose compiled form is not in it.
func comparable(commands []command.Command) []any {
	var out []any
	for _, c := range commands {
		a, ok := c.(*command.Append)
		if !ok {
			out = append(out, c)
			continue
		}
		plain := *a
		plain.Conditions = nil
		out = append(out, plain)
		for _, one := range a.Conditions {
			if one.Aggregate != nil {
				out = append(out, *one.Aggregate)
				continue
			}
			out = append(out, one.After, string(one.AppendBinary(nil)))
		}
	}
	return out
}

func TestEveryKindComesBack(t *testing.T) {
	commands := examples(t)
	for _, micros := range []int64{0, 1637033447430415, -1, math.MaxInt64} {
		entry := command.Entry{Micros: micros, Commands: commands}
		back, err := command.DecodeEntry(entry.Append(nil))
		if err != nil || back.Micros != micros || !reflect.DeepEqual(comparable(back.Commands), comparable(commands)) {
			t.Errorf("%d: %+v, %v", micros, back, err)
		}
	}
	if back, err := command.DecodeList(command.AppendList(nil, nil)); err != nil || len(back) != 0 {
		t.Errorf("no commands: %v, %v", back, err)
	}
}

// large are commands whose parts are as long, or as many, as a request can make them.
func large(t testing.TB) []command.Command {
	name, key := strings.Repeat("𒃻", quipu.NameCharsMax), strings.Repeat("k", quipu.KeyBytesMax)
	aggregate := quipu.Aggregate{Type: name, Key: key, Version: math.MaxUint64}
	a := &command.Append{Key: key, Events: []record.Draft{draft(name)}}
	a.Conditions = slices.Repeat([]command.Condition{{Aggregate: &aggregate}}, quipu.AppendConditionsMax)
	for i := range quipu.AppendEventsMax {
		a.Expect = append(a.Expect, command.Expectation{Event: i, Aggregate: aggregate})
		a.Facts.Versions = append(a.Facts.Versions, command.Version{Term: record.AggregateTerm(name, key), Last: math.MaxUint64})
		a.Facts.Absent = append(a.Facts.Absent, command.Link{Event: i, Link: i})
		a.Facts.Schemas = append(a.Facts.Schemas, command.Schema{Event: i})
		a.Files = append(a.Files, content("some"))
	}
	return []command.Command{
		a,
		&command.CreateLedger{Name: name, Description: key},
		&command.Register{Event: name, Entities: slices.Repeat([]string{name}, quipu.RegistryEntitiesMax), Schema: quipu.SchemaRule{Default: name}},
		&command.RegisterSchema{Event: name, Version: name, Schema: []byte(key)},
		&command.Unregister{Event: name},
		&command.BeginImport{Genesis: command.Imported{Draft: draft(name), Files: []command.File{content(key)}}},
		&command.ImportEvents{Events: slices.Repeat([]command.Imported{{Draft: draft(name), Files: []command.File{content(key)}}}, 100)},
	}
}

func TestSizeIsAboutTheLength(t *testing.T) {
	for _, c := range append(examples(t), large(t)...) {
		length := len(command.AppendList(nil, []command.Command{c}))
		if size := command.Size(c); size < length || size > length+length/4+300 {
			t.Errorf("%T: Size is %d, the length %d", c, size, length)
		}
	}
}

func TestEntriesOfOtherVersionsAreToldApart(t *testing.T) {
	entry := command.Entry{Micros: 1, Commands: examples(t)}
	whole := entry.Append(nil)
	for place := range 2 {
		for _, shift := range []byte{1, 255} {
			other := append([]byte(nil), whole...)
			other[place] += shift
			for _, src := range [][]byte{other, other[:2]} { // whatever another release writes behind it
				if _, err := command.DecodeEntry(src); !errors.Is(err, command.ErrVersion) {
					t.Errorf("byte %d is %d: %v", place, other[place], err)
				}
			}
		}
	}
}

func TestMalformedEntries(t *testing.T) {
	entry := command.Entry{Micros: 1, Commands: examples(t)}
	whole := entry.Append(nil)
	for cut := range whole {
		if _, err := command.DecodeEntry(whole[:cut]); !errors.Is(err, codec.ErrMalformed) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	for name, list := range map[string][]byte{
		"a byte more":          append(command.AppendList(nil, examples(t)), 0),
		"an unknown kind":      {1, 99, 0, 0, 0, 0},
		"kind zero":            {1, 0, 0, 0, 0, 0},
		"a body that is short": {1, 8, 0, 0, 0, 3, 1, 2, 3},
		"a body that is long":  {1, 8, 0, 0, 0, 5, 1, 2, 3, 4, 5},
		"a size beyond it":     {1, 8, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4},
		"more than there can be": codec.AppendUint(nil,
			math.MaxUint64),
	} {
		if _, err := command.DecodeList(list); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a decoder allocates is bounded by what it is given, whatever counts stand in it. A list that grows is copied some
// times, so this is more than it has in the end.
func TestDecodersAllocateForWhatIsThere(t *testing.T) {
	const size = 1 << 18
	// An append is a ledger, checked through, a key, and then lists: what stands before a count is that the others are
	// empty. What is counted is zeros, or cannot be read at all, and then everything else was for nothing.
	for name, before := range map[string][]byte{
		"conditions": nil, "expectations": {0}, "events": {0, 0}, "files": {0, 0, 0}, "versions": {0, 0, 0, 0},
		"absent links": {0, 0, 0, 0, 0, 1}, "schemas": {0, 0, 0, 0, 0, 1, 0},
	} {
		for _, count := range []uint64{size / 33, size / record.DraftBytesMin, size, size + 1} {
			for _, fill := range []byte{0, 1, 0xff} {
				body := slices.Concat([]byte{0, 0, 0, 4, 0, 0}, before, codec.AppendUint(nil, count), bytes.Repeat([]byte{fill}, size))
				src := slices.Concat([]byte{1, 1}, binary.BigEndian.AppendUint32(nil, uint32(len(body))), body)
				wantMalformedFor(t, fmt.Sprintf("%d %s of %d", count, name, fill), src, 80)
			}
		}
	}
	list := append(codec.AppendUint(nil, size-8), make([]byte, size)...)
	wantMalformedFor(t, "commands", list, 80)
}

// wantMalformedFor has a list refused, for at most so many bytes of memory for each of its bytes.
func wantMalformedFor(t *testing.T, name string, src []byte, most uint64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := command.DecodeList(src)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > most*uint64(len(src)) || !errors.Is(err, codec.ErrMalformed) {
		t.Errorf("%s: %d bytes for %d, %v", name, got, len(src), err)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	for _, c := range examples(f) {
		entry := command.Entry{Micros: 1, Commands: []command.Command{c}}
		f.Add(entry.Append(nil))
	}
	entry := command.Entry{Micros: 1, Commands: examples(f)}
	f.Add(entry.Append(nil))
	f.Fuzz(func(t *testing.T, src []byte) {
		e, err := command.DecodeEntry(src)
		if err != nil {
			if !errors.Is(err, codec.ErrMalformed) && !errors.Is(err, command.ErrVersion) {
				t.Fatal(err)
			}
			return
		}
		again, err := command.DecodeEntry(e.Append(nil))
		if err != nil || !reflect.DeepEqual(comparable(again.Commands), comparable(e.Commands)) {
			t.Fatalf("%+v comes back as %+v, %v", e, again, err)
		}
	})
}

func FuzzDecodeList(f *testing.F) {
	f.Add(command.AppendList(nil, examples(f)))
	f.Fuzz(func(t *testing.T, src []byte) {
		commands, err := command.DecodeList(src)
		if err != nil {
			return
		}
		if len(commands) > len(src)/5 {
			t.Fatalf("%d commands in %d bytes", len(commands), len(src))
		}
		for _, c := range commands {
			command.Size(c)
		}
	})
}
