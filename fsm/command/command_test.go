package command_test

import (
	"errors"
	"math"
	"reflect"
	"runtime"
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
	}
}

// examples are commands of every kind, each with everything and with as little as it can have.
func examples(t testing.TB) []command.Command {
	imported := command.Imported{ID: quipu.NewEventID(5, 6, 8), Draft: draft(quipu.LedgerCreated)}
	return []command.Command{
		&command.Append{
			Ledger: 0xfffffffc, CheckedThrough: math.MaxUint64, Key: "e33692e9", Digest: record.Digest{1, 2, 3},
			Conditions: []command.Condition{
				condition(t, `{"entities":{"a":["b","c"]},"events":{"d":{"query":"$.x ? (@ == $n)","vars":{"n":1}}},"after":1042}`),
				condition(t, `{"meta":"$.m","after":"0005d0df8d1e990f13658533a0f8f294"}`),
			},
			Events: []record.Draft{draft("a"), {Name: []byte("b"), Entities: []byte(`{"t":["k"]}`)}},
		},
		&command.Append{Ledger: 4, Events: []record.Draft{draft("a")}},
		&command.CreateLedger{Name: "main", Description: "all of it"},
		&command.CreateLedger{},
		&command.Register{Ledger: 4, Event: "a", Entities: []string{"x", "y"}},
		&command.Unregister{Ledger: 4, Event: "a"},
		&command.BeginImport{Genesis: imported},
		&command.ImportEvents{Ledger: 8, First: 2, Events: []command.Imported{imported, {ID: imported.ID, Draft: draft("b")}}},
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

func TestSizeIsAboutTheLength(t *testing.T) {
	for _, c := range examples(t) {
		length := len(command.AppendList(nil, []command.Command{c}))
		if size := command.Size(c); size < length || size > length+300 {
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

// What a decoder allocates is bounded by what it is given, whatever counts stand in it.
func TestDecodersAllocateForWhatIsThere(t *testing.T) {
	const size = 1 << 20
	list := codec.AppendUint(nil, size-8)
	list = append(list, make([]byte, size)...)
	body := append([]byte{0, 0, 0, 4, 0, 0, 0}, codec.AppendUint(nil, size-100)...) // ledger, checked, key, conditions, events
	body = append(body, make([]byte, size)...)
	huge := append([]byte{1, 1, byte(len(body) >> 24), byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
	for name, src := range map[string][]byte{"commands": list, "events": huge} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := command.DecodeList(src)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 40*size || err == nil {
			t.Errorf("%s: %d bytes for %d, %v", name, got, len(src), err)
		}
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
