package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/graph"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// The alphabets are small, so that random links meet.
var (
	linkIDs   = []string{"a", "aa", `"`}
	linkTypes = []string{"t", "u", "tt"}
)

// drawEvents draws up to 25 events with the links that a ledger would take: to events that are there already, or to any
// version that an id will ever have, as one can be among the events of an append.
func drawEvents(t *rapid.T) []event {
	events := make([]event, rapid.IntRange(1, 25).Draw(t, "events"))
	count := map[string]uint64{}
	for i := range events {
		if id := rapid.SampledFrom(append(linkIDs, "")).Draw(t, "id"); id != "" {
			count[id]++
			events[i] = version(id, count[id])
			if count[id] == 1 && rapid.Bool().Draw(t, "version left out") {
				events[i].version = 0
			}
		}
	}
	for i := range events {
		for range rapid.SampledFrom([]int{0, 1, 1, 2, 5}).Draw(t, "links") {
			linkType := rapid.SampledFrom(linkTypes).Draw(t, "type")
			events[i].links = append(events[i].links, link(linkType, drawTarget(t, len(events), count)))
		}
	}
	return events
}

func drawTarget(t *rapid.T, events int, count map[string]uint64) quipu.Target {
	p := quipu.Position(rapid.IntRange(1, events).Draw(t, "position"))
	id := rapid.SampledFrom(linkIDs).Draw(t, "target id")
	form := rapid.IntRange(0, 3).Draw(t, "form")
	switch {
	case form == 0:
		return byEventID(p)
	case form == 1 || count[id] == 0:
		return at(p)
	case form == 2:
		return byID(id, rapid.Uint64Range(1, count[id]).Draw(t, "version"))
	}
	return byID(id, 0)
}

// edge is a link of the model: the links are numbered over all events.
type edge struct {
	from, to quipu.Position
	linkType string
}

func (e edge) String() string { return fmt.Sprintf("%d-%s>%d", e.from, e.linkType, e.to) }

// resolve is Resolve by a look at every event.
func resolve(events []event, target quipu.Target) (found quipu.Position) {
	for i, e := range events {
		p := quipu.Position(i + 1)
		switch {
		case target.EventID != nil:
			if eventID(p) == *target.EventID {
				found = p
			}
		case target.Position != 0:
			if p == target.Position {
				found = p
			}
		case e.id == target.ID && (target.Version == 0 || target.Version == max(e.version, 1)):
			found = p // the last one counts
		}
	}
	return found
}

// edgesOf are all links of some types between the events.
func edgesOf(events []event, types []string) (edges []edge) {
	for i, e := range events {
		for _, l := range e.links {
			if len(types) > 0 && !slices.Contains(types, l.Type) {
				continue
			}
			if to := resolve(events, l.Target); to > 0 {
				edges = append(edges, edge{quipu.Position(i + 1), to, l.Type})
			}
		}
	}
	return edges
}

// naive is the walk over a list of all edges, with a mark on each that was given.
func naive(edges []edge, q graph.Query) (string, graph.Cut) {
	given := make([]bool, len(edges))
	depth := map[quipu.Position]int{q.From: 0}
	queue := []quipu.Position{q.From}
	words := []string{fmt.Sprintf("%d/0", q.From)}
	for at := 0; at < len(queue); at++ {
		here := queue[at]
		var touching []int
		for i, e := range edges {
			if q.Direction != graph.Inward && e.from == here {
				touching = append(touching, i)
			}
		}
		for i, e := range edges {
			if q.Direction != graph.Outward && e.to == here {
				touching = append(touching, i)
			}
		}
		for _, i := range touching {
			if given[i] {
				continue
			}
			if depth[here] == q.Depth {
				return strings.Join(words, " "), graph.CutDepth
			}
			for _, p := range []quipu.Position{edges[i].from, edges[i].to} {
				if _, known := depth[p]; known {
					continue
				}
				if len(queue) == q.Limit {
					return strings.Join(words, " "), graph.CutLimit
				}
				depth[p] = depth[here] + 1
				queue = append(queue, p)
				words = append(words, fmt.Sprintf("%d/%d", p, depth[p]))
			}
			given[i] = true
			words = append(words, edges[i].String())
		}
	}
	return strings.Join(words, " "), ""
}

func drawTypes(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom(append(linkTypes, "none")), 0, 3).Draw(t, "types")
}

func TestWalkGivesWhatANaiveWalkGives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		events := drawEvents(rt)
		l := newLog(t, events...)
		head := rapid.IntRange(1, len(events)).Draw(rt, "head")
		q := graph.Query{
			From:      quipu.Position(rapid.IntRange(1, head).Draw(rt, "from")),
			Direction: rapid.SampledFrom(graph.Directions).Draw(rt, "direction"),
			Types:     drawTypes(rt),
			Depth:     rapid.IntRange(0, 6).Draw(rt, "depth"),
			Limit:     rapid.SampledFrom([]int{1, 3, 10, 100, 1000}).Draw(rt, "limit"),
		}
		want, wantCut := naive(edgesOf(events[:head], q.Types), q)
		items, cut := walk(t, l.view(quipu.Position(head)), q, rapid.SampledFrom([]int{0, 1, 2, 7, everything}).Draw(rt, "budget"))
		got := text(items)
		if cut == graph.CutWork && q.Limit <= 10 {
			if !strings.HasPrefix(want, got) {
				rt.Fatalf("%+v:\ngot  %s\nwant %s, or the beginning of it", q, got, want)
			}
			return
		}
		if got != want || cut != wantCut {
			rt.Fatalf("%+v:\ngot  %s, cut by %q\nwant %s, cut by %q", q, got, cut, want, wantCut)
		}
	})
}

func TestStepsDoNotChangeAWalk(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLog(t, drawEvents(rt)...)
		q := graph.Query{
			From: 1, Direction: rapid.SampledFrom(graph.Directions).Draw(rt, "direction"), Types: drawTypes(rt),
			Depth: rapid.IntRange(0, 6).Draw(rt, "depth"), Limit: rapid.IntRange(1, 10).Draw(rt, "limit"),
		}
		items, cut := walk(t, l.view(l.head()), q, everything)
		parts, partsCut := walk(t, l.view(l.head()), q, rapid.IntRange(1, 9).Draw(rt, "budget"))
		if text(parts) != text(items) || partsCut != cut {
			rt.Fatalf("%+v:\nin one step %s, cut by %q\nin several  %s, cut by %q", q, text(items), cut, text(parts), partsCut)
		}
	})
}

func TestAnEventIsInTheLinksToItsTargets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		events := drawEvents(rt)
		l := newLog(t, events...)
		v := l.view(quipu.Position(rapid.IntRange(1, len(events)).Draw(rt, "head")))
		types := drawTypes(rt)
		var outgoing, incoming []string
		for p := quipu.Position(1); p <= v.Head; p++ {
			r := l.records[p-1]
			links, err := graph.Out(v, &r, types)
			if err != nil {
				rt.Fatal(err)
			}
			for _, one := range links {
				outgoing = append(outgoing, fmt.Sprintf("%d>%d %+v", one.From, one.To, form(one.Link)))
			}
			last := quipu.Position(0)
			_, finished, err := graph.In(v, &r, graph.Range{Types: types}, func(source *record.Record, links []graph.Link) bool {
				if source.Position <= last {
					rt.Fatalf("to %d: %d comes after %d", p, source.Position, last)
				}
				last = source.Position
				for _, one := range links {
					incoming = append(incoming, fmt.Sprintf("%d>%d %+v", one.From, one.To, form(one.Link)))
				}
				return true
			})
			if err != nil || !finished {
				rt.Fatal(finished, err)
			}
		}
		want := len(edgesOf(events[:v.Head], types))
		slices.Sort(outgoing)
		slices.Sort(incoming)
		if !slices.Equal(outgoing, incoming) || len(outgoing) != want {
			rt.Fatalf("of %d links\nout %v\nin  %v", want, outgoing, incoming)
		}
	})
}

// form is a link as text, whatever pointers it holds.
func form(l quipu.Link) string {
	id := ""
	if l.Target.EventID != nil {
		id = l.Target.EventID.String()
	}
	return fmt.Sprint(l.Type, " ", id, " ", l.Target.Position, " ", l.Target.ID, " ", l.Target.Version)
}
