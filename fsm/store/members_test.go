package store_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// optional gives a draft some of the optional members, as an author sends them.
func (w *world) optional(d *record.Draft) {
	members := []func(*record.Draft){
		func(d *record.Draft) { setAggregate(d, "order", fmt.Sprint("o-", w.rng.IntN(20))) },
		func(d *record.Draft) { setAggregate(d, "orderly", fmt.Sprint("o-", w.rng.IntN(300))) },
		func(d *record.Draft) {
			d.SetMember(record.MemberID, fmt.Appendf(nil, `"mine-%d"`, w.rng.IntN(50)))
		},
		func(d *record.Draft) { d.Filled |= record.FilledID },
		func(d *record.Draft) { d.Filled |= record.FilledSchema },
		func(d *record.Draft) { d.SetMember(record.MemberSchema, []byte(`"2"`)) },
		func(d *record.Draft) { d.SetMember(record.MemberProducer, fmt.Appendf(nil, `"app-%d"`, w.rng.IntN(3))) },
		func(d *record.Draft) { d.SetMember(record.MemberHappenedAt, []byte(`"2020-01-01T00:00:00Z"`)) },
		func(d *record.Draft) {
			d.SetMember(record.MemberLinks, fmt.Appendf(nil, `[{"target":{"position":%d},"type":"parent"}]`, 1+w.rng.IntN(3)))
		},
		func(d *record.Draft) {
			d.SetMember(record.MemberCorrelations, fmt.Appendf(nil, `[{"identifier":"c-%d","name":"cart","service":"shop"}]`, w.rng.IntN(9)))
		},
		func(d *record.Draft) { d.SetMember(record.MemberFiles, w.inline(1+w.rng.IntN(2))) },
	}
	for w.rng.IntN(2) == 0 {
		members[w.rng.IntN(len(members))](d)
	}
	if d.Member(record.MemberID) != nil {
		d.Filled &^= record.FilledID
	}
	if d.Member(record.MemberSchema) != nil {
		d.Filled &^= record.FilledSchema
	}
}

func setAggregate(d *record.Draft, aggregateType, key string) {
	d.SetMember(record.MemberAggregate, fmt.Appendf(nil, `{"key":%q,"type":%q}`, key, aggregateType))
}

// inline are n files of the same content, one of some that are up to three pages
// long, and a reference. One of them is empty.
func (w *world) inline(n int) []byte {
	one := w.rng.Uint64N(30)
	content := make([]byte, one*one*15)
	_, _ = rand.NewChaCha8([32]byte{byte(one)}).Read(content)
	hash := w.keep(content)
	list := []byte(`[{"data":"s3://bucket/report.pdf","id":"elsewhere","isReference":true}`)
	for i := range n {
		list = fmt.Appendf(list, `,{"hash":%q,"id":"file-%d","size":%d}`, hash, i, len(content))
	}
	return append(list, ']')
}

// keep makes a content known.
func (w *world) keep(content []byte) record.Hash {
	hash := record.HashOf(content)
	w.files[hash] = content
	return hash
}

// sent writes into drafts the version of each id that is there already, which is
// for its author to do, and gives them as they were sent.
func (b *book) sent(drafts []record.Draft) []record.Draft {
	for i := range drafts {
		if id, ok := drafts[i].MemberText(record.MemberID); ok {
			term := record.IDTerm(string(id))
			if b.last[term]++; b.last[term] > 1 {
				drafts[i].SetMember(record.MemberVersion, fmt.Append(nil, b.last[term]))
			}
		}
	}
	sent := slices.Clone(drafts)
	for i := range sent {
		sent[i].Filled = 0
	}
	return sent
}

// raise gives the drafts of an append the versions of their aggregates.
func (b *book) raise(drafts []record.Draft) {
	raised := map[string]uint64{}
	for i := range drafts {
		if aggregateType, key, _, ok := drafts[i].Aggregate(); ok {
			term := record.AggregateTerm(string(aggregateType), string(key))
			raised[term] = b.last[term] + 1
			drafts[i].SetAggregateVersion(raised[term])
		}
	}
	maps.Copy(b.last, raised)
}

// complete fills in what a ledger fills in.
func (w *world) complete(d *record.Draft) {
	if d.Filled&record.FilledID != 0 {
		d.SetMember(record.MemberID, fmt.Appendf(nil, `"made-%d"`, w.micros))
	}
	if d.Filled&record.FilledSchema != 0 {
		d.SetMember(record.MemberSchema, []byte(`"1"`))
	}
}

func sameFiles(tb testing.TB, l store.Ledger, b *book) {
	tb.Helper()
	for hash, want := range b.files {
		if got, ok, err := l.File(hash); !bytes.Equal(got, want) || !ok || err != nil {
			tb.Fatalf("the content of %s: %d bytes, %v, %v, want %d", hash, len(got), ok, err, len(want))
		}
	}
	if content, ok, err := l.File(record.HashOf([]byte("no such content"))); content != nil || ok || err != nil {
		tb.Fatalf("found a content that is not there: %v", err)
	}
}

// sameTerms lists the terms of each index under several prefixes in pages.
func sameTerms(tb testing.TB, l store.Ledger, b *book, rng *rand.Rand) {
	tb.Helper()
	prefixes := []string{"", "order", "p", "no such term", record.AggregatesTerm("order"), record.AggregatesTerm("orderly"), record.IDTerm("m")}
	for _, index := range selector.Indexes {
		for _, prefix := range prefixes {
			for _, until := range []quipu.Position{l.Head(), below(rng, uint64(l.Head())+2)} {
				limit := 1 + rng.IntN(50)
				if got, want := pages(tb, l, index, prefix, until, limit), b.begin(index, prefix, until); !slices.Equal(got, want) {
					tb.Fatalf("terms %q of index %d up to %d, %d at once: %q, want %q", prefix, index, until, limit, got, want)
				}
			}
		}
	}
}

// pages reads all terms with a prefix, up to a number of them at once.
func pages(tb testing.TB, l store.Ledger, index selector.Index, prefix string, until quipu.Position, limit int) (all []string) {
	tb.Helper()
	for after := ""; ; after = strings.TrimPrefix(all[len(all)-1], prefix) {
		page, err := l.Terms(index, prefix, after, until, limit)
		if err != nil || len(page) > limit {
			tb.Fatalf("terms %q after %q: %d of at most %d, %v", prefix, after, len(page), limit, err)
		}
		if all = append(all, page...); len(page) < limit {
			return all
		}
	}
}

// begin are the terms of the model that begin with a prefix, sorted.
func (b *book) begin(index selector.Index, prefix string, until quipu.Position) (found []string) {
	for term, positions := range b.terms[index] {
		if strings.HasPrefix(term, prefix) && term != prefix && positions[0] <= until {
			found = append(found, term)
		}
	}
	slices.Sort(found)
	return found
}

// someFile is the largest content.
func (b *book) someFile() (largest record.Hash) {
	for hash, content := range b.files {
		if len(content) > len(b.files[largest]) {
			largest = hash
		}
	}
	return largest
}

// naming is the first event with a file of a content.
func (b *book) naming(hash record.Hash) quipu.Position {
	i := slices.IndexFunc(b.records, func(r record.Record) bool { return bytes.Contains(r.Rest, []byte(hash.String())) })
	return b.records[i].Position
}
