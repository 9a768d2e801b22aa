package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// book is one ledger in memory: what the store should give back.
type book struct {
	state   ledger.State
	records []record.Record
	keys    map[string]ledger.KeyRecord
	terms   terms
	files   map[record.Hash][]byte
	last    map[string]uint64 // the last version of each aggregate and id, by term
}

// terms are postings by selector.Index.
type terms = [len(selector.Indexes)]map[string][]quipu.Position

// world makes batches and remembers everything that was flushed.
type world struct {
	rng     *rand.Rand
	next    ledger.Slot
	mark    store.Mark
	books   map[ledger.Slot]*book
	pending map[ledger.Slot]*store.History
	dropped []ledger.Slot
	micros  int64
	files   map[record.Hash][]byte // every content that a draft may name
}

func newWorld(seed uint64) *world {
	return &world{
		rng: rand.New(rand.NewPCG(seed, 1)), next: 1, micros: 1_700_000_000_000_000,
		books: map[ledger.Slot]*book{}, pending: map[ledger.Slot]*store.History{}, files: map[record.Hash][]byte{},
	}
}

func newTerms() (made terms) {
	for i := range made {
		made[i] = map[string][]quipu.Position{}
	}
	return made
}

// create adds a ledger with its first event and one registration.
func (w *world) create() *book {
	slot := w.next
	w.next++
	name := fmt.Sprintf("ledger-%d", slot)
	genesis := record.Draft{Name: []byte(quipu.LedgerCreated), Entities: []byte("{}"), Data: fmt.Appendf(nil, `{"description":"","name":%q}`, name)}
	w.micros++
	id, eventID := record.Genesis(&genesis, w.micros)
	b := &book{
		state: ledger.State{Slot: slot, ID: id, Name: name, Head: 1, HeadID: eventID, Registry: ledger.Registry{}},
		keys:  map[string]ledger.KeyRecord{}, terms: newTerms(), files: map[record.Hash][]byte{}, last: map[string]uint64{},
	}
	w.books[slot] = b
	w.add(b, record.Record{Position: 1, ID: eventID, Draft: genesis})
	w.append(b, "", record.Draft{
		Name: []byte(quipu.EventRegistered), Entities: []byte("{}"), Data: []byte(`{"entities":["order","patron"],"event":"placed"}`),
	})
	return b
}

// append adds events as the ledger does. The digest is of what was sent, before
// the ledger's part is filled in.
func (w *world) append(b *book, key string, drafts ...record.Draft) {
	first := b.state.Head + 1
	digest := record.DigestOf(b.sent(drafts))
	b.raise(drafts)
	w.take(b, drafts...)
	if key != "" {
		kept := ledger.KeyRecord{Digest: digest, First: first, Last: b.state.Head}
		b.keys[key] = kept
		h := w.history(b)
		h.Keys = append(h.Keys, store.Key{Key: key, KeyRecord: kept})
	}
}

// take gives drafts their places, whatever they say.
func (w *world) take(b *book, drafts ...record.Draft) {
	for i := range drafts {
		w.micros++
		w.complete(&drafts[i])
		b.state.HeadID = record.NextID(&drafts[i], w.micros, b.state.ID, b.state.HeadID)
		b.state.Head++
		registry, err := b.state.Registry.Fold(b.state.Head, &drafts[i])
		if err != nil {
			panic(err)
		}
		b.state.Registry = registry
		w.add(b, record.Record{Position: b.state.Head, ID: b.state.HeadID, Draft: drafts[i]})
	}
}

func (w *world) history(b *book) *store.History {
	h := w.pending[b.state.Slot]
	if h == nil {
		h = &store.History{Slot: b.state.Slot, Terms: newTerms(), Files: map[record.Hash][]byte{}}
		w.pending[b.state.Slot] = h
	}
	return h
}

func (w *world) add(b *book, r record.Record) {
	b.records = append(b.records, r)
	h := w.history(b)
	h.Records = append(h.Records, r)
	for _, index := range selector.Indexes {
		err := index.Terms(&r.Draft, nil, func(term []byte) bool {
			post(b.terms[index], string(term), r.Position)
			post(h.Terms[index], string(term), r.Position)
			return true
		})
		if err != nil {
			panic(err)
		}
	}
	err := r.FileHashes(func(hash record.Hash) bool {
		b.files[hash], h.Files[hash] = w.files[hash], w.files[hash]
		return true
	})
	if err != nil {
		panic(err)
	}
}

func post(terms map[string][]quipu.Position, term string, p quipu.Position) {
	if list := terms[term]; len(list) == 0 || list[len(list)-1] != p {
		terms[term] = append(list, p)
	}
}

// batch is everything since the last one.
func (w *world) batch() *store.Batch {
	w.mark = store.Mark{Index: w.mark.Index + 1 + w.rng.Uint64N(10), Term: 3, Configuration: []byte("members"), ConfigurationIndex: 1}
	b := &store.Batch{Mark: w.mark, NextSlot: w.next, Dropped: w.dropped}
	for _, slot := range slices.Sorted(maps.Keys(w.pending)) {
		b.Histories = append(b.Histories, *w.pending[slot])
		if book := w.books[slot]; book != nil {
			b.States = append(b.States, book.state)
		}
	}
	w.pending, w.dropped = map[ledger.Slot]*store.History{}, nil
	return b
}

func (w *world) drop(slot ledger.Slot) {
	delete(w.books, slot)
	w.dropped = append(w.dropped, slot)
}

// draft is a random event with some of a few orders and patrons.
func (w *world) draft() record.Draft {
	names := []string{"placed", "paid", "Item \u00fc"}
	d := record.Draft{Name: []byte(names[w.rng.IntN(len(names))]), Entities: []byte("{}")}
	order, patron := w.rng.IntN(4), w.rng.IntN(300)
	switch w.rng.IntN(3) {
	case 0:
		d.Entities = fmt.Appendf(nil, `{"order":["o-%d"]}`, order)
	case 1:
		d.Entities = fmt.Appendf(nil, `{"order":["o-%d"],"patron":["pé-%d","q"]}`, order, patron)
		d.Meta = []byte(`{"actor":"r"}`)
	}
	if w.rng.IntN(4) > 0 {
		d.Data = fmt.Appendf(nil, `{"n":%d,"text":%q}`, w.rng.IntN(1000), bytes.Repeat([]byte("x"), w.rng.IntN(300)))
	}
	w.optional(&d)
	return d
}

func (w *world) drafts(n int) []record.Draft {
	drafts := make([]record.Draft, n)
	for i := range drafts {
		drafts[i] = w.draft()
	}
	return drafts
}

// fill makes a store with two ledgers of some hundred events.
func fill(tb testing.TB, dir string) (*store.Store, *world) {
	tb.Helper()
	w := newWorld(7)
	s := open(tb, dir)
	stamp(tb, s, "cluster-a", "node-1")
	for range 2 {
		b := w.create()
		for i := range 60 {
			w.append(b, fmt.Sprintf("key-%d", i), w.drafts(1+w.rng.IntN(10))...)
		}
	}
	flush(tb, s, w.batch())
	return s, w
}

func open(tb testing.TB, dir string) *store.Store {
	tb.Helper()
	s, err := store.Open(dir, store.Options{Fatal: func(err error) { tb.Errorf("fatal: %v", err) }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shut(tb, s) })
	return s
}

func shut(tb testing.TB, s *store.Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Errorf("close: %v", err)
	}
}

func flush(tb testing.TB, s *store.Store, b *store.Batch) {
	tb.Helper()
	if err := s.Flush(b); err != nil {
		tb.Fatalf("flush: %v", err)
	}
}

func stamp(tb testing.TB, s *store.Store, cluster, node string) {
	tb.Helper()
	if err := s.SetStamp(store.Stamp{ClusterID: cluster, NodeID: node}); err != nil {
		tb.Fatal(err)
	}
}

// read gives one ledger of a view that lives as long as the test.
func read(tb testing.TB, s *store.Store, slot ledger.Slot) store.Ledger {
	tb.Helper()
	v, err := s.View()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = v.Close() })
	return v.Ledger(slot)
}

// clean checks a store and wants nothing found.
func clean(tb testing.TB, s *store.Store) store.Report {
	tb.Helper()
	report, err := s.Check(context.Background(), nil)
	if err != nil {
		tb.Fatalf("check: %v", err)
	}
	for _, f := range report.Findings {
		tb.Errorf("check: %s", f)
	}
	return report
}

// same compares a whole store with the world.
func same(tb testing.TB, s *store.Store, w *world) {
	tb.Helper()
	states, next, mark, err := s.Load()
	if err != nil {
		tb.Fatalf("load: %v", err)
	}
	if next != w.next || mark.Index != w.mark.Index || mark.Term != w.mark.Term || !bytes.Equal(mark.Configuration, w.mark.Configuration) {
		tb.Fatalf("next slot %d and mark %+v, want %d and %+v", next, mark, w.next, w.mark)
	}
	if len(states) != len(w.books) {
		tb.Fatalf("%d ledgers, want %d", len(states), len(w.books))
	}
	v, err := s.View()
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	for _, state := range states {
		b := w.books[state.Slot]
		if !bytes.Equal(state.Append(nil), b.state.Append(nil)) {
			tb.Fatalf("state %+v, want %+v", state, b.state)
		}
		sameRecords(tb, v.Ledger(state.Slot), b)
		samePostings(tb, v.Ledger(state.Slot), b, w.rng)
		sameTerms(tb, v.Ledger(state.Slot), b, w.rng)
		sameFiles(tb, v.Ledger(state.Slot), b)
		for key, want := range b.keys {
			if got, ok, err := v.Ledger(state.Slot).Key(key); got != want || !ok || err != nil {
				tb.Fatalf("key %q: %v %v %v, want %v", key, got, ok, err, want)
			}
		}
		if _, ok, err := v.Ledger(state.Slot).Key("no such key"); ok || err != nil {
			tb.Fatalf("found a key that is not there: %v", err)
		}
	}
}

func sameRecords(tb testing.TB, l store.Ledger, b *book) {
	tb.Helper()
	if l.Head() != b.state.Head {
		tb.Fatalf("head %d, want %d", l.Head(), b.state.Head)
	}
	check := func(p quipu.Position) {
		tb.Helper()
		got, err := l.Record(p)
		if err != nil {
			tb.Fatalf("record %d: %v", p, err)
		}
		want := b.records[p-1]
		if got.Position != p || !bytes.Equal(record.AppendValue(nil, &got), record.AppendValue(nil, &want)) {
			tb.Fatalf("record %d is %+v, want %+v", p, got, want)
		}
	}
	for p := quipu.Position(1); p <= b.state.Head; p++ {
		check(p)
	}
	for p := b.state.Head; p >= 1; p-- {
		check(p)
	}
	for p := quipu.Position(1); p <= b.state.Head; p += 3 {
		check(b.state.Head - p + 1)
		check(p)
		check(p)
	}
	for _, p := range []quipu.Position{0, b.state.Head + 1} {
		if _, err := l.Record(p); !errors.Is(err, quipu.NotFound) {
			tb.Fatalf("record %d of %d: %v", p, b.state.Head, err)
		}
	}
}

// samePostings walks every term from a random place in random steps, both ways.
func samePostings(tb testing.TB, l store.Ledger, b *book, rng *rand.Rand) {
	tb.Helper()
	for _, index := range selector.Indexes {
		for term, want := range b.terms[index] {
			for _, step := range []quipu.Position{1, 1 + below(rng, 40), 1 + below(rng, 2000)} {
				from := below(rng, uint64(b.state.Head)+2)
				sameWalk(tb, l, index, term, want, from, step)
				until := below(rng, uint64(b.state.Head)+10)
				if got, exact := l.Estimate(index, term, from, until), count(want, from, until); got != exact {
					tb.Fatalf("estimate of %q in (%d, %d] is %d, want %d", term, from, until, got, exact)
				}
			}
		}
		if p, ok := l.Postings(index, "no such term", false).Seek(1); ok {
			tb.Fatalf("found %d for a term that is not there", p)
		}
	}
}

func below(rng *rand.Rand, n uint64) quipu.Position { return quipu.Position(rng.Uint64N(n)) }

func count(positions []quipu.Position, after, until quipu.Position) (n uint64) {
	for _, p := range positions {
		if p > after && p <= until {
			n++
		}
	}
	return n
}

func sameWalk(tb testing.TB, l store.Ledger, index selector.Index, term string, want []quipu.Position, from, step quipu.Position) {
	tb.Helper()
	it := l.Postings(index, term, false)
	for at := from; ; {
		i, _ := slices.BinarySearch(want, at)
		got, ok := it.Seek(at)
		if ok != (i < len(want)) || ok && got != want[i] {
			tb.Fatalf("%q from %d: %d %v, want %v", term, at, got, ok, want[min(i, len(want)-1)])
		}
		if !ok {
			break
		}
		at = got + step
	}
	it = l.Postings(index, term, true)
	for at := from; ; {
		i, found := slices.BinarySearch(want, at)
		if !found {
			i--
		}
		got, ok := it.Seek(at)
		if ok != (i >= 0) || ok && got != want[i] {
			tb.Fatalf("%q back from %d: %d %v, want index %d of %v", term, at, got, ok, i, want)
		}
		if !ok || got <= step {
			break
		}
		at = got - step
	}
}

// edit changes a closed store's file behind its back.
func edit(tb testing.TB, dir string, fn func(tx *bbolt.Tx) error) {
	tb.Helper()
	db, err := bbolt.Open(filepath.Join(dir, store.FileName), 0o600, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		tb.Fatal(err)
	}
}

// inner is a bucket of a slot.
func inner(tx *bbolt.Tx, slot ledger.Slot, name string) *bbolt.Bucket {
	return tx.Bucket(append([]byte("s"), byte(slot>>24), byte(slot>>16), byte(slot>>8), byte(slot))).Bucket([]byte(name))
}

func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}
