package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// positions reads a selection to its end.
func positions(c *client.Client, s quipu.Selector, options ...client.ReadOption) ([]quipu.Position, error) {
	var found []quipu.Position
	for e, err := range c.Select(background, "main", s, options...) {
		if err != nil {
			return found, err
		}
		found = append(found, e.Position)
	}
	return found, nil
}

func TestSelectContinuesAStreamThatIsCut(t *testing.T) {
	with := func(change func(*quipu.Selector)) quipu.Selector {
		s := about("x")
		change(&s)
		return s
	}
	for _, test := range []struct {
		name     string
		selector quipu.Selector
		want     []quipu.Position
		end      wire.End
	}{
		{"forward", about("x"), []quipu.Position{1, 3, 4, 6, 7}, wire.End{Position: 8, Head: 8}},
		{"after", with(func(s *quipu.Selector) { s.After = quipu.AfterPosition(1) }), []quipu.Position{3, 4, 6, 7}, wire.End{Position: 8, Head: 8}},
		{"reverse", with(func(s *quipu.Selector) { s.Reverse = true }), []quipu.Position{7, 6, 4, 3, 1}, wire.End{Position: 8, Head: 8}},
		{"limit", with(func(s *quipu.Selector) { s.Limit = 3 }), []quipu.Position{1, 3, 4}, wire.End{Position: 4, Head: 8, More: true}},
		{"reverse with limit", with(func(s *quipu.Selector) { s.Reverse, s.Limit = true, 4 }), []quipu.Position{7, 6, 4, 3}, wire.End{Position: 3, Head: 8, More: true}},
		{"nothing", about("none"), nil, wire.End{Position: 8, Head: 8}},
	} {
		for whole := range len(test.want) + 1 {
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork("b")
					n.ledger.add("item", "x", "y", "x", "x", "z", "x", "x", "y")
					n.set("a", cuts(n.healthy, whole))
					n.set("b", inTurn(cuts(n.healthy, min(whole, 1)), n.healthy))
					var end wire.End
					got, err := positions(dial(t, n, "a", "b"), test.selector, client.WithEnd(&end))
					if err != nil || !slices.Equal(got, test.want) {
						t.Errorf("positions %v, error %v, want %v; requests %q", got, err, test.want, n.requests())
					}
					if end != test.end {
						t.Errorf("end %+v, want %+v", end, test.end)
					}
				})
			})
		}
	}
}

func TestSelectWithoutItsEndIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.ledger.add("item", "x", "x", "x")
		n.set("a", func(r *http.Request) (*http.Response, error) {
			answer, err := n.healthy(r)
			body, _ := io.ReadAll(answer.Body)
			body = body[:bytes.Index(body, []byte(`{"end"`))]
			answer.Body = io.NopCloser(bytes.NewReader(body)) // ends as if nothing were wrong
			return answer, err
		})
		end := wire.End{Position: 99}
		got, err := positions(dial(t, n, "a"), about("x"), client.WithEnd(&end))
		wantKind(t, err, quipu.Unavailable)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !slices.Equal(got, []quipu.Position{1, 2, 3}) || end.Position != 99 {
			t.Errorf("error %v, positions %v, end %+v", err, got, end)
		}
	})
}

func TestSelectThatContinuesNeverFallsBehindWhatItGave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.ledger.add("item", "x", "x", "x")
		var queries []url.Values
		n.set("a", inTurn(cuts(n.healthy, 2), func(r *http.Request) (*http.Response, error) {
			queries = append(queries, r.URL.Query())
			return n.healthy(r)
		}))
		if _, err := positions(dial(t, n, "a"), about("x"), client.WithConsistency(quipu.Local)); err != nil {
			t.Fatal(err)
		}
		if len(queries) != 1 || queries[0].Encode() != "consistency=session&minPosition=2" {
			t.Errorf("continued with %v", queries)
		}
	})
}

func TestReadOptionsTravel(t *testing.T) {
	for _, test := range []struct {
		options []client.ReadOption
		want    string
	}{
		{nil, ""},
		{[]client.ReadOption{client.WithConsistency(quipu.Local)}, "consistency=local"},
		{[]client.ReadOption{client.WithMinPosition(7)}, "consistency=session&minPosition=7"},
	} {
		n := newNetwork()
		var query string
		n.set("a", func(r *http.Request) (*http.Response, error) {
			query = r.URL.RawQuery
			return n.healthy(r)
		})
		if _, err := positions(dial(t, n, "a"), about("x"), test.options...); err != nil || query != test.want {
			t.Errorf("query %q, error %v, want %q", query, err, test.want)
		}
	}
}

func TestSelectEndsItsRequestWhenTheLoopIsLeft(t *testing.T) {
	n := newNetwork()
	n.ledger.add("item", "x", "x")
	var asked context.Context
	n.set("a", func(r *http.Request) (*http.Response, error) {
		asked = r.Context()
		return n.healthy(r)
	})
	for _, err := range dial(t, n, "a").Select(background, "main", about("x")) {
		if err != nil || asked.Err() != nil {
			t.Errorf("errors %v and %v", err, asked.Err())
		}
		break
	}
	if asked.Err() == nil {
		t.Error("the request goes on")
	}
}

func TestSelectThatHasBegunMayTakeLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a")
		n.ledger.add("item", "x", "x", "x")
		count := 0
		for _, err := range dial(t, n, "a").Select(background, "main", about("x")) {
			if err != nil {
				t.Fatal(err)
			}
			count++
			time.Sleep(time.Hour) // on the fake clock: the caller is slow
		}
		if count != 3 || len(n.requests()) != 1 {
			t.Errorf("%d events, requests %q", count, n.requests())
		}
	})
}

func TestReadsAreRepeatedWhateverBroke(t *testing.T) {
	for name, fault := range map[string]roundTrip{
		"broken": breaks, "silent": silent, "refused": refuseConnection,
		"unavailable": answers(quipu.Unavailable), "uncertain": answers(quipu.Uncertain),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork("b")
				n.set("a", fault)
				c := dial(t, n, "a", "b")
				for range 4 {
					if _, err := positions(c, about("x")); err != nil {
						t.Error(err)
					}
				}
				n.set("b", fault)
				_, err := positions(c, about("x"))
				wantKind(t, err, quipu.Unavailable)
			})
		})
	}
}

func TestReadsAreSpread(t *testing.T) {
	n := newNetwork("a", "b", "c")
	c := dial(t, n, "a", "b", "c")
	for range 30 {
		if _, err := positions(c, about("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, host := range []string{"a", "b", "c"} {
		count := 0
		for _, line := range n.requests() {
			if strings.HasPrefix(line, host) {
				count++
			}
		}
		if count != 10 {
			t.Errorf("%s got %d of 30 reads", host, count)
		}
	}
}

func TestSelectHonoursItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.set("a", silent)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		began := time.Now()
		for _, err := range dial(t, n, "a").Select(ctx, "main", about("x")) {
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, quipu.Unavailable) {
				t.Errorf("error %v", err)
			}
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
