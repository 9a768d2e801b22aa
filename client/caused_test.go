package client_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

var (
	article = quipu.Correlation{Service: "article-store", Name: "article", Identifier: "10627"}
	run     = quipu.Correlation{Service: "article-store", Name: "article-run", Identifier: "2018-03-08/1"}
)

// caused applies the option to an append without sending it.
func caused(t *testing.T, by quipu.Event, a quipu.Append) (quipu.Append, error) {
	t.Helper()
	err := client.Caused(by)(&a)
	return a, err
}

func TestCausedPassesCorrelationsOn(t *testing.T) {
	own := quipu.Correlation{Service: "search", Name: "indexing", Identifier: "18b2"}
	for name, test := range map[string]struct {
		by   quipu.Event
		own  []quipu.Correlation
		want []quipu.Correlation
	}{
		"nothing":      {quipu.Event{}, nil, nil},
		"only its own": {quipu.Event{}, []quipu.Correlation{own}, []quipu.Correlation{own}},
		"the upstream ones in front": {
			quipu.Event{Correlations: []quipu.Correlation{article, run}}, []quipu.Correlation{own}, []quipu.Correlation{article, run, own},
		},
		"each once, where it comes first": {
			quipu.Event{Correlations: []quipu.Correlation{article, run}}, []quipu.Correlation{own, run, own}, []quipu.Correlation{article, run, own},
		},
		"the aggregate behind the correlations": {
			quipu.Event{Correlations: []quipu.Correlation{article}, Aggregate: &quipu.Aggregate{Type: "article-store/article-run", Key: "2018-03-08/1", Version: 3}},
			nil, []quipu.Correlation{article, run},
		},
		"an aggregate that is a correlation already": {
			quipu.Event{Correlations: []quipu.Correlation{run, article}, Aggregate: &quipu.Aggregate{Type: "article-store/article-run", Key: "2018-03-08/1"}},
			nil, []quipu.Correlation{run, article},
		},
		"an aggregate of no service": {
			quipu.Event{Aggregate: &quipu.Aggregate{Type: "order", Key: "o-17"}},
			nil, []quipu.Correlation{{Name: "order", Identifier: "o-17"}},
		},
		"an aggregate with escapes in its type": {
			quipu.Event{Aggregate: &quipu.Aggregate{Type: "a~1b/c~0d", Key: "k"}},
			nil, []quipu.Correlation{{Service: "a/b", Name: "c~d", Identifier: "k"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			event := quipu.NewEvent{Name: "happened", Correlations: test.own}
			a, err := caused(t, test.by, quipu.Append{Events: []quipu.NewEvent{event, event}})
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range a.Events {
				if !reflect.DeepEqual(e.Correlations, test.want) {
					t.Errorf("event %d has %+v, want %+v", i, e.Correlations, test.want)
				}
			}
		})
	}
}

// What Caused makes of an aggregate is found where the aggregate itself is, if its type is one that EntityType gives. Of
// any other the type is taken as a name, so that the correlation is another entity.
func TestCausedCorrelatesWithTheAggregatesEntity(t *testing.T) {
	for _, aggregateType := range []string{"order", "a/b", "a~1b/c~0d", "a/b/c", "/a", "a/", "a~2", "~"} {
		a, err := caused(t, quipu.Event{Aggregate: &quipu.Aggregate{Type: aggregateType, Key: "k"}}, fact("x"))
		if err != nil {
			t.Fatal(err)
		}
		entityType, key := a.Events[0].Correlations[0].Entity()
		_, _, plain := quipu.SplitEntityType(aggregateType)
		if key != "k" || (entityType == aggregateType) != plain {
			t.Errorf("%q is correlated as %q", aggregateType, entityType)
		}
	}
}

func TestCausedNamesTheCause(t *testing.T) {
	id := quipu.NewEventID(1, 2, 4)
	type actor struct {
		Actor string `json:"actor"`
	}
	for name, test := range map[string]struct {
		meta any
		want string
	}{
		"no meta":                 {nil, `{"causation":"` + id.String() + `"}`},
		"an object":               {actor{"<r2>"}, `{"actor":"<r2>","causation":"` + id.String() + `"}`},
		"numbers as they are":     {json.RawMessage(`{"n":12345678901234567890.10}`), `{"causation":"` + id.String() + `","n":12345678901234567890.10}`},
		"a cause of the caller's": {map[string]string{"causation": "mine"}, `{"causation":"mine"}`},
		"no cause, said so":       {json.RawMessage(`{"causation":null}`), `{"causation":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := caused(t, quipu.Event{EventID: id}, quipu.Append{Events: []quipu.NewEvent{{Name: "happened", Meta: test.meta}}})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(a.Events[0].Meta); err != nil || string(got) != asMarshalled(test.want) {
				t.Errorf("meta %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

// asMarshalled writes "<" as json.Marshal does.
func asMarshalled(text string) string {
	escaped, _ := json.Marshal(json.RawMessage(text))
	return string(escaped)
}

func TestCausedRefusesMetaThatIsNoObject(t *testing.T) {
	for _, meta := range []any{1, "text", []int{}, json.RawMessage("null"), json.RawMessage("{"), math.Inf(1)} {
		_, err := caused(t, quipu.Event{}, quipu.Append{Events: []quipu.NewEvent{{Name: "happened", Meta: meta}}})
		wantKind(t, err, quipu.Invalid)
	}
}

func TestCausedLeavesTheCallersEventsAlone(t *testing.T) {
	list := make([]quipu.Correlation, 1, 4)
	list[0] = article
	meta := map[string]string{"actor": "r2"}
	events := []quipu.NewEvent{{Name: "happened", Correlations: list, Meta: meta}}
	by := quipu.Event{Correlations: list[:1:4], Aggregate: &quipu.Aggregate{Type: "order", Key: "o-17"}}
	if _, err := caused(t, by, quipu.Append{Events: events}); err != nil {
		t.Fatal(err)
	}
	if len(events[0].Correlations) != 1 || len(meta) != 1 || list[:2][1] != (quipu.Correlation{}) {
		t.Errorf("events %+v, list %+v", events, list[:2])
	}
}

// TestStoryIsFoundOverServices appends a chain of three events as three services would, and finds it by what the first of
// them was about.
func TestStoryIsFoundOverServices(t *testing.T) {
	c := start(t)
	if err := c.Register(background, "main", quipu.Registration{Event: "happened", Entities: []string{"item"}}); err != nil {
		t.Fatal(err)
	}
	first := quipu.NewEvent{Name: "happened", Correlations: []quipu.Correlation{article},
		Aggregate: &quipu.NewAggregate{Type: "article-store/article-run", Key: "2018-03-08/1"}}
	receipt := must[quipu.Receipt](t)(c.Append(background, "main", quipu.Append{Events: []quipu.NewEvent{first}}))
	for range 2 {
		by := must[quipu.Event](t)(c.Event(background, "main", quipu.Place{Position: receipt.Last}))
		receipt = must[quipu.Receipt](t)(c.Append(background, "main", fact("x"), client.Caused(by)))
	}
	var story []quipu.Event
	for _, thing := range []quipu.Correlation{article, run} {
		story = nil
		entityType, key := thing.Entity()
		for e, err := range c.Select(background, "main", quipu.Selector{Entities: map[string][]string{entityType: {key}}}) {
			if err != nil {
				t.Fatal(err)
			}
			story = append(story, e)
		}
		if len(story) != 3 {
			t.Fatalf("%d events about %+v", len(story), thing)
		}
	}
	for i, e := range story[1:] {
		var meta struct{ Causation quipu.EventID }
		if err := json.Unmarshal(e.Meta, &meta); err != nil || meta.Causation != story[i].EventID {
			t.Errorf("event %d was caused by %v, %v; want %v", e.Position, meta.Causation, err, story[i].EventID)
		}
		if !reflect.DeepEqual(e.Correlations, []quipu.Correlation{article, run}) {
			t.Errorf("event %d has %+v", e.Position, e.Correlations)
		}
	}
}

func TestAppendIsNotSentIfAnOptionRefuses(t *testing.T) {
	n := newNetwork("a")
	errNo := errors.New("no")
	_, err := dial(t, n, "a").Append(background, "main", fact("x"), func(*quipu.Append) error { return errNo })
	if err != errNo || len(n.requests()) != 0 { //nolint:errorlint // the very error
		t.Errorf("error %v, requests %q", err, n.requests())
	}
}
