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

func TestRefusalsOfMembers(t *testing.T) {
	long := strings.Repeat("a", quipu.NameCharsMax+1)
	for _, member := range []string{"id", "producer", "schema"} {
		for _, test := range []refusal{
			{text: `5`, detail: "expected a string or an array of strings, found a number"},
			{text: `null`, detail: "found null"},
			{text: `{"a":1}`, detail: "found an object"},
			{text: `[]`, detail: `the list under "` + member + `" is empty`, hint: "at least one"},
			{text: `""`, detail: "is empty"},
			{text: `["a",""]`, pointer: "/1", detail: "is empty"},
			{text: `["a",5]`, pointer: "/1", detail: "expected a string, found a number"},
			{text: `"a\u0000"`, detail: "control character U+0000"},
			{text: `"` + long + `"`, kind: quipu.TooLarge, detail: "201 characters, the limit is 200"},
		} {
			_, err := selector.ParseRead(shape.Of([]byte(`{"` + member + `":` + test.text + `}`)))
			test.pointer = "/" + member + test.pointer
			test.check(t, err)
		}
		for _, value := range []string{`"a"`, `["a","$b"]`, `"` + long[1:] + `"`, `" "`} {
			parse(t, `{"`+member+`":`+value+`}`)
		}
	}
}

func TestRefusalsOfCorrelations(t *testing.T) {
	name := strings.Repeat("a", quipu.NameCharsMax)
	key := strings.Repeat("k", quipu.KeyBytesMax)
	for _, test := range []refusal{
		{text: `{"service":"s","name":"n","identifier":"i"}`, detail: "expected an array of correlations, found an object", hint: `[{"service":`},
		{text: `null`, detail: "found null"},
		{text: `[]`, detail: `the list under "correlations" is empty`, hint: "at least one"},
		{text: `["s"]`, pointer: "/0", detail: "expected an object, found a string"},
		{text: `[{"name":"n","identifier":"i"}]`, pointer: "/0", detail: "the correlation has no service", hint: `"service":`},
		{text: `[{"service":"s","identifier":"i"}]`, pointer: "/0", detail: "the correlation has no name", hint: `"name":`},
		{text: `[{"service":"s","name":"n"}]`, pointer: "/0", detail: "the correlation has no identifier", hint: `"identifier":`},
		{text: `[{"service":"s","name":"n","id":"i"}]`, pointer: "/0/id", detail: "unknown member", hint: "identifier"},
		{text: `[{"service":"s","name":"n","identifer":"i"}]`, pointer: "/0/identifer", detail: "unknown member", hint: `"identifier"`},
		{text: `[{"service":5,"name":"n","identifier":"i"}]`, pointer: "/0/service", detail: "expected a string"},
		{text: `[{"service":"s","name":5,"identifier":"i"}]`, pointer: "/0/name", detail: "expected a string"},
		{text: `[{"service":"s","name":"n","identifier":""}]`, pointer: "/0/identifier", detail: "the identifier is empty"},
		{text: `[{"service":"s","name":"n","identifier":"` + key + `k"}]`, pointer: "/0/identifier", detail: "513 bytes", kind: quipu.TooLarge},
		{text: `[{"service":"` + name[2:] + `","name":"nn","identifier":"i"}]`, pointer: "/0", kind: quipu.TooLarge,
			detail: "service and name together: 201 characters, the limit is 200", hint: "service/name"},
		{text: `[{"service":"` + name[2:] + `","name":"/","identifier":"i"}]`, pointer: "/0", kind: quipu.TooLarge,
			detail: "201 characters", hint: `"/" in either as "~0" and "~1"`},
	} {
		_, err := selector.ParseRead(shape.Of([]byte(`{"correlations":` + test.text + `}`)))
		test.pointer = "/correlations" + test.pointer
		test.check(t, err)
	}
	parse(t, `{"correlations":[{"service":"s","name":"n","identifier":"`+key+`"},{"service":"$s","name":"n/~","identifier":"$"},{"service":"","name":"order","identifier":"i"}]}`)
	parse(t, `{"correlations":[{"service":"`+name[2:]+`","name":"n","identifier":"i"},{"service":"`+name[3:]+`","name":"/","identifier":"i"}]}`)
}

func TestRefusalsOfLinks(t *testing.T) {
	for _, test := range []refusal{
		{text: `"parent"`, detail: "expected a link's type and target, found a string", hint: `{"type":"parent"`},
		{text: `null`, detail: "found null"},
		{text: `[]`, detail: `the list under "links" is empty`, hint: "at least one"},
		{text: `[{"type":"a"},5]`, pointer: "/1", detail: "found a number", hint: `{"type":"parent"`},
		{text: `{}`, detail: "every link matches this", hint: `{"type":"parent"`},
		{text: `[{"type":"a"},{}]`, pointer: "/1", detail: "every link matches this"},
		{text: `{"typ":"a"}`, pointer: "/typ", detail: "unknown member", hint: `"type"`},
		{text: `{"type":"a","meta":{}}`, pointer: "/meta", detail: "unknown member"},
		{text: `{"type":""}`, pointer: "/type", detail: "the link type is empty"},
		{text: `{"type":["a"]}`, pointer: "/type", detail: "expected a string, found an array"},
		{text: `{"target":"e-1"}`, pointer: "/target", detail: "expected an object, found a string"},
		{text: `{"target":{}}`, pointer: "/target", detail: "the target is not named", hint: "exactly one way"},
		{text: `{"target":{"version":1}}`, pointer: "/target", detail: "the target is not named", hint: "exactly one way"},
		{text: `{"target":{"id":"a","position":1}}`, pointer: "/target", detail: "named in 2 ways", hint: "exactly one way"},
		{text: `{"target":{"id":"a","position":1,"eventId":"x"}}`, pointer: "/target", detail: "named in 3 ways", hint: "exactly one way"},
		{text: `{"target":{"position":1,"version":1}}`, pointer: "/target/version", detail: "a version without an id", hint: `"version":2`},
		{text: `{"target":{"eventid":"a"}}`, pointer: "/target/eventid", detail: "unknown member", hint: `"eventId"`},
		{text: `{"target":{"eventId":"a"}}`, pointer: "/target/eventId", detail: `"a" is not an event id`, hint: "32 lower-case hex digits"},
		{text: `{"target":{"eventId":5}}`, pointer: "/target/eventId", detail: "expected a string"},
		{text: `{"target":{"eventId":"` + strings.Repeat("0", 32) + `"}}`, pointer: "/target/eventId", detail: "is not an event id"},
		{text: `{"target":{"position":0}}`, pointer: "/target/position", detail: "the position is 0", hint: "positions count from 1"},
		{text: `{"target":{"position":"1"}}`, pointer: "/target/position", detail: "expected a whole number"},
		{text: `{"target":{"position":18446744073709551616}}`, pointer: "/target/position", detail: "expected a whole number"},
		{text: `{"target":{"id":""}}`, pointer: "/target/id", detail: "the id is empty"},
		{text: `{"target":{"id":"a","version":0}}`, pointer: "/target/version", detail: "the version is 0", hint: "versions count from 1"},
		{text: `{"target":{"id":"a","version":1.5}}`, pointer: "/target/version", detail: "expected a whole number"},
		{text: `{"target":{"id":"a","version":null}}`, pointer: "/target/version", detail: "found null"},
	} {
		_, err := selector.ParseRead(shape.Of([]byte(`{"links":` + test.text + `}`)))
		test.pointer = "/links" + test.pointer
		test.check(t, err)
	}
	for _, links := range []string{
		`{"type":"$a"}`, `{"target":{"position":1}}`, `{"target":{"position":18446744073709551615}}`, `{"target":{"id":"a","version":1}}`,
		`{"target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"}}`,
	} {
		parse(t, `{"links":`+links+`}`)
	}
}

// All lists but that of the event names share one bound.
func TestLimitOfAllKeysTogether(t *testing.T) {
	numbered := func(n int, format string) string {
		items := make([]string, n)
		for i := range items {
			items[i] = fmt.Sprintf(format, i)
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	const correlation, link = `{"service":"s","name":"n","identifier":"%d"}`, `{"type":"%d"}`
	for name, format := range map[string]string{"id": `"%d"`, "producer": `"%d"`, "schema": `"%d"`, "correlations": correlation, "links": link} {
		parse(t, `{"`+name+`":`+numbered(quipu.SelectorKeysMax, format)+`}`)
		refusal{
			text: `{"` + name + `":` + numbered(quipu.SelectorKeysMax+1, format) + `}`, pointer: "/" + name,
			kind: quipu.TooLarge, detail: "1001 entity keys, correlations, ids, producers, schema versions and links, the limit is 1000",
		}.parsed(t)
	}
	all := func(links int) string {
		return fmt.Sprintf(`{"entities":{"t":%s},"correlations":%s,"id":%s,"producer":%s,"schema":%s,"links":%s,"events":%s}`,
			numbered(200, `"%d"`), numbered(200, correlation), numbered(100, `"%d"`), numbered(200, `"%d"`), numbered(200, `"%d"`),
			numbered(links, link), numbered(quipu.SelectorKeysMax, `"%d"`))
	}
	parse(t, all(100))
	refusal{text: all(101), pointer: "/links", kind: quipu.TooLarge, detail: "1001 entity keys"}.parsed(t)
}

// parsed checks the refusal of a selector for a read.
func (want refusal) parsed(t *testing.T) {
	t.Helper()
	_, err := selector.ParseRead(shape.Of([]byte(want.text)))
	want.check(t, err)
}

// Every part is enough by itself, and is what is told apart in the encoding.
func TestEachPartIsEnough(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{
		`{"entities":{"a":["x"]}}`, `{"events":["x"]}`, `{"meta":"$.x"}`, `{"correlations":[{"service":"a","name":"x","identifier":"x"}]}`,
		`{"id":"x"}`, `{"producer":"x"}`, `{"schema":"x"}`, `{"links":{"type":"x"}}`, `{"links":{"target":{"id":"x"}}}`,
		`{"links":{"type":"x","target":{"id":"x"}}}`, `{"links":{"type":"x","target":{"id":"x","version":1}}}`,
	} {
		encoded := string(parse(t, text).AppendBinary(nil))
		if before := seen[encoded]; before != "" {
			t.Errorf("%s and %s are encoded alike", before, text)
		}
		seen[encoded] = text
		if _, err := selector.ParseCondition(shape.Of([]byte(text))); err != nil {
			t.Errorf("%s as a condition: %v", text, err)
		}
	}
	for _, name := range []string{"from", "to", "happenedFrom", "happenedTo"} {
		parse(t, `{"`+name+`":"2021-11-16T03:30:46Z"}`)
	}
	if _, err := selector.ParseCondition(shape.Of([]byte(`{"after":1,"system":true}`))); !errors.Is(err, quipu.Invalid) {
		t.Error(err)
	}
}
