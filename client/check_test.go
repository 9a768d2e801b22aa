package client_test

import (
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
)

const broken = "a\xffb" // encoding/json would send another text

// TestTextsThatAreNotUTF8AreNeverSent ensures that a text is refused rather than changed, wherever it stands.
func TestTextsThatAreNotUTF8AreNeverSent(t *testing.T) {
	event := func(change func(*quipu.NewEvent)) quipu.Append {
		e := event("x")
		change(&e)
		return quipu.Append{Events: []quipu.NewEvent{event2(), e}}
	}
	for pointer, a := range map[string]quipu.Append{
		"/idempotencyKey":                     {IdempotencyKey: broken},
		"/aggregate/key":                      {Aggregate: &quipu.NewAggregate{Type: "t", Key: broken}},
		"/conditions/0/entities/t/1":          {Conditions: []quipu.Selector{{Entities: map[string][]string{"t": {"a", broken}}}}},
		"/conditions/0/events/a~1b":           {Conditions: []quipu.Selector{{Events: map[string]quipu.Query{"a/b": {Path: broken}}}}},
		"/conditions/0/aggregate/type":        {Conditions: []quipu.Selector{{Aggregate: &quipu.Aggregate{Type: broken}}}},
		"/conditions/0/links/0/target/id":     {Conditions: []quipu.Selector{{Links: []quipu.LinkFilter{{Target: &quipu.Target{ID: broken}}}}}},
		"/events/1/event":                     event(func(e *quipu.NewEvent) { e.Name = broken }),
		"/events/1/entities/a\ufffdb":         event(func(e *quipu.NewEvent) { e.Entities = map[string][]string{broken: {"k"}} }),
		"/events/1/id":                        event(func(e *quipu.NewEvent) { e.ID = broken }),
		"/events/1/producer":                  event(func(e *quipu.NewEvent) { e.Producer = broken }),
		"/events/1/schema":                    event(func(e *quipu.NewEvent) { e.Schema = broken }),
		"/events/1/happenedAt":                event(func(e *quipu.NewEvent) { e.HappenedAt = broken }),
		"/events/1/encryptedData":             event(func(e *quipu.NewEvent) { e.EncryptedData = broken }),
		"/events/1/aggregate/type":            event(func(e *quipu.NewEvent) { e.Aggregate = &quipu.NewAggregate{Type: broken} }),
		"/events/1/links/0/type":              event(func(e *quipu.NewEvent) { e.Links = []quipu.Link{{Type: broken}} }),
		"/events/1/files/0/filename":          event(func(e *quipu.NewEvent) { e.Files = []quipu.File{{ID: "f", Filename: broken}} }),
		"/events/1/correlations/0/identifier": event(func(e *quipu.NewEvent) { e.Correlations = []quipu.Correlation{{Identifier: broken}} }),
	} {
		n := newNetwork("a")
		_, err := dial(t, n, "a").Append(background, "main", a)
		if e := wantKind(t, err, quipu.Invalid); e.Pointer != pointer || len(n.requests()) != 0 {
			t.Errorf("%s: error %v, requests %q", pointer, err, n.requests())
		}
	}
}

func event2() quipu.NewEvent { return event("y") }

func TestSelectorsWithTextsThatAreNotUTF8AreNeverSent(t *testing.T) {
	n := newNetwork("a")
	for pointer, s := range map[string]quipu.Selector{
		"/id/0":                   {IDs: []string{broken}},
		"/producer/1":             {Producers: []string{"p", broken}},
		"/correlations/0/service": {Correlations: []quipu.Correlation{{Service: broken}}},
		"/meta":                   {Meta: &quipu.Query{Path: broken}},
	} {
		_, err := positions(dial(t, n, "a"), s)
		if e := wantKind(t, err, quipu.Invalid); e.Pointer != pointer {
			t.Errorf("%s: error %v", pointer, err)
		}
	}
	if got := n.requests(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
}

func TestTextsOfOtherAlphabetsAreSent(t *testing.T) {
	n := newNetwork("a")
	s := about("Žofie", "\ufffd", "日本")
	s.From, s.To = time.Unix(0, 0), time.Now()
	if _, err := positions(dial(t, n, "a"), s); err != nil {
		t.Error(err)
	}
}
