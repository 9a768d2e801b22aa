package format

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// cloudEvents is the JSON format of CloudEvents 1.0.2 in structured mode, one event a
// document.
type cloudEvents struct {
	single
	// own is the source of the events of the ledger that came from no other.
	own string
}

// ownSource is a URN, since a ledger's name is no address.
func ownSource(ledger string) string { return "urn:quipu:ledger:" + url.PathEscape(ledger) }

func (cloudEvents) parts(doc shape.Object) ([]fields, error) {
	if err := checkCloudEvent(doc); err != nil {
		return nil, err
	}
	part, err := read(doc)
	return []fields{part}, err
}

func (c cloudEvents) event(part fields) fields {
	source, subject := part.text("source"), part.text("subject")
	entities := fields{"source": array(quote(entityKey(source)))}
	if subject != "" {
		entities["subject"] = array(quote(entityKey(subject)))
	}
	event := fields{"id": quote(c.id(source, part.text("id"))), "entities": entities.json()}
	event.takeAs("event", part, "type")
	if eventTime(part.text("time")) {
		event.takeAs("happenedAt", part, "time")
	}
	event.take(part, "data")
	if part.has(base64Data) {
		event["data"] = binary(part[base64Data])
	}
	return event
}

// id is one id for source and id together, which is what names an event in
// CloudEvents. No source holds a space, so two pairs never give one id.
func (c cloudEvents) id(source, id string) string {
	if source == c.own && !strings.Contains(id, " ") && isName(id) {
		return id
	}
	both := source + " " + id
	if utf8.RuneCountInString(both) > quipu.NameCharsMax {
		return "sha256 " + sum(both)
	}
	return both
}

func (c cloudEvents) part(event fields) (fields, error) {
	part := fields{"specversion": quote(specVersion), "source": quote(c.own)}
	part.takeAs("id", event, "eventId") // unless it has one of its own
	if versionOf(event) == 1 {
		part.take(event, "id")
	}
	part.takeAs("type", event, "event")
	part.takeAs("time", event, "timestamp") // unless it says more
	part.takeAs("time", event, "happenedAt")
	if subjects := elements(split(event["entities"])["subject"]); len(subjects) == 1 {
		part["subject"] = subjects[0]
	}
	switch data := event["data"]; {
	case isBinary(data):
		part.takeAs(base64Data, split(data), base64Data)
	case string(data) != "null":
		part.take(event, "data")
	}
	return part, nil
}

// binary is the data of an event for bytes: an object that says what it is.
func binary(text []byte) []byte { return fields{base64Data: text}.json() }

func isBinary(data []byte) bool {
	members := split(data)
	if len(members) != 1 || !members.has(base64Data) {
		return false
	}
	_, ok := decode(members.text(base64Data))
	return ok
}

func (cloudEvents) reason(member string) string {
	switch member {
	case "entities":
		return "cloudevents has a subject and no entities"
	case "id":
		return "an id of cloudevents has one event; one with a space comes back behind its source"
	}
	return "cloudevents has no place for it"
}
