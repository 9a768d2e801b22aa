package selector_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func TestMatches(t *testing.T) {
	ordered := event(t, "Item Ordered", `{"patron":["Harold_Cho","Amal"],"order":["o-17"]}`, `{"menuItem":"Bean Burrito","peppers":5}`, `{"actor":"register-2"}`)
	bare := event(t, "Item Ordered", `{"patron":["Eve"]}`, ``, ``)
	created := event(t, quipu.LedgerCreated, `{}`, `{"name":"main"}`, ``)
	for _, test := range []struct {
		name, selector         string
		ordered, bare, created bool
	}{
		{"the entity", `{"entities":{"patron":["Harold_Cho"]}}`, true, false, false},
		{"its second key", `{"entities":{"patron":["Amal"]}}`, true, false, false},
		{"any of several keys", `{"entities":{"patron":["Nobody","Eve"]}}`, false, true, false},
		{"any of several types", `{"entities":{"patron":["Nobody"],"order":["o-17"]}}`, true, false, false},
		{"the key under another type", `{"entities":{"order":["Harold_Cho"]}}`, false, false, false},
		{"a part of the key", `{"entities":{"patron":["Harold"]}}`, false, false, false},
		{"the name", `{"events":["Item Ordered"]}`, true, true, false},
		{"a part of the name", `{"events":["Item"]}`, false, false, false},
		{"any of several names", `{"events":["a","Item Ordered","z"]}`, true, true, false},
		{"name and entity", `{"events":["Item Ordered"],"entities":{"patron":["Eve"]}}`, false, true, false},
		{"another name and entity", `{"events":["a"],"entities":{"patron":["Eve"]}}`, false, false, false},
		{"a query", `{"events":{"Item Ordered":"$.peppers ? (@ > 4)"}}`, true, false, false},
		{"a query that finds nothing", `{"events":{"Item Ordered":"$.peppers ? (@ > 5)"}}`, false, false, false},
		{"a query of another name", `{"events":{"a":"$.peppers"}}`, false, false, false},
		{"a query of one name, another by name", `{"events":{"a":"$.peppers ? (@ > 5)","Item Ordered":{}}}`, true, true, false},
		{"a variable", `{"events":{"Item Ordered":{"query":"$.peppers ? (@ == $n)","vars":{"n":[4,5]}}}}`, true, false, false},
		{"data that is not there is null", `{"events":{"Item Ordered":"$ ? (@ == null)"}}`, false, true, false},
		{"meta", `{"meta":"$.actor ? (@ starts with \"register-\")"}`, true, false, false},
		{"meta that is not there is empty", `{"meta":"$ ? (!exists(@.actor))"}`, false, true, false},
		{"meta and a name", `{"meta":"$.actor","events":["a"]}`, false, false, false},
		{"all three", `{"meta":"$.actor","events":{"Item Ordered":"$.menuItem"},"entities":{"order":["o-17"]}}`, true, false, false},
		{"filter form", `{"data":{"order":{"Item Ordered":"$.peppers"}}}`, true, false, false},
		{"filter form of a type that it does not concern", `{"data":{"game":{"Item Ordered":"$.peppers"}}}`, false, false, false},
		{"filter form, by name", `{"data":{"patron":{"Item Ordered":"$"}}}`, true, true, false},
		{"filter form, one of two types", `{"data":{"game":{"Item Ordered":"$"},"order":{"Item Ordered":"$.peppers"}}}`, true, false, false},
		{"filter form and keys", `{"data":{"patron":{"Item Ordered":"$"}},"entity":"patron","key":"Eve"}`, false, true, false},
		{"no system event by itself", `{"meta":"$ ? (1 == 1)"}`, true, true, false},
		{"a system event, asked for", `{"events":["$ledger-created","Item Ordered"],"system":true}`, true, true, true},
		{"a system event's data, asked for", `{"events":{"$ledger-created":"$.name"},"system":true}`, false, false, true},
		{"system events among all by meta", `{"meta":"$ ? (!exists(@.actor))","system":true}`, false, true, true},
		{"a run-time error is no match", `{"events":{"Item Ordered":"$.menuItem ? (@ + 1 > 0)"}}`, false, false, false},
	} {
		s := parse(t, test.selector)
		for _, one := range []struct {
			name string
			r    *record.Record
			want bool
		}{{"ordered", ordered, test.ordered}, {"bare", bare, test.bare}, {"created", created, test.created}} {
			if got, err := s.Matches(one.r); got != one.want || err != nil {
				t.Errorf("%s, %s: %v, %v", test.name, one.name, got, err)
			}
		}
	}
}

func TestPathOutOfStepsIsNeverNoMatch(t *testing.T) {
	data := `{"a":` + list(strings.Split(strings.Repeat("x ", 2000), " ")...) + `}`
	r := event(t, "a", `{"t":["k"]}`, data, data)
	const endless = `$.a[*] ? (exists($.a[*] ? (@ == \"y\")))`
	for _, text := range []string{
		`{"events":{"a":"` + endless + `"}}`, `{"meta":"` + endless + `"}`, `{"events":["a"],"meta":"` + endless + `"}`,
	} {
		match, err := parse(t, text).Matches(r)
		var e *quipu.Error
		if match || !errors.As(err, &e) || e.Kind != quipu.TooLarge || e.Hint == "" {
			t.Errorf("%s: %v, %v", text, match, err)
		}
	}
	// What another part rules out is not evaluated.
	if match, err := parse(t, `{"entities":{"t":["other"]},"meta":"`+endless+`"}`).Matches(r); match || err != nil {
		t.Errorf("%v, %v", match, err)
	}
}
