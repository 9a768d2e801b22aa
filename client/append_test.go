package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

func TestAppendIsAppliedOnceWhateverFails(t *testing.T) {
	for _, test := range []struct {
		name     string
		faults   func(n *network) roundTrip
		attempts int
		replayed bool
	}{
		{"nothing", func(n *network) roundTrip { return n.healthy }, 1, false},
		{"refused before it took effect", func(n *network) roundTrip { return inTurn(answers(quipu.Unavailable), n.healthy) }, 2, false},
		{"connection broken before", func(n *network) roundTrip { return inTurn(breaks, n.healthy) }, 2, false},
		{"connection broken after", func(n *network) roundTrip { return inTurn(breaksAfter(n.healthy), n.healthy) }, 2, true},
		{"answer cut", func(n *network) roundTrip { return inTurn(cuts(n.healthy, 0), n.healthy) }, 2, true},
		{"reported uncertain", func(n *network) roundTrip {
			return inTurn(func(r *http.Request) (*http.Response, error) {
				_, _ = n.healthy(r)
				return answers(quipu.Uncertain)(r)
			}, n.healthy)
		}, 2, true},
		{"silent node", func(n *network) roundTrip { return inTurn(silent, n.healthy) }, 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork("a")
				n.set("a", test.faults(n))
				receipt := must[quipu.Receipt](t)(dial(t, n, "a").Append(background, "main", fact("x")))
				if n.appended() != 1 || receipt.First != 1 || receipt.Replayed != test.replayed {
					t.Errorf("%d events, receipt %+v", n.appended(), receipt)
				}
				if got := n.requests(); len(got) != test.attempts {
					t.Errorf("requests %q, want %d", got, test.attempts)
				}
				for _, body := range n.bodies[1:] {
					if body != n.bodies[0] {
						t.Errorf("sent again as %s, first as %s", body, n.bodies[0])
					}
				}
			})
		})
	}
}

func TestAppendReturnsRefusalsAtOnce(t *testing.T) {
	for _, kind := range quipu.Kinds {
		if kind == quipu.Unavailable || kind == quipu.Uncertain {
			continue
		}
		n := newNetwork()
		n.set("a", answers(kind))
		_, err := dial(t, n, "a").Append(background, "main", fact("x"))
		if e := wantKind(t, err, kind); e.Op != "append to main" {
			t.Errorf("op %q", e.Op)
		}
		if got := n.requests(); len(got) != 1 {
			t.Errorf("%s: requests %q, want one", kind, got)
		}
	}
}

func TestAppendBringsTheClashOfAConflict(t *testing.T) {
	n := newNetwork("a")
	n.ledger.add("item", "x", "y", "x")
	a := fact("x")
	after := about("x")
	after.After = quipu.AfterPosition(1)
	a.Conditions = []quipu.Selector{about("z"), after}
	_, err := dial(t, n, "a").Append(background, "main", a)
	if !errors.Is(err, quipu.Conflict) {
		t.Fatalf("error %v", err)
	}
	clash := wantKind(t, err, quipu.Conflict).Clash
	if clash == nil || clash.Condition != 1 || clash.Head != 3 || len(clash.Events) != 1 || clash.Events[0].Position != 3 {
		t.Errorf("clash %+v", clash)
	}
}

func TestAppendGivesUpWithWhatIsKnown(t *testing.T) {
	for _, test := range []struct {
		name string
		node func(n *network) roundTrip
		want quipu.Kind
	}{
		{"never sent", func(*network) roundTrip { return refuseConnection }, quipu.Unavailable},
		{"always refused", func(*network) roundTrip { return answers(quipu.Unavailable) }, quipu.Unavailable},
		{"always broken", func(*network) roundTrip { return breaks }, quipu.Uncertain},
		{"broken once, then refused", func(n *network) roundTrip {
			return inTurn(breaksAfter(n.healthy), answers(quipu.Unavailable))
		}, quipu.Uncertain},
		{"broken once, then not let in", func(n *network) roundTrip {
			return inTurn(breaksAfter(n.healthy), answers(quipu.Forbidden))
		}, quipu.Uncertain},
		{"broken once, then decided", func(*network) roundTrip { return inTurn(breaks, answers(quipu.Conflict)) }, quipu.Conflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				n.set("a", test.node(n))
				began := time.Now()
				_, err := dial(t, n, "a").Append(background, "main", fact("x"))
				wantKind(t, err, test.want)
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestAppendKeysAreTheCallersOrInOrderOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		c := dial(t, n, "a")
		own := fact("x")
		own.IdempotencyKey = "mine"
		for _, a := range []quipu.Append{own, fact("x"), fact("y"), fact("z")} {
			must[quipu.Receipt](t)(c.Append(background, "main", a))
			time.Sleep(300 * time.Nanosecond) // on the fake clock
		}
		var keys []string
		for _, body := range n.bodies {
			var sent request
			if err := json.Unmarshal([]byte(body), &sent); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, sent.Key)
		}
		if keys[0] != "mine" {
			t.Errorf("the caller's key was sent as %q", keys[0])
		}
		uuid7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		for _, key := range keys[1:] {
			if !uuid7.MatchString(key) {
				t.Errorf("key %q", key)
			}
		}
		if !slices.IsSorted(keys[1:]) {
			t.Errorf("keys not in order: %q", keys[1:])
		}
	})
}

func TestAppendRefusesWhatJSONWouldChange(t *testing.T) {
	n := newNetwork("a")
	c := dial(t, n, "a")
	bad := "\xff"
	withID := event("x")
	withID.ID = bad
	for _, a := range []quipu.Append{
		fact(bad),
		{Events: []quipu.NewEvent{{Name: bad}}},
		{Events: []quipu.NewEvent{{Name: "happened", Entities: map[string][]string{bad: {"x"}}}}},
		{Events: []quipu.NewEvent{withID}},
		{Events: []quipu.NewEvent{event("x")}, IdempotencyKey: bad},
		{Events: []quipu.NewEvent{event("x")}, Conditions: []quipu.Selector{about(bad)}},
		{Events: []quipu.NewEvent{event("x")}, Conditions: []quipu.Selector{{Events: quipu.Names(bad)}}},
		{Events: []quipu.NewEvent{{Name: "happened", Data: make(chan int)}}},
	} {
		_, err := c.Append(background, "main", a)
		wantKind(t, err, quipu.Invalid)
	}
	_, err := c.Append(background, "", fact("x"))
	wantKind(t, err, quipu.Invalid)
	if got := n.requests(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
}

func TestAppendSaysWhetherItWasSentWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.set("a", silent)
		c := dial(t, n, "a")
		ctx, cancel := context.WithCancel(background)
		errs := make([]error, 5)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = c.Append(ctx, "main", fact(fmt.Sprint(i))) })
			synctest.Wait() // until it is out, or waits for those that are
		}
		cancel()
		all.Wait()
		kinds := map[quipu.Kind]int{}
		for _, err := range errs {
			kinds[quipu.KindOf(err)]++
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v does not name its cause", err)
			}
		}
		if kinds[quipu.Uncertain] != 2 || kinds[quipu.Unavailable] != 3 {
			t.Errorf("kinds %v; two were out, three waited", kinds)
		}
		_, err := c.Append(ctx, "main", fact("late"))
		wantKind(t, err, quipu.Unavailable)
		synctest.Wait()
		if got := n.requests(); len(got) != 2 {
			t.Errorf("requests %q: what nobody waits for was sent", got)
		}
	})
}

func TestAppendOutlivesAFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		for _, host := range []string{"a", "b"} {
			n.set(host, answers(quipu.Unavailable))
		}
		time.AfterFunc(4*time.Second, func() { n.set("b", n.healthy) })
		began := time.Now()
		must[quipu.Receipt](t)(dial(t, n, "a", "b", "c").Append(background, "main", fact("x")))
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %v", took)
		}
		if got := len(n.requests()); got > 50 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestCloseEndsAppendsThatAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.set("a", silent)
		c := dial(t, n, "a")
		var err error
		var all sync.WaitGroup
		all.Go(func() { _, err = c.Append(background, "main", fact("x")) })
		synctest.Wait()
		c.Close()
		all.Wait()
		wantKind(t, err, quipu.Uncertain)
	})
}

func TestNegativeRetryForMeansOneAttempt(t *testing.T) {
	n := newNetwork()
	n.set("a", answers(quipu.Unavailable))
	c := open(t, n, client.Config{Endpoints: []string{"a"}, FixedEndpoints: true, RetryFor: -1})
	_, err := c.Append(background, "main", fact("x"))
	wantKind(t, err, quipu.Unavailable)
	if got := n.requests(); len(got) != 1 {
		t.Errorf("requests %q", got)
	}
}
