package node_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// within polls until a condition holds.
func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v still not: %s", limit, what)
		}
	}
}

// attempt is one append of the workload and what was said of it at the end.
type attempt struct {
	key     string
	receipt quipu.Receipt
	err     error // of the only attempt, if it was certainly not applied
}

// workload appends through every node, one attempt at a time, and notes what it
// was told. What is uncertain is sent again with its key until it is settled;
// what is refused is not, so that it must be absent.
type workload struct {
	c       *cluster
	clients map[string]*client.Client // by URL; guarded by mu

	mu        sync.Mutex
	settled   []attempt // guarded by mu
	uncertain int       // answers of that kind; guarded by mu

	stop    context.CancelFunc
	writers sync.WaitGroup
}

// startWorkload starts writers; finish ends them.
func startWorkload(c *cluster, writers int) *workload {
	ctx, stop := context.WithCancel(context.Background())
	w := &workload{c: c, clients: map[string]*client.Client{}, stop: stop}
	for i := range writers {
		w.writers.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				w.one(i, fmt.Sprintf("w%d-%d", i, k))
			}
		})
	}
	c.t.Cleanup(func() {
		w.finish()
		for _, one := range w.clients {
			one.Close()
		}
	})
	return w
}

// finish waits until nothing is open any more.
func (w *workload) finish() {
	w.stop()
	w.writers.Wait()
}

func (w *workload) acknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.settled {
		if a.err == nil {
			n++
		}
	}
	return n
}

// more waits until so many further appends were acknowledged.
func (w *workload) more(n int) {
	w.c.t.Helper()
	want := w.acknowledged() + n
	within(w.c.t, 30*time.Second, fmt.Sprint(n, " more appends"), func() bool { return w.acknowledged() >= want })
}

// one settles the append of a key and notes how it ended.
func (w *workload) one(turn int, key string) {
	receipt, err := w.settle(turn, fact(key))
	if err != nil && quipu.KindOf(err) != quipu.Unavailable {
		w.c.t.Errorf("append %s: %v", key, err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settled = append(w.settled, attempt{key: key, receipt: receipt, err: err})
}

// settle makes attempts at one append, each through another node, until it is
// known what became of it. An error says that it was certainly not applied,
// unless it is Uncertain: then time has run out.
func (w *workload) settle(turn int, a quipu.Append) (quipu.Receipt, error) {
	open := false // an attempt may have been applied
	deadline := time.Now().Add(40 * time.Second)
	for {
		turn++
		receipt, err := w.send(turn%len(w.c.dirs), a)
		switch kind := quipu.KindOf(err); {
		case kind == quipu.Uncertain:
			open = true
			w.mu.Lock()
			w.uncertain++
			w.mu.Unlock()
		case kind != quipu.Unavailable || !open:
			return receipt, err
		}
		if time.Now().After(deadline) {
			return receipt, quipu.Errorf(quipu.Uncertain, "not settled in time").Because(err)
		}
	}
}

// fact is the append of a key: one event on one account.
func fact(key string) quipu.Append {
	return quipu.Append{IdempotencyKey: key, Events: []quipu.NewEvent{{
		Name: "opened", Entities: map[string][]string{"account": {key}}, Data: map[string]string{"key": key},
	}}}
}

// send makes one attempt through a node, or the next one that runs.
func (w *workload) send(i int, a quipu.Append) (quipu.Receipt, error) {
	n := w.c.node(i)
	for ; n == nil; n = w.c.node(i % len(w.c.dirs)) {
		<-time.After(time.Millisecond) // all may be down
		i++
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return w.client("http://"+n.APIAddr()).Append(ctx, "main", a)
}

func (w *workload) client(url string) *client.Client {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.clients[url]
	if one == nil {
		one = dial(w.c.t, client.Config{Endpoints: []string{url}, FixedEndpoints: true, RetryFor: -1})
		w.clients[url] = one
	}
	return one
}

func dial(t *testing.T, cfg client.Config) *client.Client {
	t.Helper()
	one, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// verify holds the checks of a scenario against every node, all of which run:
// each acknowledged append is there exactly once, where it was acknowledged;
// what was refused is not there; the nodes agree, and positions are dense; a
// repeated key gives the first receipt.
func (w *workload) verify() {
	t := w.c.t
	t.Helper()
	events := w.c.agreed()
	byKey := map[string][]stored{}
	for _, e := range events {
		if e.Event == "opened" {
			byKey[e.Data.Key] = append(byKey[e.Data.Key], e)
		}
	}
	refused := 0
	for _, a := range w.settled {
		there := byKey[a.key]
		switch {
		case a.err != nil:
			refused++
			if len(there) != 0 {
				t.Errorf("%s was refused as %v and is there: %+v", a.key, a.err, there)
			}
		case len(there) != 1:
			t.Errorf("%s was acknowledged at %d and is there %d times: %+v", a.key, a.receipt.First, len(there), there)
		case there[0].Position != a.receipt.First || there[0].EventID != a.receipt.EventIDs[0]:
			t.Errorf("%s was acknowledged as %d (%s) and is %d (%s)", a.key,
				a.receipt.First, a.receipt.EventIDs[0], there[0].Position, there[0].EventID)
		}
		delete(byKey, a.key)
	}
	for key, there := range byKey {
		t.Errorf("%s was never settled and is there: %+v", key, there)
	}
	w.verifyKeys()
	t.Logf("%d acknowledged, %d refused, %d uncertain answers", len(w.settled)-refused, refused, w.uncertain)
}

// verifyKeys repeats some of the acknowledged appends.
func (w *workload) verifyKeys() {
	w.c.t.Helper()
	for n, a := range w.settled {
		if a.err != nil || n%(1+len(w.settled)/20) != 0 {
			continue
		}
		again, err := w.send(n%len(w.c.dirs), fact(a.key))
		if err != nil || again.First != a.receipt.First || !slices.Equal(again.EventIDs, a.receipt.EventIDs) || !again.Replayed {
			w.c.t.Errorf("%s, sent again, gives %+v, %v; first %+v", a.key, again, err, a.receipt)
		}
	}
}

// stored is an event of an export.
type stored struct {
	Position quipu.Position `json:"position"`
	EventID  quipu.EventID  `json:"eventId"`
	Event    string         `json:"event"`
	Data     struct {
		Key string `json:"key"`
	} `json:"data"`
}

// agreed gives the events of the ledger main that every running node has, after
// checking that they all have the same, at positions without gaps.
func (c *cluster) agreed() (events []stored) {
	c.t.Helper()
	return c.agreedOn("main")
}

func (c *cluster) agreedOn(ledger string) (events []stored) {
	c.t.Helper()
	want, by := "", -1
	for i, n := range c.nodes {
		if n == nil {
			continue
		}
		got := c.exportOf(i, ledger)
		if by < 0 {
			want, by = got, i
		} else if got != want {
			c.t.Errorf("node %d holds\n%s\nnode %d\n%s", i, clip(got), by, clip(want))
		}
	}
	for _, line := range strings.Split(want, "\n") {
		var e stored
		if json.Unmarshal([]byte(line), &e) != nil || e.EventID.IsZero() {
			continue // the status, and the end line
		}
		events = append(events, e)
		if e.Position != quipu.Position(len(events)) {
			c.t.Fatalf("position %d is event number %d of the export", e.Position, len(events))
		}
	}
	if !slices.IsSortedFunc(events, func(a, b stored) int { return cmp.Compare(a.EventID.Micros(), b.EventID.Micros()) }) {
		c.t.Error("the times of the events go back")
	}
	return events
}

func clip(text string) string { return text[:min(len(text), 2000)] }

// whole checks a node's ledger file, with everything in it.
func (c *cluster) whole(i int) {
	c.t.Helper()
	report, err := c.nodes[i].Check(context.Background())
	if err != nil || len(report.Findings) > 0 {
		c.t.Errorf("check of node %d: %v, %v", i, report.Findings, err)
	}
}
