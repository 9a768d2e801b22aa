package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// The store gives back what was flushed, after each step of a random history:
// flushes to several ledgers, drops, compactions, reopening, and a copy of the
// file as a crash at that moment would leave it.
func TestStoreAgreesWithModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w, s := newWorld(seed), open(t, dir)
			same(t, s, w)
			w.create()
			for range 25 {
				s = w.step(t, s, dir)
				same(t, s, w)
			}
			clean(t, s)
			crash := t.TempDir()
			copyFile(t, filepath.Join(dir, store.FileName), filepath.Join(crash, store.FileName))
			same(t, open(t, crash), w)
		})
	}
}

func (w *world) step(t *testing.T, s *store.Store, dir string) *store.Store {
	switch w.rng.IntN(10) {
	case 0:
		w.create()
	case 1:
		if len(w.books) > 1 {
			w.drop(w.someBook().state.Slot)
		}
	case 2:
		if err := s.Compact(); err != nil {
			t.Fatal(err)
		}
	case 3:
		shut(t, s)
		return open(t, dir)
	case 4:
		if _, err := s.ClearDropped(1 + w.rng.IntN(500)); err != nil {
			t.Fatal(err)
		}
	default:
		for range w.rng.IntN(30) {
			b, key := w.someBook(), ""
			if w.rng.IntN(2) == 0 {
				key = fmt.Sprintf("%d-%d", w.rng.IntN(100), w.micros)
			}
			w.append(b, key, w.drafts(1+w.rng.IntN(30))...)
		}
	}
	flush(t, s, w.batch())
	return s
}

func (w *world) someBook() *book {
	for {
		if b := w.books[ledger.Slot(1+w.rng.IntN(int(w.next)))]; b != nil {
			return b
		}
	}
}

// Terms that are prefixes of each other, or hold the bytes that end a term, keep
// their postings apart.
func TestPostingsOfSimilarTermsStayApart(t *testing.T) {
	s, w := open(t, t.TempDir()), newWorld(1)
	b := w.create()
	w.append(b, "", w.drafts(2000)...)
	batch := w.batch()
	terms := []string{"a", "a\x00", "a\x00b", "a\x00bc", "a\x01", "a\x01\xff", "a\x01\xffaaaaaa", "a\x01\x00\x00\x00\x00\x00\x00\x00\x05", "a\x02", "\x01", ""}
	for i, term := range terms {
		for p := quipu.Position(1 + i); p <= 2000; p += quipu.Position(1 + i) {
			batch.Histories[0].Terms[0][term] = append(batch.Histories[0].Terms[0][term], p)
		}
		b.terms[0][term] = batch.Histories[0].Terms[0][term]
	}
	flush(t, s, batch)
	for range 5 {
		samePostings(t, read(t, s, b.state.Slot), b, w.rng)
	}
}

func TestFlushRefusesWhatDoesNotFollow(t *testing.T) {
	cases := map[string]func(*store.Batch){
		"a gap in the positions":     func(b *store.Batch) { b.Histories[0].Records = b.Histories[0].Records[1:] },
		"a mark that goes back":      func(b *store.Batch) { b.Mark.Index = 0 },
		"a state beyond its history": func(b *store.Batch) { b.States[0].Head++ },
		"a state with another id":    func(b *store.Batch) { b.States[0].HeadID[3]++ },
		"a posting that goes back": func(b *store.Batch) {
			b.Histories[0].Terms[selector.ByName]["placed"] = []quipu.Position{1 << 40, 1}
		},
		"a posting that no key can hold": func(b *store.Batch) {
			b.Histories[0].Terms[selector.ByName]["placed"] = []quipu.Position{1 << 63}
		},
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var fatal error
			s, err := store.Open(dir, store.Options{Fatal: func(err error) { fatal = err }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { shut(t, s) })
			w := newWorld(1)
			b := w.create()
			flush(t, s, w.batch())
			before, mark := *b, w.mark
			before.records = before.records[:len(before.records):len(before.records)]
			w.append(b, "", record.Draft{Name: []byte("placed"), Entities: []byte("{}")}, record.Draft{Name: []byte("paid"), Entities: []byte("{}")})
			batch := w.batch()
			spoil(batch)
			if err := s.Flush(batch); !errors.Is(err, quipu.Internal) || fatal == nil {
				t.Fatalf("flush: %v, fatal: %v", err, fatal)
			}
			if err := s.Advance(store.Mark{Index: 1 << 30}); err == nil {
				t.Error("the store goes on after a fatal error")
			}
			sameRecords(t, read(t, s, b.state.Slot), &before)
			if now, err := s.Mark(); err != nil || now.Index != mark.Index {
				t.Errorf("mark %v %v, want %v", now, err, mark)
			}
		})
	}
}

func TestMarkNeverGoesBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, step := range []struct{ advance, want uint64 }{{5, 5}, {4, 5}, {5, 5}, {9, 9}, {0, 9}} {
		if err := s.Advance(store.Mark{Index: step.advance, Term: step.advance, Configuration: []byte{1}, ConfigurationIndex: 2}); err != nil {
			t.Fatal(err)
		}
		if mark, err := s.Mark(); err != nil || mark.Index != step.want || mark.Term != step.want {
			t.Errorf("advance to %d: %+v %v, want %d", step.advance, mark, err, step.want)
		}
	}
	shut(t, s)
	if mark, err := open(t, dir).Mark(); err != nil || mark.Index != 9 || mark.ConfigurationIndex != 2 || string(mark.Configuration) != "\x01" {
		t.Errorf("after reopening: %+v %v", mark, err)
	}
}

// A view keeps what it saw while events are added, the file is compacted and
// the store is closed.
func TestViewStaysWhatItWas(t *testing.T) {
	s, w := fill(t, t.TempDir())
	b := w.books[1]
	v, err := s.View()
	if err != nil {
		t.Fatal(err)
	}
	before := *b
	before.records = before.records[:len(before.records):len(before.records)]
	w.append(b, "", w.drafts(500)...)
	flush(t, s, w.batch())
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	w.append(b, "", w.drafts(500)...)
	flush(t, s, w.batch())
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	sameRecords(t, v.Ledger(1), &before)
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := s.View(); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("view of a closed store: %v", err)
	}
	if err := s.Flush(w.batch()); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("flush to a closed store: %v", err)
	}
}

func TestClearDroppedIsBoundedAndEnds(t *testing.T) {
	s, w := fill(t, t.TempDir())
	same(t, s, w)
	before := s.Stats()
	w.drop(1)
	flush(t, s, w.batch())
	same(t, s, w)
	clean(t, s) // what is to be cleared is no damage
	steps, more := 0, true
	for more {
		var err error
		if more, err = s.ClearDropped(100); err != nil {
			t.Fatal(err)
		}
		if steps++; steps > 1000 {
			t.Fatal("does not end")
		}
	}
	if steps < 5 {
		t.Errorf("cleared some hundred events in %d steps of 100 keys", steps)
	}
	if after := s.Stats(); after.FreeBytes <= before.FreeBytes {
		t.Errorf("nothing was freed: %+v, before %+v", after, before)
	}
	if l := read(t, s, 1); l.Head() != 0 {
		t.Errorf("the dropped ledger still has %d events", l.Head())
	}
	same(t, s, w)
	clean(t, s)
}

// A ledger that comes and goes between two flushes leaves nothing.
func TestDropBeforeFirstFlush(t *testing.T) {
	s, w := open(t, t.TempDir()), newWorld(1)
	w.create()
	w.drop(w.create().state.Slot)
	flush(t, s, w.batch())
	if more, err := s.ClearDropped(1); more || err != nil {
		t.Errorf("there is something to clear: %v", err)
	}
	same(t, s, w)
	clean(t, s)
}

func TestDamagedHistoryIsReportedByReads(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	shut(t, s)
	edit(t, dir, deleteEvent(1, 5))
	edit(t, dir, putIn(1, "events", string(position(9)), "short"))
	edit(t, dir, putIn(1, "entities", "order\x00o-1\x01"+string(position(w.books[1].terms[0]["order\x00o-1"][0])), "\x00\x00"))
	l := read(t, open(t, dir), 1)
	for _, p := range []quipu.Position{5, 9} {
		for range 2 { // searched, then reached by a step
			_, err := l.Record(p)
			if !errors.Is(err, quipu.Corrupt) || !strings.Contains(err.Error(), "slot 1") || !strings.Contains(err.Error(), fmt.Sprintf("event %d", p)) {
				t.Errorf("record %d: %v", p, err)
			}
			if _, err := l.Record(p - 1); err != nil {
				t.Errorf("record %d: %v", p-1, err)
			}
		}
	}
	for _, reverse := range []bool{false, true} {
		damaged := read(t, open(t, copyDir(t, dir)), 1)
		p, ok := damaged.Postings(selector.ByEntity, "order\x00o-1", reverse).Seek(10)
		if !ok {
			t.Fatal("damaged postings end a walk without an error")
		}
		if _, err := damaged.Record(p); !errors.Is(err, quipu.Corrupt) || !strings.Contains(err.Error(), "entities") {
			t.Errorf("record after damaged postings: %v", err)
		}
	}
}

func copyDir(t *testing.T, dir string) string {
	to := t.TempDir()
	copyFile(t, filepath.Join(dir, store.FileName), filepath.Join(to, store.FileName))
	return to
}
