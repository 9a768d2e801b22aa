package format_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

// Documents with a place for one member to be wrong in; %s takes it, or its place.
const (
	anyTrove      = `{"id":{"id":"e1"},"schema":{"id":"s"},"payload":{}%s}`
	anyLibero     = `{"eventId":"448278c4-22d6-11e8-b467-0ed5f89f718b","happenedAt":"2018-03-08T12:00:00+00:00","aggregate":{"service":"s","name":"n","identifier":"1"},"type":"t"%s}`
	anySerialized = `{"eventType":"OrderPlaced"%s}`
	anySave       = `{"aggregateType":"order","aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","events":[{"eventType":"OrderPlaced"}]%s}`
	anyCloudEvent = `{"specversion":"1.0","id":"1","source":"/s","type":"t"%s}`
)

func with(doc, member string) string { return fmt.Sprintf(doc, member) }

// instead puts another value in the place of a member's.
func instead(doc, member, other string) string {
	return strings.Replace(fmt.Sprintf(doc, ""), member, other, 1)
}

func file(members string) string {
	return with(anyTrove, `,"files":[{"id":"f1",`+members+`}]`)
}

func TestWrongDocumentsAreRefusedWithTheirPlace(t *testing.T) {
	long := strings.Repeat("é", quipu.NameCharsMax+1)
	const sum = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	for _, test := range []struct {
		format, doc     string
		pointer, detail string
	}{
		{"trove", `[]`, "", "expected an object, found an array"},
		{"trove", `{"id":`, "/id", "the input ends"},
		{"trove", with(anyTrove, `,"payload":{}`), "/payload", "a second member is named"},
		{"trove", with(anyTrove, `,"metdata":{}`), "/metdata", `unknown member "metdata"`},
		{"trove", `{"schema":{"id":"s"},"payload":{}}`, "", "id is missing"},
		{"trove", `{"id":{"id":"e1"},"payload":{}}`, "", "schema is missing"},
		{"trove", `{"id":{"id":"e1"},"schema":{"id":"s"}}`, "", "payload is missing"},
		{"trove", instead(anyTrove, `{"id":"e1"}`, `"e1"`), "/id", "expected an object, found a string"},
		{"trove", instead(anyTrove, `"e1"`, `""`), "/id/id", "is empty"},
		{"trove", instead(anyTrove, `"e1"`, `"e\u0001"`), "/id/id", "control character"},
		{"trove", instead(anyTrove, `"e1"`, `"e1","version":0`), "/id/version", "the number is 0"},
		{"trove", instead(anyTrove, `"e1"`, `"e1","version":1.0`), "/id/version", "expected a whole number"},
		{"trove", instead(anyTrove, `"e1"`, `"e1","revision":1`), "/id/revision", "unknown member"},
		{"trove", instead(anyTrove, `{"id":"s"}`, `{}`), "/schema", "id is missing"},
		{"trove", instead(anyTrove, `"s"`, `"$s"`), "/schema/id", `begins with "$"`},
		{"trove", instead(anyTrove, `"s"`, `"s","version":1`), "/schema/version", "expected a string, found a number"},
		{"trove", instead(anyTrove, `{"id":"s"}`, `{"type":"object"}`), "/schema/type", "unknown member"},
		{"trove", instead(anyTrove, `{"id":"s"}`, `{"$id":1}`), "/schema/$id", "expected a string"},
		{"trove", instead(anyTrove, `"payload":{}`, `"payload":[]`), "/payload", "expected an object, found an array"},
		{"trove", with(anyTrove, `,"createdAt":1`), "/createdAt", "expected a string"},
		{"trove", with(anyTrove, `,"producer":null`), "/producer", "expected a string, found null"},
		{"trove", with(anyTrove, `,"metadata":null`), "/metadata", "expected an object, found null"},
		{"trove", with(anyTrove, `,"links":{}`), "/links", "expected an array"},
		{"trove", with(anyTrove, `,"links":[{"type":"parent"}]`), "/links/0", "targetEvent is missing"},
		{"trove", with(anyTrove, `,"links":[{"type":"parent","targetEvent":{"id":"a","version":-1}}]`), "/links/0/targetEvent/version", "expected a whole number"},
		{"trove", with(anyTrove, `,"links":[{"type":"p","targetEvent":{"id":"a"}},{"type":"","targetEvent":{"id":"a"}}]`), "/links/1/type", "is empty"},
		{"trove", with(anyTrove, `,"files":[{"data":""}]`), "/files/0", "id is missing"},
		{"trove", with(anyTrove, `,"files":[{"id":"f1"}]`), "/files/0", "data is missing"},
		{"trove", file(`"data":"aGVsbG8"`), "/files/0/data", "not base64"},
		{"trove", file(`"data":"aGVsbG9="`), "/files/0/data", "not base64"},
		{"trove", file(`"data":"aGVs\nbG8="`), "/files/0/data", "not base64"},
		{"trove", file(`"data":"s3://bucket/report.pdf"`), "/files/0/data", "not base64"},
		{"trove", file(`"data":"aGVsbG8=","size":6`), "/files/0/size", "the size is given as 6, and the content has 5 bytes"},
		{"trove", file(`"data":"aGVsbG8=","size":"5"`), "/files/0/size", "expected a number"},
		{"trove", file(`"data":"aGVsbG8=","hash":"` + sum[:len(sum)-1] + `5"`), "/files/0/hash", "that of the content is \"" + sum + "\""},
		{"trove", file(`"data":"aGVsbG8=","hash":"` + strings.ToUpper(sum) + `"`), "/files/0/hash", "the hash is given as"},
		{"trove", file(`"isReference":true,"data":""`), "/files/0/data", "empty"},
		{"trove", file(`"isReference":1,"data":""`), "/files/0/isReference", "expected true or false"},

		{"libero", `"x"`, "", "expected an object"},
		{"libero", with(anyLibero, `,"corelationIds":[]`), "/corelationIds", "unknown member"},
		{"libero", instead(anyLibero, `"eventId":"448278c4-22d6-11e8-b467-0ed5f89f718b",`, ""), "", "eventId is missing"},
		{"libero", instead(anyLibero, `"happenedAt":"2018-03-08T12:00:00+00:00",`, ""), "", "happenedAt is missing"},
		{"libero", instead(anyLibero, `"aggregate":{"service":"s","name":"n","identifier":"1"},`, ""), "", "aggregate is missing"},
		{"libero", instead(anyLibero, `,"type":"t"`, ""), "", "type is missing"},
		{"libero", instead(anyLibero, `22d6-11e8`, `22d6-41e8`), "/eventId", "no UUID of version 1"},
		{"libero", instead(anyLibero, `b467`, `7467`), "/eventId", "no UUID of version 1"},
		{"libero", instead(anyLibero, `448278c4-`, `{448278c4}-`), "/eventId", "no UUID of version 1"},
		{"libero", instead(anyLibero, `+00:00`, ``), "/happenedAt", "no"},
		{"libero", instead(anyLibero, `12:00:00+00:00`, `12:00:61Z`), "/happenedAt", "not a time with a zone"},
		{"libero", instead(anyLibero, `T12:00:00+00:00`, ``), "/happenedAt", "not a time with a zone"},
		{"libero", instead(anyLibero, `"service":"s",`, ``), "/aggregate", "service is missing"},
		{"libero", instead(anyLibero, `"name":"n",`, ``), "/aggregate", "name is missing"},
		{"libero", instead(anyLibero, `,"identifier":"1"`, ``), "/aggregate", "identifier is missing"},
		{"libero", instead(anyLibero, `"identifier":"1"`, `"identifier":1`), "/aggregate/identifier", "expected a string, found a number"},
		{"libero", instead(anyLibero, `"identifier":"1"`, `"identifier":""`), "/aggregate/identifier", "is empty"},
		{"libero", instead(anyLibero, `"service":"s"`, `"service":"$s"`), "/aggregate/service", `begins with "$"`},
		{"libero", with(anyLibero, `,"correlationIds":null`), "/correlationIds", "expected an array, found null"},
		{"libero", with(anyLibero, `,"correlationIds":[{"service":"s","name":"n"}]`), "/correlationIds/0", "identifier is missing"},
		{"libero", with(anyLibero, `,"correlationIds":[{"service":"s","name":"n","identifier":"1","version":1}]`), "/correlationIds/0/version", "unknown member"},

		{"serialized", `{}`, "", "eventType is missing"},
		{"serialized", with(anySerialized, `,"timestamp":1598931200000`), "/timestamp", "unknown member"},
		{"serialized", instead(anySerialized, `OrderPlaced`, `Order Placed`), "/eventType", "has other characters"},
		{"serialized", instead(anySerialized, `OrderPlaced`, ``), "/eventType", "is empty"},
		{"serialized", with(anySerialized, `,"eventId":"a2bcae3a"`), "/eventId", "no UUID"},
		{"serialized", with(anySerialized, `,"eventId":null`), "/eventId", "expected a string, found null"},
		{"serialized", with(anySerialized, `,"data":[]`), "/data", "expected an object, found an array"},
		{"serialized", with(anySerialized, `,"data":null`), "/data", "expected an object, found null"},
		{"serialized", with(anySerialized, `,"encryptedData":{}`), "/encryptedData", "expected a string"},
		{"serialized", with(anySave, `,"eventType":"x"`), "/eventType", "unknown member"},
		{"serialized", with(anySave, `,"expectedVersion":-1`), "/expectedVersion", "expected a whole number"},
		{"serialized", instead(anySave, `"aggregateType":"order",`, ``), "", "aggregateType is missing"},
		{"serialized", instead(anySave, `"aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9",`, ``), "", "aggregateId is missing"},
		{"serialized", instead(anySave, `order`, `Order`), "/aggregateType", "has other characters"},
		{"serialized", instead(anySave, `b1b0ee7c-`, ``), "/aggregateId", "no UUID"},
		{"serialized", instead(anySave, `[{"eventType":"OrderPlaced"}]`, `[]`), "/events", "the list of events is empty"},
		{"serialized", instead(anySave, `[{"eventType":"OrderPlaced"}]`, `{}`), "/events", "expected an array"},
		{"serialized", instead(anySave, `[{`, `[{"eventType":"x"},{"data":1,`), "/events/1/data", "expected an object, found a number"},
		{"serialized", instead(anySave, `"eventType":"OrderPlaced"`, `"data":{}`), "/events/0", "eventType is missing"},
		{"serialized", `{"aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","eventType":"x"}`, "/eventType", "unknown member"},

		{"cloudevents", `[{}]`, "", "expected an object, found an array"},
		{"cloudevents", instead(anyCloudEvent, `"specversion":"1.0",`, ``), "", "specversion is missing"},
		{"cloudevents", instead(anyCloudEvent, `"id":"1",`, ``), "", "id is missing"},
		{"cloudevents", instead(anyCloudEvent, `"source":"/s",`, ``), "", "source is missing"},
		{"cloudevents", instead(anyCloudEvent, `,"type":"t"`, ``), "", "type is missing"},
		{"cloudevents", instead(anyCloudEvent, `"1.0"`, `"0.3"`), "/specversion", `version "0.3" of CloudEvents is not known`},
		{"cloudevents", instead(anyCloudEvent, `"1.0"`, `1.0`), "/specversion", "expected a string, found a number"},
		{"cloudevents", instead(anyCloudEvent, `"id":"1"`, `"id":""`), "/id", "the text is empty"},
		{"cloudevents", instead(anyCloudEvent, `"id":"1"`, `"id":null`), "/id", "expected a string, found null"},
		{"cloudevents", instead(anyCloudEvent, `"id":"1"`, `"id":"a\nb"`), "/id", "control character U+000A"},
		{"cloudevents", instead(anyCloudEvent, `/s`, `a b`), "/source", "no URI reference"},
		{"cloudevents", instead(anyCloudEvent, `/s`, `/%zz`), "/source", "no URI reference"},
		{"cloudevents", instead(anyCloudEvent, `/s`, ``), "/source", "the text is empty"},
		{"cloudevents", instead(anyCloudEvent, `"type":"t"`, `"type":"$t"`), "/type", `begins with "$"`},
		{"cloudevents", with(anyCloudEvent, `,"subject":""`), "/subject", "the text is empty"},
		{"cloudevents", with(anyCloudEvent, `,"time":"2018-04-05"`), "/time", "not a time with a zone"},
		{"cloudevents", with(anyCloudEvent, `,"time":1`), "/time", "expected a string"},
		{"cloudevents", with(anyCloudEvent, `,"dataschema":""`), "/dataschema", "the text is empty"},
		{"cloudevents", with(anyCloudEvent, `,"datacontenttype":1`), "/datacontenttype", "expected a string"},
		{"cloudevents", with(anyCloudEvent, `,"data_base64":"a"`), "/data_base64", "not base64"},
		{"cloudevents", with(anyCloudEvent, `,"data_base64":null`), "/data_base64", "expected a string"},
		{"cloudevents", with(anyCloudEvent, `,"data":1,"data_base64":""`), "/data_base64", "both data and data_base64"},
		{"cloudevents", with(anyCloudEvent, `,"comExample":1`), "/comExample", "no name of an attribute"},
		{"cloudevents", with(anyCloudEvent, `,"com_example":1`), "/com_example", "no name of an attribute"},
		{"cloudevents", with(anyCloudEvent, `,"":1`), "/", "no name of an attribute"},
		{"cloudevents", with(anyCloudEvent, `,"ext":2147483648`), "/ext", "does not fit into 32 bits"},
		{"cloudevents", with(anyCloudEvent, `,"ext":-2147483649`), "/ext", "does not fit into 32 bits"},
		{"cloudevents", with(anyCloudEvent, `,"ext":1.0`), "/ext", "is not whole"},
		{"cloudevents", with(anyCloudEvent, `,"ext":{}`), "/ext", "the attribute is an object"},
		{"cloudevents", with(anyCloudEvent, `,"ext":[]`), "/ext", "the attribute is an array"},
	} {
		_, err := newFormat(t, test.format).ToQuipu([]byte(test.doc))
		if err == nil {
			t.Errorf("%s takes %s", test.format, test.doc)
			continue
		}
		e := known(t, err)
		if e.Kind != quipu.Invalid || e.Pointer != test.pointer || !strings.Contains(e.Detail, test.detail) {
			t.Errorf("%s: %s\n%s: %q at %q, want %q at %q", test.format, test.doc, e.Kind, e.Detail, e.Pointer, test.detail, test.pointer)
		}
		if e.Hint == "" {
			t.Errorf("%s: %s: no hint in %v", test.format, test.doc, e)
		}
	}
	for _, test := range []struct{ format, doc, pointer string }{
		{"trove", instead(anyTrove, "e1", long), "/id/id"},
		{"trove", instead(anyTrove, `"s"`, `"`+long+`"`), "/schema/id"},
		{"libero", instead(anyLibero, `"type":"t"`, `"type":"`+long+`"`), "/type"},
		{"libero", instead(anyLibero, `"service":"s"`, `"service":"`+long+`"`), "/aggregate/service"},
		{"libero", instead(anyLibero, `"service":"s"`, `"service":"`+strings.Repeat("é", 199)+`"`), "/aggregate"},
		{"libero", instead(anyLibero, `"identifier":"1"`, `"identifier":"`+strings.Repeat("x", quipu.KeyBytesMax+1)+`"`), "/aggregate/identifier"},
		{"serialized", instead(anySerialized, "OrderPlaced", strings.Repeat("x", 201)), "/eventType"},
		{"cloudevents", instead(anyCloudEvent, `"type":"t"`, `"type":"`+long+`"`), "/type"},
		{"trove", with(anyTrove, `,"createdAt":"`+strings.Repeat("x", quipu.MetaBytesMax)+`"`), ""},
	} {
		_, err := newFormat(t, test.format).ToQuipu([]byte(test.doc))
		if e := known(t, err); e.Kind != quipu.TooLarge || e.Pointer != test.pointer {
			t.Errorf("%s: %s %q at %q, want it at %q", test.format, e.Kind, e.Detail, e.Pointer, test.pointer)
		}
	}
	if _, err := newFormat(t, "libero").ToQuipu([]byte(instead(anyLibero, `"service":"s"`, `"service":"`+strings.Repeat("é", 198)+`"`))); err != nil {
		t.Errorf("the longest service that goes with a name of one letter: %v", err)
	}
}

func TestEncryptedDataIsNotRepeatedInErrors(t *testing.T) {
	f := newFormat(t, "serialized")
	for _, doc := range []string{with(anySerialized, `,"encryptedData":"\ud834secret"`), `{"aggregateType":"x","events":[{"encryptedData":"\ud834secret"}]}`} {
		_, err := f.ToQuipu([]byte(doc))
		if e := known(t, err); strings.Contains(e.Error(), "d834") || !strings.HasSuffix(e.Pointer, "/encryptedData") {
			t.Errorf("%v", e)
		}
	}
}

func TestFormatsAreFoundByName(t *testing.T) {
	for _, name := range format.Names {
		if f := newFormat(t, name); f.Name() != name {
			t.Errorf("%s is called %s", name, f.Name())
		}
	}
	for name, hint := range map[string]string{"cloudevent": `did you mean "cloudevents"?`, "xml": "known are trove, libero, serialized, cloudevents", "": "known are trove, libero, serialized, cloudevents"} {
		_, err := format.New(name, format.Options{})
		if e := known(t, err); e.Kind != quipu.Invalid || e.Hint != hint {
			t.Errorf("%q: %+v", name, e)
		}
	}
}
