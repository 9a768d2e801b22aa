package tail_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/tail"
)

func newRecord(p quipu.Position, name string, keys ...string) record.Record {
	entities := ""
	for _, key := range keys {
		entities += fmt.Sprintf(",%q", key)
	}
	return record.Record{Position: p, ID: quipu.NewEventID(int64(p), 0, 4), Draft: record.Draft{
		Name: []byte(name), Entities: []byte(`{"t":[` + entities[1:] + `]}`),
	}}
}

func term(key string) string { return string(record.AppendTerm(nil, "t", key)) }

var (
	slots = []ledger.Slot{1, 2}
	names = []string{"a", "b"}
	keys  = []string{"x", "y", "z"}

	contents = []string{"", "one", "two"}
)

func newFile(content string) command.File {
	return command.File{Hash: record.HashOf([]byte(content)), Bytes: []byte(content)}
}

// model is a tail as slices: what was added, and from which position on it still has to be there.
type model struct {
	records map[ledger.Slot][]record.Record
	keys    map[ledger.Slot]map[string]ledger.KeyRecord
	files   map[ledger.Slot]map[quipu.Position]command.File // by the last event that came with it
	base    map[ledger.Slot]quipu.Position
	open    map[ledger.Slot]quipu.Position // the last position that was sealed
	sealed  []sealed
}

type sealed struct {
	segment *tail.Segment
	through map[ledger.Slot]quipu.Position
}

func (m *model) head(slot ledger.Slot) quipu.Position { return quipu.Position(len(m.records[slot])) }

func TestTailAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tl := tail.New()
		m := &model{
			records: map[ledger.Slot][]record.Record{}, keys: map[ledger.Slot]map[string]ledger.KeyRecord{1: {}, 2: {}},
			files: map[ledger.Slot]map[quipu.Position]command.File{1: {}, 2: {}},
			base:  map[ledger.Slot]quipu.Position{1: 1, 2: 1}, open: map[ledger.Slot]quipu.Position{},
		}
		type taken struct {
			view *tail.View
			slot ledger.Slot
			base quipu.Position
			head quipu.Position
		}
		var views []taken
		rt.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				slot := rapid.SampledFrom(slots).Draw(t, "slot")
				var records []record.Record
				for range rapid.IntRange(0, 3).Draw(t, "events") {
					some := rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, 2, rapid.ID).Draw(t, "keys")
					records = append(records, newRecord(m.head(slot)+1, rapid.SampledFrom(names).Draw(t, "name"), some...))
					m.records[slot] = append(m.records[slot], records[len(records)-1])
				}
				key, kept := "", ledger.KeyRecord{}
				if len(records) > 0 && rapid.Bool().Draw(t, "keyed") {
					key, kept = fmt.Sprint("k", m.head(slot)), ledger.KeyRecord{First: records[0].Position, Last: m.head(slot)}
					m.keys[slot][key] = kept
				}
				var files []command.File
				if len(records) > 0 && rapid.Bool().Draw(t, "file") {
					files = append(files, newFile(rapid.SampledFrom(contents).Draw(t, "content")))
					m.files[slot][m.head(slot)] = files[0]
				}
				if err := tl.Add(slot, records, key, kept, files); err != nil {
					t.Fatal(err)
				}
			},
			"seal": func(t *rapid.T) {
				through := map[ledger.Slot]quipu.Position{1: m.head(1), 2: m.head(2)}
				added := through[1] > m.open[1] || through[2] > m.open[2]
				s := tl.Seal()
				if (s != nil) != added {
					t.Fatalf("sealed %v, added %v", s, added)
				}
				if added {
					m.sealed = append(m.sealed, sealed{s, through})
				}
				m.open = through
			},
			"drop": func(t *rapid.T) {
				if len(m.sealed) == 0 {
					t.Skip()
				}
				s := m.sealed[0]
				m.sealed = m.sealed[1:]
				tl.Drop(s.segment)
				tl.Drop(s.segment) // once is enough
				for slot, p := range s.through {
					m.base[slot] = p + 1
				}
			},
			"view": func(t *rapid.T) {
				slot := rapid.SampledFrom(slots).Draw(t, "slot")
				head := quipu.Position(rapid.IntRange(0, int(m.head(slot))).Draw(t, "head"))
				views = append(views, taken{tl.View(slot, head), slot, min(m.base[slot], head+1), head})
			},
			"": func(t *rapid.T) {
				for _, v := range views[max(0, len(views)-3):] {
					m.compare(t, v.view, v.slot, v.base, v.head)
				}
				m.segments(t)
			},
		})
		for _, v := range views {
			m.compare(rt, v.view, v.slot, v.base, v.head)
		}
		for _, s := range m.sealed {
			tl.Drop(s.segment)
		}
		if last := tl.Seal(); last != nil {
			tl.Drop(last)
		}
		if tl.Bytes() != 0 || tl.OpenBytes() != 0 {
			rt.Fatalf("an empty tail takes %d bytes", tl.Bytes())
		}
	})
}

func (m *model) segments(t *rapid.T) {
	for _, s := range m.sealed {
		count := 0
		for slot, h := range s.segment.Histories() {
			count += len(h.Records)
			if last := h.Records[len(h.Records)-1].Position; last != s.through[slot] {
				t.Fatalf("a sealed segment goes on to %d, was sealed at %d", last, s.through[slot])
			}
		}
		if count != s.segment.Events() {
			t.Fatalf("%d events, it says %d", count, s.segment.Events())
		}
	}
}

// compare asks a view, however long ago it was taken, for everything from its base to its head.
func (m *model) compare(t *rapid.T, v *tail.View, slot ledger.Slot, base, head quipu.Position) {
	if v.Base() != base {
		t.Fatalf("slot %d: base %d, want %d", slot, v.Base(), base)
	}
	for p := quipu.Position(0); p <= m.head(slot)+1; p++ {
		r, err := v.Record(p)
		if in := base <= p && p <= head; in != (err == nil) || in && r.ID != m.records[slot][p-1].ID {
			t.Fatalf("slot %d from %d to %d: event %d is %+v, %v", slot, base, head, p, r, err)
		}
	}
	for key, kept := range m.keys[slot] {
		if got, ok := v.Key(key); kept.Last <= head && kept.First >= base && (!ok || got != kept) {
			t.Fatalf("key %s: %+v, %v", key, got, ok)
		}
	}
	if _, ok := v.Key("unknown"); ok {
		t.Fatal("an unknown key is known")
	}
	for p, file := range m.files[slot] {
		if got, ok := v.File(file.Hash); base <= p && p <= head && (!ok || !bytes.Equal(got, file.Bytes)) {
			t.Fatalf("content %s: %q, %v", file.Bytes, got, ok)
		}
	}
	if _, ok := v.File(record.HashOf([]byte("unknown"))); ok {
		t.Fatal("an unknown content is known")
	}
	for _, name := range names {
		m.comparePostings(t, v, slot, selector.ByName, name, base, head)
	}
	for _, key := range keys {
		m.comparePostings(t, v, slot, selector.ByEntity, term(key), base, head)
	}
	m.compareTerms(t, v, slot, base, head)
}

func (m *model) compareTerms(t *rapid.T, v *tail.View, slot ledger.Slot, base, head quipu.Position) {
	prefix, after := term(""), rapid.SampledFrom(append(keys, "")).Draw(t, "after")
	var want []string
	for _, key := range keys {
		used := slices.ContainsFunc(m.records[slot], func(r record.Record) bool {
			found := false
			_ = r.Terms(nil, func(t []byte) bool { found = string(t) == term(key); return !found })
			return found && base <= r.Position && r.Position <= head
		})
		if used && key > after {
			want = append(want, term(key))
		}
	}
	if got := v.Terms(selector.ByEntity, prefix, after); !slices.Equal(got, want) {
		t.Fatalf("terms after %q from %d to %d: %q, want %q", after, base, head, got, want)
	}
	for _, other := range []string{prefix + "x\x00", "T", "u"} {
		if got := v.Terms(selector.ByEntity, other, ""); len(got) > 0 {
			t.Fatalf("terms %q: %q", other, got)
		}
	}
}

func (m *model) comparePostings(t *rapid.T, v *tail.View, slot ledger.Slot, index selector.Index, term string, base, head quipu.Position) {
	var want []quipu.Position
	for _, r := range m.records[slot] {
		found := index == selector.ByName && string(r.Name) == term
		if index == selector.ByEntity {
			_ = r.Terms(nil, func(t []byte) bool { found = found || string(t) == term; return true })
		}
		if found && base <= r.Position && r.Position <= head {
			want = append(want, r.Position)
		}
	}
	if got := walk(v.Postings(index, term, false), 0, 1<<62, false); !slices.Equal(got, want) {
		t.Fatalf("%q: %v, want %v", term, got, want)
	}
	back := walk(v.Postings(index, term, true), 1<<62, 0, true)
	slices.Reverse(back)
	if !slices.Equal(back, want) {
		t.Fatalf("%q in reverse: %v, want %v", term, back, want)
	}
	// From somewhere, in steps.
	from, step := quipu.Position(rapid.IntRange(0, 12).Draw(t, "from")), quipu.Position(rapid.IntRange(1, 4).Draw(t, "step"))
	it := v.Postings(index, term, false)
	for p := from; p <= head+1; p += step {
		i, _ := slices.BinarySearch(want, p)
		if got, ok := it.Seek(p); ok != (i < len(want)) || ok && got != want[i] {
			t.Fatalf("%q: seek %d gives %d, %v in %v", term, p, got, ok, want)
		}
	}
	if after, until := from, from+3*step; v.Estimate(index, term, after, until) != count(want, after, until) {
		t.Fatalf("%q: estimate in (%d, %d] is %d of %v", term, after, until, v.Estimate(index, term, after, until), want)
	}
	if all := v.Estimate(index, term, 0, 1<<64-1); all != uint64(len(want)) {
		t.Fatalf("%q: estimate %d of %v", term, all, want)
	}
}

func count(list []quipu.Position, after, until quipu.Position) (n uint64) {
	for _, p := range list {
		if after < p && p <= until {
			n++
		}
	}
	return n
}

func walk(it selector.Iterator, from, end quipu.Position, reverse bool) (found []quipu.Position) {
	for p, ok := it.Seek(from); ok && p != end; p, ok = it.Seek(from) {
		found = append(found, p)
		if from = p + 1; reverse {
			from = p - 1
		}
	}
	return found
}

// Readers take views while events are added, segments sealed and dropped; each view stays whole. Run with -race.
func TestReadersBesideTheWriter(t *testing.T) {
	const events = 2000
	tl := tail.New()
	var published struct {
		sync.Mutex
		head quipu.Position
	}
	head := func() quipu.Position {
		published.Lock()
		defer published.Unlock()
		return published.head
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for p := quipu.Position(1); p <= events; p++ {
			r := newRecord(p, names[p%2], keys[p%3], "all")
			file := newFile(fmt.Sprint(p))
			if err := tl.Add(1, []record.Record{r}, fmt.Sprint(p), ledger.KeyRecord{First: p, Last: p}, []command.File{file}); err != nil {
				t.Error(err)
			}
			published.Lock()
			published.head = p
			published.Unlock()
			if p%97 == 0 {
				tl.Drop(tl.Seal())
			}
		}
	})
	for range 3 {
		wg.Go(func() {
			for last := quipu.Position(0); last < events; {
				last = head()
				v := tl.View(1, last)
				if got := walk(v.Postings(selector.ByEntity, term("all"), false), 0, 0, false); quipu.Position(len(got)) != last+1-v.Base() {
					t.Errorf("%d positions from %d to %d", len(got), v.Base(), last)
					return
				}
				for p := v.Base(); p <= last; p++ {
					if r, err := v.Record(p); err != nil || r.Position != p {
						t.Errorf("event %d: %+v, %v", p, r, err)
						return
					}
				}
				if _, ok := v.Key(fmt.Sprint(last)); v.Base() <= last && !ok {
					t.Errorf("key of event %d", last)
					return
				}
				if _, ok := v.File(newFile(fmt.Sprint(last)).Hash); v.Base() <= last && last > 0 && !ok {
					t.Errorf("content of event %d", last)
					return
				}
				if got := v.Terms(selector.ByEntity, term(""), "a"); v.Base() <= last && (len(got) < 2 || got[0] != term("all")) {
					t.Errorf("terms %q from %d to %d", got, v.Base(), last)
					return
				}
				_, _ = tl.Bytes(), tl.OpenBytes()
			}
		})
	}
	wg.Wait()
}

func TestViewOutlivesReset(t *testing.T) {
	tl := tail.New()
	if err := tl.Add(1, []record.Record{newRecord(5, "a", "x"), newRecord(6, "a", "x")}, "k", ledger.KeyRecord{First: 5, Last: 6}, nil); err != nil {
		t.Fatal(err)
	}
	v := tl.View(1, 6)
	tl.Reset()
	if tl.Bytes() != 0 || tl.View(1, 6).Base() != 7 || tl.Seal() != nil {
		t.Error("something is left after a reset")
	}
	if r, err := v.Record(6); err != nil || r.Position != 6 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, ok := v.Key("k"); !ok {
		t.Error("the key is gone from a view")
	}
}

func TestViewEndsAtItsHead(t *testing.T) {
	tl := tail.New()
	for p := quipu.Position(1); p <= 4; p++ {
		if err := tl.Add(1, []record.Record{newRecord(p, "a", "x")}, "", ledger.KeyRecord{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	v := tl.View(1, 2)
	for _, reverse := range []bool{false, true} {
		from := quipu.Position(1)
		if reverse {
			from = 4
		}
		if got := walk(v.Postings(selector.ByName, "a", reverse), from, 0, reverse); len(got) != 2 {
			t.Errorf("reverse %v: %v", reverse, got)
		}
	}
	if _, err := v.Record(3); err == nil {
		t.Error("an event behind the head is read")
	}
	if v := tl.View(1, 0); v.Base() != 1 {
		t.Errorf("nothing is before the first event, and the base is %d", v.Base())
	}
	if v := tl.View(9, 3); v.Base() != 4 {
		t.Errorf("an unknown ledger begins at %d", v.Base())
	}
}

// Contents are as large as anything that a tail holds. One that is there already is no more memory.
func TestBytesCountContentsOnce(t *testing.T) {
	tl := tail.New()
	add := func(p quipu.Position, files ...command.File) int64 {
		before := tl.Bytes()
		if err := tl.Add(1, []record.Record{newRecord(p, "a", "x")}, "", ledger.KeyRecord{}, files); err != nil {
			t.Fatal(err)
		}
		return tl.Bytes() - before
	}
	file := newFile(strings.Repeat("content", 1000))
	add(1)
	plain := add(2)
	if more := add(3, file) - plain; more < 7000 || more > 7500 {
		t.Errorf("a content of 7000 bytes weighs %d", more)
	}
	if more := add(4, file, file) - plain; more != 0 {
		t.Errorf("a content that is there weighs %d", more)
	}
	tl.Drop(tl.Seal())
	if tl.Bytes() != 0 {
		t.Errorf("an empty tail takes %d bytes", tl.Bytes())
	}
}

// A content is found where the store does not have it yet, and by views of before it was dropped.
func TestViewKeepsContents(t *testing.T) {
	tl := tail.New()
	older, newer := newFile("older"), newFile("newer")
	for p, file := range []command.File{older, newer} {
		if err := tl.Add(1, []record.Record{newRecord(quipu.Position(1+p), "a", "x")}, "", ledger.KeyRecord{}, []command.File{file}); err != nil {
			t.Fatal(err)
		}
		if p == 0 && tl.Seal().Histories()[1].Files[older.Hash] == nil {
			t.Error("a sealed segment does not hold its content")
		}
	}
	v := tl.View(1, 2)
	early := tl.View(1, 1)
	tl.Reset()
	for _, file := range []command.File{older, newer} {
		if got, ok := v.File(file.Hash); !ok || !bytes.Equal(got, file.Bytes) {
			t.Errorf("%q: %q, %v", file.Bytes, got, ok)
		}
	}
	if _, ok := early.File(older.Hash); !ok {
		t.Error("a view of an earlier head does not have its content")
	}
	if _, ok := tl.View(1, 2).File(older.Hash); ok {
		t.Error("a content is left after a reset")
	}
	if _, ok := tl.View(2, 2).File(older.Hash); ok {
		t.Error("another ledger has the content")
	}
}

// Terms of one kind are told apart by what they begin with, up to the head.
func TestTermsOfAView(t *testing.T) {
	tl := tail.New()
	for i, rest := range []string{
		`{"aggregate":{"key":"b","type":"order","version":1}}`, `{"aggregate":{"key":"a","type":"order","version":1},"id":"a"}`,
		`{"aggregate":{"key":"b","type":"order","version":2}}`, `{"aggregate":{"key":"c","type":"orderly","version":1}}`,
		`{"aggregate":{"key":"d","type":"order","version":1}}`,
	} {
		r := newRecord(quipu.Position(1+i), "a", "x")
		r.Rest = []byte(rest)
		if err := tl.Add(1, []record.Record{r}, "", ledger.KeyRecord{}, nil); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			tl.Seal() // the view has two parts
		}
	}
	order := record.AggregatesTerm("order")
	cases := []struct {
		prefix, after string
		head          quipu.Position
		want          []string
	}{
		{order, "", 5, []string{order + "a", order + "b", order + "d"}},
		{order, "", 4, []string{order + "a", order + "b"}},
		{order, "", 1, []string{order + "b"}},
		{order, "", 0, nil},
		{order, "a", 5, []string{order + "b", order + "d"}},
		{order, "b", 5, []string{order + "d"}},
		{order, "d", 5, nil},
		{record.AggregatesTerm("orderly"), "", 5, []string{record.AggregateTerm("orderly", "c")}},
		{record.IDTerm(""), "", 5, []string{record.IDTerm("a")}},
		{record.AggregatesTerm("ord"), "", 5, nil},
	}
	for _, c := range cases {
		if got := tl.View(1, c.head).Terms(selector.ByMember, c.prefix, c.after); !slices.Equal(got, c.want) {
			t.Errorf("terms %q after %q up to %d: %q, want %q", c.prefix, c.after, c.head, got, c.want)
		}
	}
}

// What is not counted is not bounded: an event of many keys of its own takes far more than its bytes.
func TestBytesCountTheIndexes(t *testing.T) {
	plain, indexed := tail.New(), tail.New()
	var many, same []string
	for i := range quipu.EventEntitiesMax {
		many, same = append(many, fmt.Sprintf("k%03d", i)), append(same, "k000")
	}
	for p := quipu.Position(1); p <= 2; p++ {
		if err := plain.Add(1, []record.Record{newRecord(p, "a", same...)}, "", ledger.KeyRecord{}, nil); err != nil {
			t.Fatal(err)
		}
		if err := indexed.Add(1, []record.Record{newRecord(p, "a", many...)}, "", ledger.KeyRecord{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if more := indexed.Bytes() - plain.Bytes(); more < 50*quipu.EventEntitiesMax {
		t.Errorf("a hundred keys weigh %d bytes", more)
	}
	if indexed.Bytes() != indexed.OpenBytes() {
		t.Errorf("%d bytes, of the open segment %d", indexed.Bytes(), indexed.OpenBytes())
	}
}

func TestMalformedEventsAreAFault(t *testing.T) {
	for name, spoil := range map[string]func(*record.Record){
		"entities": func(r *record.Record) { r.Entities = []byte(`{"t":[1]}`) },
		"members":  func(r *record.Record) { r.Rest = []byte(`{"links":[1]}`) },
	} {
		bad := newRecord(1, "a", "x")
		spoil(&bad)
		if err := tail.New().Add(1, []record.Record{bad}, "", ledger.KeyRecord{}, nil); err == nil {
			t.Errorf("malformed %s are taken", name)
		}
	}
}
