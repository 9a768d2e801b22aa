package graph_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/graph"
)

// family is a graph in which 1 is the parent of 2 and 3, and 4 of both of them again.
func family(t *testing.T) *log {
	return newLog(t,
		plain(),                      // 1
		plain(link("parent", at(1))), // 2
		plain(link("parent", at(1))), // 3
		plain(link("parent", at(2)), link("parent", at(3)), link("see", at(1))), // 4
		plain(link("parent", at(4))), // 5
		plain(),                      // 6
	)
}

// cycle goes from 1 to 2 to 3 and back to 1, through the latest version of an id; 2 links to itself, and twice to 3.
func cycle(t *testing.T) *log {
	return newLog(t,
		version("a", 1, link("t", byID("b", 1))),
		version("b", 1, link("t", byID("c", 0)), link("u", byID("c", 0)), link("self", byID("b", 1))),
		version("c", 1, link("t", byID("a", 0))),
	)
}

func TestWalkGivesEventsBreadthFirst(t *testing.T) {
	for name, c := range map[string]struct {
		log   *log
		query graph.Query
		want  string
		cut   graph.Cut
	}{
		"out": {family(t), graph.Query{From: 4, Direction: graph.Outward, Depth: 9},
			"4/0 2/1 4-parent>2 3/1 4-parent>3 1/1 4-see>1 2-parent>1 3-parent>1", ""},
		"in": {family(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 9},
			"1/0 2/1 2-parent>1 3/1 3-parent>1 4/1 4-see>1 4-parent>2 4-parent>3 5/2 5-parent>4", ""},
		"both": {family(t), graph.Query{From: 2, Direction: graph.Both, Depth: 9},
			"2/0 1/1 2-parent>1 4/1 4-parent>2 3/2 3-parent>1 4-see>1 4-parent>3 5/2 5-parent>4", ""},
		"one type": {family(t), graph.Query{From: 1, Direction: graph.Inward, Types: []string{"parent"}, Depth: 9},
			"1/0 2/1 2-parent>1 3/1 3-parent>1 4/2 4-parent>2 4-parent>3 5/3 5-parent>4", ""},
		"two types": {family(t), graph.Query{From: 4, Direction: graph.Outward, Types: []string{"see", "parent"}, Depth: 1},
			"4/0 2/1 4-parent>2 3/1 4-parent>3 1/1 4-see>1", graph.CutDepth},
		"a type of no link": {family(t), graph.Query{From: 1, Direction: graph.Both, Types: []string{"child"}, Depth: 9}, "1/0", ""},
		"no links":          {family(t), graph.Query{From: 6, Direction: graph.Both, Depth: 9}, "6/0", ""},
		"no links, depth 0": {family(t), graph.Query{From: 6, Direction: graph.Both}, "6/0", ""},
		"depth 0":           {family(t), graph.Query{From: 1, Direction: graph.Inward}, "1/0", graph.CutDepth},
		"depth 1": {family(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 1},
			"1/0 2/1 2-parent>1 3/1 3-parent>1 4/1 4-see>1", graph.CutDepth},
		"just the depth": {family(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 2},
			"1/0 2/1 2-parent>1 3/1 3-parent>1 4/1 4-see>1 4-parent>2 4-parent>3 5/2 5-parent>4", ""},
		"limit 1": {family(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 9, Limit: 1}, "1/0", graph.CutLimit},
		"a limit of one less": {family(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 9, Limit: 4},
			"1/0 2/1 2-parent>1 3/1 3-parent>1 4/1 4-see>1 4-parent>2 4-parent>3", graph.CutLimit},
		"just the limit": {family(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 9, Limit: 5},
			"1/0 2/1 2-parent>1 3/1 3-parent>1 4/1 4-see>1 4-parent>2 4-parent>3 5/2 5-parent>4", ""},
		"cycle, out": {cycle(t), graph.Query{From: 1, Direction: graph.Outward, Depth: 9},
			"1/0 2/1 1-t>2 3/2 2-t>3 2-u>3 2-self>2 3-t>1", ""},
		"cycle, in": {cycle(t), graph.Query{From: 1, Direction: graph.Inward, Depth: 9},
			"1/0 3/1 3-t>1 2/2 2-t>3 2-u>3 1-t>2 2-self>2", ""},
		"cycle, both": {cycle(t), graph.Query{From: 1, Direction: graph.Both, Depth: 9},
			"1/0 2/1 1-t>2 3/1 3-t>1 2-t>3 2-u>3 2-self>2", ""},
		"a link among the farthest": {cycle(t), graph.Query{From: 1, Direction: graph.Both, Depth: 1},
			"1/0 2/1 1-t>2 3/1 3-t>1", graph.CutDepth},
		"a link back from the farthest": {cycle(t), graph.Query{From: 1, Direction: graph.Outward, Depth: 2},
			"1/0 2/1 1-t>2 3/2 2-t>3 2-u>3 2-self>2", graph.CutDepth},
	} {
		if c.query.Limit == 0 {
			c.query.Limit = 100
		}
		items, cut := walk(t, c.log.view(c.log.head()), c.query, everything)
		if got := text(items); got != c.want || cut != c.cut {
			t.Errorf("%s:\ngot  %q, cut by %q\nwant %q, cut by %q", name, got, cut, c.want, c.cut)
		}
	}
}

func TestWalkSeesNothingBehindTheHead(t *testing.T) {
	l := newLog(t, version("a", 1), plain(link("t", byID("a", 0))), version("a", 2), plain(link("t", at(1))))
	for head, want := range map[quipu.Position]string{
		2: "2/0 1/1 2-t>1",
		3: "2/0 3/1 2-t>3",
	} {
		items, cut := walk(t, l.view(head), graph.Query{From: 2, Direction: graph.Both, Depth: 9, Limit: 10}, everything)
		if got := text(items); got != want || cut != "" {
			t.Errorf("head %d: got %q, cut by %q, want %q", head, got, cut, want)
		}
	}
}

func TestNodesSayWhatTheEventIs(t *testing.T) {
	l := newLog(t, plain(), version("a", 0, link("t", at(1))), version("a", 2, link("t", at(2))))
	items, _ := walk(t, l.view(3), graph.Query{From: 3, Direction: graph.Outward, Depth: 9, Limit: 10}, everything)
	for i := range l.records { // items have memory of their own
		clear(l.records[i].Name)
		clear(l.records[i].Rest)
	}
	var got []graph.Node
	for _, item := range items {
		if item.Node != nil {
			got = append(got, *item.Node)
		}
	}
	want := []graph.Node{
		{Position: 3, EventID: eventID(3), Event: "event 3", ID: "a", Version: 2, Depth: 0},
		{Position: 2, EventID: eventID(2), Event: "event 2", ID: "a", Version: 1, Depth: 1},
		{Position: 1, EventID: eventID(1), Event: "event 1", Depth: 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWalksThatStartNowhereAreRefused(t *testing.T) {
	l := family(t)
	for _, from := range []quipu.Position{0, 6, 7, 1 << 63} { // 6 is in the source, but behind the head
		w, err := graph.NewWalker(graph.Query{From: from, Direction: graph.Both, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		items, done, err := w.Next(l.view(5), everything)
		var e *quipu.Error
		if !errors.As(err, &e) || e.Kind != quipu.NotFound || e.Hint != "the ledger's head is 5" || done || len(items) > 0 {
			t.Errorf("from %d: got %q, %v, %v", from, text(items), done, err)
		}
	}
}

func TestQueriesAreChecked(t *testing.T) {
	good := graph.Query{From: 1, Direction: graph.Both, Depth: 1, Limit: 1}
	types := make([]string, graph.TypesMax+1)
	for name, c := range map[string]struct {
		change       func(*graph.Query)
		kind         quipu.Kind // "" if it is right
		detail, hint string
	}{
		"no direction":      {func(q *graph.Query) { q.Direction = "" }, quipu.Invalid, "direction", `"both"`},
		"another direction": {func(q *graph.Query) { q.Direction = "up" }, quipu.Invalid, `"up"`, `"both"`},
		"depth below":       {func(q *graph.Query) { q.Depth = -1 }, quipu.Invalid, "depth: it is -1", "0 gives the first event"},
		"least depth":       {func(q *graph.Query) { q.Depth = 0 }, "", "", ""},
		"greatest depth":    {func(q *graph.Query) { q.Depth = quipu.GraphDepthMax }, "", "", ""},
		"depth above":       {func(q *graph.Query) { q.Depth = quipu.GraphDepthMax + 1 }, quipu.TooLarge, "17, the limit is 16", "walk on"},
		"limit below":       {func(q *graph.Query) { q.Limit = 0 }, quipu.Invalid, "limit: it is 0", "1 to 10000"},
		"least limit":       {func(q *graph.Query) { q.Limit = 1 }, "", "", ""},
		"greatest limit":    {func(q *graph.Query) { q.Limit = quipu.GraphEventsMax }, "", "", ""},
		"limit above":       {func(q *graph.Query) { q.Limit = quipu.GraphEventsMax + 1 }, quipu.TooLarge, "10001 events, the limit", "smaller"},
		"most types":        {func(q *graph.Query) { q.Types = types[1:] }, "", "", ""},
		"types above":       {func(q *graph.Query) { q.Types = types }, quipu.TooLarge, "101, the limit is 100", "all types"},
	} {
		q := good
		c.change(&q)
		w, err := graph.NewWalker(q)
		if c.kind == "" {
			if w == nil || err != nil {
				t.Errorf("%s: got %v", name, err)
			}
			continue
		}
		var e *quipu.Error
		if !errors.As(err, &e) || e.Kind != c.kind || !strings.Contains(e.Detail, c.detail) || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%s: got %v, want kind %s, %q and %q", name, err, c.kind, c.detail, c.hint)
		}
	}
}

// hub has one event that very many link to.
func hub(t *testing.T, incoming int) *log {
	events := []event{version("a", 1), version("a", 2)}
	for range incoming {
		events = append(events, plain(link("t", byID("a", 1))))
	}
	return newLog(t, events...)
}

func TestWalkReadsNoMoreOfAHubThanItGives(t *testing.T) {
	l := hub(t, 100_000)
	items, cut := walk(t, l.view(l.head()), graph.Query{From: 1, Direction: graph.Both, Depth: 3, Limit: 50}, everything)
	if len(items) != 50+49 || cut != graph.CutLimit {
		t.Errorf("got %d items, cut by %q", len(items), cut)
	}
	if l.reads > 200 {
		t.Errorf("it took %d reads", l.reads)
	}
}

func TestWalkEndsWhereLinksLeadNowhereNew(t *testing.T) {
	l := hub(t, 100_000) // all are links to another version than this one
	items, cut := walk(t, l.view(l.head()), graph.Query{From: 2, Direction: graph.Inward, Depth: 3, Limit: 50}, everything)
	if text(items) != "2/0" || cut != graph.CutWork {
		t.Errorf("got %q, cut by %q", text(items), cut)
	}
	if l.reads > 510 {
		t.Errorf("it took %d reads", l.reads)
	}
}

func TestWorkOfAWalkIsBoundedByItsLimit(t *testing.T) {
	// With a limit of 2, 20 links may be looked at. To be done with an event counts as one.
	for incoming, want := range map[int]graph.Cut{19: "", 20: graph.CutWork} {
		l := hub(t, incoming)
		items, cut := walk(t, l.view(l.head()), graph.Query{From: 2, Direction: graph.Inward, Depth: 3, Limit: 2}, everything)
		if text(items) != "2/0" || cut != want {
			t.Errorf("%d links: got %q, cut by %q, want %q", incoming, text(items), cut, want)
		}
	}
}

func TestStepsEndWithTheirBudget(t *testing.T) {
	l := hub(t, 1000)
	w, err := graph.NewWalker(graph.Query{From: 1, Direction: graph.Inward, Depth: 3, Limit: 2000})
	if err != nil {
		t.Fatal(err)
	}
	steps, given := 0, 0
	for done := false; !done; steps++ {
		var items []graph.Item
		if items, done, err = w.Next(l.view(l.head()), 10); err != nil {
			t.Fatal(err)
		}
		if len(items) > 2*10+1 {
			t.Fatalf("step %d gives %d items", steps, len(items))
		}
		given += len(items)
	}
	if given != 1+2*1000 || steps < 200 || w.Cut() != "" { // each of the 1001 events counts as well
		t.Errorf("%d items in %d steps, cut by %q", given, steps, w.Cut())
	}
	if items, done, err := w.Next(l.view(l.head()), 10); len(items) > 0 || !done || err != nil {
		t.Errorf("after the end: %d items, %v, %v", len(items), done, err)
	}
}

func TestStepsEndWhenTheyHaveFoundMuch(t *testing.T) {
	meta := []byte(`{"text":"` + strings.Repeat("x", 60_000) + `"}`)
	events := []event{plain()}
	for range 100 {
		events = append(events, plain(quipu.Link{Type: "t", Target: at(1), Meta: meta}))
	}
	l := newLog(t, events...)
	w, err := graph.NewWalker(graph.Query{From: 1, Direction: graph.Inward, Depth: 1, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for done := false; !done; steps++ {
		var items []graph.Item
		if items, done, err = w.Next(l.view(l.head()), everything); err != nil {
			t.Fatal(err)
		}
		if len(items) > 2*18+1 { // 18 times 60 kB are more than 1 MiB
			t.Fatalf("step %d gives %d items", steps, len(items))
		}
	}
	if steps != 6 {
		t.Errorf("%d steps, want 6", steps)
	}
}

// What is read and not given takes its time too: links of another type, which may have 6 MB of meta for one of this type.
func TestStepsEndWhenTheyHaveReadMuch(t *testing.T) {
	meta := []byte(`{"text":"` + strings.Repeat("x", 60_000) + `"}`)
	events := []event{plain()}
	for range 1000 {
		last := quipu.Position(len(events))
		events = append(events, plain(link("next", at(last)), quipu.Link{Type: "t", Target: at(1), Meta: meta}))
	}
	l := newLog(t, events...)
	for direction, from := range map[graph.Direction]quipu.Position{graph.Outward: l.head(), graph.Inward: 1} {
		q := graph.Query{From: from, Direction: direction, Depth: 16, Limit: 1000, Types: []string{"next"}}
		whole, _ := walk(t, l.view(l.head()), q, 1)
		w, err := graph.NewWalker(q)
		if err != nil {
			t.Fatal(err)
		}
		var items []graph.Item
		for done := false; !done; {
			l.reads = 0
			var more []graph.Item
			if more, done, err = w.Next(l.view(l.head()), everything); err != nil {
				t.Fatal(err)
			}
			if items = append(items, more...); l.reads > 4*70 { // 70 times 60 kB are 4 MiB, and an event is read some times
				t.Fatalf("%s: a step reads %d events", direction, l.reads)
			}
		}
		if text(items) != text(whole) {
			t.Errorf("%s: %s, want %s", direction, text(items), text(whole))
		}
	}
}
