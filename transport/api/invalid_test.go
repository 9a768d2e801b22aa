package api_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// event is an append of one event with some members more or others.
func event(members string) string {
	return `{"events":[{"event":"Item Ordered","entities":{"patron":["a"]}` + members + `}]}`
}

func entities(value string) string {
	return `{"events":[{"event":"Item Ordered","entities":` + value + `}]}`
}

func guarded(condition string) string {
	return `{"event":"Item Ordered","entity":"patron","key":"a","conditions":[` + condition + `]}`
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func quoted(chars int) string { return `"` + strings.Repeat("x", chars) + `"` }

func keys(count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf(`"k%d"`, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

func events(count int) string {
	one := `{"event":"Item Ordered","entity":"patron","key":"a"}`
	return `{"events":[` + strings.TrimSuffix(strings.Repeat(one+",", count), ",") + `]}`
}

// Every bad append is refused with its kind and place, and stores nothing.
func TestAppendRefuses(t *testing.T) {
	const invalid, large, unregistered = quipu.Invalid, quipu.TooLarge, quipu.NotRegistered
	cases := []struct {
		name, body string
		kind       quipu.Kind
		pointer    string
		says       string // in the detail or the hint
	}{
		{"no body", ``, invalid, "", "the input ends"},
		{"not JSON", `hello`, invalid, "", "where a value should be"},
		{"cut off", `{"events":[{"event":"Item Ord`, invalid, "/events/0/event", "the input ends"},
		{"something behind", event("") + `x`, invalid, "", "unexpected"},
		{"not an object", `[1]`, invalid, "", "expected an object, found an array"},
		{"null", `null`, invalid, "", "expected an object, found null"},
		{"duplicate key", `{"event":"a","event":"b"}`, invalid, "/event", "second member"},
		{"duplicate key in data", event(`,"data":{"x":{"a":1,"a":2}}`), invalid, "/events/0/data/x/a", "second member"},
		{"duplicate key in meta", event(`,"meta":{"a":1,"\u0061":2}`), invalid, "/events/0/meta/a", "second member"},
		{"deeper than 64", event(`,"data":` + nested(65)), invalid, "", "deeper than 64"},
		{"much deeper", event(`,"data":` + nested(100_000)), invalid, "", "deeper"},
		{"too many digits", event(`,"data":` + strings.Repeat("9", 1001)), invalid, "/events/0/data", "1000"},
		{"exponent", event(`,"data":{"n":1e1001}`), invalid, "/events/0/data/n", "1000"},
		{"negative exponent", event(`,"data":1e-1001`), invalid, "/events/0/data", "1000"},
		{"invalid UTF-8", event(",\"data\":\"\xff\""), invalid, "/events/0/data", "UTF-8"},
		{"lone surrogate", event(`,"data":"\ud800"`), invalid, "/events/0/data", "surrogate"},
		{"meta is a string", event(`,"meta":"x"`), invalid, "/events/0/meta", "meta is a string"},
		{"meta is null", event(`,"meta":null`), invalid, "/events/0/meta", "meta is null"},
		{"meta is an array", event(`,"meta":[]`), invalid, "/events/0/meta", "meta is an array"},

		{"no events", `{}`, invalid, "", "there are no events"},
		{"empty events", `{"events":[]}`, invalid, "/events", "at least one"},
		{"events no array", `{"events":{}}`, invalid, "/events", "expected an array, found an object"},
		{"event no object", `{"events":["x"]}`, invalid, "/events/0", "expected an object"},
		{"both event and events", `{"event":"Item Ordered","entity":"patron","key":"a","events":[]}`, invalid, "/events", "both event and events"},
		{"no name", `{"events":[{"entities":{"patron":["a"]}}]}`, invalid, "/events/0", "event is missing"},
		{"empty name", `{"event":"","entity":"patron","key":"a"}`, invalid, "/event", "is empty"},
		{"name too long", `{"event":` + quoted(201) + `,"entity":"patron","key":"a"}`, large, "/event", "201 characters, the limit is 200"},
		{"system name", `{"event":"$x","entity":"patron","key":"a"}`, invalid, "/event", "the ledger's own"},
		{"control character in name", `{"event":"a\nb","entity":"patron","key":"a"}`, invalid, "/event", "control character"},
		{"name is a number", `{"event":1,"entity":"patron","key":"a"}`, invalid, "/event", "expected a string, found a number"},

		{"unregistered event", `{"event":"Item Orderd","entity":"patron","key":"a"}`, unregistered, "/event", `did you mean "Item Ordered"`},
		{"unregistered event in list", `{"events":[{"event":"Item Ordered","entity":"patron","key":"a"},{"event":"x","entity":"patron","key":"a"}]}`, unregistered, "/events/1/event", "register it first"},
		{"unregistered entity type", entities(`{"patrn":["a"]}`), unregistered, "/events/0/entities", `did you mean "patron"`},
		{"unregistered shorthand", `{"event":"Item Ordered","entity":"game","key":"a"}`, unregistered, "/entity", "registered"},

		{"no entities", `{"event":"Item Ordered"}`, invalid, "", "no entities"},
		{"empty entities", entities(`{}`), invalid, "/events/0/entities", "no entities"},
		{"no key", entities(`{"patron":[]}`), invalid, "/events/0/entities/patron", "no key"},
		{"empty key", entities(`{"patron":[""]}`), invalid, "/events/0/entities/patron/0", "is empty"},
		{"key too long", entities(`{"patron":[` + quoted(513) + `]}`), large, "/events/0/entities/patron/0", "513 bytes, the limit is 512"},
		{"control character in key", entities(`{"patron":["a\u0000"]}`), invalid, "/events/0/entities/patron/0", "U+0000"},
		{"bare key", entities(`{"patron":"a"}`), invalid, "/events/0/entities/patron", `["a"]`},
		{"key twice", entities(`{"patron":["a","a"]}`), invalid, "/events/0/entities/patron/1", "twice"},
		{"type begins with $", entities(`{"$patron":["a"]}`), invalid, "/events/0/entities/$patron", "begins with"},
		{"empty type", entities(`{"":["a"]}`), invalid, "/events/0/entities/", "is empty"},
		{"101 entities", entities(`{"patron":` + keys(100) + `,"order":["o"]}`), large, "/events/0/entities", "101 entities, the limit is 100"},
		{"101 keys", entities(`{"patron":` + keys(101) + `}`), large, "/events/0/entities/patron", "101 entities, the limit is 100"},
		{"entity without key", `{"event":"Item Ordered","entity":"patron"}`, invalid, "", "go together"},
		{"key without entity", `{"event":"Item Ordered","key":"a"}`, invalid, "", "go together"},
		{"entity and entities", `{"event":"Item Ordered","entity":"patron","key":"a","entities":{"patron":["a"]}}`, invalid, "", "both entities"},

		{"unknown member", event(`,"dta":1`), invalid, "/events/0/dta", `did you mean "data"`},
		{"unknown member of the append", `{"events":[],"evnts":1}`, invalid, "/evnts", `did you mean "events"`},
		{"misspelt events", `{"evens":[]}`, invalid, "/evens", `did you mean "events"`},
		{"a position", event(`,"position":1`), invalid, "/events/0/position", "the ledger's to give"},
		{"a position in the body", `{"event":"Item Ordered","entity":"patron","key":"a","position":7}`, invalid, "/position", "the ledger's to give"},
		{"id and eventId", event(`,"id":"a","eventId":"b"`), invalid, "/events/0/eventId", "both id and eventId"},
		{"happenedAt and timestamp", event(`,"happenedAt":"2021-11-16T03:30:47Z","timestamp":"2021-11-16T03:30:47Z"`), invalid, "/events/0/timestamp", "both happenedAt and timestamp"},
		{"empty id", event(`,"id":""`), invalid, "/events/0/id", "is empty"},
		{"id too long", event(`,"id":` + quoted(201)), large, "/events/0/id", "201 characters, the limit is 200"},
		{"time without zone", event(`,"happenedAt":"2021-11-16T03:30:47"`), invalid, "/events/0/happenedAt", "RFC 3339 with a zone"},
		{"not a time", event(`,"timestamp":"yesterday"`), invalid, "/events/0/timestamp", "RFC 3339"},
		{"time too long", event(`,"happenedAt":"2021-11-16T03:30:47.` + strings.Repeat("0", 100) + `Z"`), invalid, "/events/0/happenedAt", "RFC 3339"},

		{"data too large", event(`,"data":` + quoted(quipu.DataBytesMax-1)), large, "/events/0/data", "1048577 bytes, the limit is 1048576"},
		{"meta too large", event(`,"meta":{"a":` + quoted(quipu.MetaBytesMax-7) + `}`), large, "/events/0/meta", "65537 bytes, the limit is 65536"},
		{"1001 events", events(1001), large, "/events", "1001 events, the limit is 1000"},
		{"101 conditions", guarded(strings.TrimSuffix(strings.Repeat(`{"events":["x"]},`, 101), ",")), large, "/conditions", "101 conditions, the limit is 100"},

		{"empty key of the append", `{"event":"Item Ordered","entity":"patron","key":"a","idempotencyKey":""}`, invalid, "/idempotencyKey", "is empty"},
		{"long key of the append", `{"event":"Item Ordered","entity":"patron","key":"a","idempotencyKey":` + quoted(513) + `}`, large, "/idempotencyKey", "512"},

		{"condition without a part", guarded(`{}`), invalid, "/conditions/0", "no part"},
		{"only after", guarded(`{"after":1}`), invalid, "/conditions/0", "no part"},
		{"limit in a condition", guarded(`{"events":["x"],"limit":1}`), invalid, "/conditions/0/limit", "unknown member"},
		{"both forms of conditions", `{"event":"Item Ordered","entity":"patron","key":"a","condition":{"events":["x"]},"conditions":[]}`, invalid, "/condition", "both"},
		{"after beyond the head", guarded(`{"events":["x"],"after":1000}`), invalid, "/conditions/0/after", "beyond the ledger's head"},
		{"after in one condition", `{"event":"Item Ordered","entity":"patron","key":"a","condition":{"events":["x"],"after":1000}}`, invalid, "/condition/after", "beyond"},
		{"after an unknown event", guarded(`{"events":["x"],"after":"0005d0df8d1e990f13658533a0f8f294"}`), invalid, "/conditions/0/after", "not in this ledger"},
		{"after is no id", guarded(`{"events":["x"],"after":"xyz"}`), invalid, "/conditions/0/after", "32 lower-case hex digits"},
		{"predicate path", guarded(`{"events":{"x":{"query":"$.x == 1"}}}`), invalid, "/conditions/0/events/x/query", "$ ? (@.x == 1)"},
		{"path syntax", guarded(`{"events":{"x":{"query":"$.x ? ("}}}`), invalid, "/conditions/0/events/x/query", ""},
		{"unknown variable", guarded(`{"events":{"x":{"query":"$ ? (@ == $y)"}}}`), invalid, "/conditions/0/events/x/query", "$y has no value"},
		{"selector too large", guarded(`{"entities":{"patron":[` + strings.TrimSuffix(strings.Repeat(quoted(500)+",", 140), ",") + `]}}`), large, "/conditions/0", "the limit is 65536"},
	}
	n := newNode(t)
	before := n.head("main")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status := map[quipu.Kind]int{invalid: 400, large: 413, unregistered: 422}[c.kind]
			e := n.do("POST", appendPath, c.body).problem(t, status, c.kind)
			if !strings.Contains(e.Detail+" "+e.Hint, c.says) {
				t.Errorf("detail %q, hint %q, want %q in them", e.Detail, e.Hint, c.says)
			}
			if e.Pointer != c.pointer && c.name != "deeper than 64" && c.name != "much deeper" {
				t.Errorf("pointer %q, want %q (%s)", e.Pointer, c.pointer, e.Detail)
			}
		})
	}
	if after := n.head("main"); after != before {
		t.Errorf("the head went from %d to %d", before, after)
	}
}

func TestPathErrorSaysItsColumn(t *testing.T) {
	n := newNode(t)
	e := n.do("POST", appendPath, guarded(`{"events":{"x":{"query":"$.x ? ("}}}`)).problem(t, 400, quipu.Invalid)
	if e.Column != 8 && e.Column != 9 {
		t.Errorf("column %d in %+v", e.Column, e)
	}
}

// The largest that is allowed is stored.
func TestAppendTakesWhatIsJustWithinTheLimits(t *testing.T) {
	n := newNode(t)
	for name, body := range map[string]string{
		"depth":       event(`,"data":` + nested(64)),
		"digits":      event(`,"data":` + strings.Repeat("9", 1000)),
		"exponent":    event(`,"data":1e1000`),
		"data":        event(`,"data":` + quoted(quipu.DataBytesMax-2)),
		"meta":        event(`,"meta":{"a":` + quoted(quipu.MetaBytesMax-8) + `}`),
		"events":      events(1000),
		"entities":    entities(`{"patron":` + keys(99) + `,"order":["o"]}`),
		"key":         entities(`{"patron":[` + quoted(512) + `]}`),
		"own id":      event(`,"id":` + quoted(200)),
		"conditions":  guarded(strings.TrimSuffix(strings.Repeat(`{"events":["x"]},`, 100), ",")),
		"white space": strings.Repeat(" ", 1<<20) + event(""),
	} {
		t.Run(name, func(t *testing.T) { n.want(201, "POST", appendPath, body) })
	}
}

func TestAppendRefusesABodyOverItsLimit(t *testing.T) {
	n := newNode(t)
	before := n.head("main")
	body := append(bytes.Repeat([]byte{' '}, quipu.AppendBodyBytesMax), event("")...)
	// http.Client knows the length of a bytes.Reader, and sends chunks of a reader that it does not know.
	for name, a := range map[string]answer{
		"known length":   n.send("POST", appendPath, bytes.NewReader(body)),
		"unknown length": n.send("POST", appendPath, struct{ *bytes.Buffer }{bytes.NewBuffer(body)}),
	} {
		if e := a.problem(t, 413, quipu.TooLarge); !strings.Contains(e.Detail, "20621994") {
			t.Errorf("%s: %s", name, e.Detail)
		}
	}
	if after := n.head("main"); after != before {
		t.Errorf("the head went from %d to %d", before, after)
	}
}

// The body may be larger than what an append may have beside the contents of its files.
func TestAppendRefusesMuchThatIsNoFile(t *testing.T) {
	n := newNode(t)
	one := `{"event":"Item Ordered","entity":"patron","key":"a","data":` + quoted(quipu.DataBytesMax-2) + `}`
	body := `{"events":[` + strings.Repeat(one+",", 8) + one + `]}`
	for path, a := range map[string]answer{"append": n.do("POST", appendPath, body), "appends": n.do("POST", appendsPath, body)} {
		if !strings.Contains(a.body, `"kind":"too_large"`) || !strings.Contains(a.body, "without the contents of its files") {
			t.Errorf("%s: %.300s", path, a.body)
		}
	}
	if after := n.head("main"); after != 5 {
		t.Errorf("the head is %d", after)
	}
}
