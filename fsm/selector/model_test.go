package selector_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

// What a selector means, said once more over the vocabulary of clients: no terms, no bytes, no index.

// members are an event's optional members, under the names that the ledger gives them.
type members struct {
	Aggregate    *quipu.Aggregate    `json:"aggregate,omitempty"`
	Correlations []quipu.Correlation `json:"correlations,omitempty"`
	HappenedAt   string              `json:"happenedAt,omitempty"`
	ID           string              `json:"id,omitempty"`
	Links        []quipu.Link        `json:"links,omitempty"`
	Producer     string              `json:"producer,omitempty"`
	Schema       string              `json:"schema,omitempty"`
	Version      uint64              `json:"version,omitempty"`
}

var (
	texts        = []string{"a", "b", "ü/\"~"}
	moments      = []string{"", "2021-11-16T03:30:46Z", "2021-11-16T04:30:46.5+01:00", "2021-11-16T03:30:47Z"}
	correlations = []quipu.Correlation{
		{Service: "a", Name: "b", Identifier: "a"}, {Service: "a", Name: "b", Identifier: "b"}, {Service: "a/b", Name: "~", Identifier: "a"},
	}
	targets = []quipu.Target{{Position: 1}, {ID: "a"}, {ID: "a", Version: 1}, {ID: "a", Version: 2}, {ID: "1"}, {EventID: &quipu.EventID{1}}}
)

func drawMembers(t *rapid.T) members {
	m := members{
		ID: sometimes(t, "id", texts...), Producer: sometimes(t, "producer", texts...), Schema: sometimes(t, "schema", texts...),
		HappenedAt:   rapid.SampledFrom(moments).Draw(t, "happened"),
		Correlations: rapid.SliceOfNDistinct(rapid.SampledFrom(correlations), 0, 2, rapid.ID).Draw(t, "correlations"),
	}
	if entityType := sometimes(t, "aggregate", append(types, "a/b")...); entityType != "" {
		m.Aggregate = &quipu.Aggregate{Type: entityType, Key: rapid.SampledFrom(keys).Draw(t, "key"), Version: 1}
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		m.Links = append(m.Links, quipu.Link{
			Type: rapid.SampledFrom(texts[:2]).Draw(t, "type"), Target: rapid.SampledFrom(targets).Draw(t, "target"),
		})
	}
	return m
}

// sometimes draws a text, or none.
func sometimes(t *rapid.T, what string, list ...string) string {
	return rapid.SampledFrom(append([]string{""}, list...)).Draw(t, what)
}

// drawMemberParts draws one or two parts that are of optional members.
func drawMemberParts(t *rapid.T) (s quipu.Selector) {
	some := func(what string) []string { return rapid.SliceOfN(rapid.SampledFrom(texts), 1, 2).Draw(t, what) }
	for _, part := range rapid.SliceOfNDistinct(rapid.IntRange(0, 4), 1, 2, rapid.ID).Draw(t, "member parts") {
		switch part {
		case 0:
			s.IDs = some("ids")
		case 1:
			s.Producers = some("producers")
		case 2:
			s.Schemas = some("schemas")
		case 3:
			s.Correlations = rapid.SliceOfN(rapid.SampledFrom(correlations), 1, 2).Draw(t, "correlations")
		case 4:
			s.Links = drawFilters(t)
		}
	}
	return s
}

func drawFilters(t *rapid.T) (filters []quipu.LinkFilter) {
	for range rapid.IntRange(1, 3).Draw(t, "filters") {
		f := quipu.LinkFilter{Type: sometimes(t, "type", texts[:2]...)}
		if f.Type == "" || rapid.Bool().Draw(t, "with target") {
			target := rapid.SampledFrom(targets).Draw(t, "target")
			f.Target = &target
		}
		filters = append(filters, f)
	}
	return filters
}

func asJSON(tb interface{ Fatal(...any) }, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// drawRead draws a selector without queries, as clients say it.
func drawRead(t *rapid.T, tb testing.TB) quipu.Selector {
	s := drawMemberParts(t)
	s.System = rapid.Bool().Draw(t, "system")
	if rapid.IntRange(0, 2).Draw(t, "with entities") == 0 {
		s.Entities = map[string][]string{rapid.SampledFrom(append(types, "a/b")).Draw(t, "type"): drawKeys(t)}
	}
	if rapid.IntRange(0, 2).Draw(t, "with names") == 0 {
		s.Events = quipu.Names(rapid.SliceOfNDistinct(rapid.SampledFrom(names[:3]), 1, 2, rapid.ID).Draw(t, "names")...)
	}
	if rapid.Bool().Draw(t, "whenever") {
		return s
	}
	moment := func(what string) time.Time {
		text := rapid.SampledFrom(moments).Draw(t, what)
		if text == "" {
			return time.Time{}
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			tb.Fatal(err)
		}
		return at
	}
	if s.HappenedFrom, s.HappenedTo = moment("from"), moment("to"); !s.HappenedTo.After(s.HappenedFrom) {
		s.HappenedTo = time.Time{}
	}
	return s
}

func means(s *quipu.Selector, e *quipu.Event) bool {
	_, named := s.Events[e.Name]
	return (s.System || !quipu.System(e.Name)) &&
		(s.Events == nil || named) &&
		(s.Entities == nil || concerns(s.Entities, e)) &&
		(s.IDs == nil || slices.Contains(s.IDs, e.ID)) &&
		(s.Producers == nil || slices.Contains(s.Producers, e.Producer)) &&
		(s.Schemas == nil || slices.Contains(s.Schemas, e.Schema)) &&
		(s.Correlations == nil || slices.ContainsFunc(s.Correlations, func(c quipu.Correlation) bool { return slices.Contains(e.Correlations, c) })) &&
		(s.Links == nil || slices.ContainsFunc(e.Links, func(l quipu.Link) bool { return wanted(s.Links, l) })) &&
		(s.HappenedFrom.IsZero() || e.HappenedAt != "" && !happened(e).Before(s.HappenedFrom)) &&
		(s.HappenedTo.IsZero() || e.HappenedAt != "" && happened(e).Before(s.HappenedTo))
}

func concerns(entities map[string][]string, e *quipu.Event) bool {
	has := func(entityType, key string) bool { return slices.Contains(entities[entityType], key) }
	for entityType, keys := range e.Entities {
		if slices.ContainsFunc(keys, func(key string) bool { return has(entityType, key) }) {
			return true
		}
	}
	return e.Aggregate != nil && has(e.Aggregate.Type, e.Aggregate.Key) ||
		slices.ContainsFunc(e.Correlations, func(c quipu.Correlation) bool { return has(c.Entity()) })
}

func wanted(filters []quipu.LinkFilter, link quipu.Link) bool {
	return slices.ContainsFunc(filters, func(f quipu.LinkFilter) bool {
		return (f.Type == "" || f.Type == link.Type) && (f.Target == nil || leadsTo(*f.Target, link.Target))
	})
}

func leadsTo(want, target quipu.Target) bool {
	if want.EventID != nil {
		return target.EventID != nil && *target.EventID == *want.EventID
	}
	return target.EventID == nil && target.Position == want.Position && target.ID == want.ID &&
		(want.Version == 0 || target.Version == want.Version)
}

func happened(e *quipu.Event) time.Time {
	at, err := time.Parse(time.RFC3339, e.HappenedAt)
	if err != nil {
		panic(err)
	}
	return at
}

// What a client's selector finds, through whichever index, is what it says in the client's own words.
func TestWalkFindsWhatTheSelectorSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, said := drawLog(rt, t), drawRead(rt, t)
		var want []quipu.Position
		for i := range l.records {
			e, err := l.records[i].Event()
			if err != nil {
				t.Fatal(err)
			}
			if means(&said, &e) {
				want = append(want, e.Position)
			}
		}
		in := selector.Range{Until: quipu.Position(len(l.records))}
		if _, _, got := walk(t, parse(t, asJSON(t, said)), l, in, 1<<30); !slices.Equal(got, want) {
			rt.Fatalf("%s: got %v, want %v", asJSON(t, said), got, want)
		}
	})
}

// The client's times arrive as they were.
func TestTimesOfTheVocabulary(t *testing.T) {
	from := time.Date(2021, 11, 16, 4, 30, 47, 430415001, time.FixedZone("", 3600))
	s := parse(t, asJSON(t, quipu.Selector{From: from, To: from.Add(time.Second)}))
	if s.From.Micros != from.UnixMicro()+1 || s.To.Micros != from.UnixMicro()+1_000_001 {
		t.Errorf("%+v, %+v", s.From, s.To)
	}
}
