package intake

import "github.com/quipu-ledger/quipu/fsm/shape"

// EventMembers are the members that an event to append may have. The ledger's own
// names for what is read back, eventId and timestamp, are taken as the author's: an
// event that comes from another ledger keeps them as id and happenedAt.
var EventMembers = []string{
	"event", "entities", "entity", "key", "data", "meta", "id", "eventId", "version", "happenedAt", "timestamp", "producer",
	"aggregate", "schema", "links", "files", "correlations", "encryptedData",
}

// ExportMembers are the members of an event of an export.
var ExportMembers = []string{
	"position", "eventId", "timestamp", "event", "entities", "data", "meta", "id", "version", "happenedAt", "producer",
	"aggregate", "schema", "links", "files", "correlations", "encryptedData",
}

// steps read the members of an event: first what others depend on, then the optional
// ones in the order in which they are stored. A step is needed if the event has any
// of its members, and is given the value of the first of them, if there is one. The
// example is the hint of an error that has none.
var steps = [...]struct {
	members []string
	read    func(*reader, shape.Value) error
	example string
}{
	{[]string{"event"}, (*reader).readName, `it says what happened: "event":"Item Ordered"`},
	{[]string{"aggregate"}, (*reader).readAggregate, exampleAggregate},
	{[]string{"correlations"}, (*reader).readCorrelations, `write [{"service":"article-store","name":"article","identifier":"10627"}]`},
	{[]string{"entities", "entity", "key"}, (*reader).readEntities, `entities are such as {"patron":["Harold_Cho"]}`},
	{[]string{"data"}, (*reader).readData, "data is any JSON value"},
	{[]string{"meta"}, (*reader).readMeta, `meta is an object, such as {"actor":"register-2"}`},
	{[]string{"encryptedData"}, (*reader).readEncryptedData, "it is a text that the ledger never reads; leave it out for none"},
	{[]string{"files"}, (*reader).readFiles, `write [{"id":"f1","contentType":"text/plain","filename":"a.txt","data":"aGVsbG8="}]`},
	{[]string{"happenedAt", "timestamp"}, (*reader).readHappenedAt, exampleTime},
	{[]string{"id", "eventId", "version"}, (*reader).readID, "it is the author's own id, a text; leave it out for none"},
	{[]string{"links", "version"}, (*reader).readLinks, `write [{"type":"parent","target":{"id":"o-17"}}]`},
	{[]string{"producer"}, (*reader).readProducer, `it is who made the event, such as "web-api"; leave it out for none`},
	{[]string{"schema"}, (*reader).readSchema, `it is a version of the event's schema, such as "1.0"; leave it out for none`},
	{[]string{"version"}, (*reader).readVersion, "versions count from 1"},
}

// stepSet is a set of steps: 1<<i for the one at i.
type stepSet uint16

// stepsByMember are the steps that need a member.
var stepsByMember = func() map[string]stepSet {
	byMember := map[string]stepSet{}
	for i := range steps {
		for _, member := range steps[i].members {
			byMember[member] |= 1 << i
		}
	}
	return byMember
}()

// stepAggregate is needed as well if the append has an aggregate for all events.
var stepAggregate = stepsByMember["aggregate"]

// stepsOf gives the steps that an event needs, in one pass over its members, and how
// many of these are an event's. Name and entities are read also where there are none:
// there must be.
func stepsOf(o shape.Object) (needed stepSet, known int) {
	needed = stepsByMember["event"] | stepsByMember["entities"]
	_ = o.Each(func(name string, _ shape.Value) error { // the function gives no error
		if step := stepsByMember[name]; step != 0 {
			needed |= step
			known++
		}
		return nil
	})
	return needed, known
}
