package format

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// libero is the format of Libero's event bus: eventId, happenedAt, aggregate, type,
// data, correlationIds.
type libero struct{ single }

const exampleTriple = `it is such as {"service":"article-store","name":"article","identifier":"10627"}`

var liberoTriple = form{
	{"service", required, aName("the service"), exampleTriple},
	{"name", required, anyName("the name"), exampleTriple},
	{"identifier", required, aKey("the identifier"), exampleTriple},
}

var liberoEvent = form{
	{"eventId", required, timeUUID, "an event's id is a UUID of version 1, such as 448278c4-22d6-11e8-b467-0ed5f89f718b"},
	{"happenedAt", required, zonedTime, exampleTime},
	{"aggregate", required, triple, exampleTriple},
	{"type", required, aName("the event's type"), `it says what the event is about, such as "deposit-assets-started"`},
	{"data", optional, anything, "data is any JSON value"},
	{"correlationIds", optional, each(triple), exampleTriple + " in a list"},
}

func (libero) parts(doc shape.Object) ([]fields, error) {
	if err := liberoEvent.check(doc); err != nil {
		return nil, err
	}
	part, err := read(doc)
	return []fields{part}, err
}

func timeUUID(v shape.Value) error {
	text, err := v.Text()
	if err == nil && uuidVersion(text) != "1" {
		return v.Errorf("%.80q is no UUID of version 1", text)
	}
	return err
}

// triple checks also that service and name fit into the type of an entity.
func triple(v shape.Value) error {
	if err := liberoTriple.object(v); err != nil {
		return err
	}
	canonical, err := v.Canonical(nil)
	if err != nil {
		return err
	}
	entityType, _ := tripleOf(canonical).Entity()
	if err := shape.CheckName("service and name together", entityType, false); err != nil {
		return err.At(v.Pointer())
	}
	return nil
}

func (libero) event(part fields) fields {
	entityType, key := tripleOf(part["aggregate"]).Entity()
	event := fields{"aggregate": fields{"type": quote(entityType), "key": quote(key)}.json()}
	event.takeAs("event", part, "type")
	event.takeAs("id", part, "eventId")
	event.take(part, "data")
	if eventTime(part.text("happenedAt")) {
		event.take(part, "happenedAt")
	}
	if list := onceEach(elements(part["correlationIds"])); len(list) > 0 {
		event["correlations"] = array(list...)
	}
	return event
}

func (libero) part(event fields) (fields, error) {
	aggregate, err := liberoAggregate(event)
	if err != nil {
		return nil, err
	}
	if versionOf(event) > 1 {
		return nil, quipu.Errorf(quipu.Invalid, "it is version %d of its id", versionOf(event)).
			WithHint("an eventId of libero has one event, which is version 1")
	}
	part := fields{"aggregate": aggregate}
	part.takeAs("eventId", event, "id")
	part.takeAs("type", event, "event")
	part.takeAs("happenedAt", event, "timestamp") // unless it says more
	part.take(event, "happenedAt")
	part.takeAs("correlationIds", event, "correlations")
	if data := event["data"]; string(data) != "null" {
		part.take(event, "data")
	}
	return part, nil
}

func liberoAggregate(event fields) ([]byte, error) {
	aggregate := split(event["aggregate"])
	service, name, ok := quipu.SplitEntityType(aggregate.text("type"))
	switch {
	case !event.has("aggregate"):
		return nil, quipu.Errorf(quipu.Invalid, "it has no aggregate").
			WithHint("an event of libero belongs to one, of a service and a name")
	case !ok || service == "":
		return nil, quipu.Errorf(quipu.Invalid, "its aggregate's type %.80q is no service and name", aggregate.text("type")).
			WithHint(`the type of an aggregate of libero is such as "article-store/article-run"`)
	}
	return fields{"service": quote(service), "name": quote(name), "identifier": aggregate["key"]}.json(), nil
}

func (libero) reason(string) string { return "libero has no place for it" }

func tripleOf(object []byte) quipu.Correlation {
	o := split(object)
	return quipu.Correlation{Service: o.text("service"), Name: o.text("name"), Identifier: o.text("identifier")}
}

// onceEach leaves out what was in the list before: correlations are a set.
func onceEach(values [][]byte) (list [][]byte) {
	seen := map[string]bool{}
	for _, value := range values {
		if !seen[string(value)] {
			list = append(list, value)
		}
		seen[string(value)] = true
	}
	return list
}
