package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

const appendPath = "/v1/ledgers/main/append"

// ordered is an event on an account with an id and a content.
func ordered(id, content string) string {
	return fmt.Sprintf(`{"event":"opened","entities":{"account":["a"]},"id":%q,"data":{"key":%q}}`, id, content)
}

// contest is one round of appends that are sent at the same time. body is what a
// writer sends in a round, and a writer belongs to those whose appends are the
// same: of them one is accepted and the others are answered with its receipt.
type contest struct {
	name string
	body func(round, writer int) string
	camp func(writer int) int
}

// TestIDIsAppendedOnceWhoeverSendsIt ensures that of many who append the same ids
// at once, through different nodes, those with the same content all get the
// receipt of one event each, and all others a mismatch.
func TestIDIsAppendedOnceWhoeverSendsIt(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	const rounds, writers = 6, 8
	for _, k := range []contest{
		{"the same event", func(round, _ int) string {
			return ordered(fmt.Sprint("same-", round), "x")
		}, func(int) int { return 0 }},
		{"the same events", func(round, _ int) string {
			return fmt.Sprintf(`{"events":[%s,%s]}`, ordered(fmt.Sprint("both-", round), "x"), ordered(fmt.Sprint("together-", round), "x"))
		}, func(int) int { return 0 }},
		{"the same event with all that a receipt tells", func(round, _ int) string {
			return fmt.Sprintf(`{"event":"opened","id":"rich-%d","aggregate":{"type":"t","key":"k"},`+
				`"links":[{"type":"t","target":{"position":1}}],"files":[{"id":"f","data":"aGk="}]}`, round)
		}, func(int) int { return 0 }},
		{"other contents", func(round, w int) string {
			return ordered(fmt.Sprint("other-", round), fmt.Sprint("content-", w))
		}, func(w int) int { return w }},
		{"events of which one is the same", func(round, w int) string {
			return fmt.Sprintf(`{"events":[%s,%s]}`, ordered(fmt.Sprint("shared-", round), "x"), ordered(fmt.Sprint("own-", round, "-", w%2), "x"))
		}, func(w int) int { return w % 2 }},
	} {
		for round := range rounds {
			c.contend(k, round, writers)
		}
	}
	const inRound = 1 + 2 + 1 + 1 + 2 // events of the contests above
	if n := len(c.agreed()) - 2; n != rounds*inRound {
		t.Errorf("%d events, want %d", n, rounds*inRound)
	}
}

// contend sends the appends of a round at the same time and wants one camp to win.
func (c *cluster) contend(k contest, round, writers int) {
	c.t.Helper()
	type result struct {
		status int
		answer string
	}
	results := make([]result, writers)
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			status, answer := ask(c.t, c.nodes[(w+round)%3], http.MethodPost, appendPath, k.body(round, w))
			results[w] = result{status, answer}
		})
	}
	writing.Wait()
	winner := slices.IndexFunc(results, func(r result) bool { return r.status == http.StatusCreated })
	if winner < 0 {
		c.t.Fatalf("%s: nobody's append was accepted: %v", k.name, results)
	}
	first := receiptOf(c.t, results[winner].answer)
	first.Replayed = true
	for w, r := range results {
		switch {
		case w == winner:
		case k.camp(w) == k.camp(winner):
			if again := receiptOf(c.t, r.answer); r.status != http.StatusOK || !reflect.DeepEqual(again, first) {
				c.t.Errorf("%s: %d %s, want %+v", k.name, r.status, r.answer, first)
			}
		default:
			if e := problemOf(r.status, r.answer); e.Kind != quipu.Mismatch || e.Pointer == "" || e.Hint == "" {
				c.t.Errorf("%s: %d %s, want a mismatch", k.name, r.status, r.answer)
			}
		}
	}
}

// TestIDIsAppendedOnceWhateverBecomesOfLeaders ensures the same for clients that
// send again what is uncertain, with idempotency keys of their own, while
// leaders hand over and die.
func TestIDIsAppendedOnceWhateverBecomesOfLeaders(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	all := dial(t, client.Config{Endpoints: c.urls(), RetryFor: 60 * time.Second})
	t.Cleanup(all.Close)
	const writers, ids = 8, 40
	var mu sync.Mutex
	receipts := map[string][]quipu.Receipt{}
	done := 0
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for k := range ids {
				a := fact(fmt.Sprint("id-", (k+w)%ids))
				id := a.IdempotencyKey
				a.Events[0].ID, a.IdempotencyKey = id, fmt.Sprint(id, "-by-", w)
				receipt, err := all.Append(context.Background(), "main", a)
				mu.Lock()
				if done++; err != nil {
					t.Errorf("append of %s: %v", id, err)
				}
				receipts[id] = append(receipts[id], receipt)
				mu.Unlock()
			}
		})
	}
	reached := func(n int) {
		within(t, 30*time.Second, fmt.Sprint(n, " appends"), func() bool {
			mu.Lock()
			defer mu.Unlock()
			return done >= n
		})
	}
	reached(writers * ids / 4)
	c.lead((c.leader() + 1) % 3)
	reached(writers * ids / 2)
	old := c.leader()
	c.kill(old)
	writing.Wait()
	c.start(old)
	ready(t, c.nodes[old])

	if n := len(c.agreed()) - 2; n != ids {
		t.Errorf("%d events of %d ids", n, ids)
	}
	for id, list := range receipts {
		for _, r := range list {
			if len(list) != writers || r.First != list[0].First || !slices.Equal(r.EventIDs, list[0].EventIDs) {
				t.Errorf("%s: %d receipts, of which one is %+v and another %+v", id, len(list), list[0], r)
			}
		}
	}
}

// TestVersionsOfAnIDAreDense ensures that of many who append the version after
// the last at once, one is accepted each time, and that no version is skipped.
func TestVersionsOfAnIDAreDense(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	const writers, each = 6, 10
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for k := range each {
				if !c.appendNextVersion(w+k, fmt.Sprintf("w%d-%d", w, k)) {
					t.Errorf("writer %d got no version for %d", w, k)
					return
				}
			}
		})
	}
	writing.Wait()

	const last = writers * each
	skips := fmt.Sprintf(`{"event":"opened","entities":{"account":["a"]},"id":"one","version":%d}`, last+2)
	status, answer := ask(t, c.nodes[c.leader()], http.MethodPost, appendPath, skips)
	if e := problemOf(status, answer); e.Kind != quipu.Conflict || e.Pointer != "/version" || e.Hint != fmt.Sprint("the next version is ", last+1) {
		t.Errorf("a version that skips one: %d %s", status, answer)
	}
	contents := map[string]bool{}
	for _, e := range c.agreed() {
		contents[e.Data.Key] = true
	}
	if len(contents) != last+1 { // the ledger's own events have none
		t.Errorf("%d contents, want %d", len(contents), last)
	}
	for i := range c.nodes {
		version := uint64(0)
		for event, err := range c.client(i).Versions(context.Background(), "main", "one") {
			version++
			before := quipu.Link{Type: quipu.LinkVersion, Target: quipu.Target{ID: "one", Version: version - 1}}
			if err != nil || event.Version != version || version > 1 && (len(event.Links) != 1 || !reflect.DeepEqual(event.Links[0], before)) {
				t.Fatalf("node %d has %+v as version %d, %v", i, event, version, err)
			}
		}
		if version != last {
			t.Errorf("node %d has %d versions, want %d", i, version, last)
		}
	}
}

// appendNextVersion appends a content as the next version of the id "one", as often as
// others are faster. It reads what one node has, and appends through the next one.
func (c *cluster) appendNextVersion(through int, content string) bool {
	for range 500 {
		status, answer := ask(c.t, c.nodes[through%3], http.MethodGet, "/v1/ledgers/main/events/by-id/one?consistency=local", "")
		var event quipu.Event
		if err := json.Unmarshal([]byte(answer), &event); status != http.StatusNotFound && err != nil {
			c.t.Errorf("%d %s", status, answer)
			return false
		}
		status, answer = ask(c.t, c.nodes[(through+1)%3], http.MethodPost, appendPath, fmt.Sprintf(
			`{"event":"opened","entities":{"account":["a"]},"id":"one","version":%d,"data":{"key":%q}}`, event.Version+1, content))
		if status == http.StatusCreated {
			return true
		}
		if e := problemOf(status, answer); e.Kind != quipu.Mismatch {
			c.t.Errorf("version %d: %d %s", event.Version+1, status, answer)
			return false
		}
	}
	return false
}
