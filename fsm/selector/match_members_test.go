package selector_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/record"
)

const linkedID = "0005d0df8d1e990f13658533a0f8f294"

func TestMatchesMembers(t *testing.T) {
	full := with(t, event(t, "a", `{"patron":["Harold_Cho"]}`, `{"n":1}`, `{"m":1}`), `{
		"aggregate": {"type":"order","key":"o-17","version":3},
		"correlations": [{"service":"article-store","name":"article","identifier":"10627"},{"service":"a/b","name":"c~d","identifier":"é\n\"1\""}],
		"id": "e-\"1\"", "version": 2, "producer": "web-api", "schema": "1.0",
		"links": [
			{"type":"parent","target":{"eventId":"`+linkedID+`"}}, {"type":"child","target":{"position":42},"meta":{"type":"x"}},
			{"type":"version","target":{"id":"e-\"1\"","version":1}}, {"type":"reference","target":{"id":"latest"}}]}`)
	aggregate := with(t, event(t, "a", `{}`, "", ""), `{"aggregate":{"type":"article-store/article","key":"10627","version":1},"id":"other"}`)
	none := event(t, "a", `{"article-store/article":["10627"],"order":["o-1"]}`, "", "")
	for _, test := range []struct {
		name, selector        string
		full, aggregate, none bool
	}{
		{"the id", `{"id":"e-\"1\""}`, true, false, false},
		{"any of several ids", `{"id":["z","other","e-\"1\"","a"]}`, true, true, false},
		{"a part of the id", `{"id":["e-","e-\"1\"x"]}`, false, false, false},
		{"the producer", `{"producer":"web-api"}`, true, false, false},
		{"any of several producers", `{"producer":["a","web-api","z"]}`, true, false, false},
		{"another producer", `{"producer":"web"}`, false, false, false},
		{"the schema", `{"schema":["1.0","2.0"]}`, true, false, false},
		{"another schema", `{"schema":"1"}`, false, false, false},
		{"the id as the producer", `{"producer":"e-\"1\""}`, false, false, false},
		{"an id and a producer", `{"id":["e-\"1\"","other"],"producer":"web-api"}`, true, false, false},
		{"an id and another producer", `{"id":"e-\"1\"","producer":"web"}`, false, false, false},

		{"a correlation, not the aggregate or the entity", `{"correlations":[{"service":"article-store","name":"article","identifier":"10627"}]}`, true, false, false},
		{"the correlation as an entity", `{"entities":{"article-store/article":["10627"]}}`, true, true, true},
		{"one correlation's names, another's identifier", `{"correlations":[{"service":"a/b","name":"c~d","identifier":"10627"}]}`, false, false, false},
		{"any of several correlations", `{"correlations":[{"service":"z","name":"z","identifier":"z"},{"service":"article-store","name":"article","identifier":"10627"}]}`, true, false, false},
		{"another identifier", `{"correlations":[{"service":"article-store","name":"article","identifier":"1062"}]}`, false, false, false},
		{"the slash elsewhere", `{"correlations":[{"service":"article-store/article","name":"article","identifier":"10627"}]}`, false, false, false},
		{"the aggregate as an entity", `{"entities":{"order":["o-17"]}}`, true, false, false},
		{"the aggregate as a correlation", `{"correlations":[{"service":"order","name":"o","identifier":"o-17"}]}`, false, false, false},
		{"a correlation and an entity", `{"correlations":[{"service":"article-store","name":"article","identifier":"10627"}],"entities":{"patron":["Harold_Cho"]}}`, true, false, false},
		{"a correlation and another entity", `{"correlations":[{"service":"article-store","name":"article","identifier":"10627"}],"entities":{"patron":["Eve"]}}`, false, false, false},
		{"filter form, the aggregate's type", `{"data":{"order":{"a":"$"}}}`, true, false, true},
		{"filter form, a correlation's type", `{"data":{"article-store/article":{"a":"$"}}}`, true, true, true},

		{"a link's type", `{"links":{"type":"parent"}}`, true, false, false},
		{"another link's type", `{"links":{"type":"sibling"}}`, false, false, false},
		{"the type in a link's meta", `{"links":{"type":"x"}}`, false, false, false},
		{"a target by event id", `{"links":{"target":{"eventId":"` + linkedID + `"}}}`, true, false, false},
		{"another event id", `{"links":{"target":{"eventId":"` + strings.Replace(linkedID, "4", "5", 1) + `"}}}`, false, false, false},
		{"a target by position", `{"links":{"target":{"position":42}}}`, true, false, false},
		{"another position", `{"links":{"target":{"position":4}}}`, false, false, false},
		{"the position as an id", `{"links":{"target":{"id":"42"}}}`, false, false, false},
		{"a target by id, whatever version", `{"links":{"target":{"id":"e-\"1\""}}}`, true, false, false},
		{"a target by id and version", `{"links":{"target":{"id":"e-\"1\"","version":1}}}`, true, false, false},
		{"another version", `{"links":{"target":{"id":"e-\"1\"","version":2}}}`, false, false, false},
		{"the latest version, by id", `{"links":{"target":{"id":"latest"}}}`, true, false, false},
		{"the latest version is not version 1", `{"links":{"target":{"id":"latest","version":1}}}`, false, false, false},
		{"type and target", `{"links":{"type":"child","target":{"position":42}}}`, true, false, false},
		{"type and id, whatever version", `{"links":{"type":"version","target":{"id":"e-\"1\""}}}`, true, false, false},
		{"type, id and version", `{"links":{"type":"version","target":{"id":"e-\"1\"","version":1}}}`, true, false, false},
		{"the type of one link, the target of another", `{"links":{"type":"parent","target":{"position":42}}}`, false, false, false},
		{"the type of another link, id and version", `{"links":{"type":"parent","target":{"id":"e-\"1\"","version":1}}}`, false, false, false},
		{"any of several links", `{"links":[{"type":"a"},{"target":{"id":"z"}},{"type":"parent","target":{"position":42}},{"target":{"position":42}}]}`, true, false, false},
		{"none of several links", `{"links":[{"type":"a"},{"target":{"id":"z"}},{"type":"parent","target":{"position":42}}]}`, false, false, false},

		{"all members", `{"id":"e-\"1\"","producer":"web-api","schema":"1.0","links":{"type":"child"},"entities":{"order":"o-17"},
			"correlations":[{"service":"article-store","name":"article","identifier":"10627"}],"events":{"a":"$.n"},"meta":"$.m"}`, true, false, false},
		{"all members, but the data is other", `{"id":"e-\"1\"","producer":"web-api","events":{"a":"$.m"}}`, false, false, false},
	} {
		s := parse(t, test.selector)
		for _, one := range []struct {
			name string
			r    *record.Record
			want bool
		}{{"full", full, test.full}, {"aggregate", aggregate, test.aggregate}, {"none", none, test.none}} {
			got, err := s.Matches(one.r)
			back, errBack := decoded(t, s).Matches(one.r)
			if got != one.want || back != one.want || err != nil || errBack != nil {
				t.Errorf("%s, %s: %v, decoded %v, %v, %v", test.name, one.name, got, back, err, errBack)
			}
		}
	}
}

// A decoded correlation with what is escaped matches the event that has it.
func TestCorrelationsAreComparedUnescaped(t *testing.T) {
	r := with(t, event(t, "a", `{}`, "", ""), `{"correlations":[{"service":"a/b","name":"c~1","identifier":"é \"1\" \\"}]}`)
	for text, want := range map[string]bool{
		`{"correlations":[{"service":"a/b","name":"c~1","identifier":"\u00e9 \"1\" \\"}]}`: true,
		`{"correlations":[{"service":"a","name":"b/c~1","identifier":"é \"1\" \\"}]}`:      false,
		`{"correlations":[{"service":"a~1b","name":"c~1","identifier":"é \"1\" \\"}]}`:     false,
		`{"entities":{"a~1b/c~01":["é \"1\" \\"]}}`:                                        true,
		`{"entities":{"a/b/c~1":["é \"1\" \\"]}}`:                                          false,
	} {
		if got, err := parse(t, text).Matches(r); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestMatchesWhenItHappened(t *testing.T) {
	const range1 = `{"happenedFrom":"2021-11-16T03:30:46.5Z","happenedTo":"2021-11-16T03:30:47Z"}`
	for happened, want := range map[string]bool{
		"2021-11-16T03:30:46.499999999Z":       false,
		"2021-11-16T03:30:46.4999999999Z":      false, // of the tenth digit nothing is left, which changes nothing
		"2021-11-16T03:30:46.5Z":               true,
		"2021-11-16T04:30:46.5+01:00":          true,
		"2021-11-15T22:00:46.500000000-05:30":  true,
		"2021-11-16T03:30:46.999999999Z":       true,
		"2021-11-16T03:30:46.9999999999Z":      true,
		"2021-11-16T03:30:47Z":                 false,
		"2021-11-16T04:30:47.000000+01:00":     false,
		"2021-11-16T03:30:46.5":                false, // cannot be read
		"":                                     false,
		"yesterday":                            false,
		"2021-11-16T03:30:46.999999999-00:00":  true,
		"2021-11-17T03:29:46.999999999+23:59":  true,
		"2021-11-16T03:30:46.500000000Z extra": false,
	} {
		r := with(t, event(t, "a", `{"t":["k"]}`, "", ""), fmt.Sprintf(`{"happenedAt":%q}`, happened))
		if got, err := parse(t, range1).Matches(r); got != want || err != nil {
			t.Errorf("%s: %v, %v", happened, got, err)
		}
	}
	const at = "2021-11-16T03:30:46Z"
	said := with(t, event(t, "a", `{"t":["k"]}`, "", ""), `{"happenedAt":"`+at+`"}`)
	unsaid := with(t, event(t, "a", `{"t":["k"]}`, "", ""), `{"id":"`+at+`"}`)
	for text, want := range map[string]bool{
		`{"happenedFrom":"` + at + `"}`:                                       true,
		`{"happenedTo":"` + at + `"}`:                                         false,
		`{"happenedTo":"2021-11-16T03:30:46.000000001Z"}`:                     true,
		`{"happenedFrom":"2021-11-16T03:30:46.000000001Z"}`:                   false,
		`{"happenedFrom":"0001-01-01T00:00:00Z"}`:                             true,
		`{"happenedTo":"0001-01-01T00:00:00Z"}`:                               false,
		`{"happenedFrom":"` + at + `","events":["a"],"id":"a"}`:               false,
		`{"happenedFrom":"` + at + `","events":["a"],"entities":{"t":["k"]}}`: true,
	} {
		s := parse(t, text)
		if got, err := s.Matches(said); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if got, err := s.Matches(unsaid); got || err != nil {
			t.Errorf("%s: an event that does not say when it happened: %v, %v", text, got, err)
		}
	}
	// The recorded time is for whoever runs the selector.
	for _, text := range []string{`{"from":"9999-01-01T00:00:00Z"}`, `{"to":"1970-01-01T00:00:00Z"}`} {
		if got, err := parse(t, text).Matches(said); !got || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}
