package client_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
)

// call is what a decision was made on.
type call struct {
	version uint64
	events  int
}

// decideOrder decides to append one event to the order o, and notes what that was decided on.
func decideOrder(c *client.Client, calls *[]call, before func(call int)) (quipu.Receipt, error) {
	return c.DecideAggregate(background, "main", "shop/order", "o", func(version uint64, events []quipu.Event) ([]quipu.NewEvent, error) {
		*calls = append(*calls, call{version, len(events)})
		before(len(*calls))
		return []quipu.NewEvent{{Name: "happened"}}, nil
	})
}

func TestDecideAggregateExpectsTheVersionThatItRead(t *testing.T) {
	c := startWith(t)
	for version := range uint64(3) {
		var calls []call
		receipt := must[quipu.Receipt](t)(decideOrder(c, &calls, nothing))
		if !slices.Equal(calls, []call{{version, int(version)}}) || receipt.Aggregates[0].Version != version+1 {
			t.Errorf("decided on %+v, receipt %+v", calls, receipt)
		}
	}
}

func TestDecideAggregateFoldsInTheChangesOfAConflict(t *testing.T) {
	for _, test := range []struct {
		name    string
		between []int // events of each change that comes in between
		want    call
	}{
		{"one", []int{2}, call{2, 3}},
		{"several", []int{2, 1, 3}, call{4, 7}},
		{"more than a conflict brings", []int{50, 49, 4}, call{4, 104}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := startWith(t)
			change(t, c, "o", nil, 1)
			var calls []call
			receipt := must[quipu.Receipt](t)(decideOrder(c, &calls, func(call int) {
				if call == 1 {
					change(t, c, "other", nil, 1)
					for _, events := range test.between {
						change(t, c, "o", nil, events)
					}
				}
			}))
			if !slices.Equal(calls, []call{{1, 1}, test.want}) || receipt.Aggregates[0].Version != test.want.version+1 {
				t.Errorf("decided on %+v, receipt %+v", calls, receipt)
			}
		})
	}
}

func TestDecideAggregateIsBounded(t *testing.T) {
	server := apitest.Start(apitest.NewBackend())
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Endpoints: []string{server.URL}, FixedEndpoints: true, DecisionsMax: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Register(background, "main", quipu.Registration{Event: "happened", Entities: []string{"item"}}); err != nil {
		t.Fatal(err)
	}
	var calls []call
	_, err = decideOrder(c, &calls, func(int) { change(t, c, "o", nil, 1) })
	if clash := wantKind(t, err, quipu.Conflict).Clash; clash == nil || clash.Condition != -1 || len(calls) != 2 {
		t.Errorf("clash %+v after %+v", clash, calls)
	}
}

// TestDecideAggregateIsNotMisledByANodeThatIsBehind has the first read find nothing, as on a node that lags.
func TestDecideAggregateIsNotMisledByANodeThatIsBehind(t *testing.T) {
	errNone := errors.New("there is none")
	for _, test := range []struct {
		name   string
		refuse error
	}{
		{"append", nil},
		{"refusal, after all none", errNone},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := apitest.Start(apitest.NewBackend())
			t.Cleanup(server.Close)
			behind := roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Query().Get("consistency") == "local" {
					return answers(quipu.NotFound)(r)
				}
				return http.DefaultTransport.RoundTrip(r)
			})
			c, err := client.New(client.Config{Endpoints: []string{server.URL}, FixedEndpoints: true, HTTPClient: &http.Client{Transport: behind}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			if err := c.Register(background, "main", quipu.Registration{Event: "happened", Entities: []string{"item"}}); err != nil {
				t.Fatal(err)
			}
			change(t, c, "o", nil, 1)
			var calls []call
			_, err = c.DecideAggregate(background, "main", "shop/order", "o", func(version uint64, events []quipu.Event) ([]quipu.NewEvent, error) {
				calls = append(calls, call{version, len(events)})
				if version == 0 && test.refuse != nil {
					return nil, test.refuse
				}
				return []quipu.NewEvent{{Name: "happened"}}, nil
			})
			if err != nil || !slices.Equal(calls, []call{{0, 0}, {1, 1}}) {
				t.Errorf("decided on %+v, %v", calls, err)
			}
		})
	}
}

func TestDecideAggregateReturnsWhatTheFunctionReturns(t *testing.T) {
	c := startWith(t)
	errNo := errors.New("no")
	for _, result := range []error{nil, errNo} {
		receipt, err := c.DecideAggregate(background, "main", "shop/order", "o", func(uint64, []quipu.Event) ([]quipu.NewEvent, error) {
			return nil, result
		})
		if err != result || receipt.First != 0 { //nolint:errorlint // the very error
			t.Errorf("receipt %+v, error %v, want %v", receipt, err, result)
		}
	}
	_, err := c.DecideAggregate(background, "none", "shop/order", "o", func(uint64, []quipu.Event) ([]quipu.NewEvent, error) { return nil, nil })
	wantKind(t, err, quipu.NotFound)
}

// TestDecideLearnsFromAVersionThatItsEventsExpect has a decision on a selector whose events expect a version as well: the
// conflict of that brings the changes of an aggregate, and not what the selector matches.
func TestDecideLearnsFromAVersionThatItsEventsExpect(t *testing.T) {
	orders := quipu.Selector{Entities: map[string][]string{"shop/order": {"o"}}}
	decide := func(c *client.Client, s quipu.Selector, calls *int) (quipu.Receipt, error) {
		return c.Decide(background, "main", s, func(events []quipu.Event) ([]quipu.NewEvent, error) {
			if *calls++; *calls == 1 {
				change(t, c, "o", nil, 2)
			}
			version := uint64(0)
			for _, e := range events {
				version = e.Aggregate.Version
			}
			return []quipu.NewEvent{{Name: "happened", Aggregate: &quipu.NewAggregate{Type: "shop/order", Key: "o", ExpectedVersion: &version}}}, nil
		})
	}
	c, calls := startWith(t), 0
	if receipt := must[quipu.Receipt](t)(decide(c, orders, &calls)); calls != 2 || receipt.Aggregates[0].Version != 2 {
		t.Errorf("receipt %+v after %d calls", receipt, calls)
	}
	c, calls = startWith(t), 0
	_, err := decide(c, about("x"), &calls) // which can never learn of it
	if wantKind(t, err, quipu.Conflict); calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

func TestDecideRefusesRangesOfTime(t *testing.T) {
	n := newNetwork("a")
	for _, change := range []func(*quipu.Selector){
		func(s *quipu.Selector) { s.From = quipu.EventID{1}.Time() },
		func(s *quipu.Selector) { s.To = quipu.EventID{1}.Time() },
		func(s *quipu.Selector) { s.HappenedFrom = quipu.EventID{1}.Time() },
		func(s *quipu.Selector) { s.HappenedTo = quipu.EventID{1}.Time() },
	} {
		s := about("x")
		change(&s)
		var seen []int
		_, err := dial(t, n, "a").Decide(background, "main", s, count(&seen, nothing))
		if e := wantKind(t, err, quipu.Invalid); !strings.Contains(e.Detail, "ranges of time") || len(seen) > 0 {
			t.Errorf("error %v after %v", err, seen)
		}
	}
	if got := n.requests(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
}
