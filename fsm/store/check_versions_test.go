package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// versioned is an event with a version of its aggregate, or of its id.
func versioned(member string, version uint64) record.Draft {
	d := record.Draft{Name: []byte("placed"), Entities: []byte("{}")}
	if member == record.MemberAggregate {
		setAggregate(&d, "order", "o-1")
		d.SetAggregateVersion(version)
		return d
	}
	d.SetMember(record.MemberID, []byte(`"mine"`))
	if version != 1 {
		d.SetMember(record.MemberVersion, fmt.Append(nil, version))
	}
	return d
}

// A history in which each id follows from what is before it may still count wrongly.
func TestCheckFollowsVersions(t *testing.T) {
	cases := map[string]struct {
		member   string
		versions []uint64
		at       quipu.Position // of the finding; the first version is in event 3
		want     string
	}{
		"aggregate":                    {record.MemberAggregate, []uint64{1, 2, 3}, 0, ""},
		"aggregate, many in an append": {record.MemberAggregate, []uint64{1, 1, 2, 3, 3, 3}, 0, ""},
		"aggregate without":            {record.MemberAggregate, []uint64{0}, 3, "version 0 of its aggregate, which begins here"},
		"aggregate from 2":             {record.MemberAggregate, []uint64{2, 2, 3}, 3, "version 2 of its aggregate, which begins here"},
		"aggregate with a gap":         {record.MemberAggregate, []uint64{1, 2, 4, 5}, 5, "version 4 of its aggregate, after version 2 in event 4"},
		"aggregate back":               {record.MemberAggregate, []uint64{1, 2, 1}, 5, "version 1 of its aggregate, after version 2 in event 4"},
		"aggregate lost":               {record.MemberAggregate, []uint64{1, 0, 1}, 4, "version 0 of its aggregate, after version 1 in event 3"},
		"id":                           {record.MemberID, []uint64{1, 2, 3}, 0, ""},
		"id twice":                     {record.MemberID, []uint64{1, 1, 2}, 4, "version 1 of its id, after version 1 in event 3"},
		"id from 2":                    {record.MemberID, []uint64{2, 3}, 3, "version 2 of its id, which begins here"},
		"id with a gap":                {record.MemberID, []uint64{1, 3}, 4, "version 3 of its id, after version 1 in event 3"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, w := open(t, dir), newWorld(1)
			b := w.create()
			for _, version := range c.versions {
				w.take(b, versioned(c.member, version))
			}
			other := versioned(c.member, 1) // another one's versions are its own
			setAggregate(&other, "order", "o-2")
			other.SetAggregateVersion(1)
			other.SetMember(record.MemberID, []byte(`"yours"`))
			w.take(b, other)
			flush(t, s, w.batch())
			shut(t, s)
			want := []store.Finding{{Ledger: "ledger-1", Bucket: "events", Position: c.at, Problem: c.want}}[:min(len(c.want), 1)]
			found := checkReadOnly(t, dir).Findings
			if len(found) != len(want) {
				t.Fatalf("found %v, want %v", found, want)
			}
			for i, f := range found {
				if f.Bucket != want[i].Bucket || f.Ledger != want[i].Ledger || f.Position != want[i].Position || !strings.Contains(f.Problem, want[i].Problem) {
					t.Errorf("found %s, want %s", f, want[i])
				}
			}
		})
	}
}

// What cannot be read is reported once, and not as a gap in the versions behind it.
func TestCheckGoesOnBehindAnUnreadableVersion(t *testing.T) {
	dir := t.TempDir()
	s, w := open(t, dir), newWorld(1)
	b := w.create()
	for version := range uint64(5) {
		w.take(b, versioned(record.MemberAggregate, version+1))
	}
	flush(t, s, w.batch())
	shut(t, s)
	edit(t, dir, putIn(1, "events", string(position(5)), "short"))
	for _, f := range checkReadOnly(t, dir).Findings {
		if strings.Contains(f.Problem, "version") {
			t.Errorf("found %s", f)
		}
	}
}

// A key stands for events as they were sent, without what the ledger gave them.
func TestCheckTakesDigestsOfEventsAsTheyWereSent(t *testing.T) {
	dir := t.TempDir()
	s, w := open(t, dir), newWorld(1)
	b := w.create()
	sent := record.Draft{Name: []byte("placed"), Entities: []byte("{}"), Rest: []byte(`{"aggregate":{"key":"o-1","type":"order"}}`)}
	digest := record.DigestOf([]record.Draft{sent})
	for range 3 {
		filled := sent
		filled.Filled = record.FilledID | record.FilledSchema
		w.append(b, fmt.Sprint("key-", b.state.Head), filled)
	}
	if k := b.keys["key-2"]; k.Digest != digest || b.records[2].Member(record.MemberID) == nil {
		t.Fatalf("key %v of %s, sent as %s", k, b.records[2].Rest, sent.Rest)
	}
	flush(t, s, w.batch())
	clean(t, s)
	shut(t, s)
	edit(t, dir, changeEvent(1, 4, func(r *record.Record) { r.Filled = record.FilledSchema })) // the id as if it had been sent
	found := checkReadOnly(t, dir).Findings
	if len(found) != 1 || found[0].Bucket != "keys" || found[0].Position != 4 || !strings.Contains(found[0].Problem, `key "key-3": the digest`) {
		t.Errorf("found %v", found)
	}
}
