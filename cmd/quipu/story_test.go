package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

// told is a story in short: an event's position behind a ">" for each cause above it.
func told(s *story) string {
	var words []string
	s.tell(func(i, depth int, _ console.Branch) {
		words = append(words, strings.Repeat(">", depth)+fmt.Sprint(s.events[i].Position))
	})
	return strings.Join(words, " ")
}

func TestStoryHangsEventsBelowTheirCauses(t *testing.T) {
	eventID := func(p int) string { return quipu.NewEventID(int64(p), 0, 4).String() }
	caused := func(by string) string { return `{"causation":"` + by + `"}` }
	for name, test := range map[string]struct {
		metas []string // of the events at positions 1, 2, …
		ids   map[int]string
		want  string
	}{
		"nothing":                           {nil, nil, ""},
		"no causes":                         {[]string{`{}`, `{"actor":"r2"}`}, nil, "1 2"},
		"a chain":                           {[]string{`{}`, caused(eventID(1)), caused(eventID(2))}, nil, "1 >2 >>3"},
		"siblings in the ledger's order":    {[]string{`{}`, caused(eventID(1)), caused(eventID(2)), caused(eventID(1))}, nil, "1 >2 >>3 >4"},
		"a cause that is not in the story":  {[]string{caused(eventID(99)), `{}`}, nil, "1 2"},
		"an author's own id":                {[]string{`{}`, caused("mine")}, map[int]string{1: "mine"}, "1 >2"},
		"the first of several versions":     {[]string{`{}`, `{}`, caused("mine")}, map[int]string{1: "mine", 2: "mine"}, "1 >3 2"},
		"an event id before an author's id": {[]string{`{}`, `{}`, caused(eventID(2))}, map[int]string{1: eventID(2)}, "1 2 >3"},
		"a cause that was recorded later":   {[]string{caused(eventID(3)), `{}`, `{}`}, nil, "2 3 >1"},
		"itself":                            {[]string{caused(eventID(1))}, nil, "1"},
		"a circle":                          {[]string{caused(eventID(3)), caused(eventID(1)), caused(eventID(2))}, nil, "3 >1 >>2"},
		"causes that are no texts":          {[]string{`{"causation":7}`, `{"causation":null}`, `{"causation":["x"]}`, `{"causation":""}`}, nil, "1 2 3 4"},
	} {
		t.Run(name, func(t *testing.T) {
			var events []quipu.Event
			for i, meta := range test.metas {
				p := i + 1
				events = append(events, quipu.Event{
					Position: quipu.Position(p), EventID: quipu.NewEventID(int64(p), 0, 4), ID: test.ids[p], Meta: json.RawMessage(meta),
				})
			}
			if got := told(newStory(events)); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestLongChainIsTold(t *testing.T) {
	events := make([]quipu.Event, storyEventsMax)
	for i := range events {
		events[i] = quipu.Event{EventID: quipu.NewEventID(int64(i+1), 0, 4), Meta: json.RawMessage(`{"causation":"` + quipu.NewEventID(int64(i), 0, 4).String() + `"}`)}
	}
	deepest, widest := 0, 0
	newStory(events).tell(func(_, depth int, lead console.Branch) {
		deepest, widest = max(deepest, depth), max(widest, len(lead.String()))
	})
	if deepest != storyEventsMax-1 || widest > 200 {
		t.Errorf("depth %d, a lead of %d bytes", deepest, widest)
	}
}

func TestOffsetsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "+0s", 1204 * time.Millisecond: "+1.204s", -2 * time.Second: "-2s", 26 * time.Hour: "+26h0m0s",
		48 * time.Hour: "+2d0h", -76351*time.Hour - 53*time.Minute: "-3181d7h", 1500 * time.Nanosecond: "+2µs",
	} {
		if got := describeOffset(d); got != want {
			t.Errorf("%d is %q, want %q", d, got, want)
		}
	}
}
