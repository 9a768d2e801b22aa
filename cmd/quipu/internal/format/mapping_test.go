package format_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// What an event has a member for becomes that member, and nothing else gets into a
// side; the random tests would also hold if everything did.
func TestMembersFindTheirPlace(t *testing.T) {
	const (
		trove      = `"data":{},"entities":{"event":["e1"]},"event":"s"`
		libero     = `"aggregate":{"key":"1","type":"s/n"},"event":"t"`
		liberoWhen = `"happenedAt":"2018-03-08T12:00:00+00:00","id":"448278c4-22d6-11e8-b467-0ed5f89f718b"`
		ce         = `"entities":{"source":["/s"]},"event":"t","happenedAt":"2018-04-05T17:31:00Z","id":"/s 1"`
		order      = `"aggregate":{"key":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","type":"order"}`
		hash       = `"hash":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`
		hello      = hash + `,"id":"f1","size":5`
	)
	ceNow := with(anyCloudEvent, `,"time":"2018-04-05T17:31:00Z"%s`)
	lists := with(anyTrove, `,"createdAt":"2024-03-15T10:30:00Z","files":[],"links":[]%s`)
	for _, test := range []struct{ format, doc, want string }{
		// The least that there can be, and empty lists, which Trove always has.
		{"trove", with(anyTrove, ``), `{` + trove + `,"id":"e1","meta":{"trove":{"$absent":["createdAt","files","links"]}}}`},
		{"trove", with(lists, ``), `{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1"}`},
		{"trove", with(lists, `,"producer":"core","metadata":{"ip":"1"}`),
			`{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1","meta":{"ip":"1"},"producer":"core"}`},
		{"trove", with(lists, `,"metadata":{}`), `{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1","meta":{"trove":{"metadata":{}}}}`},
		{"trove", with(lists, `,"metadata":{"ip":"1","trove":{"links":[]}}`),
			`{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1","meta":{"ip":"1","trove":{"metadata":{"ip":"1","trove":{"links":[]}}}}}`},
		{"trove", strings.Replace(with(lists, ``), "2024-03-15T10:30:00Z", "2024-03-15", 1), `{` + trove + `,"id":"e1","meta":{"trove":{"createdAt":"2024-03-15"}}}`},
		{"trove", strings.Replace(with(lists, ``), `{"id":"s"}`, `{"$id":"s","type":"object"}`, 1),
			`{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1","meta":{"trove":{"schema":{"$id":"s","type":"object"}}}}`},
		{"trove", strings.Replace(with(lists, ``), `"files":[]`, `"files":[{"id":"f1","contentType":"text/plain","filename":"a.txt","data":"aGVsbG8=","size":5,`+hash+`}]`, 1),
			`{` + trove + `,"files":[{"contentType":"text/plain","data":"aGVsbG8=","filename":"a.txt",` + hello + `}],"happenedAt":"2024-03-15T10:30:00Z","id":"e1"}`},
		{"trove", strings.Replace(with(lists, ``), `"files":[]`, `"files":[{"id":"f1","contentType":"text","data":"aGVsbG8=","isReference":false}]`, 1),
			`{` + trove + `,"files":[{"data":"aGVsbG8=",` + hello + `}],"happenedAt":"2024-03-15T10:30:00Z","id":"e1","meta":{"trove":{"files":[{"contentType":"text","id":"f1","isReference":false}]}}}`},
		{"trove", strings.Replace(strings.Replace(with(lists, ``), `{"id":"e1"}`, `{"id":"e1","version":3}`, 1),
			`"links":[]`, `"links":[{"type":"parent","targetEvent":{"id":"e0","version":2},"metadata":{"why":1}}]`, 1),
			`{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1","links":[{"meta":{"why":1},"target":{"id":"e0","version":2},"type":"parent"}],"version":3}`},
		{"trove", strings.Replace(strings.Replace(with(lists, ``), `{"id":"e1"}`, `{"id":"e1","version":3}`, 1),
			`"links":[]`, `"links":[{"type":"version","targetEvent":{"id":"e1","version":2}}]`, 1),
			`{` + trove + `,"happenedAt":"2024-03-15T10:30:00Z","id":"e1","links":[{"target":{"id":"e1","version":2},"type":"version"}],` +
				`"meta":{"trove":{"links":[{"targetEvent":{"id":"e1","version":2},"type":"version"}]}},"version":3}`},

		{"libero", with(anyLibero, ``), `{` + libero + `,` + liberoWhen + `}`},
		{"libero", with(anyLibero, `,"data":[1.50]`), `{` + strings.Replace(libero, `,"event"`, `,"data":[1.50],"event"`, 1) + `,` + liberoWhen + `}`},
		{"libero", with(anyLibero, `,"data":null`), `{` + strings.Replace(libero, `,"event"`, `,"data":null,"event"`, 1) + `,` + liberoWhen + `,"meta":{"libero":{"data":null}}}`},
		{"libero", with(anyLibero, `,"correlationIds":[]`), `{` + libero + `,` + liberoWhen + `,"meta":{"libero":{"correlationIds":[]}}}`},
		{"libero", with(anyLibero, `,"correlationIds":[{"service":"b","name":"n","identifier":"1"},{"service":"a","name":"n","identifier":"1"}]`),
			`{` + strings.Replace(libero, `,"event"`, `,"correlations":[{"identifier":"1","name":"n","service":"b"},{"identifier":"1","name":"n","service":"a"}],"event"`, 1) + `,` + liberoWhen + `}`},
		{"libero", instead(anyLibero, `"service":"s","name":"n"`, `"service":"a/b","name":"c~d"`), `{` + strings.Replace(libero, "s/n", "a~1b/c~0d", 1) + `,` + liberoWhen + `}`},
		{"libero", instead(anyLibero, `12:00:00`, `23:59:60`), `{` + libero + `,"id":"448278c4-22d6-11e8-b467-0ed5f89f718b","meta":{"libero":{"happenedAt":"2018-03-08T23:59:60+00:00"}}}`},

		{"serialized", with(anySerialized, ``), `{"entities":{"eventType":["OrderPlaced"]},"event":"OrderPlaced"}`},
		{"serialized", with(anySerialized, `,"eventId":"a2bcae3a-85f6-4a6c-a50f-936479cc17b4","data":{"a":1},"encryptedData":"x"`),
			`{"data":{"a":1},"encryptedData":"x","entities":{"event":["a2bcae3a-85f6-4a6c-a50f-936479cc17b4"]},"event":"OrderPlaced","id":"a2bcae3a-85f6-4a6c-a50f-936479cc17b4"}`},
		{"serialized", with(anySerialized, `,"encryptedData":""`),
			`{"entities":{"eventType":["OrderPlaced"]},"event":"OrderPlaced","meta":{"serialized":{"encryptedData":""}}}`},
		{"serialized", with(anySave, ``), `{` + order + `,"event":"OrderPlaced"}`},
		{"serialized", with(anySave, `,"expectedVersion":3`),
			`{` + strings.Replace(order, `{"key"`, `{"expectedVersion":3,"key"`, 1) + `,"event":"OrderPlaced","meta":{"serialized":{"expectedVersion":3}}}`},
		{"serialized", with(anySave, `,"expectedVersion":null`), `{` + order + `,"event":"OrderPlaced","meta":{"serialized":{"expectedVersion":null}}}`},
		{"serialized", instead(anySave, `{"eventType"`, `{"eventType":"OrderShipped"},{"eventType"`), `{` + order + `,"event":"OrderShipped"},{` + order + `,"event":"OrderPlaced"}`},

		{"cloudevents", with(anyCloudEvent, ``), `{"entities":{"source":["/s"]},"event":"t","id":"/s 1","meta":{"cloudevents":{"$absent":["time"],"id":"1","source":"/s"}}}`},
		{"cloudevents", with(ceNow, ``), `{` + ce + `,"meta":{"cloudevents":{"id":"1","source":"/s"}}}`},
		{"cloudevents", with(ceNow, `,"subject":"a b","data":"<x/>","datacontenttype":"text/xml"`),
			`{"data":"<x/>",` + strings.Replace(ce, `["/s"]`, `["/s"],"subject":["a b"]`, 1) + `,"meta":{"cloudevents":{"datacontenttype":"text/xml","id":"1","source":"/s"}}}`},
		{"cloudevents", with(ceNow, `,"data":null,"subject":null`),
			`{"data":null,` + ce + `,"meta":{"cloudevents":{"data":null,"id":"1","source":"/s","subject":null}}}`},
		{"cloudevents", with(ceNow, `,"traceparent":"00-0","sampled":true,"n":-2147483648`),
			`{` + ce + `,"meta":{"cloudevents":{"id":"1","n":-2147483648,"sampled":true,"source":"/s","traceparent":"00-0"}}}`},
		{"cloudevents", with(ceNow, `,"data_base64":"AQID"`), `{"data":{"data_base64":"AQID"},` + ce + `,"meta":{"cloudevents":{"id":"1","source":"/s"}}}`},
		{"cloudevents", with(ceNow, `,"data":{"data_base64":"AQID"}`),
			`{"data":{"data_base64":"AQID"},` + ce + `,"meta":{"cloudevents":{"$absent":["data_base64"],"data":{"data_base64":"AQID"},"id":"1","source":"/s"}}}`},
		{"cloudevents", with(ceNow, `,"data":{"data_base64":"-"}`), `{"data":{"data_base64":"-"},` + ce + `,"meta":{"cloudevents":{"id":"1","source":"/s"}}}`},
		// Events of the ledger itself come back under their own id.
		{"cloudevents", strings.Replace(with(ceNow, ``), `"/s"`, `"urn:quipu:ledger:main"`, 1),
			`{"entities":{"source":["urn:quipu:ledger:main"]},"event":"t","happenedAt":"2018-04-05T17:31:00Z","id":"1"}`},
	} {
		f := newFormat(t, test.format)
		got, err := f.ToQuipu([]byte(test.doc))
		if want := `{"events":[` + test.want + `]}`; err != nil || string(got) != want {
			t.Errorf("%s: %s, %v\ngot  %s\nwant %s", test.format, test.doc, err, got, want)
			continue
		}
		wantIdentity(t, f, test.doc)
	}
}

// Two sources may use the same id, and no two pairs of them have one id together.
func TestIDsOfCloudEventsDoNotCollide(t *testing.T) {
	f := newFormat(t, "cloudevents")
	const own = "urn:quipu:ledger:main"
	ids := map[string]string{}
	for _, source := range []string{"/s", "/s%20a", "/" + strings.Repeat("x", 300), own, own + ":x"} {
		for _, id := range []string{"1", "a 1", "/s 1", own + " 1", own, strings.Repeat("é", 200), strings.Repeat("é", 201), strings.Repeat("é", 202)} {
			doc := string(asJSON(t, map[string]string{"specversion": "1.0", "type": "t", "source": source, "id": id}))
			wantIdentity(t, f, doc)
			given := event(t, f, doc).ID
			if other, known := ids[given]; known {
				t.Errorf("%s and %s have the id %q", doc, other, given)
			}
			ids[given] = doc
		}
	}
	if len(ids) != 40 {
		t.Errorf("%d ids", len(ids))
	}
}

// What is too long for a key or an id is found by its SHA-256.
func TestLongTextsAreFoundByTheirHash(t *testing.T) {
	f := newFormat(t, "cloudevents")
	for _, test := range []struct {
		subject, key string
	}{
		{strings.Repeat("x", 512), strings.Repeat("x", 512)},
		{strings.Repeat("x", 513), "sha256:35ade0090e64e74d6ad04204009c23a4e34b82bdf0f4f317fbcc5f26f9b10241"},
	} {
		e := event(t, f, with(anyCloudEvent, `,"subject":"`+test.subject+`"`))
		if got := e.Entities["subject"][0]; got != test.key {
			t.Errorf("%d bytes: %s", len(test.subject), got)
		}
	}
}

func TestDataMayHaveAnyNumberOfMembers(t *testing.T) {
	members := &strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(members, `,"%04d":1`, i)
	}
	many := "{" + members.String()[1:] + "}"
	for name, doc := range map[string]string{
		"trove": instead(anyTrove, `"payload":{}`, `"payload":`+many), "libero": with(anyLibero, `,"data":`+many),
		"serialized": with(anySerialized, `,"data":`+many), "cloudevents": with(anyCloudEvent, `,"data":`+many),
	} {
		wantIdentity(t, newFormat(t, name), doc)
	}
}

func TestDataMayNestAsDeepAsALedgerKeepsIt(t *testing.T) {
	deep := strings.Repeat(`{"a":`, quipu.DepthMax-1) + "{}" + strings.Repeat("}", quipu.DepthMax-1)
	for name, doc := range map[string]string{
		"trove":       `{"createdAt":"2024-03-15T10:30:00Z","files":[],"id":{"id":"e1"},"links":[],"metadata":{"a":1},"payload":%s,"schema":{"id":"s"}}`,
		"libero":      `{"aggregate":{"identifier":"1","name":"n","service":"s"},"data":%s,"eventId":"448278c4-22d6-11e8-b467-0ed5f89f718b","happenedAt":"2018-03-08T12:00:00Z","type":"t"}`,
		"serialized":  `{"aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","aggregateType":"order","events":[{"data":%s,"eventType":"OrderPlaced"}]}`,
		"cloudevents": `{"data":%s,"id":"1","source":"/s","specversion":"1.0","type":"t"}`,
	} {
		f := newFormat(t, name)
		want := with(doc, deep)
		if got := stored(t, f, want).export(t, f); len(got) != 1 || string(got[0].JSON) != want {
			t.Errorf("%s: %s", name, got[0].JSON)
		}
		_, err := f.ToQuipu([]byte(with(doc, "["+deep+"]")))
		if e := known(t, err); e.Kind != quipu.Invalid || e.Hint == "" {
			t.Errorf("%s: a level more: %v", name, err)
		}
	}
}
