package selector_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func parse(t testing.TB, text string) *selector.Selector {
	t.Helper()
	s, err := selector.ParseRead(shape.Of([]byte(text)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func event(t testing.TB, name, entities, data, meta string) *record.Record {
	t.Helper()
	r := &record.Record{Position: 1, Draft: record.Draft{Name: []byte(name)}}
	for i, to := range []*[]byte{&r.Entities, &r.Data, &r.Meta} {
		text := []string{entities, data, meta}[i]
		if text == "" {
			continue
		}
		out, err := canonical.Append(nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		*to = out
	}
	return r
}

// with gives the event optional members: a JSON object.
func with(t testing.TB, r *record.Record, members string) *record.Record {
	t.Helper()
	rest, err := canonical.Append(nil, []byte(members))
	if err != nil {
		t.Fatal(err)
	}
	r.Rest = rest
	return r
}

// refusal is a text that is refused, and what is said about it. An empty kind is
// Invalid, and of detail and hint a part is enough.
type refusal struct {
	text, pointer, detail, hint string
	kind                        quipu.Kind
	column                      int
}

func (want refusal) check(t *testing.T, err error) {
	t.Helper()
	var e *quipu.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: %v", want.text, err)
		return
	}
	if want.kind == "" {
		want.kind = quipu.Invalid
	}
	if e.Kind != want.kind || e.Pointer != want.pointer || !strings.Contains(e.Detail, want.detail) ||
		!strings.Contains(e.Hint, want.hint) || e.Column != want.column {
		t.Errorf("%s: %+v", want.text, e)
	}
}

// log is a source over a slice: the event at position p is log.records[p-1]. What it says of a term's postings is right;
// its estimates are what a test makes them.
type log struct {
	records  []record.Record
	estimate func(selector.Index, string) uint64
	read     map[quipu.Position]int // how often each event was read
}

var _ selector.Source = (*log)(nil)

func (l *log) Record(p quipu.Position) (record.Record, error) {
	if p == 0 || int(p) > len(l.records) {
		return record.Record{}, fmt.Errorf("no event %d", p)
	}
	if l.read != nil {
		l.read[p]++
	}
	return l.records[p-1], nil
}

func (l *log) Estimate(index selector.Index, term string, _, _ quipu.Position) uint64 {
	if l.estimate == nil {
		return uint64(len(l.positions(index, term)))
	}
	return l.estimate(index, term)
}

func (l *log) positions(index selector.Index, term string) (list []quipu.Position) {
	for i := range l.records {
		r, found := &l.records[i], false
		_ = index.Terms(&r.Draft, nil, func(t []byte) bool { found = string(t) == term; return !found })
		if found {
			list = append(list, r.Position)
		}
	}
	return list
}

func (l *log) Postings(index selector.Index, term string, reverse bool) selector.Iterator {
	return &positions{list: l.positions(index, term), reverse: reverse}
}

// positions is an iterator that refuses to be asked for what it has left behind.
type positions struct {
	list    []quipu.Position
	reverse bool
	last    quipu.Position
	asked   bool
}

func (it *positions) Seek(p quipu.Position) (quipu.Position, bool) {
	if it.asked && (it.reverse && p > it.last || !it.reverse && p < it.last) {
		panic(errors.New("an iterator was sent back"))
	}
	it.last, it.asked = p, true
	i, exact := slices.BinarySearch(it.list, p)
	if it.reverse && !exact {
		i--
	}
	if i < 0 || i >= len(it.list) {
		return 0, false
	}
	return it.list[i], true
}

// list is a JSON array of strings.
func list(items ...string) string { return `["` + strings.Join(items, `","`) + `"]` }
