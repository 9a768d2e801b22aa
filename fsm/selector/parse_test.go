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

// seedMembers has each part that is an optional member, and fullMembers are members that all of them match.
const (
	seedMembers = `{"correlations":[{"service":"s","name":"n","identifier":"i"}],"id":["e-1","e-2"],"producer":"web","schema":"1.0",
  "links":[{"type":"parent","target":{"id":"o","version":2}},{"target":{"position":3}},{"type":"child"}]}`
	fullMembers = `{"correlations":[{"identifier":"i","name":"n","service":"s"}],"happenedAt":"2021-11-16T03:30:46Z","id":"e-1",
  "links":[{"target":{"id":"o","version":2},"type":"parent"}],"producer":"web","schema":"1.0"}`
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
		"ids":             {`{"id":["b","a"]}`, `{"id":["a","b","a"]}`},
		"one id":          {`{"id":"a"}`, `{"id":["a"]}`, `{"id":["a","a"]}`},
		"one producer":    {`{"producer":"a"}`, `{"producer":["a"]}`},
		"one schema":      {`{"schema":"1.0"}`, `{"schema":["1.0"]}`},
		"correlations": {
			`{"correlations":[{"service":"s","name":"n","identifier":"2"},{"service":"s","name":"n","identifier":"1"}]}`,
			`{"correlations":[{"identifier":"1","name":"n","service":"s"},{"identifier":"2","name":"n","service":"s"},{"service":"s","name":"n","identifier":"2"}]}`,
		},
		"one link": {`{"links":{"type":"a","target":{"id":"x"}}}`, `{"links":[{"target":{"id":"x"},"type":"a"}]}`},
		"links": {
			`{"links":[{"type":"b"},{"target":{"position":1}},{"type":"a","target":{"id":"x","version":2}},{"type":"a","target":{"id":"x"}}]}`,
			`{"links":[{"type":"a","target":{"id":"x"}},{"type":"a","target":{"version":2,"id":"x"}},{"type":"b"},{"target":{"position":1}},{"type":"b"}]}`,
		},
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
	for _, test := range []refusal{
		{text: `[]`, detail: "expected an object, found an array"},
		{text: `{}`, detail: "the selector has no part", hint: "export"},
		{text: `{"events":["$event-registered"]}`, detail: "is a system event", hint: `"system": true`},
		{text: `{"after":1,"limit":2,"system":true}`, detail: "no part", hint: "at least one part"},
		{text: `{"entites":{}}`, pointer: "/entites", detail: `unknown member "entites"`, hint: `"entities"`},
		{text: `{"events":["a"],"event":"a"}`, pointer: "/event", detail: "unknown member", hint: `"events"`},
		{text: `{"ids":["a"]}`, pointer: "/ids", detail: "unknown member", hint: `"id"`},
		{text: `{"producers":["a"]}`, pointer: "/producers", detail: "unknown member", hint: `"producer"`},
		{text: `{"schemas":["a"]}`, pointer: "/schemas", detail: "unknown member", hint: `"schema"`},
		{text: `{"link":{}}`, pointer: "/link", detail: "unknown member", hint: `"links"`},
		{text: `{"corelations":[]}`, pointer: "/corelations", detail: "unknown member", hint: `"correlations"`},
		{text: `{"happenedForm":"x"}`, pointer: "/happenedForm", detail: "unknown member", hint: `"happenedFrom"`},
		{text: `{"form":"x"}`, pointer: "/form", detail: "unknown member", hint: `"from"`},
		{text: `{"aggregate":{"type":"order","key":"o-17"}}`, pointer: "/aggregate", detail: "a selector has no aggregate", hint: `{"entities":{"order":["o-17"]}}`},
		{text: `{"events":["a"],"aggregate":null}`, pointer: "/aggregate", detail: "a selector has no aggregate"},

		{text: `{"entities":{}}`, pointer: "/entities", detail: "entities is empty", hint: "at least one type"},
		{text: `{"entities":null}`, pointer: "/entities", detail: "found null"},
		{text: `{"entities":["a"]}`, pointer: "/entities", detail: "expected an object, found an array"},
		{text: `{"entities":{"a":[]}}`, pointer: "/entities/a", detail: `no key of the entity type "a"`, hint: "at least one key"},
		{text: `{"entities":{"a":["x",""]}}`, pointer: "/entities/a/1", detail: "the key is empty"},
		{text: `{"entities":{"a":["x",5]}}`, pointer: "/entities/a/1", detail: "expected a string, found a number"},
		{text: `{"entities":{"a":{}}}`, pointer: "/entities/a", detail: "expected a string or an array of strings, found an object"},
		{text: `{"entities":{"":["x"]}}`, pointer: "/entities/", detail: "the entity type is empty"},
		{text: `{"entities":{"$a":["x"]}}`, pointer: "/entities/$a", detail: `begins with "$"`},
		{text: `{"entities":{"a/b":["x","a\u0000b"]}}`, pointer: "/entities/a~1b/1", detail: "control character U+0000"},
		{text: `{"entities":{"a":["x"],"a":["y"]}}`, pointer: "/entities/a", detail: "a second member"},

		{text: `{"key":"x"}`, detail: "keys without an entity type", hint: `"entity"`},
		{text: `{"entity":"a"}`, pointer: "/entity", detail: "either key or keys"},
		{text: `{"entity":"a","key":"x","keys":["y"]}`, pointer: "/entity", detail: "either key or keys"},
		{text: `{"entity":"a","key":"x","entities":{"b":["y"]}}`, pointer: "/entity", detail: "both entity and entities", hint: "entities"},
		{text: `{"entity":5,"key":"x"}`, pointer: "/entity", detail: "expected a string"},
		{text: `{"entity":"a","keys":[]}`, pointer: "/keys", detail: "no key"},

		{text: `{"events":[]}`, pointer: "/events", detail: "the list of events is empty"},
		{text: `{"events":{}}`, pointer: "/events", detail: "the list of events is empty"},
		{text: `{"events":"a"}`, pointer: "/events", detail: "expected an object, found a string"},
		{text: `{"events":["a",""]}`, pointer: "/events/1", detail: "the event name is empty"},
		{text: `{"events":["` + long + `"]}`, pointer: "/events/0", detail: "201 characters, the limit is 200", kind: quipu.TooLarge},
		{text: `{"events":{"a":5}}`, pointer: "/events/a", detail: "expected an object, found a number"},
		{text: `{"events":{"a":{"querry":"$"}}}`, pointer: "/events/a/querry", detail: "unknown member", hint: `"query"`},
		{text: `{"events":{"a":{"query":5}}}`, pointer: "/events/a/query", detail: "expected a string"},
		{text: `{"events":{"a":{"query":""}}}`, pointer: "/events/a/query", column: 1},
		{text: `{"events":{"a":{"vars":{"n":1}}}}`, pointer: "/events/a/vars", detail: "variables without a query"},
		{text: `{"events":{"a":{"query":"$ ? (@ == $n)","vars":[1]}}}`, pointer: "/events/a/vars", detail: "object of variables"},
		{text: `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"m":1}}}}`, pointer: "/events/a/query", detail: "variable $n has no value", hint: `"vars"`},
		{text: `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":{"a":1,"a":2}}}}}`, pointer: "/events/a/vars/n/a", detail: "a second member"},
		{text: `{"events":{"a":{"query":"$.x == 1"}}}`, pointer: "/events/a/query", detail: "predicate", hint: "$ ? (@.x == 1)", column: 1},
		{text: `{"events":{"a":"$.x ? (@ = )"}}`, pointer: "/events/a", column: 10, hint: "=="},
		{text: `{"events":{"a":"strict $.x"}}`, pointer: "/events/a", column: 1, detail: "strict"},

		{text: `{"data":{}}`, pointer: "/data", detail: "the list of events is empty"},
		{text: `{"data":{"match":{}}}`, pointer: "/data/match", detail: `no event of the entity type "match"`},
		{text: `{"data":{"a":"$","match":{}}}`, pointer: "/data/match", detail: `no event of the entity type "match"`},
		{text: `{"data":{"match":{"a":"$.x =="}}}`, pointer: "/data/match/a", column: 7},
		{text: `{"data":{"match":5}}`, pointer: "/data/match", detail: "expected an object"},
		{text: `{"data":{"$match":{"a":"$.x"}}}`, pointer: "/data/$match", detail: `begins with "$"`},
		{text: `{"data":{"a":"$.x"},"events":["a"]}`, pointer: "/data", detail: "both events and data", hint: "into events"},

		{text: `{"meta":{}}`, pointer: "/meta", detail: "every event's meta matches"},
		{text: `{"meta":"$"}`, pointer: "/meta", detail: "every event's meta matches", hint: "filter"},
		{text: `{"meta":{"query":"$.actor","var":{}}}`, pointer: "/meta/var", detail: "unknown member", hint: `"vars"`},
		{text: `{"meta":null}`, pointer: "/meta", detail: "found null"},

		{text: `{"events":["a"],"after":-1}`, pointer: "/after", detail: "expected a whole number"},
		{text: `{"events":["a"],"after":1.5}`, pointer: "/after", detail: "expected a whole number"},
		{text: `{"events":["a"],"after":18446744073709551616}`, pointer: "/after", detail: "expected a whole number"},
		{text: `{"events":["a"],"after":null}`, pointer: "/after", detail: "found null"},
		{text: `{"events":["a"],"after":"5"}`, pointer: "/after", detail: `"5" is not an event id`, hint: "32 lower-case hex digits"},
		{text: `{"events":["a"],"after":"` + strings.Repeat("0", 32) + `"}`, pointer: "/after", detail: "is not an event id"},
		{text: `{"events":["a"],"until":0}`, pointer: "/until", detail: "until is 0", hint: "from 1"},
		{text: `{"events":["a"],"until":"1"}`, pointer: "/until", detail: "expected a whole number"},
		{text: `{"events":["a"],"limit":0}`, pointer: "/limit", detail: "the limit is 0", hint: "at least 1"},
		{text: `{"events":["a"],"limit":-1}`, pointer: "/limit", detail: "expected a whole number"},
		{text: `{"events":["a"],"reverse":1}`, pointer: "/reverse", detail: "expected true or false"},
		{text: `{"events":["a"],"system":null}`, pointer: "/system", detail: "expected true or false"},
	} {
		_, err := selector.ParseRead(shape.Of([]byte(test.text)))
		test.check(t, err)
	}
}

func TestConditionsHaveNoRange(t *testing.T) {
	const time = `"2021-11-16T03:30:46Z"`
	for _, test := range []refusal{
		{text: `{"events":["a"],"limit":1}`, pointer: "/limit", detail: `unknown member "limit"`},
		{text: `{"events":["a"],"until":1}`, pointer: "/until", detail: `unknown member "until"`},
		{text: `{"events":["a"],"reverse":true}`, pointer: "/reverse", detail: `unknown member "reverse"`},
		{text: `{"events":["a"],"form":` + time + `}`, pointer: "/form", detail: `unknown member "form"`},
		{text: `{"events":["a"],"from":` + time + `}`, pointer: "/from", detail: `"from" has no place in a condition`, hint: `behind its "after"`},
		{text: `{"events":["a"],"to":` + time + `}`, pointer: "/to", detail: `"to" has no place`, hint: "for reads"},
		{text: `{"events":["a"],"happenedFrom":` + time + `}`, pointer: "/happenedFrom", detail: `"happenedFrom" has no place`, hint: "for reads"},
		{text: `{"happenedTo":` + time + `}`, pointer: "/happenedTo", detail: `"happenedTo" has no place`, hint: "for reads"},
		{text: `{"happenedTo":5,"zzzzzzz":1}`, pointer: "/happenedTo", detail: `"happenedTo" has no place`, hint: "leave it out"},
	} {
		_, err := selector.ParseCondition(shape.Of([]byte(test.text)))
		test.check(t, err)
	}
	for _, text := range []string{`{"events":["a"],"after":1,"system":true}`, `{"id":"a"}`, `{"links":{"type":"a"},"schema":"1","producer":["p"]}`} {
		if _, err := selector.ParseCondition(shape.Of([]byte(text))); err != nil {
			t.Errorf("%s: %v", text, err)
		}
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
		`{"entities":{"a":["b"]},"system":true,"after":"0005d0df8d1e990f13658533a0f8f294"}`, seedMembers,
		`{"from":"2021-11-16T03:30:46Z","to":"2021-11-16T04:30:46.000000001+00:30","happenedFrom":"2021-11-16T03:30:46Z"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var e *quipu.Error
		read, err := selector.ParseRead(shape.Of(text))
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("not an error for a caller: %v", err)
		}
		s, errCondition := selector.ParseCondition(shape.Of(text))
		if errCondition != nil {
			if !errors.As(errCondition, &e) {
				t.Fatalf("not an error for a caller: %v", errCondition)
			}
			return
		}
		if err != nil || string(read.AppendBinary(nil)) != string(s.AppendBinary(nil)) {
			t.Fatalf("a condition, but another read: %v", err)
		}
		encoded := s.AppendBinary(nil)
		if size := s.Size(); len(encoded) > 2*size {
			t.Fatalf("%d bytes, Size says %d", len(encoded), size)
		}
		back, err := selector.Decode(encoded)
		if err != nil || string(back.AppendBinary(nil)) != string(encoded) {
			t.Fatalf("%q comes back as %q, %v", encoded, back.AppendBinary(nil), err)
		}
		r := with(t, event(t, "a", `{"a":["b"]}`, `{"x":1}`, `{"a":true}`), fullMembers)
		one, errOne := s.Matches(r)
		two, errTwo := back.Matches(r)
		if one != two || (errOne == nil) != (errTwo == nil) {
			t.Fatalf("parsed %v %v, decoded %v %v", one, errOne, two, errTwo)
		}
	})
}
