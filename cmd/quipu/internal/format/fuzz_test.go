package format_test

import (
	"testing"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// FuzzDocument: whatever bytes a format and a ledger take come back as they were.
func FuzzDocument(f *testing.F) {
	for i := range format.Names {
		for _, doc := range []string{
			seedTrove, cleaned(seedsLibero[0]), seedsSerialized[0],
			`{"aggregateType":"order","aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","expectedVersion":null,"events":[{"eventType":"a"},{"eventType":"b","data":{}}]}`,
			`{"specversion":"1.0","id":"1","source":"/s","type":"t","subject":null,"time":"2018-04-05T17:31:00Z","ext":-1,"data_base64":"AQID"}`,
			`{"id":{"id":"e","version":2},"schema":{"$id":"s"},"payload":{},"links":[{"type":"version","targetEvent":{"id":"e","version":1}}],"files":[{"id":"f","data":"","isReference":false}],"metadata":{"trove":{}}}`,
		} {
			f.Add(i, []byte(doc))
		}
	}
	f.Fuzz(func(t *testing.T, i int, doc []byte) {
		if i < 0 || i >= len(format.Names) {
			return
		}
		to := newFormat(t, format.Names[i])
		body, err := to.ToQuipu(doc)
		if err != nil {
			known(t, err)
			return
		}
		if !canonical.Valid(body) {
			t.Fatalf("%s is translated to %s, which is not canonical", doc, body)
		}
		if _, err := intake.ReadAppend(shape.Of(body), nil); err == nil {
			wantIdentity(t, to, string(doc))
		}
	})
}

// FuzzEvent: whatever an encoder writes, its format takes.
func FuzzEvent(f *testing.F) {
	for i := range format.Names {
		f.Add(i, []byte(changed(3, order, 1)))
		f.Add(i, []byte(read(`"event":"E","entities":{"a":["b"]},"data":{"data_base64":"AQID"},"meta":{"trove":{"files":[1]},"serialized":{"$absent":[1]}},`+
			`"id":"e1","version":2,"links":[{"target":{"id":"e1","version":1},"type":"version"}],"files":[{"id":"f1","isReference":true,"data":"x"}]`)))
	}
	f.Fuzz(func(t *testing.T, i int, event []byte) {
		if i < 0 || i >= len(format.Names) {
			return
		}
		to := newFormat(t, format.Names[i])
		e := to.NewEncoder()
		docs, err := e.Write(event)
		if err != nil {
			known(t, err)
			return
		}
		for _, doc := range append(docs, e.Flush()...) {
			if _, err := to.ToQuipu(doc.JSON); err != nil {
				t.Fatalf("%s is written as %s: %v", event, doc.JSON, err)
			}
		}
	})
}
