package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
)

const benchBatch = 10_000

// kinds of entities: every event has two of its own, or two of a few hundred.
var entityKinds = []struct {
	name string
	make func(rng *rand.Rand) []byte
}{
	{"random", func(rng *rand.Rand) []byte {
		return fmt.Appendf(nil, `{"order":["o-%016x"],"patron":["p-%016x"]}`, rng.Uint64(), rng.Uint64())
	}},
	{"shared", func(rng *rand.Rand) []byte {
		return fmt.Appendf(nil, `{"order":["o-%d"],"patron":["p-%d"]}`, rng.IntN(1000), rng.IntN(1000))
	}},
}

// event is one of 200 bytes in all.
func (w *world) event(entities []byte) record.Draft {
	d := record.Draft{Name: []byte("Item Ordered"), Entities: entities, Meta: []byte(`{"actor":"register-2"}`)}
	rest := 200 - len(d.Name) - len(d.Entities) - len(d.Meta) - len(`{"note":""}`)
	d.Data = fmt.Appendf(nil, `{"note":%q}`, bytes.Repeat([]byte{'n'}, rest))
	return d
}

// batchOf is a batch of single-event appends, each with a random key if keyed.
func (w *world) batchOf(b *book, n int, entities func(*rand.Rand) []byte, keyed bool) *store.Batch {
	for range n {
		key := ""
		if keyed {
			key = fmt.Sprintf("%016x%016x", w.rng.Uint64(), w.rng.Uint64())
		}
		w.append(b, key, w.event(entities(w.rng)))
	}
	b.records, b.terms = nil, newTerms() // the benchmark needs no model
	clear(b.keys)
	return w.batch()
}

func BenchmarkFlush(bench *testing.B) {
	for _, kind := range entityKinds {
		for _, keyed := range []bool{false, true} {
			bench.Run(fmt.Sprintf("%s/keyed=%v", kind.name, keyed), func(bench *testing.B) {
				s, w := open(bench, bench.TempDir()), newWorld(1)
				b := w.create()
				flush(bench, s, w.batchOf(b, 10*benchBatch, kind.make, keyed))
				events := 0
				for bench.Loop() {
					bench.StopTimer()
					batch := w.batchOf(b, benchBatch, kind.make, keyed)
					bench.StartTimer()
					flush(bench, s, batch)
					events += benchBatch
				}
				bench.ReportMetric(float64(events)/bench.Elapsed().Seconds(), "events/s")
			})
		}
	}
}

// benchStore has 100,000 events, of which 1,000 concern one entity.
func benchStore(bench *testing.B) (*store.Store, *book) {
	s, w := open(bench, bench.TempDir()), newWorld(1)
	b := w.create()
	n := 0
	flush(bench, s, w.batchOf(b, 100_000, func(rng *rand.Rand) []byte {
		if n++; n%100 == 0 {
			return []byte(`{"order":["hot"]}`)
		}
		return entityKinds[1].make(rng)
	}, true))
	return s, b
}

func BenchmarkSequentialRead(bench *testing.B) {
	s, b := benchStore(bench)
	events := 0
	for bench.Loop() {
		v, err := s.View()
		if err != nil {
			bench.Fatal(err)
		}
		l := v.Ledger(1)
		for p := quipu.Position(1); p <= b.state.Head; p++ {
			if _, err := l.Record(p); err != nil {
				bench.Fatal(err)
			}
		}
		events += int(b.state.Head)
		_ = v.Close()
	}
	bench.ReportMetric(float64(events)/bench.Elapsed().Seconds(), "events/s")
}

func BenchmarkPostingsOfThousandEvents(bench *testing.B) {
	s, _ := benchStore(bench)
	v, err := s.View()
	if err != nil {
		bench.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	for bench.Loop() {
		n, at := 0, quipu.Position(1)
		for it := v.Ledger(1).Postings(selector.ByEntity, "order\x00hot", false); ; n++ {
			p, ok := it.Seek(at)
			if !ok {
				break
			}
			at = p + 1
		}
		if n != 1000 {
			bench.Fatalf("%d postings", n)
		}
	}
}

func BenchmarkEstimate(bench *testing.B) {
	s, b := benchStore(bench)
	v, err := s.View()
	if err != nil {
		bench.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	l := v.Ledger(1)
	for bench.Loop() {
		if n := l.Estimate(selector.ByEntity, "order\x00hot", b.state.Head/2, b.state.Head); n < 490 || n > 510 {
			bench.Fatalf("estimate %d", n)
		}
	}
}

func BenchmarkKeyMiss(bench *testing.B) {
	s, _ := benchStore(bench)
	v, err := s.View()
	if err != nil {
		bench.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	l, rng := v.Ledger(1), rand.New(rand.NewPCG(5, 5))
	for bench.Loop() {
		if _, ok, err := l.Key(fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64())); ok || err != nil {
			bench.Fatal(ok, err)
		}
	}
}

func BenchmarkViewOfOneLedger(bench *testing.B) {
	s, _ := benchStore(bench)
	for bench.Loop() {
		v, err := s.View()
		if err != nil {
			bench.Fatal(err)
		}
		v.Ledger(1)
		_ = v.Close()
	}
}

// BenchmarkCheck checks 100,000 events, first without and then with an aggregate,
// of 10,000, and an id, one in five of which is of a second version.
func BenchmarkCheck(bench *testing.B) {
	for _, members := range []bool{false, true} {
		bench.Run(fmt.Sprintf("members=%v", members), func(bench *testing.B) {
			s, w := open(bench, bench.TempDir()), newWorld(1)
			b := w.create()
			for i := range 100_000 {
				d := w.event(entityKinds[1].make(w.rng))
				if members {
					setAggregate(&d, "order", fmt.Sprint("o-", w.rng.IntN(10_000)))
					d.SetMember(record.MemberID, fmt.Appendf(nil, `"id-%d"`, i/5*4+i%5%4))
				}
				w.append(b, "", d)
			}
			flush(bench, s, w.batch())
			for bench.Loop() {
				clean(bench, s)
			}
		})
	}
}

// BenchmarkFlushFiles flushes a hundred events with a content of their own each
// into a store that has a thousand such.
func BenchmarkFlushFiles(bench *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 256 << 10} {
		bench.Run(fmt.Sprintf("%dKiB", size>>10), func(bench *testing.B) {
			s, w := open(bench, bench.TempDir()), newWorld(1)
			b := w.create()
			batch := func(n int) *store.Batch {
				for range n {
					content := make([]byte, size)
					_, _ = rand.NewChaCha8([32]byte(record.HashOf(fmt.Append(nil, w.micros)))).Read(content)
					w.append(b, "", w.withFile(content))
				}
				clear(w.files)
				b.records, b.terms = nil, newTerms()
				clear(b.files)
				return w.batch()
			}
			for range 10 {
				flush(bench, s, batch(100))
			}
			bench.SetBytes(int64(100 * size))
			for bench.Loop() {
				bench.StopTimer()
				next := batch(100)
				bench.StartTimer()
				flush(bench, s, next)
			}
		})
	}
}

// BenchmarkMillion fills a store with a million events, and reports what it takes
// to compact, open, check, stream and replace it, and its size.
func BenchmarkMillion(bench *testing.B) {
	for _, kind := range entityKinds {
		bench.Run(kind.name, func(bench *testing.B) {
			if os.Getenv("QUIPU_BENCH_MILLION") == "" {
				bench.Skip("SKIPPED: set QUIPU_BENCH_MILLION=1; it takes minutes")
			}
			for bench.Loop() {
				million(bench, kind.make)
			}
		})
	}
}

func million(bench *testing.B, entities func(*rand.Rand) []byte) {
	const events = 1_000_000
	dir := bench.TempDir()
	s, w := open(bench, dir), newWorld(1)
	stamp(bench, s, "c", "n")
	b := w.create()
	for range events / benchBatch {
		flush(bench, s, w.batchOf(b, benchBatch, entities, false))
	}
	perEvent := func(unit string) { bench.ReportMetric(float64(s.Stats().FileBytes)/events, unit) }
	perEvent("B/event")
	timed(bench, "compact-s", func() error { return s.Compact() })
	perEvent("B/event-compacted")
	shut(bench, s)
	timed(bench, "open-s", func() (err error) {
		s, err = store.Open(dir, store.Options{})
		return err
	})
	timed(bench, "check-s", func() error { clean(bench, s); return nil })
	path := filepath.Join(dir, "received")
	var mark store.Mark
	timed(bench, "stream-s", func() error {
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		m, _, in, err := s.Stream()
		if err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
		mark = m
		_, err = file.ReadFrom(in)
		return err
	})
	timed(bench, "replace-s", func() error { return s.Replace(path, mark.Index, mark.Term) })
	shut(bench, s)
}

func timed(bench *testing.B, unit string, fn func() error) {
	bench.Helper()
	began := time.Now()
	if err := fn(); err != nil {
		bench.Fatal(err)
	}
	bench.ReportMetric(time.Since(began).Seconds(), unit)
}
