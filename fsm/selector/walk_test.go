package selector_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// The alphabets are small, so that random events and selectors meet.
var (
	types = []string{"game", "match", "patron"}
	keys  = []string{"a", "b", "c"}
	names = []string{"created", "ended", "moved", quipu.EventRegistered}
)

// drawLog draws a log of up to 40 events, and estimates that are no help.
func drawLog(t *rapid.T, tb testing.TB) *log {
	l := &log{}
	for p := range rapid.IntRange(0, 40).Draw(t, "events") {
		entities := "{}"
		name := rapid.SampledFrom(names).Draw(t, "name")
		if !quipu.System(name) {
			entities = drawEntities(t)
		}
		data := fmt.Sprintf(`{"n":%d}`, rapid.IntRange(0, 3).Draw(t, "n"))
		meta := fmt.Sprintf(`{"m":%d}`, rapid.IntRange(0, 3).Draw(t, "m"))
		r := event(tb, name, entities, data, meta)
		if !quipu.System(name) {
			r = with(tb, r, asJSON(tb, drawMembers(t)))
		}
		r.Position = quipu.Position(p + 1)
		l.records = append(l.records, *r)
	}
	l.estimate = func(selector.Index, string) uint64 { return rapid.Uint64Range(0, 20).Draw(t, "estimate") }
	return l
}

func drawEntities(t *rapid.T) string {
	text := ""
	for _, entityType := range rapid.SliceOfNDistinct(rapid.SampledFrom(types), 1, 2, rapid.ID).Draw(t, "types") {
		text += fmt.Sprintf(`,%q:%s`, entityType, list(drawKeys(t)...))
	}
	return "{" + text[1:] + "}"
}

func drawKeys(t *rapid.T) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, 2, rapid.ID).Draw(t, "keys")
}

// drawSelector draws one that is a condition as well as a read.
func drawSelector(t *rapid.T) string {
	text := fmt.Sprintf(`"system":%v`, rapid.Bool().Draw(t, "system"))
	parts := rapid.IntRange(1, 15).Draw(t, "parts")
	if parts&1 != 0 {
		text += `,"entities":` + drawEntities(t)
	}
	if parts&2 != 0 {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(t, "names")
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 0:
			text += `,"events":` + list(some...)
		case 1:
			text += fmt.Sprintf(`,"events":{%q:"$ ? (@.n > 1)"}`, some[0])
		case 2:
			text += fmt.Sprintf(`,"data":{%q:{%q:"$ ? (@.n < 2)"}}`, rapid.SampledFrom(types).Draw(t, "type"), some[0])
		}
	}
	if parts&4 != 0 {
		text += `,"meta":"$ ? (@.m > 1)"`
	}
	if parts&8 != 0 {
		drawn := asJSON(t, drawMemberParts(t))
		text += "," + drawn[1:len(drawn)-1]
	}
	if strings.Contains(text, quipu.EventRegistered) { // a selector that names one has to ask for them
		text = strings.Replace(text, `"system":false`, `"system":true`, 1)
	}
	return "{" + text + "}"
}

// scan is what Walk is to give: every event of the range tested, in order.
func scan(t testing.TB, s *selector.Selector, l *log, in selector.Range) (found []quipu.Position) {
	for i := range l.records {
		p := l.records[i].Position
		if match, err := s.Matches(&l.records[i]); err != nil {
			t.Fatal(err)
		} else if match && in.After < p && p <= in.Until {
			found = append(found, p)
		}
	}
	if in.Reverse {
		slices.Reverse(found)
	}
	return found
}

func TestWalkFindsWhatAScanFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, s := drawLog(rt, t), parse(t, drawSelector(rt))
		if rapid.Bool().Draw(rt, "decoded") {
			s = decoded(t, s)
		}
		in := selector.Range{
			After:   quipu.Position(rapid.IntRange(0, len(l.records)+2).Draw(rt, "after")),
			Until:   quipu.Position(rapid.IntRange(0, len(l.records)).Draw(rt, "until")),
			Reverse: rapid.Bool().Draw(rt, "reverse"),
		}
		want := scan(t, s, l, in)
		l.read = map[quipu.Position]int{}
		reached, finished, got := walk(t, s, l, in, 1<<30)
		if !slices.Equal(got, want) || !finished {
			rt.Fatalf("got %v, %v, want %v", got, finished, want)
		}
		end := max(in.After, in.Until)
		if in.Reverse {
			end = min(in.After, in.Until) + 1
		}
		if reached != end {
			rt.Fatalf("reached %d, want %d", reached, end)
		}
		for p, times := range l.read {
			if times > 1 || p <= in.After || p > in.Until {
				rt.Fatalf("event %d was read %d times", p, times)
			}
		}
	})
}

// In pages of random size, by candidates and by events that are taken, a walk gives the same as in one go.
func TestWalkContinuesWhereItStopped(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, s := drawLog(rt, t), parse(t, drawSelector(rt))
		in := selector.Range{
			After:      quipu.Position(rapid.IntRange(0, len(l.records)).Draw(rt, "after")),
			Until:      quipu.Position(rapid.IntRange(0, len(l.records)).Draw(rt, "until")),
			Reverse:    rapid.Bool().Draw(rt, "reverse"),
			Candidates: rapid.IntRange(0, 4).Draw(rt, "candidates"),
		}
		want := scan(t, s, l, in)
		var got []quipu.Position
		for page := 0; ; page++ {
			reached, finished, found := walk(t, s, l, in, rapid.IntRange(1, 4).Draw(rt, "page"))
			got = append(got, found...)
			if in.Candidates > 0 && len(found) > in.Candidates {
				rt.Fatalf("%d events of %d candidates", len(found), in.Candidates)
			}
			if finished {
				break
			}
			if page > len(l.records) {
				rt.Fatal("no progress")
			}
			if in.Reverse {
				in.Until = reached - 1
			} else {
				in.After = reached
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("in pages %v, in one go %v", got, want)
		}
	})
}

func walk(t testing.TB, s *selector.Selector, l *log, in selector.Range, most int) (quipu.Position, bool, []quipu.Position) {
	var found []quipu.Position
	reached, finished, err := s.Walk(l, in, func(r *record.Record) bool {
		found = append(found, r.Position)
		return len(found) < most
	})
	if err != nil {
		t.Fatal(err)
	}
	return reached, finished, found
}

func TestWalkBounds(t *testing.T) {
	l := &log{}
	for p := range 10 {
		r := event(t, "a", `{"t":["k"]}`, fmt.Sprint(p+1), "")
		r.Position = quipu.Position(p + 1)
		l.records = append(l.records, *r)
	}
	all, some := parse(t, `{"events":["a"]}`), parse(t, `{"events":{"a":"$ ? (@ == 3 || @ == 7)"}}`)
	for _, test := range []struct {
		name     string
		s        *selector.Selector
		in       selector.Range
		stopAt   quipu.Position // fn stops the walk there
		reached  quipu.Position
		finished bool
		calls    int
	}{
		{"all", all, selector.Range{Until: 10}, 0, 10, true, 10},
		{"an empty range", all, selector.Range{After: 5, Until: 5}, 0, 5, true, 0},
		{"an inverted range", all, selector.Range{After: 7, Until: 5}, 0, 7, true, 0},
		{"an inverted range, reverse", all, selector.Range{After: 7, Until: 5, Reverse: true}, 0, 6, true, 0},
		{"from the end of positions", all, selector.Range{After: 1<<64 - 1, Until: 10}, 0, 1<<64 - 1, true, 0},
		{"no event at all", all, selector.Range{}, 0, 0, true, 0},
		{"no event at all, reverse", all, selector.Range{Reverse: true}, 0, 1, true, 0},
		{"the last before the stop", all, selector.Range{Until: 10}, 4, 4, false, 4},
		{"stopped at the last", all, selector.Range{Until: 10}, 10, 10, false, 10},
		{"stopped in reverse", all, selector.Range{Until: 10, Reverse: true}, 4, 4, false, 7},
		{"reverse", all, selector.Range{After: 2, Until: 8, Reverse: true}, 0, 3, true, 6},
		{"few match", some, selector.Range{Until: 10}, 0, 10, true, 2},
		{"candidates run out", some, selector.Range{Until: 10, Candidates: 5}, 0, 5, false, 1},
		{"just enough candidates", some, selector.Range{Until: 10, Candidates: 10}, 0, 10, true, 2},
		{"candidates run out, reverse", some, selector.Range{Until: 10, Candidates: 5, Reverse: true}, 0, 6, false, 1},
	} {
		calls := 0
		reached, finished, err := test.s.Walk(l, test.in, func(r *record.Record) bool { calls++; return r.Position != test.stopAt })
		if reached != test.reached || finished != test.finished || calls != test.calls || err != nil {
			t.Errorf("%s: reached %d, %v, %d calls, %v", test.name, reached, finished, calls, err)
		}
	}
}

func TestWalkReadsOnlyWhatTheNarrowestIndexNames(t *testing.T) {
	l := &log{read: map[quipu.Position]int{}}
	for p := range 100 {
		key, name := "many", "common"
		if p%50 == 0 {
			key = "few"
		}
		if p == 7 {
			name = "rare"
		}
		members := fmt.Sprintf(`{"id":"e-%d"`, p)
		for member, every := range map[string]int{
			`"producer":"p"`: 10, `"schema":"1"`: 20, `"correlations":[{"service":"s","name":"n","identifier":"i"}]`: 25,
		} {
			if p%every == 0 {
				members += "," + member
			}
		}
		if p%5 == 0 {
			members += fmt.Sprintf(`,"links":[{"type":"parent","target":{"id":"e-%d","version":2}}]`, p/40)
		}
		r := with(t, event(t, name, `{"t":["`+key+`"]}`, "", ""), members+"}")
		r.Position = quipu.Position(p + 1)
		l.records = append(l.records, *r)
	}
	for text, want := range map[string]int{
		`{"entities":{"t":["few"]}}`:                          2,
		`{"entities":{"t":["few"]},"events":["common"]}`:      2,
		`{"entities":{"t":["many","few"]},"events":["rare"]}`: 1,
		`{"entities":{"t":["few"]},"events":["rare"]}`:        1,
		`{"meta":"$.a"}`: 100,
		`{"events":["common","rare"],"entities":{"t":["nobody"]}}`: 0,

		`{"id":"e-3"}`: 1,
		`{"id":["e-3","e-4","nobody"],"events":["common"]}`:                                                          2,
		`{"id":["e-3","e-4"],"events":["rare"]}`:                                                                     1,
		`{"producer":"p"}`:                                                                                           10,
		`{"producer":"p","schema":"1"}`:                                                                              5,
		`{"producer":"p","schema":"1","id":"e-3"}`:                                                                   1,
		`{"producer":"p","correlations":[{"service":"s","name":"n","identifier":"i"}]}`:                              4,
		`{"entities":{"s/n":["i"]},"producer":"p"}`:                                                                  4,
		`{"links":{"type":"parent"}}`:                                                                                20,
		`{"links":{"type":"parent","target":{"id":"e-1"}}}`:                                                          8,
		`{"links":{"type":"parent","target":{"id":"e-1","version":9}}}`:                                              8,
		`{"links":[{"type":"parent","target":{"id":"e-1"}},{"target":{"id":"e-1"}},{"type":"a"}]}`:                   8,
		`{"links":[{"type":"parent"},{"target":{"id":"e-1"}}]}`:                                                      20,
		`{"links":[{"type":"parent","target":{"id":"e-1"}},{"target":{"id":"e-1"}},{"type":"a"}],"producer":"p"}`:    8,
		`{"links":[{"type":"parent"}],"producer":"p"}`:                                                               10,
		`{"happenedFrom":"2021-11-16T03:30:46Z"}`:                                                                    100,
		`{"happenedFrom":"2021-11-16T03:30:46Z","schema":"1"}`:                                                       5,
		`{"from":"2021-11-16T03:30:46Z"}`:                                                                            100,
		`{"correlations":[{"service":"s","name":"n","identifier":"i"},{"service":"s","name":"n","identifier":"j"}]}`: 4,
	} {
		clear(l.read)
		if _, _, err := parse(t, text).Walk(l, selector.Range{Until: 100}, func(*record.Record) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if len(l.read) != want {
			t.Errorf("%s: %d events read, want %d", text, len(l.read), want)
		}
	}
}

func TestWalkTellsErrorsOfItsSource(t *testing.T) {
	l := &log{} // claims nothing, but the range says that there are events
	reached, finished, err := parse(t, `{"meta":"$.a"}`).Walk(l, selector.Range{After: 3, Until: 5}, func(*record.Record) bool { return true })
	if err == nil || finished || reached != 3 {
		t.Errorf("%d, %v, %v", reached, finished, err)
	}
}
