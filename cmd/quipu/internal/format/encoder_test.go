package format_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

const order = "b1b0ee7c-c758-4f7b-8185-2bf599435eb9"

// changed is an event of an aggregate, as read.
func changed(position int, key string, version int) string {
	return fmt.Sprintf(`{"position":%d,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z",`+
		`"event":"E%d","entities":{},"data":null,"meta":{},"aggregate":{"key":%q,"type":"order","version":%d}}`, position, position, key, version)
}

// lines writes events and gives each document as the names of its events, and what is lost.
func lines(t *testing.T, e *format.Encoder, events ...string) (docs, lost []string) {
	t.Helper()
	var all []format.Document
	for _, event := range events {
		complete, err := e.Write([]byte(event))
		if err != nil {
			t.Fatalf("%s: %v", event, err)
		}
		all = append(all, complete...)
	}
	for _, doc := range append(all, e.Flush()...) {
		docs = append(docs, string(doc.JSON))
		for _, l := range doc.Lost {
			lost = append(lost, fmt.Sprintf("%d %s", l.Position, l))
		}
	}
	return docs, lost
}

func saved(key, events string) string {
	return fmt.Sprintf(`{"aggregateId":%q,"aggregateType":"order","events":[%s]}`, key, events)
}

func TestNeighboursOfOneChangeShareALine(t *testing.T) {
	const other = "a2bcae3a-85f6-4a6c-a50f-936479cc17b4"
	e := newFormat(t, "serialized").NewEncoder()
	got, lost := lines(t, e,
		changed(3, order, 1), changed(4, order, 1), changed(5, order, 2), changed(6, other, 2),
		read(`"event":"Alone","entities":{"eventType":["Alone"]},"data":null,"meta":{}`), changed(8, other, 3))
	want := []string{
		saved(order, `{"eventType":"E3"},{"eventType":"E4"}`), saved(order, `{"eventType":"E5"}`), saved(other, `{"eventType":"E6"}`),
		`{"eventType":"Alone"}`, saved(other, `{"eventType":"E8"}`),
	}
	if !slices.Equal(got, want) || lost != nil {
		t.Errorf("%s\n%v", strings.Join(got, "\n"), lost)
	}
}

func TestChangeThatOthersInterruptIsNamed(t *testing.T) {
	const other = "a2bcae3a-85f6-4a6c-a50f-936479cc17b4"
	e := newFormat(t, "serialized").NewEncoder()
	got, lost := lines(t, e, changed(3, order, 1), changed(4, other, 1), changed(5, order, 1), changed(6, order, 1), changed(7, order, 2))
	if len(got) != 4 || len(lost) != 1 || lost[0] != "5 aggregate: its change comes in several documents, since events of others lie between" {
		t.Errorf("%s\n%q", strings.Join(got, "\n"), lost)
	}
	// As far apart as an append can be.
	events := []string{changed(3, order, 1)}
	for i := range quipu.AppendEventsMax - 2 {
		events = append(events, changed(4+i, fmt.Sprintf("a2bcae3a-85f6-4a6c-a50f-%012d", i), 1))
	}
	if _, lost = lines(t, newFormat(t, "serialized").NewEncoder(), append(events, changed(2000, order, 1))...); len(lost) != 1 {
		t.Errorf("%q", lost)
	}
}

func TestExpectedVersionBeginsALine(t *testing.T) {
	e := newFormat(t, "serialized").NewEncoder()
	expecting := strings.Replace(changed(4, order, 1), `"meta":{}`, `"meta":{"serialized":{"expectedVersion":0}}`, 1)
	got, _ := lines(t, e, changed(3, order, 1), expecting, changed(5, order, 1))
	want := []string{saved(order, `{"eventType":"E3"}`), strings.Replace(saved(order, `{"eventType":"E4"},{"eventType":"E5"}`), `}]}`, `}],"expectedVersion":0}`, 1)}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

func TestEncoderGoesOnAfterAnEventThatItCannotHold(t *testing.T) {
	e := newFormat(t, "serialized").NewEncoder()
	if docs, err := e.Write([]byte(changed(3, order, 1))); docs != nil || err != nil {
		t.Fatalf("%v, %v", docs, err)
	}
	docs, err := e.Write([]byte(strings.Replace(changed(4, order, 1), `"E4"`, `"Item Ordered"`, 1)))
	if e := known(t, err); docs != nil || e.Kind != quipu.Invalid || e.Pointer != "/events/0/eventType" || e.Hint == "" ||
		e.Detail != `serialized cannot hold the event at position 4: the event's type "Item Ordered" has other characters` {
		t.Errorf("%+v", e)
	}
	got, _ := lines(t, e, changed(5, order, 1))
	if want := saved(order, `{"eventType":"E3"},{"eventType":"E5"}`); len(got) != 1 || got[0] != want {
		t.Errorf("%s", got)
	}
	if docs := e.Flush(); docs != nil {
		t.Errorf("a flushed encoder gives %s", docs[0].JSON)
	}
}

func TestLedgersOwnEventsAreLeftOut(t *testing.T) {
	for _, name := range format.Names {
		docs, err := newFormat(t, name).NewEncoder().Write([]byte(read(`"event":"$ledger-created","entities":{},"data":{"name":"main"},"meta":{}`)))
		if docs != nil || err != nil {
			t.Errorf("%s: %v, %v", name, docs, err)
		}
	}
}

func TestWhatCannotBeHeldIsRefusedWithItsReason(t *testing.T) {
	const content = `"entities":{"a":["b"]},"data":null,"meta":{}`
	const pair = `"aggregate":{"key":"1","type":"s/n","version":1}`
	for _, test := range []struct{ format, event, pointer, detail string }{
		{"libero", `"event":"e",` + content, "", "it has no aggregate"},
		{"libero", `"event":"e","aggregate":{"key":"o-17","type":"order","version":1},` + content, "", `its aggregate's type "order" is no service and name`},
		{"libero", `"event":"e",` + pair + `,` + content, "", "eventId is missing"},
		{"libero", `"event":"e",` + pair + `,"id":"a2bcae3a-85f6-4a6c-a50f-936479cc17b4",` + content, "/eventId", "is no UUID of version 1"},
		{"libero", `"event":"e",` + pair + `,"id":"448278c4-22d6-11e8-b467-0ed5f89f718b","version":2,` + content, "", "it is version 2 of its id"},
		{"serialized", `"event":"e","aggregate":{"key":"o-17","type":"order","version":1},` + content, "/aggregateId", `"o-17" is no UUID`},
		{"serialized", `"event":"e","aggregate":{"key":"` + order + `","type":"s/n","version":1},` + content, "/aggregateType", "has other characters"},
		{"serialized", `"event":"e","entities":{"a":["b"]},"data":[1],"meta":{}`, "/data", "expected an object, found an array"},
		{"trove", `"event":"e","entities":{"a":["b"]},"data":[1],"meta":{}`, "/payload", "expected an object, found an array"},
		{"trove", `"event":"e","files":[{"hash":"sha256:x","id":"f1","size":1}],` + content, "", `the content of its file "f1" was not read with it`},
	} {
		docs, err := newFormat(t, test.format).NewEncoder().Write([]byte(read(test.event)))
		e := known(t, err)
		if docs != nil || e.Kind != quipu.Invalid || e.Pointer != test.pointer || e.Hint == "" ||
			!strings.HasPrefix(e.Detail, test.format+" cannot hold the event at position 7: ") || !strings.Contains(e.Detail, test.detail) {
			t.Errorf("%s: %s\n%+v", test.format, test.event, e)
		}
	}
	for _, event := range []string{`{}`, `[]`, `{"event":"e"}`, `{"event":"e","position":1`, `{"end":{"position":2,"head":2,"more":false}}`} {
		docs, err := newFormat(t, "trove").NewEncoder().Write([]byte(event))
		if docs != nil || quipu.KindOf(err) != quipu.Invalid {
			t.Errorf("%s: %v, %v", event, docs, err)
		}
	}
}

func TestLostMembersAreNamedWithTheirReason(t *testing.T) {
	const event = `"event":"E","entities":{"a":["b"]},"data":{"x":1},"meta":{"actor":"m"},"id":"e 1","version":2,"happenedAt":"2018-03-08T12:00:00Z",` +
		`"producer":"p","schema":"1","correlations":[{"identifier":"1","name":"n","service":"s"}],"encryptedData":"x",` +
		`"links":[{"target":{"position":1},"type":"parent"},{"target":{"id":"e 1","version":1},"type":"version"}],` +
		`"files":[{"data":"aGVsbG8=","hash":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","id":"f1","size":5}]`
	for name, want := range map[string][]string{
		"trove": {"correlations: trove has no place for it", "encryptedData: trove has no place for it",
			`entities: trove has no place for it; what comes back has {"event":[id]}`, "links: a link of trove leads to an id"},
		"serialized": {"correlations: serialized has no place for it", "entities: serialized has no place for it", "files: serialized has no place for it",
			"happenedAt: serialized has no place for it", "id: an eventId of serialized is a UUID, and has one event", "links: serialized has no place for it",
			"meta: serialized has no place for it", "producer: serialized has no place for it", "schema: serialized has no place for it", "version: serialized has no place for it"},
		"cloudevents": {"correlations: cloudevents has no place for it", "encryptedData: cloudevents has no place for it",
			"entities: cloudevents has a subject and no entities", "files: cloudevents has no place for it",
			"id: an id of cloudevents has one event; one with a space comes back behind its source", "links: cloudevents has no place for it",
			"meta: cloudevents has no place for it", "producer: cloudevents has no place for it", "schema: cloudevents has no place for it", "version: cloudevents has no place for it"},
	} {
		_, lost := lines(t, newFormat(t, name).NewEncoder(), read(event))
		for i := range want {
			want[i] = "7 " + want[i]
		}
		if !slices.Equal(lost, want) {
			t.Errorf("%s:\n%s", name, strings.Join(lost, "\n"))
		}
	}
}

// A member of an author's own meta that has a format's name is not taken for a side.
func TestAuthorsMetaIsNoSide(t *testing.T) {
	for meta, want := range map[string]string{
		`{"trove":5}`:                     `"metadata":{"trove":5}`,
		`{"trove":{}}`:                    `"metadata":{"trove":{}}`,
		`{"trove":{"foo":1}}`:             `"metadata":{"trove":{"foo":1}}`,
		`{"trove":{"$absent":["files"]}}`: `"links":[]`, // this is one, whoever wrote it
	} {
		got, _ := lines(t, newFormat(t, "trove").NewEncoder(), read(`"event":"E","entities":{"event":["e1"]},"data":{},"id":"e1","meta":`+meta))
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: %s", meta, got)
		}
	}
}

// An event without an id, or without a time, is given what the format demands.
func TestWhatAFormatDemandsIsFilledIn(t *testing.T) {
	for name, want := range map[string]string{
		"trove": `{"createdAt":"2021-11-16T03:30:47.430415Z","files":[],"id":{"id":"0005d0df8d1e990f13658533a0f8f294"},"links":[],"payload":{},"schema":{"id":"E"}}`,
		"cloudevents": `{"id":"0005d0df8d1e990f13658533a0f8f294","source":"urn:quipu:ledger:main","specversion":"1.0",` +
			`"time":"2021-11-16T03:30:47.430415Z","type":"E"}`,
	} {
		got, _ := lines(t, newFormat(t, name).NewEncoder(), read(`"event":"E","entities":{"a":["b"]},"data":null,"meta":{}`))
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	const id = "448278c4-22d6-11e8-b467-0ed5f89f718b"
	got, lost := lines(t, newFormat(t, "libero").NewEncoder(), read(`"event":"E","entities":{},"data":null,"meta":{},"id":"`+id+`","aggregate":{"key":"1","type":"s/n","version":4}`))
	if want := `{"aggregate":{"identifier":"1","name":"n","service":"s"},"eventId":"` + id + `","happenedAt":"2021-11-16T03:30:47.430415Z","type":"E"}`; len(got) != 1 || got[0] != want || lost != nil {
		t.Errorf("%s, %s", got, lost)
	}
}

func TestSourceNamesTheLedger(t *testing.T) {
	for ledger, want := range map[string]string{"main": "urn:quipu:ledger:main", "my shop/é": "urn:quipu:ledger:my%20shop%2F%C3%A9"} {
		f, err := format.New("cloudevents", format.Options{Ledger: ledger})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := lines(t, f.NewEncoder(), read(`"event":"E","entities":{"a":["b"]},"data":null,"meta":{}`))
		if !strings.Contains(got[0], `"source":"`+want+`"`) {
			t.Errorf("%s: %s", ledger, got[0])
		}
	}
}
