package client_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// appendTogether starts an append for each item while a gate keeps two others out, and opens the gate. It gives the
// results in the order of the items.
func appendTogether(t *testing.T, n *network, ctx func(i int) context.Context, appends []quipu.Append) []client.AppendResult {
	t.Helper()
	gate := make(chan struct{})
	node := n.nodes["a"]
	n.set("a", gated(node, gate))
	c := dial(t, n, "a")
	results := make([]client.AppendResult, len(appends))
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { must[quipu.Receipt](t)(c.Append(background, "main", fact(fmt.Sprint("first ", i)))) })
		synctest.Wait()
	}
	for i, a := range appends {
		all.Go(func() { results[i].Receipt, results[i].Err = c.Append(ctx(i), "main", a) })
		synctest.Wait()
	}
	close(gate)
	all.Wait()
	return results
}

func facts(n int) []quipu.Append {
	appends := make([]quipu.Append, n)
	for i := range appends {
		appends[i] = fact(fmt.Sprint("item ", i))
	}
	return appends
}

func unending(int) context.Context { return background }

func TestAppendsThatWaitTravelTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		results := appendTogether(t, n, unending, facts(100))
		for i, result := range results {
			if result.Err != nil || result.Receipt.First == 0 {
				t.Errorf("append %d: %+v", i, result)
			}
		}
		if n.appended() != 102 {
			t.Errorf("%d events", n.appended())
		}
		if got, want := n.requests(), []string{"a POST append", "a POST append", "a POST appends"}; !slices.Equal(got, want) {
			t.Errorf("requests %q, want %q", got, want)
		}
	})
}

func TestAppendAloneIsNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		c := dial(t, n, "a")
		began := time.Now()
		for range 3 {
			must[quipu.Receipt](t)(c.Append(background, "main", fact("x")))
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v without a node that does", took)
		}
		if got, want := n.requests(), slices.Repeat([]string{"a POST append"}, 3); !slices.Equal(got, want) {
			t.Errorf("requests %q, want %q", got, want)
		}
	})
}

func TestRequestsOfManyAppendsAreBounded(t *testing.T) {
	for _, test := range []struct {
		name    string
		appends []quipu.Append
		lines   []int // in the requests after the first two
	}{
		{"by count, last in one", facts(512), []int{512}},
		{"by count, first in two", facts(513), []int{512, 1}},
		{"by bytes", []quipu.Append{heavy(600 << 10), heavy(600 << 10), fact("x")}, []int{1, 2}},
		{"one above the bound goes alone", []quipu.Append{fact("x"), heavy(2 << 20), fact("y")}, []int{1, 1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork("a")
				appendTogether(t, n, unending, test.appends)
				var lines []int
				for _, body := range n.bodies[2:] {
					lines = append(lines, strings.Count(body, "\n"))
				}
				slices.Sort(lines) // two requests may be out at once
				slices.Sort(test.lines)
				if !slices.Equal(lines, test.lines) {
					t.Errorf("lines %v, want %v", lines, test.lines)
				}
			})
		})
	}
}

// heavy is an append with much data.
func heavy(bytes int) quipu.Append {
	a := fact("heavy")
	a.Events[0].Data = strings.Repeat("x", bytes)
	return a
}

func TestOneRefusedAppendDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		n.ledger.add("item", "taken")
		appends := facts(5)
		appends[1].Events[0].Name = "unknown"
		appends[3].Conditions = []quipu.Selector{about("taken")}
		results := appendTogether(t, n, unending, appends)
		for i, kind := range []quipu.Kind{"", quipu.NotRegistered, "", quipu.Conflict, ""} {
			if quipu.KindOf(results[i].Err) != kind {
				t.Errorf("append %d: %v, want kind %q", i, results[i].Err, kind)
			}
		}
		if got := n.requests(); len(got) != 3 {
			t.Errorf("requests %q", got)
		}
	})
}

func TestAppendsOfABrokenRequestHappenOnce(t *testing.T) {
	for name, fault := range map[string]func(roundTrip) roundTrip{
		"connection broken after it took effect": breaksAfter,
		"answer cut in its third line":           func(node roundTrip) roundTrip { return cuts(node, 2) },
		"answer short by two lines":              func(node roundTrip) roundTrip { return cuts(node, 4) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				n.set("a", inTurn(n.healthy, n.healthy, fault(n.healthy), n.healthy))
				for i, result := range appendTogether(t, n, unending, facts(6)) {
					if result.Err != nil || result.Receipt.First == 0 {
						t.Errorf("append %d: %+v", i, result)
					}
				}
				if n.appended() != 8 {
					t.Errorf("%d events, want 8", n.appended())
				}
				if got := n.requests(); len(got) != 4 {
					t.Errorf("requests %q, want 4", got)
				}
			})
		})
	}
}

func TestAppendWhoseCallerLeavesIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		left, leave := context.WithCancel(background)
		leave()
		results := appendTogether(t, n, func(i int) context.Context {
			if i == 1 {
				return left
			}
			return background
		}, facts(3))
		wantKind(t, results[1].Err, quipu.Unavailable)
		if results[0].Err != nil || results[2].Err != nil {
			t.Errorf("results %+v", results)
		}
		if n.appended() != 4 {
			t.Errorf("%d events, want 4", n.appended())
		}
	})
}

func TestAppendAllGivesEachItsOutcomeInOrder(t *testing.T) {
	n := newNetwork("a")
	appends := facts(4)
	appends[1].Events[0].Data = make(chan int)
	appends[2].Events[0].Name = "unknown"
	results := must[[]client.AppendResult](t)(dial(t, n, "a").AppendAll(background, "main", appends))
	for i, kind := range []quipu.Kind{"", quipu.Invalid, quipu.NotRegistered, ""} {
		if quipu.KindOf(results[i].Err) != kind {
			t.Errorf("append %d: %v, want kind %q", i, results[i].Err, kind)
		}
	}
	if results[0].Receipt.First != 1 || results[3].Receipt.First != 2 {
		t.Errorf("results %+v", results)
	}
	if got := n.requests(); !slices.Equal(got, []string{"a POST appends"}) {
		t.Errorf("requests %q", got)
	}
	if results := must[[]client.AppendResult](t)(dial(t, n, "a").AppendAll(background, "main", nil)); len(results) != 0 {
		t.Errorf("results of nothing: %+v", results)
	}
}

func TestAppendAllSaysWhatAWholeRequestFailedOf(t *testing.T) {
	n := newNetwork("a")
	results, err := dial(t, n, "a").AppendAll(background, "missing", facts(8193))
	wantKind(t, err, quipu.NotFound)
	wantKind(t, results[8191].Err, quipu.NotFound)
	wantKind(t, results[8192].Err, quipu.Unavailable)

	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.set("a", inTurn(breaksAfter(n.healthy), answers(quipu.Unavailable)))
		results, err := dial(t, n, "a").AppendAll(background, "main", facts(8193))
		wantKind(t, err, quipu.Uncertain)
		wantKind(t, results[0].Err, quipu.Uncertain)
		wantKind(t, results[8192].Err, quipu.Unavailable)
	})

	ctx, cancel := context.WithCancel(background)
	cancel()
	results, err = dial(t, n, "a").AppendAll(ctx, "main", facts(2))
	wantKind(t, err, quipu.Unavailable)
	wantKind(t, results[1].Err, quipu.Unavailable)
}

func TestManyWritersManyFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		var turn int
		var mu sync.Mutex
		faults := []roundTrip{n.healthy, breaks, breaksAfter(n.healthy), answers(quipu.Unavailable), slow(n.healthy, time.Millisecond)}
		node := func(host int) roundTrip {
			return func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				turn++
				fault := faults[(turn*7+host)%len(faults)]
				mu.Unlock()
				return fault(r)
			}
		}
		for i, host := range []string{"a", "b", "c"} {
			n.set(host, node(i))
		}
		c := dial(t, n, "a", "b", "c")
		var all sync.WaitGroup
		for writer := range 20 {
			all.Go(func() {
				for i := range 20 {
					if _, err := c.Append(background, "main", fact(fmt.Sprint(writer, " ", i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n.appended() != 400 {
			t.Errorf("%d events, want 400", n.appended())
		}
	})
}
