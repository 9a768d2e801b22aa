package format_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

// Random events of a ledger are exported and imported again: each member is there
// again, or it was named as lost, and never both.

func drawEvent(t *rapid.T, number int) string {
	o := &object{t: t}
	o.add("event", oneText(t, "OrderPlaced", "OrderPlaced", "Item Ordered", "order.placed"))
	o.add("entities", one(t, `{"patron":["Harold_Cho"]}`, `{"event":["e"]}`, `{"source":["s"],"subject":["a"]}`, `{"subject":["a","b"]}`))
	o.perhaps("aggregate", drawAggregate)
	o.perhaps("data", drawValue)
	o.perhaps("meta", drawMeta)
	if rapid.IntRange(0, 3).Draw(t, "has id") > 0 {
		id := one(t, "448278c4-22d6-11e8-b467-0ed5f89f71%02d", "448278c4-22d6-41e8-b467-0ed5f89f71%02d", "e-%02d", "a b %02d")
		o.add("id", quoted(fmt.Sprintf(id, number)))
		o.perhaps("version", func(t *rapid.T) string { return one(t, "1", "2") })
	}
	o.perhaps("happenedAt", func(t *rapid.T) string { return oneText(t, "2018-03-08T12:00:00+00:00", "2018-03-08T12:00:00.000001Z") })
	o.perhaps("producer", func(t *rapid.T) string { return oneText(t, "web-api", "$x") })
	o.perhaps("schema", func(t *rapid.T) string { return oneText(t, "1.0", "$2") })
	o.perhaps("correlations", func(t *rapid.T) string { return "[" + drawTriple(t) + "]" })
	o.perhaps("encryptedData", func(t *rapid.T) string { return `"secret"` })
	o.perhaps("links", func(t *rapid.T) string { return "[" + drawLink(t) + "]" })
	o.perhaps("files", func(t *rapid.T) string {
		return one(t, `[]`, `[{"id":"f1","data":"aGVsbG8=","filename":"a.txt"}]`, `[{"id":"f1","isReference":true,"data":"s3://x","size":5},{"id":"f2","data":""}]`)
	})
	return o.String()
}

func drawAggregate(t *rapid.T) string {
	return one(t, `{"type":"order","key":"o-17"}`, `{"type":"order","key":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9"}`,
		`{"service":"article-store","name":"article-run","identifier":"2018-03-08/1"}`)
}

// drawMeta draws an author's meta, which may look like a side.
func drawMeta(t *rapid.T) string {
	o := &object{t: t}
	o.perhaps("actor", drawText)
	name := one(t, slices.Sorted(maps.Keys(draws))...)
	o.perhaps(name, func(t *rapid.T) string {
		return one(t, `{}`, `5`, `{"foo":1}`, `{"data":null}`, `{"$absent":["links"]}`, `{"$absent":5}`, `{"type":"x","eventType":"x"}`, `{"files":[]}`)
	})
	return o.String()
}

func drawLink(t *rapid.T) string {
	o := &object{t: t}
	o.add("type", `"parent"`)
	o.add("target", one(t, `{"id":"e-01"}`, `{"id":"e-01","version":2}`, `{"position":1}`, `{"eventId":"0005d0df8d1e990f13658533a0f8f294"}`))
	o.perhaps("meta", drawObject)
	return o.String()
}

func TestWhatAFormatCannotCarryIsNamed(t *testing.T) {
	for name := range draws {
		t.Run(name, func(t *testing.T) {
			f := newFormat(t, name)
			carried, refused := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				from := &ledger{}
				for i := range rapid.IntRange(1, 4).Draw(t, "events") {
					from.take(t, []byte(drawEvent(t, i)))
				}
				documents, kept := exportSome(t, f, from)
				carried, refused = carried+len(kept), refused+len(from.events)-len(kept)
				to := &ledger{}
				var lost []format.Loss
				for _, doc := range documents {
					body, err := f.ToQuipu(doc.JSON)
					if err != nil {
						t.Fatalf("%s was written and is not taken: %v", doc.JSON, err)
					}
					to.take(t, body)
					lost = append(lost, doc.Lost...)
				}
				if len(to.events) != len(kept) {
					t.Fatalf("%d events come back of %d", len(to.events), len(kept))
				}
				for i := range kept {
					checkLost(t, kept[i], to.events[i], lost)
				}
			})
			if carried == 0 || refused == 0 && name != "cloudevents" {
				t.Errorf("%d were carried and %d refused, so nothing was tested", carried, refused)
			}
		})
	}
}

// exportSome leaves out events that the format cannot hold.
func exportSome(t tester, f *format.Format, from *ledger) (documents []format.Document, kept [][]byte) {
	t.Helper()
	e := f.NewEncoder()
	for _, event := range from.events {
		complete, err := e.Write(event)
		documents = append(documents, complete...)
		switch {
		case err == nil:
			kept = append(kept, event)
		case !strings.HasPrefix(err.Error(), f.Name()+" cannot hold the event at position "):
			t.Fatalf("%s: %v", event, err)
		}
	}
	return append(documents, e.Flush()...), kept
}

// checkLost compares an event with what came back of it.
func checkLost(t tester, before, after []byte, lost []format.Loss) {
	t.Helper()
	given, back := authors(t, before), authors(t, after)
	position, _ := strconv.Atoi(string(given["position"].(json.Number)))
	for name, value := range given {
		named := slices.ContainsFunc(lost, func(l format.Loss) bool { return int(l.Position) == position && l.Member == name })
		if name == "position" || name == "eventId" || name == "timestamp" {
			continue
		}
		if there := within(value, back[name]); there == named {
			t.Fatalf("%s: in what comes back %v, named as lost %v\nbefore %s\nafter  %s", name, there, named, before, after)
		}
	}
}

// authors is an event without what a ledger gives to it, and without defaults.
func authors(t tester, event []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(event)))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		t.Fatalf("%v", err)
	}
	for name, nothing := range map[string]any{"data": nil, "meta": map[string]any{}, "entities": map[string]any{}} {
		if reflect.DeepEqual(members[name], nothing) {
			delete(members, name)
		}
	}
	if aggregate, ok := members["aggregate"].(map[string]any); ok {
		delete(aggregate, "version")
	}
	if links, ok := members["links"].([]any); ok && members["version"] == json.Number("2") {
		own := map[string]any{"type": "version", "target": map[string]any{"id": members["id"], "version": json.Number("1")}}
		if links = slices.DeleteFunc(links, func(link any) bool { return reflect.DeepEqual(link, own) }); len(links) == 0 {
			delete(members, "links")
		} else {
			members["links"] = links
		}
	}
	return members
}

// within reports whether all of a value is in another one.
func within(part, whole any) bool {
	switch part := part.(type) {
	case map[string]any:
		members, ok := whole.(map[string]any)
		for name, value := range part {
			other, has := members[name]
			ok = ok && has && within(value, other)
		}
		return ok
	case []any:
		items, ok := whole.([]any)
		return ok && slices.EqualFunc(part, items, within)
	}
	return part == whole
}

// A change of several events to an aggregate is one line, so that it is one change
// again where it is imported.
func TestChangesOfAnAggregateStayWhole(t *testing.T) {
	f := newFormat(t, "serialized")
	rapid.Check(t, func(t *rapid.T) {
		from := &ledger{}
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			key := one(t, "b1b0ee7c-c758-4f7b-8185-2bf599435eb9", "b1b0ee7c-c758-4f7b-8185-2bf599435eba")
			events := strings.Repeat(`,{"event":"OrderPlaced"}`, rapid.IntRange(1, 3).Draw(t, "events"))[1:]
			from.take(t, fmt.Appendf(nil, `{"aggregate":{"type":"order","key":%q},"events":[%s]}`, key, events))
		}
		to := &ledger{}
		for _, doc := range from.export(t, f) {
			body, err := f.ToQuipu(doc.JSON)
			if err != nil || len(doc.Lost) > 0 {
				t.Fatalf("%s: %v, %v", doc.JSON, err, doc.Lost)
			}
			to.take(t, body)
		}
		if !reflect.DeepEqual(from.events, to.events) {
			t.Fatalf("before %s\nafter  %s", from.events, to.events)
		}
	})
}
