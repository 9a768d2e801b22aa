package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/graph"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func TestResolveFindsTheEventOfEachName(t *testing.T) {
	l := newLog(t, plain(), version("a", 0), version("b", 1), version("a", 2), version("a", 3), version(`"q"\`, 1), version("a", 4))
	var foreign quipu.EventID
	for name, c := range map[string]struct {
		target quipu.Target
		head   quipu.Position
		want   quipu.Position // 0 for none
	}{
		"position":                      {at(3), 7, 3},
		"first position":                {at(1), 7, 1},
		"head":                          {at(7), 7, 7},
		"position behind the head":      {at(7), 6, 0},
		"event id":                      {byEventID(5), 7, 5},
		"event id of the head":          {byEventID(7), 7, 7},
		"event id behind the head":      {byEventID(7), 6, 0},
		"event id of no event":          {quipu.Target{EventID: &foreign}, 7, 0},
		"id":                            {byID("b", 0), 7, 3},
		"id with characters to escape":  {byID(`"q"\`, 0), 7, 6},
		"latest version":                {byID("a", 0), 7, 7},
		"latest version of the view":    {byID("a", 0), 6, 5},
		"id that is new behind it":      {byID("b", 0), 2, 0},
		"version that nobody wrote":     {byID("a", 1), 7, 2},
		"second version":                {byID("a", 2), 7, 4},
		"third version":                 {byID("a", 3), 7, 5},
		"last version":                  {byID("a", 4), 7, 7},
		"version beyond the last":       {byID("a", 5), 7, 0},
		"last version behind the head":  {byID("a", 4), 6, 0},
		"last version that is in it":    {byID("a", 3), 5, 5},
		"unknown id":                    {byID("c", 0), 7, 0},
		"id that begins another":        {byID("", 1), 7, 0},
		"nothing":                       {quipu.Target{}, 7, 0},
		"position in an empty view":     {at(1), 0, 0},
		"id in an empty view":           {byID("a", 0), 0, 0},
		"version of id in an empty one": {byID("a", 1), 0, 0},
	} {
		got, ok, err := graph.Resolve(l.view(c.head), c.target)
		if got != c.want || ok != (c.want > 0) || err != nil {
			t.Errorf("%s: got %d, %v, %v, want %d", name, got, ok, err, c.want)
		}
	}
}

func TestResolveFindsEachOfManyVersionsWithFewReads(t *testing.T) {
	const versions = 1000
	var events []event
	for n := range versions {
		events = append(events, version("a", uint64(n+1)), version("b", uint64(n+1)), plain())
	}
	l := newLog(t, events...)
	for n := uint64(1); n <= versions; n++ {
		l.reads = 0
		p, ok, err := graph.Resolve(l.view(l.head()), byID("b", n))
		if want := quipu.Position(3*n - 1); p != want || !ok || err != nil {
			t.Fatalf("version %d: got %d, %v, %v, want %d", n, p, ok, err, want)
		}
		if l.reads > 14 { // the latest one, and log2 of 3000 and some
			t.Fatalf("version %d took %d reads", n, l.reads)
		}
	}
}

func out(t *testing.T, v graph.View, p quipu.Position, types ...string) string {
	t.Helper()
	r, err := v.Source.Record(p)
	if err != nil {
		t.Fatal(err)
	}
	links, err := graph.Out(v, &r, types)
	if err != nil {
		t.Fatal(err)
	}
	return linksText(links)
}

func linksText(links []graph.Link) string {
	var words []string
	for _, l := range links {
		words = append(words, fmt.Sprintf("%d-%s>%d", l.From, l.Type, l.To))
	}
	return strings.Join(words, " ")
}

func TestOutGivesTheLinksOfAnEventInTheirOrder(t *testing.T) {
	l := newLog(t,
		version("a", 1),
		plain(),
		plain(link("z", at(2)), link("y", byEventID(1)), link("x", byID("a", 0)), link("z", byID("a", 1)), link("z", at(3))),
		version("a", 2),
	)
	for name, c := range map[string]struct {
		head  quipu.Position
		from  quipu.Position
		types []string
		want  string
	}{
		"all":                {4, 3, nil, "3-z>2 3-y>1 3-x>4 3-z>1 3-z>3"},
		"an earlier view":    {3, 3, nil, "3-z>2 3-y>1 3-x>1 3-z>1 3-z>3"},
		"one type":           {4, 3, []string{"z"}, "3-z>2 3-z>1 3-z>3"},
		"two types":          {4, 3, []string{"x", "y"}, "3-y>1 3-x>4"},
		"a type of no link":  {4, 3, []string{"Z"}, ""},
		"an event of no use": {4, 2, nil, ""},
	} {
		if got := out(t, l.view(c.head), c.from, c.types...); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// An append may be cut by the head of a view of the past: its events may link to one another by id.
func TestOutLeavesOutWhatTheViewDoesNotHave(t *testing.T) {
	l := newLog(t, plain(link("t", byID("later", 0)), link("t", at(1)), link("t", byID("later", 1))), version("later", 1))
	if got, want := out(t, l.view(1), 1), "1-t>1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := out(t, l.view(2), 1), "1-t>2 1-t>1 1-t>2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOutGivesTargetAndMetaAsTheyWereWritten(t *testing.T) {
	meta := quipu.Link{Type: "t", Target: byID("a", 0), Meta: []byte(`{"why":"<é>"}`)}
	l := newLog(t, version("a", 1), plain(meta))
	r := l.records[1]
	links, err := graph.Out(l.view(2), &r, nil)
	if err != nil || len(links) != 1 {
		t.Fatalf("got %v, %v", links, err)
	}
	clear(l.records[1].Rest) // the links have memory of their own
	if got := links[0]; got.Target != byID("a", 0) || string(got.Meta) != `{"why":"<é>"}` || got.Type != "t" {
		t.Errorf("got %+v", got)
	}
}

// in gives the sources and their links as text, and where the walk ended.
func in(t *testing.T, v graph.View, p quipu.Position, within graph.Range) (got string, reached quipu.Position, finished bool) {
	t.Helper()
	r, err := v.Source.Record(p)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	reached, finished, err = graph.In(v, &r, within, func(source *record.Record, links []graph.Link) bool {
		for _, l := range links {
			if l.From != source.Position {
				t.Errorf("a link from %d came with the event %d", l.From, source.Position)
			}
		}
		words = append(words, linksText(links))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(words, " "), reached, finished
}

// named has links of all forms to the versions of one id.
func named(t *testing.T) *log {
	return newLog(t,
		version("a", 0),         // 1
		plain(link("p", at(1))), // 2
		plain(link("q", at(2))), // 3
		version("a", 2),         // 4
		plain(link("l", byID("a", 0)), link("l", byID("a", 1)), link("l", byID("a", 2))), // 5
		plain(link("e", byEventID(1)), link("p", at(4)), link("e", byEventID(4))),        // 6
		plain(link("l", byID("aa", 0)), link("p", at(44))),                               // 7: of other names that begin alike
		version("a", 3, link("version", byID("a", 2))),                                   // 8
		plain(link("p", at(1)), link("p", byEventID(1)), link("p", byID("a", 1))),        // 9: thrice to the same
		version("b", 1, link("self", byID("b", 0)), link("self", at(10))),                // 10
	)
}

func TestInGivesTheEventsThatLinkToAnEvent(t *testing.T) {
	l := named(t)
	for name, c := range map[string]struct {
		head  quipu.Position
		of    quipu.Position
		types []string
		want  string
	}{
		"first version, under all names":     {10, 1, nil, "2-p>1 5-l>1 6-e>1 9-p>1 9-p>1 9-p>1"},
		"a version that is not the latest":   {10, 4, nil, "5-l>4 6-p>4 6-e>4 8-version>4"},
		"the same while it was the latest":   {7, 4, nil, "5-l>4 5-l>4 6-p>4 6-e>4"},
		"the latest version":                 {10, 8, nil, "5-l>8"},
		"an event without an id":             {10, 2, nil, "3-q>2"},
		"an event that nothing links to":     {10, 7, nil, ""},
		"an event that links to itself":      {10, 10, nil, "10-self>10 10-self>10"},
		"one type":                           {10, 1, []string{"e"}, "6-e>1"},
		"two types":                          {10, 1, []string{"p", "l"}, "2-p>1 5-l>1 9-p>1 9-p>1 9-p>1"},
		"a type twice":                       {10, 1, []string{"e", "e"}, "6-e>1"},
		"a type of links to others":          {10, 1, []string{"q"}, ""},
		"a type that none has":               {10, 1, []string{"x"}, ""},
		"a type of other links of an event":  {10, 2, []string{"p"}, ""},
		"a head between":                     {5, 1, nil, "2-p>1 5-l>1"},
		"a head between, with types":         {8, 1, []string{"p"}, "2-p>1"},
		"a head at the event itself":         {1, 1, nil, ""},
		"a version that was the latest then": {5, 4, nil, "5-l>4 5-l>4"},
	} {
		got, reached, finished := in(t, l.view(c.head), c.of, graph.Range{Types: c.types})
		if got != c.want || reached != c.head || !finished {
			t.Errorf("%s: got %q, reached %d, %v, want %q, %d", name, got, reached, finished, c.want, c.head)
		}
	}
}

func TestInContinuesWhereItStopped(t *testing.T) {
	v := named(t).view(10)
	for _, types := range [][]string{nil, {"p"}, {"e", "l", "version"}} {
		for of := quipu.Position(1); of <= v.Head; of++ {
			want, _, _ := in(t, v, of, graph.Range{Types: types})
			for candidates := 1; candidates <= 4; candidates++ {
				var parts []string
				within := graph.Range{Types: types, Candidates: candidates}
				for finished := false; !finished; {
					var part string
					before := within.After
					if part, within.After, finished = in(t, v, of, within); part != "" {
						parts = append(parts, part)
					}
					if within.After <= before && !finished {
						t.Fatalf("to %d: no way was made from %d", of, before)
					}
				}
				if got := strings.Join(parts, " "); got != want {
					t.Errorf("to %d, types %v, %d candidates: got %q, want %q", of, types, candidates, got, want)
				}
			}
		}
	}
}

func TestInStopsWhenToldTo(t *testing.T) {
	l := named(t)
	r := l.records[0]
	var got []quipu.Position
	reached, finished, err := graph.In(l.view(10), &r, graph.Range{After: 2}, func(source *record.Record, _ []graph.Link) bool {
		got = append(got, source.Position)
		return len(got) < 2
	})
	if !slices.Equal(got, []quipu.Position{5, 6}) || reached != 6 || finished || err != nil {
		t.Errorf("got %v, reached %d, %v, %v", got, reached, finished, err)
	}
}

func TestInBehindTheHeadIsEmpty(t *testing.T) {
	v := named(t).view(9)
	for _, after := range []quipu.Position{9, 10, 1<<64 - 1} {
		if got, reached, finished := in(t, v, 1, graph.Range{After: after}); got != "" || reached != after || !finished {
			t.Errorf("after %d: got %q, reached %d, %v", after, got, reached, finished)
		}
	}
	if got, _, _ := in(t, v, 1, graph.Range{After: 8}); got != "9-p>1 9-p>1 9-p>1" {
		t.Errorf("after 8: got %q", got)
	}
}

func TestRareTypesAreFoundWithoutReadingTheOthers(t *testing.T) {
	events := []event{plain()}
	for range 1000 {
		events = append(events, plain(link("common", at(1))))
	}
	l := newLog(t, append(events, plain(link("rare", at(1))))...)
	v := l.view(l.head())
	r := l.records[0]
	l.reads = 0
	found := 0
	_, finished, err := graph.In(v, &r, graph.Range{Types: []string{"rare"}, Candidates: 3}, func(*record.Record, []graph.Link) bool {
		found++
		return true
	})
	if found != 1 || !finished || err != nil || l.reads != 1 {
		t.Errorf("found %d, finished %v, %v, with %d reads", found, finished, err, l.reads)
	}
}

func TestErrorsOfTheSourceAreGiven(t *testing.T) {
	broken := func(damage func(*log)) graph.View {
		l := newLog(t, version("a", 1), version("a", 2), version("a", 3), plain(link("t", byID("a", 1)), link("t", at(2))))
		damage(l)
		return l.view(4)
	}
	record4 := func(l *log) { l.broken = 4 }
	postings := func(l *log) { l.damaged = true }
	l := newLog(t, version("a", 1), version("a", 2), version("a", 3), plain(link("t", byID("a", 1)), link("t", at(2))))
	first, last := l.records[0], l.records[3]
	ignore := func(*record.Record, []graph.Link) bool { return true }
	calls := map[string]func() error{
		"latest, event": func() error {
			_, _, err := graph.Resolve(broken(func(l *log) { l.broken = 3 }), byID("a", 0))
			return err
		},
		"version, event": func() error {
			_, _, err := graph.Resolve(broken(func(l *log) { l.broken = 1 }), byID("a", 1))
			return err
		},
		"latest, postings": func() error { _, _, err := graph.Resolve(broken(postings), byID("a", 0)); return err },
		"in, event":        func() error { _, _, err := graph.In(broken(record4), &first, graph.Range{}, ignore); return err },
		"in, postings":     func() error { _, _, err := graph.In(broken(postings), &first, graph.Range{}, ignore); return err },
		"in, no id":        func() error { _, _, err := graph.In(broken(postings), &last, graph.Range{}, ignore); return err },
		"in, types": func() error {
			_, _, err := graph.In(broken(postings), &last, graph.Range{Types: []string{"t"}}, ignore)
			return err
		},
		"out":                func() error { _, err := graph.Out(broken(postings), &last, nil); return err },
		"walk, first event":  func() error { return walkError(broken(postings), 1, graph.Both) },
		"walk, its links":    func() error { return walkError(broken(record4), 1, graph.Inward) },
		"walk, other events": func() error { return walkError(broken(func(l *log) { l.broken = 2 }), 4, graph.Outward) },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v, want %v", name, err, errBroken)
		}
	}
	v := l.view(4)
	v.Find = func(quipu.EventID) (quipu.Position, bool, error) { return 0, false, errBroken }
	if _, ok, err := graph.Resolve(v, byEventID(1)); ok || !errors.Is(err, errBroken) {
		t.Errorf("find: got %v, %v", ok, err)
	}
}

func walkError(v graph.View, from quipu.Position, direction graph.Direction) error {
	w, err := graph.NewWalker(graph.Query{From: from, Direction: direction, Depth: 2, Limit: 10})
	if err == nil {
		_, _, err = w.Next(v, everything)
	}
	return err
}

func TestLinksThatCannotBeReadAreAnError(t *testing.T) {
	l := newLog(t, plain(), plain(link("t", at(1))))
	l.records[1].Rest = []byte(`{"links":[{"target":{"position":-1},"type":"t"}]}`)
	r := l.records[1]
	if _, err := graph.Out(l.view(2), &r, nil); err == nil || !strings.Contains(err.Error(), "links of event 2") {
		t.Errorf("out: got %v", err)
	}
	_, finished, err := graph.In(l.view(2), &l.records[0], graph.Range{}, func(*record.Record, []graph.Link) bool { return true })
	if err == nil || finished || !strings.Contains(err.Error(), "links of event 2") {
		t.Errorf("in: finished %v, got %v", finished, err)
	}
}
