package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/store"
)

func position(p quipu.Position) []byte { return binary.BigEndian.AppendUint64(nil, uint64(p)) }

func deleteEvent(slot ledger.Slot, p quipu.Position) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return inner(tx, slot, "events").Delete(position(p)) }
}

func putIn(slot ledger.Slot, bucket, key, value string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return inner(tx, slot, bucket).Put([]byte(key), []byte(value)) }
}

// changeValue lets fn change a copy of a value.
func changeValue(slot ledger.Slot, bucket, key string, fn func([]byte) []byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b := inner(tx, slot, bucket)
		return b.Put([]byte(key), fn(bytes.Clone(b.Get([]byte(key)))))
	}
}

func changeEvent(slot ledger.Slot, p quipu.Position, fn func(*record.Record)) func(*bbolt.Tx) error {
	return changeValue(slot, "events", string(position(p)), func(value []byte) []byte {
		r, err := record.DecodeValue(p, value)
		if err != nil {
			panic(err)
		}
		fn(&r)
		return record.AppendValue(nil, &r)
	})
}

func changeState(slot ledger.Slot, fn func(*ledger.State)) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b, key := tx.Bucket([]byte("ledgers")), binary.BigEndian.AppendUint32(nil, uint32(slot))
		state, err := ledger.DecodeState(b.Get(key))
		if err != nil {
			return err
		}
		fn(state)
		return b.Put(key, state.Append(nil))
	}
}

func TestCheckFindsPlantedDamage(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	clean(t, s)
	b := w.books[1]
	orders := b.terms[selector.ByEntity]["order\x00o-1"]
	chunkKey := "order\x00o-1\x01" + string(position(orders[0]))
	producers := b.terms[selector.ByMember][record.ProducerTerm("app-1")]
	producerKey := record.ProducerTerm("app-1") + "\x01" + string(position(producers[0]))
	hash := b.someFile()
	named := b.naming(hash)
	shut(t, s)

	cases := map[string]struct {
		damage func(*bbolt.Tx) error
		want   store.Finding // Problem is a part of the problem
		only   bool          // nothing else is found
	}{
		"wrong id":        {changeEvent(1, 7, func(r *record.Record) { r.ID[9]++ }), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 7, Problem: "the id is"}, true},
		"time goes back":  {changeEvent(1, 7, func(r *record.Record) { r.ID[2]-- }), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 7, Problem: "is not after"}, false},
		"wrong ledger id": {changeState(1, func(s *ledger.State) { s.ID += 4 }), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 1, Problem: "the ledger's state says"}, false},
		"changed data": {changeEvent(1, 2, func(r *record.Record) {
			r.Data = []byte(`{"entities":["order","patrol"],"event":"placed"}`)
		}), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 2, Problem: "the id is"}, false},
		"not canonical":             {changeEvent(1, 7, func(r *record.Record) { r.Meta = []byte(`{ }`) }), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 7, Problem: "meta is not canonical"}, false},
		"no entities":               {changeEvent(1, 2, func(r *record.Record) { r.Entities = nil }), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 2, Problem: "entities is not canonical"}, false},
		"missing event":             {deleteEvent(1, 7), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 8, Problem: "7, is missing"}, false},
		"missing head":              {deleteEvent(1, b.state.Head), store.Finding{Ledger: "ledger-1", Bucket: "ledgers", Position: b.state.Head, Problem: "the last event is"}, false},
		"a key that is no position": {putIn(1, "events", "xyz", ""), store.Finding{Ledger: "ledger-1", Bucket: "events", Problem: "is not a position"}, false},
		"wrong registry":            {changeState(1, func(s *ledger.State) { s.Registry = ledger.Registry{} }), store.Finding{Ledger: "ledger-1", Bucket: "ledgers", Position: b.state.Head, Problem: "registry"}, true},
		"wrong head id":             {changeState(1, func(s *ledger.State) { s.HeadID[15]++ }), store.Finding{Ledger: "ledger-1", Bucket: "ledgers", Position: b.state.Head, Problem: "the state's head has the id"}, true},
		"same name twice":           {changeState(1, func(s *ledger.State) { s.Name = "ledger-2" }), store.Finding{Bucket: "ledgers", Problem: "both have the name"}, true},
		"missing posting":           {changeValue(1, "entities", chunkKey, func(v []byte) []byte { return v[:len(v)-1] }), store.Finding{Ledger: "ledger-1", Bucket: "entities", Position: orders[len(orders)-1], Problem: `"order\x00o-1" lack this event`}, true},
		"extra posting":             {putIn(1, "names", "ghost\x01"+string(position(3)), "\x00"), store.Finding{Ledger: "ledger-1", Bucket: "names", Position: 3, Problem: `"ghost"`}, true},
		"posting beyond":            {putIn(1, "names", "paid\x01"+string(position(1<<40)), "\x00"), store.Finding{Ledger: "ledger-1", Bucket: "names", Position: 1 << 40, Problem: "cannot be read"}, false},
		"wrong count":               {changeValue(1, "entities", chunkKey, func(v []byte) []byte { v[0] = 9; return v }), store.Finding{Ledger: "ledger-1", Bucket: "entities", Position: orders[0], Problem: "counts 9 earlier"}, true},
		"overlap":                   {putIn(1, "entities", "order\x00o-1\x01"+string(position(orders[1])), "\x05"), store.Finding{Ledger: "ledger-1", Bucket: "entities", Position: orders[1], Problem: "not in order"}, false},
		"no chunk":                  {putIn(1, "entities", "x", "\x05"), store.Finding{Ledger: "ledger-1", Bucket: "entities", Problem: "not that of a chunk"}, true},
		"unreadable":                {changeValue(1, "entities", chunkKey, func(v []byte) []byte { return append(v, 0) }), store.Finding{Ledger: "ledger-1", Bucket: "entities", Position: orders[0], Problem: "cannot be read"}, false},
		"no index":                  {func(tx *bbolt.Tx) error { return tx.Bucket([]byte("s\x00\x00\x00\x01")).DeleteBucket([]byte("names")) }, store.Finding{Ledger: "ledger-1", Bucket: "names", Position: 1, Problem: "lack this event"}, false},
		"wrong digest":              {changeValue(1, "keys", "key-3", func(v []byte) []byte { v[5]++; return v }), store.Finding{Ledger: "ledger-1", Bucket: "keys", Position: b.keys["key-3"].First, Problem: `key "key-3": the digest`}, true},
		"key beyond":                {putIn(1, "keys", "key-3", strings.Repeat("x", 32)+"\xff\xff\x7f\x00"), store.Finding{Ledger: "ledger-1", Bucket: "keys", Position: 1<<21 - 1, Problem: "the head is"}, true},
		"unreadable key":            {putIn(1, "keys", "key-3", "x"), store.Finding{Ledger: "ledger-1", Bucket: "keys", Problem: "cannot be read"}, true},
		"wrong settings":            {changeState(1, func(s *ledger.State) { s.Settings.ID = quipu.UUID4 }), store.Finding{Ledger: "ledger-1", Bucket: "ledgers", Position: b.state.Head, Problem: "settings"}, true},
		"missing member posting":    {changeValue(1, "members", producerKey, func(v []byte) []byte { return v[:len(v)-1] }), store.Finding{Ledger: "ledger-1", Bucket: "members", Position: producers[len(producers)-1], Problem: `"papp-1" lack this event`}, true},
		"extra member posting":      {putIn(1, "members", "pghost\x01"+string(position(3)), "\x00"), store.Finding{Ledger: "ledger-1", Bucket: "members", Position: 3, Problem: `"pghost"`}, true},
		"unreadable member":         {changeEvent(1, 2, func(r *record.Record) { r.Rest = []byte(`{"links":[1]}`) }), store.Finding{Ledger: "ledger-1", Bucket: "events", Position: 2, Problem: "what the bucket members should have"}, false},
		"unreadable files":          {changeEvent(1, 2, func(r *record.Record) { r.Rest = []byte(`{"files":[{"id":"f"}]}`) }), store.Finding{Ledger: "ledger-1", Bucket: "files", Position: 2, Problem: "hashes of this event's files cannot be read"}, false},
		"changed content":           {putIn(1, "files", string(hash[:]), "other"), store.Finding{Ledger: "ledger-1", Bucket: "files", Problem: "the content of " + hash.String() + " has the hash"}, true},
		"missing content":           {func(tx *bbolt.Tx) error { return inner(tx, 1, "files").Delete(hash[:]) }, store.Finding{Ledger: "ledger-1", Bucket: "files", Position: named, Problem: "the content of " + hash.String() + ", of a file of this event, is missing"}, false},
		"no contents":               {func(tx *bbolt.Tx) error { return tx.Bucket([]byte("s\x00\x00\x00\x01")).DeleteBucket([]byte("files")) }, store.Finding{Ledger: "ledger-1", Bucket: "files", Position: named, Problem: "is missing"}, false},
		"a key that is no hash":     {putIn(1, "files", "xyz", ""), store.Finding{Ledger: "ledger-1", Bucket: "files", Problem: "is not a hash"}, true},
		"stray bucket": {func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("s\x00\x00\x00\x09"))
			return err
		}, store.Finding{Problem: "belongs to no ledger"}, true},
		"unreadable state": {func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("ledgers")).Put([]byte("\x00\x00\x00\x02"), []byte("x"))
		}, store.Finding{Bucket: "ledgers", Problem: "cannot be read"}, false},
		"next slot":       {func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("next-slot"), []byte{2}) }, store.Finding{Bucket: "ledgers", Problem: "the next slot is 2"}, true},
		"unreadable mark": {func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("mark"), []byte{2}) }, store.Finding{Bucket: "meta", Problem: `"mark"`}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			damaged := copyDir(t, dir)
			edit(t, damaged, c.damage)
			report := checkReadOnly(t, damaged)
			found := false
			for _, f := range report.Findings {
				if f.Ledger == c.want.Ledger && f.Bucket == c.want.Bucket && f.Position == c.want.Position && strings.Contains(f.Problem, c.want.Problem) {
					found = true
				}
			}
			if !found || c.only && len(report.Findings) > 1 {
				t.Errorf("want %s, found %d:\n%v", c.want, len(report.Findings), report.Findings)
			}
		})
	}
}

func checkReadOnly(t *testing.T, dir string) store.Report {
	t.Helper()
	s, err := store.Open(dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	report, err := s.Check(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestCheckReportsProgressAndBoundsFindings(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	w.append(w.books[1], "", w.drafts(25_000)...)
	flush(t, s, w.batch())
	shut(t, s)
	edit(t, dir, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("s\x00\x00\x00\x01")).DeleteBucket([]byte("names"))
	})
	s, err := store.Open(dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	var calls []uint64
	report, err := s.Check(context.Background(), func(name string, done, total uint64) {
		if name == "ledger-1" {
			calls = append(calls, done)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Ledgers != 2 || report.Events != uint64(w.books[1].state.Head+w.books[2].state.Head) || report.Stamp.NodeID != "node-1" || report.Mark.Index != w.mark.Index {
		t.Errorf("report %+v", report)
	}
	if len(calls) != 3 || calls[2] != uint64(w.books[1].state.Head) {
		t.Errorf("progress at %v", calls)
	}
	if len(report.Findings) != 100 || report.More != uint64(w.books[1].state.Head)-100 {
		t.Errorf("%d findings and %d more", len(report.Findings), report.More)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Check(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a check whose context has ended: %v", err)
	}
}

// Whatever bit flips, opening for a check refuses the file or the check comes to
// an end; the process is never lost. A flip in an event or in a content is always found.
func TestCheckSurvivesFlippedBits(t *testing.T) {
	dir := t.TempDir()
	s, w := fill(t, dir)
	shut(t, s)
	whole, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	used := int(usedBytes(t, dir))
	whole = whole[:used]
	flipped := t.TempDir()
	rng := rand.New(rand.NewPCG(3, 3))
	event := w.books[1].records[20]
	inEvent := bytes.Index(whole, record.AppendValue(nil, &event))
	content := w.books[1].files[w.books[1].someFile()]
	inContent := bytes.Index(whole, content)
	if inEvent < 0 || inContent < 0 || len(content) == 0 {
		t.Fatalf("event at %d, content of %d bytes at %d", inEvent, len(content), inContent)
	}
	surely := map[int]int{1: inEvent + 40, 2: inContent + len(content)/2}
	refused, found := 0, 0
	for i := range 400 {
		at := rng.IntN(used)
		if i%10 == 0 { // headers are where the harm is done
			at = at/4096*4096 + rng.IntN(200)
		}
		if one, ok := surely[i]; ok {
			at = one
		}
		changed := bytes.Clone(whole)
		changed[at] ^= 1 << rng.IntN(8)
		if err := os.WriteFile(filepath.Join(flipped, store.FileName), changed, 0o600); err != nil {
			t.Fatal(err)
		}
		n, err := tryCheck(flipped)
		if err != nil {
			refused++
		} else if n > 0 {
			found++
		}
		if surely[i] != 0 && err == nil && n == 0 {
			t.Errorf("flip %d, in event %d or a content, is not found", i, event.Position)
		}
	}
	t.Logf("of 400 flips %d were refused, %d found", refused, found)
}

func usedBytes(t *testing.T, dir string) int64 {
	s := open(t, dir)
	defer shut(t, s)
	return s.Stats().FileBytes
}

func tryCheck(dir string) (findings int, err error) {
	s, err := store.Open(dir, store.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }()
	report, err := s.Check(context.Background(), nil)
	return len(report.Findings), err
}

func TestFindingSaysItsPlaceFirst(t *testing.T) {
	cases := map[string]store.Finding{
		"ledger main, bucket events, event 7: odd": {Ledger: "main", Bucket: "events", Position: 7, Problem: "odd"},
		"bucket meta: odd":                         {Bucket: "meta", Problem: "odd"},
		"odd":                                      {Problem: "odd"},
	}
	for want, f := range cases {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
