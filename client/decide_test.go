package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// count is a decision that appends one event, and notes how many it was made on.
func count(seen *[]int, before func(call int)) func([]quipu.Event) ([]quipu.NewEvent, error) {
	return func(events []quipu.Event) ([]quipu.NewEvent, error) {
		*seen = append(*seen, len(events))
		before(len(*seen))
		return []quipu.NewEvent{event("x")}, nil
	}
}

func nothing(int) {}

func TestDecideAppendsGuardedByWhatItRead(t *testing.T) {
	n := newNetwork("a")
	n.ledger.add("item", "x", "y", "x")
	var seen []int
	receipt := must[quipu.Receipt](t)(dial(t, n, "a").Decide(background, "main", about("x"), count(&seen, nothing)))
	if receipt.First != 4 || !slices.Equal(seen, []int{2}) {
		t.Errorf("receipt %+v, decided on %v", receipt, seen)
	}
	if got, want := n.bodies[1], `"conditions":[{"entities":{"item":["x"]},"after":3}]`; !strings.Contains(got, want) {
		t.Errorf("appended %s, want %s", got, want)
	}
}

func TestDecideFoldsInTheEventsOfAConflict(t *testing.T) {
	for _, test := range []struct {
		name     string
		clashMax int
		requests []string
	}{
		{"all of them", 100, []string{"a POST select", "a POST append", "a POST append"}},
		{"the first of them", 1, []string{"a POST select", "a POST append", "a POST select", "a POST append"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := newNetwork("a")
			n.ledger.clashMax = test.clashMax
			n.ledger.add("item", "x")
			var seen []int
			receipt := must[quipu.Receipt](t)(dial(t, n, "a").Decide(background, "main", about("x"), count(&seen, func(call int) {
				if call == 1 {
					n.ledger.add("item", "x", "y", "x")
				}
			})))
			if receipt.First != 5 || !slices.Equal(seen, []int{1, 3}) {
				t.Errorf("receipt %+v, decided on %v", receipt, seen)
			}
			if got := n.requests(); !slices.Equal(got, test.requests) {
				t.Errorf("requests %q, want %q", got, test.requests)
			}
		})
	}
}

func TestDecideHasAKeyForEachDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.set("a", inTurn(n.healthy, breaks, n.healthy, breaksAfter(n.healthy), n.healthy))
		var seen []int
		must[quipu.Receipt](t)(dial(t, n, "a").Decide(background, "main", about("x"), count(&seen, func(call int) {
			if call == 1 {
				n.ledger.add("item", "x")
			}
		})))
		if got, want := n.requests(), append([]string{"a POST select"}, slices.Repeat([]string{"a POST append"}, 4)...); !slices.Equal(got, want) {
			t.Fatalf("requests %q, want %q", got, want)
		}
		var keys []string
		for _, body := range n.bodies[1:] {
			var sent request
			if err := json.Unmarshal([]byte(body), &sent); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, sent.Key)
		}
		if keys[0] != keys[1] || keys[1] == keys[2] || keys[2] != keys[3] {
			t.Errorf("keys %q", keys)
		}
		if n.appended() != 2 || !slices.Equal(seen, []int{0, 1}) {
			t.Errorf("%d events, decided on %v", n.appended(), seen)
		}
	})
}

// stale makes a node whose local reads see nothing yet.
func stale(n *network) roundTrip {
	empty := newNetwork("a")
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("consistency") == "local" {
			return empty.healthy(r)
		}
		return n.healthy(r)
	}
}

func TestDecideNotToAppendIsMadeOnAllEvents(t *testing.T) {
	errNone := errors.New("there is none")
	for _, test := range []struct {
		name   string
		stored int
		refuse error
		appends,
		calls int
	}{
		{"nothing to do, after all something", 1, nil, 1, 2},
		{"refusal, after all none", 1, errNone, 1, 2},
		{"nothing to do indeed", 0, nil, 0, 1},
		{"refusal indeed", 0, errNone, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := newNetwork()
			n.set("a", stale(n))
			n.ledger.add("item", slices.Repeat([]string{"x"}, test.stored)...)
			calls := 0
			receipt, err := dial(t, n, "a").Decide(background, "main", about("x"), func(events []quipu.Event) ([]quipu.NewEvent, error) {
				calls++
				if len(events) == 0 {
					return nil, test.refuse
				}
				return []quipu.NewEvent{event("x")}, nil
			})
			if test.appends == 0 && err != test.refuse { //nolint:errorlint // the very error
				t.Errorf("error %v, want %v", err, test.refuse)
			}
			if appended := n.appended() - test.stored; appended != test.appends || calls != test.calls || (receipt.First > 0) != (appended > 0) {
				t.Errorf("%d events appended in %d calls, receipt %+v, error %v", appended, calls, receipt, err)
			}
		})
	}
}

func TestDecideIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		c := open(t, n, client.Config{Endpoints: []string{"a"}, FixedEndpoints: true, DecisionsMax: 5})
		var seen []int
		_, err := c.Decide(background, "main", about("x"), count(&seen, func(int) { n.ledger.add("item", "x") }))
		wantKind(t, err, quipu.Conflict)
		if !slices.Equal(seen, []int{0, 1, 2, 3, 4}) {
			t.Errorf("decided on %v", seen)
		}
	})
}

func TestDecideHonoursItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		var seen []int
		_, err := dial(t, n, "a").Decide(ctx, "main", about("x"), count(&seen, func(call int) {
			n.ledger.add("item", "x")
			if call == 3 {
				cancel()
			}
		}))
		if !errors.Is(err, context.Canceled) || len(seen) != 3 {
			t.Errorf("error %v after %d decisions", err, len(seen))
		}
	})
}

func TestDecideRefusesASelectorThatCannotGuard(t *testing.T) {
	n := newNetwork("a")
	for _, change := range []func(*quipu.Selector){
		func(s *quipu.Selector) { s.Limit = 1 },
		func(s *quipu.Selector) { s.Until = 1 },
		func(s *quipu.Selector) { s.Reverse = true },
	} {
		s := about("x")
		change(&s)
		var seen []int
		_, err := dial(t, n, "a").Decide(background, "main", s, count(&seen, nothing))
		wantKind(t, err, quipu.Invalid)
	}
	if got := n.requests(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
}
