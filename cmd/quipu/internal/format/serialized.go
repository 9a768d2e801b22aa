package format

import (
	"maps"
	"regexp"

	"github.com/quipu-ledger/quipu/fsm/shape"
)

// serialized is the format of Serialized: an event alone, or the events that one save
// adds to an aggregate.
type serialized struct{}

const exampleSerialized = `an event is such as {"eventType":"OrderPlaced","data":{"orderAmount":1000}}`

var serializedEvent = form{
	{"eventId", optional, anyUUID, "an id is a UUID, such as a2bcae3a-85f6-4a6c-a50f-936479cc17b4"},
	{"eventType", required, pattern("the event's type", `^[A-Za-z0-9_-]+$`), `a type has letters, digits, "-" and "_", such as "OrderPlaced"`},
	{"data", optional, anyObject, "data is an object; leave it out for none"},
	{"encryptedData", optional, anyText, "it is a text; leave it out for none"},
}

// save is the events that one append adds to an aggregate.
var save = form{
	{"aggregateType", required, pattern("the aggregate's type", `^[a-z0-9_-]+$`), `a type has small letters, digits, "-" and "_", such as "order"`},
	{"aggregateId", required, anyUUID, "an aggregate's id is a UUID, such as b1b0ee7c-c758-4f7b-8185-2bf599435eb9"},
	{"expectedVersion", optional, versionOrNull, "it is the version that the aggregate must have, from 0, or null for any"},
	{"events", required, someEvents, exampleSerialized + ", in a list"},
}

// ofSave are the members of a save without the events.
var ofSave = []string{"aggregateType", "aggregateId", "expectedVersion"}

func (serialized) parts(doc shape.Object) ([]fields, error) {
	if !doc.Has("events") && !doc.Has("aggregateType") && !doc.Has("aggregateId") {
		if err := serializedEvent.check(doc); err != nil {
			return nil, err
		}
		part, err := read(doc)
		return []fields{part}, err
	}
	if err := save.check(doc); err != nil {
		return nil, err
	}
	list, err := doc.Member("events").Array()
	if err != nil {
		return nil, err
	}
	parts := make([]fields, len(list))
	for i, element := range list {
		if parts[i], err = partOfSave(doc, element); err != nil {
			return nil, err
		}
		if i > 0 {
			delete(parts[i], "expectedVersion")
		}
	}
	return parts, nil
}

// partOfSave is an event with what is said beside it. What is expected of the
// aggregate is said once, of the first.
func partOfSave(doc shape.Object, element shape.Value) (fields, error) {
	event, err := element.Object()
	if err != nil {
		return nil, err
	}
	part, err := read(event)
	if err != nil {
		return nil, err
	}
	for _, name := range ofSave {
		if v := doc.Member(name); v.Exists() {
			if part[name], err = v.Canonical(nil); err != nil {
				return nil, err
			}
		}
	}
	return part, nil
}

// someEvents refuses an empty list: a save changes something.
func someEvents(v shape.Value) error {
	list, err := v.Array()
	if err == nil && len(list) == 0 {
		return v.Errorf("the list of events is empty")
	}
	if err != nil {
		return err
	}
	return each(serializedEvent.object)(v)
}

func (serialized) document(parts []fields) fields {
	if !parts[0].has("aggregateType") {
		return parts[0]
	}
	doc := fields{}
	doc.take(parts[0], ofSave...)
	events := make([][]byte, len(parts))
	for i, part := range parts {
		event := maps.Clone(part)
		for _, name := range ofSave {
			delete(event, name)
		}
		events[i] = event.json()
	}
	doc["events"] = array(events...)
	return doc
}

func (serialized) event(part fields) fields {
	event := fields{}
	event.takeAs("event", part, "eventType")
	event.takeAs("id", part, "eventId")
	event.take(part, "data")
	if part.text("encryptedData") != "" {
		event.take(part, "encryptedData")
	}
	switch {
	case part.has("aggregateType"):
		aggregate := fields{"type": part["aggregateType"], "key": part["aggregateId"]}
		if expected := part["expectedVersion"]; string(expected) != "null" {
			aggregate.take(part, "expectedVersion")
		}
		event["aggregate"] = aggregate.json()
	case part.has("eventId"):
		event["entities"] = fields{"event": array(part["eventId"])}.json()
	default:
		event["entities"] = fields{"eventType": array(part["eventType"])}.json()
	}
	return event
}

func (serialized) part(event fields) (fields, error) {
	part := fields{}
	part.takeAs("eventType", event, "event")
	if isUUID(event.text("id")) && versionOf(event) == 1 {
		part.takeAs("eventId", event, "id")
	}
	if data := event["data"]; string(data) != "null" {
		part.take(event, "data")
	}
	part.take(event, "encryptedData")
	if event.has("aggregate") {
		aggregate := split(event["aggregate"])
		part.takeAs("aggregateType", aggregate, "type")
		part.takeAs("aggregateId", aggregate, "key")
	}
	return part, nil
}

// group is the aggregate at the version that the events gave it. What is expected of
// it stands in the first part only.
func (serialized) group(event, part fields) (name string, first bool) {
	return string(event["aggregate"]), part.has("expectedVersion")
}

func (serialized) reason(member string) string {
	if member == "id" {
		return "an eventId of serialized is a UUID, and has one event"
	}
	return "serialized has no place for it"
}

func anyUUID(v shape.Value) error {
	text, err := v.Text()
	if err == nil && !isUUID(text) {
		return v.Errorf("%.80q is no UUID", text)
	}
	return err
}

func pattern(what, expression string) func(shape.Value) error {
	compiled := regexp.MustCompile(expression)
	return func(v shape.Value) error {
		text, err := v.Name(what, true)
		if err == nil && !compiled.MatchString(text) {
			return v.Errorf("%s %.80q has other characters", what, text)
		}
		return err
	}
}

func versionOrNull(v shape.Value) error {
	if v.IsNull() {
		return nil
	}
	_, err := v.Uint()
	return err
}
