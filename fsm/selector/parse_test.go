package selector_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// The selectors that the model's first description prints, with their braces closed.
const (
	seedReplay = `{
  "entity": "game",
  "keys": ["Zirommok_Dun_&_Bradstreet_Inc._1968_Championship~15_1"],
  "events": ["game-started", "game-finished"]}`
	seedFilter = `{
  "data": {
    "match": {
      "match-created": "$.players ? (@==\"Elizabeth_Wilkerson\" || @==\"Amal_Hussein\")"}}}`
)

func TestFormsOfOneSelectorAreEqual(t *testing.T) {
	for name, forms := range map[string][]string{
		"entities": {
			`{"entities":{"patron":["b","a"]}}`, `{"entities":{"patron":["a","b","a"]}}`, `{"entity":"patron","keys":["a","b"]}`,
			`{"entity":"patron","key":["a","b"]}`,
		},
		"one entity": {`{"entities":{"patron":"a"}}`, `{"entity":"patron","key":"a"}`, `{"entity":"patron","keys":"a"}`, `{"entities":{"patron":["a"]}}`},
		"names": {
			`{"events":["a","b"]}`, `{"events":["b","a","b"]}`, `{"events":{"a":{},"b":{"query":"$"}}}`, `{"events":{"a":"$","b":" $ "}}`,
			`{"data":{"a":"$","b":{"query":"$"}}}`,
		},
		"query": {
			`{"events":{"a":{"query":"$.x ? (@ > 1)"}}}`, `{"events":{"a":"$.x ? (@ > 1)"}}`, `{"data":{"a":"$.x ? (@ > 1)"}}`,
			`{"data":{"a":{"query":"$.x ? (@ > 1)"}}}`,
		},
		"query of a type": {`{"data":{"match":{"a":"$.x"}}}`, `{"data":{"match":{"a":{"query":"$.x"}}}}`},
		"variables":       {`{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":1,"m":2}}}}`, `{"data":{"a":{"vars":{"m":2, "n":1},"query":"$ ? (@ == $n)"}}}`},
		"meta":            {`{"meta":{"query":"$.actor"}}`, `{"meta":"$.actor"}`},
		"seed replay":     {seedReplay, `{"entities":{"game":["Zirommok_Dun_&_Bradstreet_Inc._1968_Championship~15_1"]},"events":{"game-finished":{},"game-started":{}}}`},
		"seed filter":     {seedFilter},
	} {
		want := ""
		for _, form := range forms {
			got := string(parse(t, form).AppendBinary(nil))
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s: %s is %q, not %q", name, form, got, want)
			}
			condition, err := selector.ParseCondition(shape.Of([]byte(form)))
			if err != nil || string(condition.AppendBinary(nil)) != want {
				t.Errorf("%s: as a condition: %v", name, err)
			}
		}
	}
}

func TestPlacesAndFlags(t *testing.T) {
	const id = "0005d0df8d1e990f13658533a0f8f294"
	s := parse(t, `{"events":["a"],"after":"`+id+`","until":18446744073709551615,"limit":1,"reverse":true,"system":true}`)
	if s.After.EventID.String() != id || s.Until != 1<<64-1 || s.Limit != 1 || !s.Reverse || !s.System {
		t.Errorf("%+v", s)
	}
	s = parse(t, `{"events":["a"],"after":0,"until":1,"limit":18446744073709551615,"reverse":false,"system":false}`)
	if s.After != (quipu.Place{}) || s.Until != 1 || s.Limit < 1<<31-1 || s.Reverse || s.System {
		t.Errorf("%+v", s)
	}
	if s = parse(t, `{"events":["a"],"after":18446744073709551615}`); s.After.Position != 1<<64-1 {
		t.Errorf("%+v", s)
	}
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("a", quipu.NameCharsMax+1)
	for _, test := range []struct {
		selector, pointer, detail, hint string
		kind                            quipu.Kind
		column                          int
	}{
		{selector: `[]`, detail: "expected an object, found an array"},
		{selector: `{}`, detail: "the selector has no part", hint: "export"},
		{selector: `{"events":["$event-registered"]}`, detail: "is a system event", hint: `"system": true`},
		{selector: `{"after":1,"limit":2,"system":true}`, detail: "no part", hint: "at least one of entities, events and meta"},
		{selector: `{"entites":{}}`, pointer: "/entites", detail: `unknown member "entites"`, hint: `"entities"`},
		{selector: `{"events":["a"],"event":"a"}`, pointer: "/event", detail: "unknown member", hint: `"events"`},

		{selector: `{"entities":{}}`, pointer: "/entities", detail: "entities is empty", hint: "at least one type"},
		{selector: `{"entities":null}`, pointer: "/entities", detail: "found null"},
		{selector: `{"entities":["a"]}`, pointer: "/entities", detail: "expected an object, found an array"},
		{selector: `{"entities":{"a":[]}}`, pointer: "/entities/a", detail: `no key of the entity type "a"`, hint: "at least one key"},
		{selector: `{"entities":{"a":["x",""]}}`, pointer: "/entities/a/1", detail: "the key is empty"},
		{selector: `{"entities":{"a":["x",5]}}`, pointer: "/entities/a/1", detail: "expected a string, found a number"},
		{selector: `{"entities":{"a":{}}}`, pointer: "/entities/a", detail: "expected an array, found an object"},
		{selector: `{"entities":{"":["x"]}}`, pointer: "/entities/", detail: "the entity type is empty"},
		{selector: `{"entities":{"$a":["x"]}}`, pointer: "/entities/$a", detail: `begins with "$"`},
		{selector: `{"entities":{"a/b":["x","a\u0000b"]}}`, pointer: "/entities/a~1b/1", detail: "control character U+0000"},
		{selector: `{"entities":{"a":["x"],"a":["y"]}}`, pointer: "/entities/a", detail: "a second member"},

		{selector: `{"key":"x"}`, detail: "keys without an entity type", hint: `"entity"`},
		{selector: `{"entity":"a"}`, pointer: "/entity", detail: "either key or keys"},
		{selector: `{"entity":"a","key":"x","keys":["y"]}`, pointer: "/entity", detail: "either key or keys"},
		{selector: `{"entity":"a","key":"x","entities":{"b":["y"]}}`, pointer: "/entity", detail: "both entity and entities", hint: "entities"},
		{selector: `{"entity":5,"key":"x"}`, pointer: "/entity", detail: "expected a string"},
		{selector: `{"entity":"a","keys":[]}`, pointer: "/keys", detail: "no key"},

		{selector: `{"events":[]}`, pointer: "/events", detail: "the list of events is empty"},
		{selector: `{"events":{}}`, pointer: "/events", detail: "the list of events is empty"},
		{selector: `{"events":"a"}`, pointer: "/events", detail: "expected an object, found a string"},
		{selector: `{"events":["a",""]}`, pointer: "/events/1", detail: "the event name is empty"},
		{selector: `{"events":["` + long + `"]}`, pointer: "/events/0", detail: "201 characters, the limit is 200", kind: quipu.TooLarge},
		{selector: `{"events":{"a":5}}`, pointer: "/events/a", detail: "expected an object, found a number"},
		{selector: `{"events":{"a":{"querry":"$"}}}`, pointer: "/events/a/querry", detail: "unknown member", hint: `"query"`},
		{selector: `{"events":{"a":{"query":5}}}`, pointer: "/events/a/query", detail: "expected a string"},
		{selector: `{"events":{"a":{"query":""}}}`, pointer: "/events/a/query", column: 1},
		{selector: `{"events":{"a":{"vars":{"n":1}}}}`, pointer: "/events/a/vars", detail: "variables without a query"},
		{selector: `{"events":{"a":{"query":"$ ? (@ == $n)","vars":[1]}}}`, pointer: "/events/a/vars", detail: "object of variables"},
		{selector: `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"m":1}}}}`, pointer: "/events/a/query", detail: "variable $n has no value", hint: `"vars"`},
		{selector: `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":{"a":1,"a":2}}}}}`, pointer: "/events/a/vars/n/a", detail: "a second member"},
		{selector: `{"events":{"a":{"query":"$.x == 1"}}}`, pointer: "/events/a/query", detail: "predicate", hint: "$ ? (@.x == 1)", column: 1},
		{selector: `{"events":{"a":"$.x ? (@ = )"}}`, pointer: "/events/a", column: 10, hint: "=="},
		{selector: `{"events":{"a":"strict $.x"}}`, pointer: "/events/a", column: 1, detail: "strict"},

		{selector: `{"data":{}}`, pointer: "/data", detail: "the list of events is empty"},
		{selector: `{"data":{"match":{}}}`, pointer: "/data/match", detail: `no event of the entity type "match"`},
		{selector: `{"data":{"a":"$","match":{}}}`, pointer: "/data/match", detail: `no event of the entity type "match"`},
		{selector: `{"data":{"match":{"a":"$.x =="}}}`, pointer: "/data/match/a", column: 7},
		{selector: `{"data":{"match":5}}`, pointer: "/data/match", detail: "expected an object"},
		{selector: `{"data":{"$match":{"a":"$.x"}}}`, pointer: "/data/$match", detail: `begins with "$"`},
		{selector: `{"data":{"a":"$.x"},"events":["a"]}`, pointer: "/data", detail: "both events and data", hint: "into events"},

		{selector: `{"meta":{}}`, pointer: "/meta", detail: "every event's meta matches"},
		{selector: `{"meta":"$"}`, pointer: "/meta", detail: "every event's meta matches", hint: "filter"},
		{selector: `{"meta":{"query":"$.actor","var":{}}}`, pointer: "/meta/var", detail: "unknown member", hint: `"vars"`},
		{selector: `{"meta":null}`, pointer: "/meta", detail: "found null"},

		{selector: `{"events":["a"],"after":-1}`, pointer: "/after", detail: "expected a whole number"},
		{selector: `{"events":["a"],"after":1.5}`, pointer: "/after", detail: "expected a whole number"},
		{selector: `{"events":["a"],"after":18446744073709551616}`, pointer: "/after", detail: "expected a whole number"},
		{selector: `{"events":["a"],"after":null}`, pointer: "/after", detail: "found null"},
		{selector: `{"events":["a"],"after":"5"}`, pointer: "/after", detail: `"5" is not an event id`, hint: "32 lower-case hex digits"},
		{selector: `{"events":["a"],"after":"` + strings.Repeat("0", 32) + `"}`, pointer: "/after", detail: "is not an event id"},
		{selector: `{"events":["a"],"until":0}`, pointer: "/until", detail: "until is 0", hint: "from 1"},
		{selector: `{"events":["a"],"until":"1"}`, pointer: "/until", detail: "expected a whole number"},
		{selector: `{"events":["a"],"limit":0}`, pointer: "/limit", detail: "the limit is 0", hint: "at least 1"},
		{selector: `{"events":["a"],"limit":-1}`, pointer: "/limit", detail: "expected a whole number"},
		{selector: `{"events":["a"],"reverse":1}`, pointer: "/reverse", detail: "expected true or false"},
		{selector: `{"events":["a"],"system":null}`, pointer: "/system", detail: "expected true or false"},
	} {
		s, err := selector.ParseRead(shape.Of([]byte(test.selector)))
		var e *quipu.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %+v, %v", test.selector, s, err)
			continue
		}
		if test.kind == "" {
			test.kind = quipu.Invalid
		}
		if e.Kind != test.kind || e.Pointer != test.pointer || !strings.Contains(e.Detail, test.detail) ||
			!strings.Contains(e.Hint, test.hint) || e.Column != test.column {
			t.Errorf("%s: %+v", test.selector, e)
		}
	}
}

func TestConditionsHaveNoRange(t *testing.T) {
	for _, member := range []string{`"limit":1`, `"until":1`, `"reverse":true`} {
		_, err := selector.ParseCondition(shape.Of([]byte(`{"events":["a"],` + member + `}`)))
		if !errors.Is(err, quipu.Invalid) {
			t.Errorf("%s: %v", member, err)
		}
	}
	if _, err := selector.ParseCondition(shape.Of([]byte(`{"events":["a"],"after":1,"system":true}`))); err != nil {
		t.Error(err)
	}
}

func TestPointersBeginAtTheBody(t *testing.T) {
	body := shape.Of([]byte(`{"conditions":[{"events":["a"]},{"entities":{"p":["x",1]}}]}`))
	o, err := body.Object()
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := o.Member("conditions").Array()
	if err != nil {
		t.Fatal(err)
	}
	_, err = selector.ParseCondition(conditions[1])
	var e *quipu.Error
	if !errors.As(err, &e) || e.Pointer != "/conditions/1/entities/p/1" {
		t.Errorf("%+v", err)
	}
}

func TestLimits(t *testing.T) {
	items := func(n int) string {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("n%d", i)
		}
		return list(names...)
	}
	padded := func(size int) string {
		text := `{"events":["a"],"meta":"$.a"}`
		return text[:len(text)-1] + strings.Repeat(" ", size-len(text)) + "}"
	}
	for _, test := range []struct {
		name, selector string
		ok             bool
	}{
		{"most keys", `{"entities":{"a":` + items(quipu.SelectorKeysMax-1) + `,"b":"x"}}`, true},
		{"a key more", `{"entities":{"a":` + items(quipu.SelectorKeysMax) + `,"b":"x"}}`, false},
		{"most names", `{"events":` + items(quipu.SelectorKeysMax) + `}`, true},
		{"a name more", `{"events":` + items(quipu.SelectorKeysMax+1) + `}`, false},
		{"most bytes", padded(quipu.SelectorBytesMax), true},
		{"a byte more", padded(quipu.SelectorBytesMax + 1), false},
	} {
		_, err := selector.ParseRead(shape.Of([]byte(test.selector)))
		if test.ok && err != nil || !test.ok && !errors.Is(err, quipu.TooLarge) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func FuzzParseRead(f *testing.F) {
	for _, text := range []string{
		seedReplay, seedFilter, `{"events":{"a":{"query":"$.x ? (@ == $n)","vars":{"n":1}}},"meta":"$.a","after":1,"limit":2,"until":3,"reverse":true}`,
		`{"entities":{"a":["b"]},"system":true,"after":"0005d0df8d1e990f13658533a0f8f294"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := selector.ParseRead(shape.Of(text))
		if err != nil {
			var e *quipu.Error
			if !errors.As(err, &e) {
				t.Fatalf("not an error for a caller: %v", err)
			}
			return
		}
		encoded := s.AppendBinary(nil)
		if size := s.Size(); len(encoded) > 2*size {
			t.Fatalf("%d bytes, Size says %d", len(encoded), size)
		}
		back, err := selector.Decode(encoded)
		if err != nil || string(back.AppendBinary(nil)) != string(encoded) {
			t.Fatalf("%q comes back as %q, %v", encoded, back.AppendBinary(nil), err)
		}
		r := event(t, "a", `{"a":["b"]}`, `{"x":1}`, `{"a":true}`)
		one, errOne := s.Matches(r)
		two, errTwo := back.Matches(r)
		if one != two || (errOne == nil) != (errTwo == nil) {
			t.Fatalf("parsed %v %v, decoded %v %v", one, errOne, two, errTwo)
		}
	})
}
