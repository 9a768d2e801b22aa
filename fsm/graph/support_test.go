package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/graph"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// event is what the tests need of an event.
type event struct {
	id      string
	version uint64
	links   []quipu.Link
}

func plain(links ...quipu.Link) event { return event{links: links} }

func version(id string, n uint64, links ...quipu.Link) event { return event{id, n, links} }

func link(linkType string, target quipu.Target) quipu.Link {
	return quipu.Link{Type: linkType, Target: target}
}

func at(p quipu.Position) quipu.Target { return quipu.Target{Position: p} }

func byEventID(p quipu.Position) quipu.Target {
	id := eventID(p)
	return quipu.Target{EventID: &id}
}

func byID(id string, version uint64) quipu.Target { return quipu.Target{ID: id, Version: version} }

func eventID(p quipu.Position) quipu.EventID { return quipu.NewEventID(10*int64(p), uint32(7*p), 4) }

// log is a source over a slice: the event at position p is log.records[p-1].
type log struct {
	records []record.Record
	terms   map[string][]quipu.Position
	reads   int
	broken  quipu.Position // the event that cannot be read, if not 0
	damaged bool           // the postings cannot be read: then Seek gives what it is asked for, and Record the error
}

var _ selector.Source = (*log)(nil)

var errBroken = errors.New("the log is broken")

func newLog(t testing.TB, events ...event) *log {
	t.Helper()
	l := &log{terms: map[string][]quipu.Position{}}
	for i, e := range events {
		p := quipu.Position(i + 1)
		r := record.Record{Position: p, ID: eventID(p), Draft: record.Draft{Name: fmt.Appendf(nil, "event %d", p), Entities: []byte("{}")}}
		r.Rest = rest(t, e)
		l.records = append(l.records, r)
		err := r.MemberTerms(nil, func(term []byte) bool {
			if list := l.terms[string(term)]; len(list) == 0 || list[len(list)-1] != p {
				l.terms[string(term)] = append(list, p)
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// rest gives the optional members as the ledger stores them, nil if there are none.
func rest(t testing.TB, e event) []byte {
	t.Helper()
	text, err := json.Marshal(struct {
		ID      string       `json:"id,omitempty"`
		Links   []quipu.Link `json:"links,omitempty"`
		Version uint64       `json:"version,omitempty"`
	}{e.id, e.links, e.version})
	if err != nil {
		t.Fatal(err)
	}
	if string(text) == "{}" {
		return nil
	}
	out, err := canonical.Append(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (l *log) head() quipu.Position { return quipu.Position(len(l.records)) }

// view is the log up to a head; what is behind it stays in the source.
func (l *log) view(head quipu.Position) graph.View {
	return graph.View{Source: l, Head: head, Find: func(id quipu.EventID) (quipu.Position, bool, error) {
		i := slices.IndexFunc(l.records, func(r record.Record) bool { return r.ID == id })
		return quipu.Position(i + 1), i >= 0, nil
	}}
}

func (l *log) Record(p quipu.Position) (record.Record, error) {
	l.reads++
	if l.damaged || p == l.broken {
		return record.Record{}, errBroken
	}
	if p == 0 || p > l.head() {
		return record.Record{}, fmt.Errorf("no event %d", p)
	}
	return l.records[p-1], nil
}

func (l *log) Estimate(selector.Index, string, quipu.Position, quipu.Position) uint64 { return 0 }

func (l *log) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	if index != selector.ByMember {
		panic("another index was asked")
	}
	return &positions{log: l, list: l.terms[term], reverse: reverse}
}

// positions is an iterator that refuses to be asked for what it has left behind.
type positions struct {
	log     *log
	list    []quipu.Position
	reverse bool
	last    quipu.Position
	asked   bool
}

func (it *positions) Seek(p quipu.Position) (quipu.Position, bool) {
	if it.asked && (it.reverse && p > it.last || !it.reverse && p < it.last) {
		panic("an iterator was sent back")
	}
	it.last, it.asked = p, true
	if it.log.damaged {
		return p, true
	}
	i, exact := slices.BinarySearch(it.list, p)
	if it.reverse && !exact {
		i--
	}
	if i < 0 || i >= len(it.list) {
		return 0, false
	}
	return it.list[i], true
}

// text is a short form of items: "3/1" is the event at position 3 and depth 1, "3-t>4" a link of type t.
func text(items []graph.Item) string {
	var words []string
	for _, item := range items {
		switch {
		case item.Node != nil && item.Edge == nil:
			words = append(words, fmt.Sprintf("%d/%d", item.Node.Position, item.Node.Depth))
		case item.Edge != nil && item.Node == nil:
			words = append(words, fmt.Sprintf("%d-%s>%d", item.Edge.From, item.Edge.Type, item.Edge.To))
		default:
			words = append(words, "neither")
		}
	}
	return strings.Join(words, " ")
}

// walk gives everything that a walk gives, in steps of a budget.
func walk(t testing.TB, v graph.View, q graph.Query, budget int) ([]graph.Item, graph.Cut) {
	t.Helper()
	w, err := graph.NewWalker(q)
	if err != nil {
		t.Fatal(err)
	}
	var all []graph.Item
	for {
		items, done, err := w.Next(v, budget)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, items...)
		if done {
			return all, w.Cut()
		}
	}
}

// everything is a budget that no test uses up.
const everything = 1 << 30
