package selector_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func TestAggregateConditions(t *testing.T) {
	name, key := strings.Repeat("a", quipu.NameCharsMax), strings.Repeat("k", quipu.KeyBytesMax)
	for text, want := range map[string]quipu.Aggregate{
		`{"aggregate":{"type":"order","key":"o-17","version":3}}`:                              {Type: "order", Key: "o-17", Version: 3},
		`{"aggregate":{"version":0,"key":"$k","type":"order"}}`:                                {Type: "order", Key: "$k"},
		`{"aggregate":{"type":"a","key":"b","version":18446744073709551615}}`:                  {Type: "a", Key: "b", Version: 1<<64 - 1},
		`{"aggregate":{"type":"` + name + `","key":"` + key + `","version":1}}`:                {Type: name, Key: key, Version: 1},
		`{"aggregate":{"service":"orders","name":"order","identifier":"o-17","version":3}}`:    {Type: "orders/order", Key: "o-17", Version: 3},
		`{"aggregate":{"service":"a/b","name":"c~","identifier":"o/17","version":0}}`:          {Type: "a~1b/c~0", Key: "o/17"},
		`{"aggregate":{"service":"` + name[2:] + `","name":"n","identifier":"i","version":1}}`: {Type: name[2:] + "/n", Key: "i", Version: 1},
	} {
		v := shape.Of([]byte(text))
		got, err := selector.ParseAggregateCondition(v)
		if got != want || err != nil || !selector.IsAggregateCondition(v) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestRefusalsOfAggregateConditions(t *testing.T) {
	name := strings.Repeat("a", quipu.NameCharsMax)
	for _, test := range []refusal{
		{text: `[]`, detail: "expected an object, found an array"},
		{text: `{}`, detail: "the condition has no aggregate", hint: `{"aggregate":`},
		{text: `{"aggregate":{"type":"a","key":"b","version":1},"after":5}`, pointer: "/after", detail: `"after" stands beside an aggregate`, hint: "alone"},
		{text: `{"entities":{"a":["b"]},"aggregate":{"type":"a","key":"b","version":1}}`, pointer: "/entities", detail: "stands beside", hint: "of its own"},
		{text: `{"aggregate":null}`, pointer: "/aggregate", detail: "expected an object, found null"},
		{text: `{"aggregate":"order"}`, pointer: "/aggregate", detail: "expected an object, found a string"},
		{text: `{"aggregate":{}}`, pointer: "/aggregate", detail: "the aggregate has no type", hint: `"type":"order"`},
		{text: `{"aggregate":{"key":"b","version":1}}`, pointer: "/aggregate", detail: "has no type", hint: `"type":"order"`},
		{text: `{"aggregate":{"type":"a","version":1}}`, pointer: "/aggregate", detail: "has no key", hint: `"key":"o-17"`},
		{text: `{"aggregate":{"type":"a","key":"b"}}`, pointer: "/aggregate", detail: "has no version", hint: "0 if there must be no such aggregate"},
		{text: `{"aggregate":{"type":"a","key":"b","version":-1}}`, pointer: "/aggregate/version", detail: "expected a whole number"},
		{text: `{"aggregate":{"type":"a","key":"b","version":1.0}}`, pointer: "/aggregate/version", detail: "expected a whole number"},
		{text: `{"aggregate":{"type":"a","key":"b","version":"1"}}`, pointer: "/aggregate/version", detail: "expected a whole number"},
		{text: `{"aggregate":{"type":"a","key":"b","version":18446744073709551616}}`, pointer: "/aggregate/version", detail: "expected a whole number"},
		{text: `{"aggregate":{"type":"a","key":"b","expectedVersion":1}}`, pointer: "/aggregate/expectedVersion", detail: "for events", hint: `"version":3`},
		{text: `{"aggregate":{"type":"a","key":"b","verson":1}}`, pointer: "/aggregate/verson", detail: "unknown member", hint: `"version"`},
		{text: `{"aggregate":{"type":"$a","key":"b","version":1}}`, pointer: "/aggregate/type", detail: `begins with "$"`, hint: "the ledger's own"},
		{text: `{"aggregate":{"type":"","key":"b","version":1}}`, pointer: "/aggregate/type", detail: "the aggregate's type is empty"},
		{text: `{"aggregate":{"type":"` + name + `a","key":"b","version":1}}`, pointer: "/aggregate/type", detail: "201 characters", kind: quipu.TooLarge},
		{text: `{"aggregate":{"type":"a","key":"","version":1}}`, pointer: "/aggregate/key", detail: "the aggregate's key is empty"},
		{text: `{"aggregate":{"type":"a","service":"s","name":"n","identifier":"i","version":1}}`, pointer: "/aggregate", detail: "named in two ways", hint: "either type and key"},
		{text: `{"aggregate":{"type":"a","key":"k","identifier":"i","version":1}}`, pointer: "/aggregate", detail: "named in two ways", hint: "identifier"},
		{text: `{"aggregate":{"name":"n","identifier":"i","version":1}}`, pointer: "/aggregate", detail: "the aggregate has no service", hint: `{"aggregate":{"service":`},
		{text: `{"aggregate":{"service":"s","name":"n","version":1}}`, pointer: "/aggregate", detail: "the aggregate has no identifier", hint: `"version":3}}`},
		{text: `{"aggregate":{"service":"s","name":"n","identifier":"i"}}`, pointer: "/aggregate", detail: "has no version"},
		{text: `{"aggregate":{"service":"$s","name":"n","identifier":"i","version":1}}`, pointer: "/aggregate", detail: `begins with "$"`},
		{text: `{"aggregate":{"service":"` + name[2:] + `","name":"nn","identifier":"i","version":1}}`, pointer: "/aggregate", detail: "201 characters", kind: quipu.TooLarge},
	} {
		_, err := selector.ParseAggregateCondition(shape.Of([]byte(test.text)))
		test.check(t, err)
	}
}

func TestAggregateConditionsAreToldFromSelectors(t *testing.T) {
	for text, want := range map[string]bool{
		`{"aggregate":null}`: true, `{"aggregate":{},"after":1}`: true, `{"entities":{"aggregate":["a"]}}`: false,
		`{}`: false, `[]`: false, `"aggregate"`: false, `{"aggregate":1,"aggregate":2}`: false, `{"aggregate"`: false, ``: false,
	} {
		if got := selector.IsAggregateCondition(shape.Of([]byte(text))); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	refusal{text: `{"aggregate":{"type":"a","key":"b","version":1}}`, pointer: "/aggregate", detail: "a selector has no aggregate"}.parsed(t)
}
