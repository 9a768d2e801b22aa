package quipu_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/quipu-ledger/quipu"
)

func TestSelectorsAsJSON(t *testing.T) {
	id, _ := quipu.ParseEventID(printedID)
	for _, test := range []struct {
		name     string
		selector quipu.Selector
		want     string
	}{
		{"nothing", quipu.Selector{}, `{}`},
		{"entities", quipu.Selector{Entities: map[string][]string{"patron": {"a", "b"}}}, `{"entities":{"patron":["a","b"]}}`},
		{"names", quipu.Selector{Events: quipu.Names("a", "b")}, `{"events":{"a":{},"b":{}}}`},
		{"queries", quipu.Selector{
			Events: map[string]quipu.Query{"a": {Path: "$.x ? (@ == $n)", Vars: map[string]any{"n": "Amal"}}},
			Meta:   &quipu.Query{Path: "$.actor"},
		}, `{"events":{"a":{"query":"$.x ? (@ == $n)","vars":{"n":"Amal"}}},"meta":{"query":"$.actor"}}`},
		{"after the beginning", quipu.Selector{After: quipu.AfterPosition(0)}, `{"after":0}`},
		{"after a position", quipu.Selector{After: quipu.AfterPosition(math.MaxUint64)}, `{"after":18446744073709551615}`},
		{"after an event", quipu.Selector{After: quipu.AfterEvent(id)}, `{"after":"` + printedID + `"}`},
		{"range", quipu.Selector{Until: 7, Limit: 3, Reverse: true, System: true}, `{"until":7,"limit":3,"reverse":true,"system":true}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(test.selector)
			if err != nil || string(text) != test.want {
				t.Fatalf("%s, %v; want %s", text, err, test.want)
			}
			var back quipu.Selector
			if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, test.selector) {
				t.Errorf("came back as %+v, %v", back, err)
			}
		})
	}
}

func TestQueryKeepsLargeNumbersAmongItsVariables(t *testing.T) {
	const text = `{"query":"$ ? (@.n == $n)","vars":{"n":12345678901234567890.125}}`
	var q quipu.Query
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(q); err != nil || string(again) != text {
		t.Errorf("%s, %v", again, err)
	}
}

func TestPlaceIsReplacedWhole(t *testing.T) {
	id, _ := quipu.ParseEventID(printedID)
	p := *quipu.AfterEvent(id)
	if err := json.Unmarshal([]byte("5"), &p); err != nil || p != *quipu.AfterPosition(5) {
		t.Errorf("%+v, %v", p, err)
	}
	if err := json.Unmarshal([]byte(`"`+printedID+`"`), &p); err != nil || p != *quipu.AfterEvent(id) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{`-1`, `1.5`, `"5"`, `{}`, `18446744073709551616`} {
		if err := json.Unmarshal([]byte(bad), &p); err == nil {
			t.Errorf("%s is taken as %+v", bad, p)
		}
	}
}
