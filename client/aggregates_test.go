package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// startWith makes a client of a node in memory where "happened" may be appended to main.
func startWith(t *testing.T) *client.Client {
	t.Helper()
	c := start(t)
	if err := c.Register(background, "main", quipu.Registration{Event: "happened", Entities: []string{"item"}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// change appends one change of an order.
func change(t *testing.T, c *client.Client, key string, expected *uint64, events int) quipu.Receipt {
	t.Helper()
	return must[quipu.Receipt](t)(c.Append(background, "main", quipu.Append{
		Events:    slices.Repeat([]quipu.NewEvent{{Name: "happened"}}, events),
		Aggregate: &quipu.NewAggregate{Type: "shop/order", Key: key, ExpectedVersion: expected},
	}))
}

func TestAggregateAgainstANode(t *testing.T) {
	c := startWith(t)
	_, err := c.Aggregate(background, "main", "shop/order", "o/17", 0, 0)
	wantKind(t, err, quipu.NotFound)
	_, err = c.AggregateVersion(background, "main", "shop/order", "o/17")
	if e := wantKind(t, err, quipu.NotFound); e.Detail == "" || e.RequestID == "" {
		t.Errorf("the refusal has no words: %+v", e)
	}
	for version := range 5 {
		receipt := change(t, c, "o/17", quipu.Expect(uint64(version)), version+1)
		if want := []quipu.Aggregate{{Type: "shop/order", Key: "o/17", Version: uint64(version + 1)}}; !slices.Equal(receipt.Aggregates, want) {
			t.Errorf("receipt %+v, want %+v", receipt.Aggregates, want)
		}
	}
	if version := must[uint64](t)(c.AggregateVersion(background, "main", "shop/order", "o/17")); version != 5 {
		t.Errorf("version %d", version)
	}
	page := must[wire.AggregatePage](t)(c.Aggregate(background, "main", "shop/order", "o/17", 1, 2))
	if page.Aggregate.Version != 5 || !page.HasMore || len(page.Changes) != 2 || page.Changes[0].Version != 2 || len(page.Changes[1].Events) != 3 {
		t.Errorf("page %+v", page)
	}
	for _, change := range page.Changes {
		if at := change.Events[len(change.Events)-1].Timestamp; !change.Timestamp.Equal(at) {
			t.Errorf("change %d is of %v, its last event of %v", change.Version, change.Timestamp, at)
		}
	}
}

func TestVersionThatIsNotExpectedIsAConflict(t *testing.T) {
	c := startWith(t)
	change(t, c, "o", nil, 1)
	change(t, c, "o", nil, 2)
	for _, a := range []quipu.Append{
		{Events: []quipu.NewEvent{{Name: "happened"}}, Aggregate: &quipu.NewAggregate{Type: "shop/order", Key: "o", ExpectedVersion: quipu.Expect(1)}},
		{Events: []quipu.NewEvent{event("x")}, Conditions: []quipu.Selector{{Aggregate: &quipu.Aggregate{Type: "shop/order", Key: "o", Version: 1}}}},
	} {
		_, err := c.Append(background, "main", a)
		clash := wantKind(t, err, quipu.Conflict).Clash
		if clash == nil || *clash.Aggregate != (quipu.Aggregate{Type: "shop/order", Key: "o", Version: 2}) || len(clash.Events) != 2 {
			t.Fatalf("clash %+v", clash)
		}
		if want := len(a.Conditions) - 1; clash.Condition != want {
			t.Errorf("condition %d, want %d", clash.Condition, want)
		}
	}
}

func TestAllAggregatesOfATypeByTheirKeys(t *testing.T) {
	c := startWith(t)
	for _, key := range []string{"c", "a", "b", "a"} {
		change(t, c, key, nil, 1)
	}
	var found []string
	for state, err := range c.Aggregates(background, "main", "shop/order") {
		if err != nil || state.Last == 0 || state.LastChanged.IsZero() {
			t.Errorf("%+v, %v", state, err)
		}
		found = append(found, fmt.Sprint(state.Key, state.Version))
	}
	if !slices.Equal(found, []string{"a2", "b1", "c1"}) {
		t.Errorf("found %q", found)
	}
	for range c.Aggregates(background, "main", "none") {
		t.Error("there is an aggregate of no type")
	}
}

// pages makes a node that has an aggregate with so many changes, and so many aggregates, and sends a few at a time.
func pages(n *network, total, atOnce int, queries *[]url.Values) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		query := r.URL.Query()
		*queries = append(*queries, query)
		list := r.URL.Path == "/v1/ledgers/main/aggregates/t"
		from, _ := strconv.Atoi(query.Get("since") + query.Get("after"))
		to := min(total, from+atOnce)
		var changes []wire.Change
		var states []quipu.AggregateState
		for i := from + 1; i <= to; i++ {
			changes = append(changes, wire.Change{Version: uint64(i), Events: []quipu.Event{{Position: quipu.Position(10 * i), Timestamp: time.Unix(0, 0)}}})
			states = append(states, quipu.AggregateState{Aggregate: quipu.Aggregate{Type: "t", Key: fmt.Sprint(i)}, Last: quipu.Position(10 * i)})
		}
		var body []byte
		if list {
			body = wire.EncodeAggregates(states, to < total)
		} else {
			body, _ = json.Marshal(wire.AggregatePage{Changes: changes, HasMore: to < total})
		}
		return answerOf(body), nil
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	for _, test := range []struct {
		option  client.ReadOption
		queries []string
	}{
		{client.WithConsistency(quipu.Linearizable), []string{
			"consistency=linearizable", "consistency=linearizable&from=2", "consistency=linearizable&from=4"}},
		{client.WithConsistency(quipu.Local), []string{ // the next page may be another node's
			"consistency=local", "consistency=session&from=2&minPosition=20", "consistency=session&from=4&minPosition=40"}},
		{client.WithMinPosition(30), []string{
			"consistency=session&minPosition=30", "consistency=session&from=2&minPosition=30", "consistency=session&from=4&minPosition=40"}},
	} {
		for _, what := range []string{"changes", "aggregates"} {
			n := newNetwork()
			var queries []url.Values
			n.set("a", pages(n, 5, 2, &queries))
			c := dial(t, n, "a")
			count := 0
			if what == "changes" {
				for change, err := range c.Changes(background, "main", "t", "k", 0, test.option) {
					if count++; err != nil || change.Version != uint64(count) {
						t.Errorf("change %+v, %v", change, err)
					}
				}
			} else {
				for state, err := range c.Aggregates(background, "main", "t", test.option) {
					if count++; err != nil || state.Key != fmt.Sprint(count) {
						t.Errorf("state %+v, %v", state, err)
					}
				}
			}
			var got []string
			for _, query := range queries {
				for _, name := range []string{"since", "after"} {
					if query.Has(name) {
						query.Set("from", query.Get(name))
						query.Del(name)
					}
				}
				got = append(got, query.Encode())
			}
			if count != 5 || !slices.Equal(got, test.queries) {
				t.Errorf("%d %s with %q, want %q", count, what, got, test.queries)
			}
		}
	}
}

func TestPagesThatNobodyWantsAreNotAskedFor(t *testing.T) {
	n := newNetwork()
	var queries []url.Values
	n.set("a", pages(n, 5, 2, &queries))
	c := dial(t, n, "a")
	for range c.Changes(background, "main", "t", "k", 0) {
		break
	}
	for range c.Aggregates(background, "main", "t") {
		break
	}
	if len(queries) != 2 {
		t.Errorf("asked %v", queries)
	}
}

func TestPagesThatAreRefusedAreTheLastPair(t *testing.T) {
	n := newNetwork()
	n.set("a", answers(quipu.Forbidden))
	c := dial(t, n, "a")
	pairs := 0
	for change, err := range c.Changes(background, "main", "t", "k", 0) {
		if pairs++; !errors.Is(err, quipu.Forbidden) || change.Version != 0 {
			t.Errorf("%+v, %v", change, err)
		}
	}
	for state, err := range c.Aggregates(background, "main", "t") {
		if pairs++; !errors.Is(err, quipu.Forbidden) || state.Key != "" {
			t.Errorf("%+v, %v", state, err)
		}
	}
	for _, err := range c.Changes(background, "main", "t", "", 0) {
		pairs++
		wantKind(t, err, quipu.Invalid)
	}
	if pairs != 3 || len(n.requests()) != 2 {
		t.Errorf("%d pairs, requests %q", pairs, n.requests())
	}
}
