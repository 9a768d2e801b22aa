package intake_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// refused is a bad value of a member of an event, and what is said of it. The pointer
// is that within the event.
type refused struct {
	name    string
	members string
	pointer string
	detail  string
	hint    string
}

// Bad input for each member: what is refused as invalid, with its place, and a hint
// that says what would be right.
func TestBadInputForEachMember(t *testing.T) {
	cases := map[string][]refused{
		"event and content": {
			{"data with a key twice", `"data":{"x":{"a":1,"a":2}}`, "/data/x/a", "second member", "keep one of the two"},
			{"data of a bad number", `"data":1e1001`, "/data", "1000", "send it as a string"},
			{"meta is a string", `"meta":"x"`, "/meta", "meta is a string", "meta is an object"},
			{"meta is null", `"meta":null`, "/meta", "meta is null", "meta is an object"},
			{"an unknown member", `"prodcer":"web"`, "/prodcer", `unknown member "prodcer"`, `did you mean "producer"?`},
			{"a position", `"position":1`, "/position", "the ledger's to give", "import its export"},
			{"the shorthand beside entities", `"entity":"patron","key":"b"`, "", "both entities and the shorthand", "put all into entities"},
		},
		"id": {
			{"a number", `"id":1`, "/id", "expected a string, found a number", "the author's own id"},
			{"null", `"id":null`, "/id", "found null", "leave it out for none"},
			{"empty", `"id":""`, "/id", "is empty", "leave it out for none"},
			{"a control character", `"id":"a\u0000b"`, "/id", "U+0000", "the author's own id"},
			{"its alias as well", `"id":"a","eventId":"b"`, "/eventId", "both id and eventId", "eventId is kept as id"},
			{"its alias of a wrong type", `"eventId":[]`, "/eventId", "found an array", "the author's own id"},
		},
		"version": {
			{"without an id", `"version":1`, "/version", "without an id", "give the id too"},
			{"zero", `"id":"x","version":0`, "/version", "the version is 0", "versions count from 1"},
			{"negative", `"id":"x","version":-1`, "/version", "a whole number", "versions count from 1"},
			{"a fraction", `"id":"x","version":1.0`, "/version", "a whole number", "versions count from 1"},
			{"a string", `"id":"x","version":"2"`, "/version", "found a string", "versions count from 1"},
			{"null", `"id":"x","version":null`, "/version", "found null", "versions count from 1"},
			{"beyond 64 bits", `"id":"x","version":18446744073709551616`, "/version", "a whole number", "versions count from 1"},
		},
		"happenedAt": {
			{"a number", `"happenedAt":1637033447`, "/happenedAt", "expected a string", "RFC 3339"},
			{"null", `"happenedAt":null`, "/happenedAt", "found null", "RFC 3339"},
			{"empty", `"happenedAt":""`, "/happenedAt", `"" is not a time`, "RFC 3339"},
			{"no zone", `"happenedAt":"2021-11-16T03:30:47"`, "/happenedAt", "is not a time", "with a zone"},
			{"no such day", `"happenedAt":"2021-02-30T03:30:47Z"`, "/happenedAt", "is not a time", "with a zone"},
			{"digits that no clock gives", `"happenedAt":"2021-11-16T03:30:47.1234567891+01:00"`, "/happenedAt", "is not a time", "RFC 3339"},
			{"an hour of one digit", `"happenedAt":"2021-11-16T3:30:47Z"`, "/happenedAt", "is not a time", "RFC 3339"},
			{"a comma before the fraction", `"happenedAt":"2021-11-16T03:30:47,5Z"`, "/happenedAt", "is not a time", "RFC 3339"},
			{"a zone of 24 hours", `"happenedAt":"2021-11-16T03:30:47+24:00"`, "/happenedAt", "is not a time", "RFC 3339"},
			{"a zone of 60 minutes", `"happenedAt":"2021-11-16T03:30:47-23:60"`, "/happenedAt", "is not a time", "RFC 3339"},
			{"its alias as well", `"happenedAt":"2021-11-16T03:30:47Z","timestamp":"2021-11-16T03:30:47Z"`,
				"/timestamp", "both happenedAt and timestamp", "timestamp is kept as happenedAt"},
		},
		"producer": {
			{"an object", `"producer":{}`, "/producer", "expected a string, found an object", `such as "web-api"`},
			{"null", `"producer":null`, "/producer", "found null", "leave it out for none"},
			{"empty", `"producer":""`, "/producer", "the producer is empty", "leave it out for none"},
			{"a control character", `"producer":"a\n"`, "/producer", "U+000A", `such as "web-api"`},
		},
		"schema": {
			{"a number", `"schema":1.0`, "/schema", "expected a string, found a number", `such as "1.0"`},
			{"null", `"schema":null`, "/schema", "found null", "leave it out for none"},
			{"empty", `"schema":""`, "/schema", "the schema version is empty", "leave it out for none"},
			{"a control character", `"schema":"1\t0"`, "/schema", "U+0009", `such as "1.0"`},
		},
		"aggregate": {
			{"a string", `"aggregate":"order"`,
				"/aggregate", "expected an object, found a string", `{"type":"order","key":"o-17","expectedVersion":2}`},
			{"null", `"aggregate":null`, "/aggregate", "found null", "an aggregate is such as"},
			{"empty", `"aggregate":{}`, "/aggregate", "type is missing", "an aggregate is such as"},
			{"no key", `"aggregate":{"type":"order"}`, "/aggregate", "key is missing", "an aggregate is such as"},
			{"no type", `"aggregate":{"key":"o"}`, "/aggregate", "type is missing", "an aggregate is such as"},
			{"an empty type", `"aggregate":{"type":"","key":"o"}`, "/aggregate/type", "the aggregate's type is empty", "an aggregate is such as"},
			{"an empty key", `"aggregate":{"type":"order","key":""}`, "/aggregate/key", "the aggregate's key is empty", "an aggregate is such as"},
			{"a key that is a number", `"aggregate":{"type":"order","key":17}`, "/aggregate/key", "expected a string", "an aggregate is such as"},
			{"a type of the ledger's", `"aggregate":{"type":"$order","key":"o"}`, "/aggregate/type", `begins with "$"`, "the ledger's own"},
			{"a version", `"aggregate":{"type":"order","key":"o","version":3}`, "/aggregate/version", "the ledger's to give", "expectedVersion"},
			{"an unknown member", `"aggregate":{"type":"order","key":"o","expected":3}`, "/aggregate/expected", "unknown member", "expectedVersion"},
			{"an expected version of a string", `"aggregate":{"type":"order","key":"o","expectedVersion":"3"}`,
				"/aggregate/expectedVersion", "a whole number from 0", "an aggregate is such as"},
			{"a negative one", `"aggregate":{"type":"order","key":"o","expectedVersion":-1}`,
				"/aggregate/expectedVersion", "a whole number from 0", "an aggregate is such as"},
			{"one that is null", `"aggregate":{"type":"order","key":"o","expectedVersion":null}`,
				"/aggregate/expectedVersion", "found null", "an aggregate is such as"},
			{"both forms", `"aggregate":{"type":"order","key":"o","service":"s"}`, "/aggregate", "named in two ways", "either type and key"},
			{"a part of the triple", `"aggregate":{"service":"s","name":"n"}`, "/aggregate", "identifier is missing", "an aggregate is such as"},
			{"an empty identifier", `"aggregate":{"service":"s","name":"n","identifier":""}`,
				"/aggregate/identifier", "the identifier is empty", "an aggregate is such as"},
			{"a service of the ledger's", `"aggregate":{"service":"$s","name":"n","identifier":"i"}`,
				"/aggregate/service", `begins with "$"`, "the ledger's own"},
		},
		"correlations": {
			{"an object", `"correlations":{}`, "/correlations", "expected an array, found an object", `[{"service":`},
			{"null", `"correlations":null`, "/correlations", "found null", `[{"service":`},
			{"a string within", `"correlations":["x"]`, "/correlations/0", "expected an object, found a string", `[{"service":`},
			{"no service", `"correlations":[{"name":"n","identifier":"i"}]`, "/correlations/0", "service is missing", `[{"service":`},
			{"no name", `"correlations":[{"service":"s","identifier":"i"}]`, "/correlations/0", "name is missing", `[{"service":`},
			{"no identifier", `"correlations":[{"service":"s","name":"n"}]`, "/correlations/0", "identifier is missing", `[{"service":`},
			{"an empty name", `"correlations":[{"service":"s","name":"","identifier":"i"}]`,
				"/correlations/0/name", "the name is empty", `[{"service":`},
			{"an identifier of a number", `"correlations":[{"service":"s","name":"n","identifier":10627}]`,
				"/correlations/0/identifier", "expected a string", `[{"service":`},
			{"a member more", `"correlations":[{"service":"s","name":"n","identifier":"i","key":"k"}]`,
				"/correlations/0/key", "unknown member", "known are service, name, identifier"},
			{"one twice", `"correlations":[{"service":"s","name":"n","identifier":"i"},{"identifier":"i","name":"n","service":"s"}]`,
				"/correlations/1", "stands twice", "each correlation once"},
			{"a service of the ledger's", `"correlations":[{"service":"$s","name":"n","identifier":"i"}]`,
				"/correlations/0/service", `begins with "$"`, "the ledger's own"},
		},
		"links": {
			{"an object", `"links":{}`, "/links", "expected an array, found an object", `[{"type":"parent"`},
			{"null", `"links":null`, "/links", "found null", `[{"type":"parent"`},
			{"a number within", `"links":[1]`, "/links/0", "expected an object, found a number", `[{"type":"parent"`},
			{"no type", `"links":[{"target":{"id":"x"}}]`, "/links/0", "type is missing", `[{"type":"parent"`},
			{"no target", `"links":[{"type":"parent"}]`, "/links/0", "target is missing", `[{"type":"parent"`},
			{"an empty type", `"links":[{"type":"","target":{"id":"x"}}]`, "/links/0/type", "the link's type is empty", `[{"type":"parent"`},
			{"an unknown member", `"links":[{"type":"p","target":{"id":"x"},"mta":{}}]`, "/links/0/mta", "unknown member", `did you mean "meta"?`},
			{"meta is null", `"links":[{"type":"p","target":{"id":"x"},"meta":null}]`,
				"/links/0/meta", "a link's meta is null", "an object, or is left out"},
			{"meta with a key twice", `"links":[{"type":"p","target":{"id":"x"},"meta":{"a":1,"a":1}}]`,
				"/links/0/meta/a", "second member", "keep one"},
			{"a target that is an id", `"links":[{"type":"p","target":"x"}]`,
				"/links/0/target", "expected an object, found a string", "name it in one way"},
			{"an empty target", `"links":[{"type":"p","target":{}}]`, "/links/0/target", "named in 0 ways", "name it in one way"},
			{"a target of two ways", `"links":[{"type":"p","target":{"id":"x","position":1}}]`,
				"/links/0/target", "named in 2 ways", "name it in one way"},
			{"a target with more", `"links":[{"type":"p","target":{"id":"x","ledger":"y"}}]`,
				"/links/0/target/ledger", "unknown member", "known are"},
			{"no event id", `"links":[{"type":"p","target":{"eventId":"xyz"}}]`,
				"/links/0/target/eventId", "is not an event id", "32 lower-case hex digits"},
			{"an event id in upper case", `"links":[{"type":"p","target":{"eventId":"0005D0DF8D1E990F13658533A0F8F294"}}]`,
				"/links/0/target/eventId", "is not an event id", "32 lower-case hex digits"},
			{"the event id of no event", `"links":[{"type":"p","target":{"eventId":"00000000000000000000000000000000"}}]`,
				"/links/0/target/eventId", "is not an event id", "hex digits"},
			{"an event id of a number", `"links":[{"type":"p","target":{"eventId":5}}]`,
				"/links/0/target/eventId", "expected a string", "name it in one way"},
			{"position 0", `"links":[{"type":"p","target":{"position":0}}]`,
				"/links/0/target/position", "the position is 0", "positions count from 1"},
			{"a position of a string", `"links":[{"type":"p","target":{"position":"1"}}]`,
				"/links/0/target/position", "a whole number", "positions count from 1"},
			{"an empty id", `"links":[{"type":"p","target":{"id":""}}]`, "/links/0/target/id", "the target's id is empty", "name it in one way"},
			{"version 0", `"links":[{"type":"p","target":{"id":"x","version":0}}]`,
				"/links/0/target/version", "the version is 0", "versions count from 1"},
			{"a version of a position", `"links":[{"type":"p","target":{"position":1,"version":2}}]`,
				"/links/0/target/version", "without an id", "name it in one way"},
			{"one twice", `"links":[{"type":"p","target":{"id":"x"}},{"type":"p","target":{"id":"x"},"meta":{"a":1}}]`,
				"/links/1", "stands twice", "each link once"},
		},
		"files": {
			{"an object", `"files":{}`, "/files", "expected an array, found an object", `[{"id":"f1"`},
			{"null", `"files":null`, "/files", "found null", `[{"id":"f1"`},
			{"a string within", `"files":["x"]`, "/files/0", "expected an object, found a string", `[{"id":"f1"`},
			{"no id", `"files":[{"data":""}]`, "/files/0", "id is missing", `[{"id":"f1"`},
			{"an empty id", `"files":[{"id":"","data":""}]`, "/files/0/id", "the file's id is empty", `[{"id":"f1"`},
			{"an id twice", `"files":[{"id":"f","data":""},{"id":"f","data":"aGVsbG8="}]`,
				"/files/1/id", `the file "f" stands twice`, "one file of its event"},
			{"an unknown member", `"files":[{"id":"f","data":"","name":"x"}]`, "/files/0/name", "unknown member", "known are id, contentType"},
			{"no data", `"files":[{"id":"f"}]`, "/files/0", `the file "f" has no data`, "isReference"},
			{"data of an object", `"files":[{"id":"f","data":{}}]`, "/files/0/data", "expected a string, found an object", "base64"},
			{"data of a path", `"files":[{"id":"f","data":"s3://bucket/x"}]`, "/files/0/data", "not base64 at character 3", "needs isReference"},
			{"data without padding", `"files":[{"id":"f","data":"aGVsbG8"}]`, "/files/0/data", "not base64 at character 5", "with padding"},
			{"data of the alphabet for URLs", `"files":[{"id":"f","data":"_-8="}]`, "/files/0/data", "not base64 at character 1", "standard base64"},
			{"data with a line break", `"files":[{"id":"f","data":"aGVs\nbG8="}]`,
				"/files/0/data", "a line break at character 5", "without line breaks"},
			{"data with bits behind its end", `"files":[{"id":"f","data":"aGVsbG9="}]`,
				"/files/0/data", "not base64 at character", "standard base64"},
			{"an empty type", `"files":[{"id":"f","data":"","contentType":""}]`,
				"/files/0/contentType", "the file's type is empty", "such as application/pdf"},
			{"a type of a number", `"files":[{"id":"f","data":"","contentType":1}]`,
				"/files/0/contentType", "expected a string", "such as application/pdf"},
			{"no media type", `"files":[{"id":"f","data":"","contentType":"a b/c"}]`,
				"/files/0/contentType", `"a b/c" is no media type`, "such as application/pdf"},
			{"half a media type", `"files":[{"id":"f","data":"","contentType":"pdf"}]`,
				"/files/0/contentType", `"pdf" is no media type`, "such as application/pdf"},
			{"a bad parameter of a type", `"files":[{"id":"f","data":"","contentType":"text/plain; charset"}]`,
				"/files/0/contentType", "is no media type", "such as application/pdf"},
			{"an empty name", `"files":[{"id":"f","data":"","filename":""}]`, "/files/0/filename", "the file's name is empty", "such as report.pdf"},
			{"a control character in a name", `"files":[{"id":"f","data":"","filename":"a\u007f"}]`,
				"/files/0/filename", "U+007F", "such as report.pdf"},
			{"a reference that is none", `"files":[{"id":"f","data":"","isReference":"yes"}]`,
				"/files/0/isReference", "expected true or false", "leave it out for a content"},
			{"a reference without data", `"files":[{"id":"f","isReference":true}]`, "/files/0", "the reference has no data", "URL, path or address"},
			{"an empty reference", `"files":[{"id":"f","isReference":true,"data":""}]`,
				"/files/0/data", "the reference is empty", "a URL, a path or an address"},
			{"a reference's hash of another kind", `"files":[{"id":"f","isReference":true,"data":"x","hash":"md5:1"}]`,
				"/files/0/hash", `does not begin with "sha256:"`, "64 hex digits"},
			{"a reference's hash of nothing", `"files":[{"id":"f","isReference":true,"data":"x","hash":"sha256:"}]`,
				"/files/0/hash", "is empty", "64 hex digits"},
			{"a hash of a number", `"files":[{"id":"f","isReference":true,"data":"x","hash":1}]`,
				"/files/0/hash", "expected a string", "64 hex digits"},
			{"a negative size", `"files":[{"id":"f","isReference":true,"data":"x","size":-1}]`,
				"/files/0/size", "a whole number", "a number of bytes"},
			{"a size of a string", `"files":[{"id":"f","data":"","size":"0"}]`, "/files/0/size", "a whole number", "a number of bytes"},
			{"another size", `"files":[{"id":"f","data":"aGVsbG8=","size":6}]`,
				"/files/0/size", "given as 6, and the content has 5 bytes", "leave it out"},
			{"another hash", `"files":[{"id":"f","data":"aGVsbG8=","hash":"` + hashOf("other") + `"}]`, "/files/0/hash",
				`given as "` + hashOf("other") + `", and that of the content is "` + hashOf("hello") + `"`, "leave it out"},
		},
		"encryptedData": {
			{"a number", `"encryptedData":1`, "/encryptedData", "expected a string, found a number", "never reads"},
			{"null", `"encryptedData":null`, "/encryptedData", "found null", "leave it out for none"},
			{"an object", `"encryptedData":{"a":1}`, "/encryptedData", "found an object", "never reads"},
			{"empty", `"encryptedData":""`, "/encryptedData", "is empty", "leave it out for none"},
			{"half a surrogate", `"encryptedData":"a\ud800"`, "/encryptedData", "not a JSON string", "not repeated"},
		},
	}
	for member, list := range cases {
		for _, c := range list {
			t.Run(member+"/"+c.name, func(t *testing.T) {
				e := refusal(t, with(c.members), nil)
				says(t, e, quipu.Invalid, "/events/0"+c.pointer, c.detail, c.hint)
				// The same event as the body of the append is wrong in the same way.
				single := strings.TrimSuffix(strings.TrimPrefix(with(c.members), `{"events":[`), `]}`)
				says(t, refusal(t, single, nil), quipu.Invalid, c.pointer, c.detail, c.hint)
			})
		}
	}
}

func TestBadEntitiesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ members, pointer, detail, hint string }{
		"null":             {`"entities":null`, "/entities", "found null", "entities are such as"},
		"a list":           {`"entities":["patron"]`, "/entities", "expected an object", "entities are such as"},
		"a bare key":       {`"entities":{"patron":"a"}`, "/entities/patron", "are a string", `["a"]`},
		"no key":           {`"entities":{"patron":[]}`, "/entities/patron", "has no key", "leave the type out"},
		"an empty key":     {`"entities":{"patron":[""]}`, "/entities/patron/0", "the key is empty", "entities are such as"},
		"a key twice":      {`"entities":{"patron":["a","b","a"]}`, "/entities/patron/2", `"a" stands twice`, "once"},
		"a key of a list":  {`"entities":{"patron":[[]]}`, "/entities/patron/0", "expected a string", "entities are such as"},
		"an empty type":    {`"entities":{"":["a"]}`, "/entities/", "the entity type is empty", "entities are such as"},
		"a reserved type":  {`"entities":{"$x":["a"]}`, "/entities/$x", "begins with", "the ledger's own"},
		"half a shorthand": {`"entity":"patron"`, "", "go together", `"key":"Harold_Cho"`},
		"its other half":   {`"key":"a"`, "", "go together", `"key":"Harold_Cho"`},
	} {
		t.Run(name, func(t *testing.T) {
			e := refusal(t, `{"events":[{`+bare+`,`+c.members+`}]}`, nil)
			says(t, e, quipu.Invalid, "/events/0"+c.pointer, c.detail, c.hint)
		})
	}
}

func TestEventMustConcernSomething(t *testing.T) {
	const hint = "unless it has an aggregate or a correlation"
	for _, c := range []struct{ members, pointer string }{
		{bare, "/events/0"},
		{bare + `,"entities":{}`, "/events/0/entities"},
		{bare + `,"correlations":[]`, "/events/0"},
		{bare + `,"links":[{"type":"p","target":{"id":"x"}}]`, "/events/0"},
	} {
		says(t, refusal(t, `{"events":[{`+c.members+`}]}`, nil), quipu.Invalid, c.pointer, "no entities", hint)
	}
	for _, members := range []string{
		`"aggregate":{"type":"order","key":"o"}`,
		`"correlations":[{"service":"s","name":"n","identifier":"i"}]`,
		`"entities":{},"aggregate":{"type":"order","key":"o"}`,
	} {
		if a := read(t, `{`+bare+`,`+members+`}`); string(a.Events[0].Entities) != "{}" {
			t.Errorf("%s: entities are %s", members, a.Events[0].Entities)
		}
	}
	if a := read(t, `{"aggregate":{"type":"order","key":"o"},"events":[{`+bare+`}]}`); string(a.Events[0].Entities) != "{}" {
		t.Errorf("with the append's aggregate entities are %s", a.Events[0].Entities)
	}
}

func TestAppendRefusesItsOwnMembers(t *testing.T) {
	const event = `{` + bare + `,"entity":"patron","key":"a"}`
	for name, c := range map[string]struct{ body, pointer, detail, hint string }{
		"no events":              {`{}`, "", "there are no events", `"events"`},
		"events of an object":    {`{"events":{}}`, "/events", "expected an array", "is a list"},
		"no event in the list":   {`{"events":[]}`, "/events", "is empty", "at least one event"},
		"a string in the list":   {`{"events":["x"]}`, "/events/0", "expected an object", "an event is such as"},
		"both forms":             {`{"event":"e","events":[]}`, "/events", "both event and events", "put all events into events"},
		"an unknown member":      {`{"events":[` + event + `],"agregate":{}}`, "/agregate", "unknown member", `did you mean "aggregate"?`},
		"a misspelt list":        {`{"evnts":[]}`, "/evnts", "unknown member", `did you mean "events"?`},
		"no body":                {``, "", "the input ends", ""},
		"a list":                 {`[]`, "", "expected an object, found an array", ""},
		"no name":                {`{"events":[{"entity":"patron","key":"a"}]}`, "/events/0", "event is missing", "it says what happened"},
		"a name of the ledger's": {`{"event":"$x","entity":"patron","key":"a"}`, "/event", "begins with", "the ledger's own"},
		"an aggregate that is wrong": {`{"aggregate":{"type":"order"},"events":[` + event + `]}`,
			"/aggregate", "key is missing", "an aggregate is such as"},
		"an aggregate with a version": {`{"aggregate":{"type":"order","key":"o","version":1},"events":[` + event + `]}`, "/aggregate/version",
			"the ledger's to give", "expectedVersion"},
		"an aggregate of no event": {`{"aggregate":{"type":"order","key":"o"},"events":[{` + bare + `,"aggregate":{"type":"order","key":"p"}}]}`, "/aggregate",
			"no event belongs to", "leave it out"},
		"a key of a number":      {`{"events":[` + event + `],"idempotencyKey":1}`, "/idempotencyKey", "expected a string", "such as a UUID"},
		"an empty key":           {`{"events":[` + event + `],"idempotencyKey":""}`, "/idempotencyKey", "is empty", "leave it out"},
		"conditions of a string": {`{"events":[` + event + `],"conditions":"x"}`, "/conditions", "expected an array", "a single one"},
		"both conditions": {`{"events":[` + event + `],"conditions":[],"condition":{}}`,
			"/condition", "both condition and conditions", "put all"},
		"a condition on an aggregate without a version": {`{"events":[` + event + `],"conditions":[{"aggregate":{"type":"order","key":"o"}}]}`,
			"/conditions/0/aggregate", "version", "version"},
		"an expected version in a condition": {`{"events":[` + event + `],"condition":{"aggregate":{"type":"order","key":"o","expectedVersion":1}}}`,
			"/condition/aggregate/expectedVersion", "expectedVersion", "version"},
	} {
		t.Run(name, func(t *testing.T) { says(t, refusal(t, c.body, nil), quipu.Invalid, c.pointer, c.detail, c.hint) })
	}
}
