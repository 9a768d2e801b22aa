package format

import (
	"maps"

	"github.com/quipu-ledger/quipu/fsm/shape"
)

// trove is the format of Trove's events: id, createdAt, producer, schema, payload,
// files, links, metadata.
type trove struct{ single }

// contents is the list of the files' data in a part. It is no member of a document:
// apart from the files it never gets into a side, however the files are written.
const contents = "files.data"

const (
	exampleTroveID     = `an id is such as {"id":"evt_123abc","version":1}`
	exampleTroveSchema = `a schema is such as {"id":"document.uploaded","version":"1.0"}, or a JSON Schema with an "$id"`
)

var troveEvent = form{
	{"id", required, troveID.object, exampleTroveID},
	{"createdAt", optional, anyText, exampleTime},
	{"producer", optional, anyText, `it is who made the event, such as "web-api"`},
	{"schema", required, troveSchema, exampleTroveSchema},
	{"payload", required, anyObject, "the payload is an object"},
	{"files", optional, each(troveFile), exampleTroveFile},
	{"links", optional, each(troveLink.object), exampleTroveLink},
	{"metadata", optional, anyObject, "metadata is an object"},
}

var troveID = form{
	{"id", required, anyName("the event's id"), exampleTroveID},
	{"version", optional, fromOne, "versions count from 1"},
}

func (trove) parts(doc shape.Object) ([]fields, error) {
	if doc.Member("id").IsString() && doc.Has("schema") && !doc.Has("payload") {
		return nil, doc.Value().Errorf("this is a schema and not an event").WithHint("register it as a version of the event's schema")
	}
	if err := troveEvent.check(doc); err != nil {
		return nil, err
	}
	part, err := read(doc)
	if err != nil {
		return nil, err
	}
	divideFiles(part)
	return []fields{part}, nil
}

func (trove) document(parts []fields) fields {
	doc := maps.Clone(parts[0])
	joinFiles(doc)
	return doc
}

// troveSchema is the name of a registered schema with its version, or a whole JSON
// Schema, whose "$id" is its name.
func troveSchema(v shape.Value) error {
	o, err := v.Object()
	if err != nil {
		return err
	}
	if o.Has("$id") {
		return aName("the schema's $id")(o.Member("$id"))
	}
	return form{
		{"id", required, aName("the schema's id"), exampleTroveSchema},
		{"version", optional, anyText, exampleTroveSchema},
	}.check(o)
}

func (trove) event(part fields) fields {
	id := split(part["id"])
	event := fields{"entities": fields{"event": array(quote(entityKey(id.text("id"))))}.json()}
	event.take(id, "id", "version")
	takeSchema(event, split(part["schema"]))
	event.takeAs("data", part, "payload")
	if eventTime(part.text("createdAt")) {
		event.takeAs("happenedAt", part, "createdAt")
	}
	if isName(part.text("producer")) {
		event.take(part, "producer")
	}
	takeFiles(event, part)
	takeLinks(event, elements(part["links"]))
	meta := split(part["metadata"])
	if delete(meta, "trove"); len(meta) > 0 { // which is where the side will be
		event["meta"] = meta.json()
	}
	return event
}

func takeSchema(event, schema fields) {
	if schema.has("$id") {
		event.takeAs("event", schema, "$id")
		return
	}
	event.takeAs("event", schema, "id")
	if isName(schema.text("version")) {
		event.takeAs("schema", schema, "version")
	}
}

func (trove) part(event fields) (fields, error) {
	id := fields{"id": event["eventId"]} // unless it has one of its own
	id.take(event, "id", "version")
	schema := fields{"id": event["event"]}
	schema.takeAs("version", event, "schema")
	part := fields{"id": id.json(), "schema": schema.json(), "payload": []byte("{}")}
	if data := event["data"]; string(data) != "null" {
		part.takeAs("payload", event, "data")
	}
	part.takeAs("createdAt", event, "timestamp") // unless it says more
	part.takeAs("createdAt", event, "happenedAt")
	part.take(event, "producer")
	if meta := event["meta"]; len(meta) > len("{}") {
		part["metadata"] = meta
	}
	part["links"] = linksFrom(event)
	return part, addFiles(part, elements(event["files"]))
}

func (trove) reason(member string) string {
	switch member {
	case "entities":
		return `trove has no place for it; what comes back has {"event":[id]}`
	case "links":
		return "a link of trove leads to an id"
	case "meta":
		return `its own member "trove" comes back within another`
	}
	return "trove has no place for it"
}
