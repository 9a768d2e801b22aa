package quipu_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
)

// TestEventWritesItsTimeAsTheLedgerDoes ensures that an event that went through
// a program looks like one that came from a node.
func TestEventWritesItsTimeAsTheLedgerDoes(t *testing.T) {
	const line = `{"position":3,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430400Z",` +
		`"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{"menuItem":"<Bean & Burrito>"},"meta":{},"id":"448278c4"}`
	var e quipu.Event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2021, 11, 16, 3, 30, 47, 430_400_000, time.UTC); !e.Timestamp.Equal(want) {
		t.Errorf("timestamp %v, want %v", e.Timestamp, want)
	}
	got, err := e.MarshalJSON()
	if err != nil || string(got) != line {
		t.Errorf("%s, %v, want\n%s", got, err, line)
	}
	var again quipu.Event
	through, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(through, &again)
	}
	if err != nil || again.Name != e.Name || !again.Timestamp.Equal(e.Timestamp) || !reflect.DeepEqual(again.Entities, e.Entities) {
		t.Errorf("%+v, %v, want %+v", again, err, e)
	}
}

// TestEventsKeepEveryMember ensures that nothing of an event is lost or changed on its way through a program: each member
// of the line has a value that is not zero, numbers have more digits than a float64, and texts have what HTML would escape.
func TestEventsKeepEveryMember(t *testing.T) {
	for name, test := range map[string]struct {
		line  string
		value any
	}{
		"event that a ledger gives":            {storedLine, new(quipu.Event)},
		"event to append":                      {newLine, new(quipu.NewEvent)},
		"append":                               {`{"events":[` + newLine + `],"aggregate":{"type":"order","key":"o-17"},"conditions":[` + conditionLine + `],"idempotencyKey":"k"}`, new(quipu.Append)},
		"condition on an aggregate's absence":  {`{"aggregate":{"type":"order","key":"o-17","version":0}}`, new(quipu.Selector)},
		"selector of a read":                   {selectorLine, new(quipu.Selector)},
		"registration":                         {`{"event":"e","entities":["t"],"schema":{"required":true,"default":"1.0"},"versions":["1.0"]}`, new(quipu.Registration)},
		"registration that asks for no schema": {`{"event":"e","entities":["t"]}`, new(quipu.Registration)},
	} {
		t.Run(name, func(t *testing.T) {
			if err := json.Unmarshal([]byte(test.line), test.value); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			encoder := json.NewEncoder(&out)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(test.value); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != test.line+"\n" {
				t.Errorf("got  %swant %s", got, test.line)
			}
		})
	}
}

const (
	members = `"id":"o-17","version":18446744073709551615,"happenedAt":"2021-11-16T04:30:46.123456789+01:00","producer":"web <api>"`
	parts   = `"schema":"1.0","links":[{"type":"parent","target":{"eventId":"0005d0df8d1e990f13658533a0f8f294"},"meta":{"n":12345678901234567890.1250}},` +
		`{"type":"child","target":{"position":7}},{"type":"see","target":{"id":"o-16","version":2}}],` +
		`"files":[{"id":"f1","contentType":"text/plain","filename":"a.txt","size":5,"hash":"sha256:00","data":"aGVsbG8="},{"id":"f0","data":""},` +
		`{"id":"f2","isReference":true,"data":"s3://bucket/<b>"}],` +
		`"correlations":[{"service":"article-store","name":"article","identifier":"2018-03-08/1"},{"service":"","name":"run","identifier":"r"}],` +
		`"encryptedData":"&opaque"`
	storedLine = `{"position":3,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430400Z","event":"Item Ordered",` +
		`"entities":{"patron":["Harold_Cho"]},"data":{"e":1e400,"n":1.50},"meta":{"n":-0},` + members + `,"aggregate":{"type":"order","key":"o-17","version":3},` + parts + `}`
	newLine = `{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":"d","meta":{"n":"m"},` +
		members + `,"aggregate":{"type":"order","key":"o-17","expectedVersion":0},` + parts + `}`
	conditionLine = `{"entities":{"patron":["Harold_Cho"]},"correlations":[{"service":"s","name":"n","identifier":"i"}],"id":["o-17"],"producer":["p"],` +
		`"schema":["1.0"],"links":[{"type":"parent"},{"target":{"id":"o-17"}}],"after":7}`
	selectorLine = `{"producer":["p"],"from":"2021-11-16T03:30:47.1Z","to":"2021-11-17T00:00:00+01:00","happenedFrom":"2021-11-16T00:00:00Z",` +
		`"happenedTo":"2021-11-16T00:00:00.000000001Z","limit":3}`
)

// TestFilesWithoutContentHaveNoData tells a content that is empty from one that was not asked for.
func TestFilesWithoutContentHaveNoData(t *testing.T) {
	empty, some := int64(0), int64(5)
	for want, file := range map[string]quipu.File{
		`{"id":"f","data":""}`:                              {ID: "f"},
		`{"id":"f","size":0,"hash":"h","data":""}`:          {ID: "f", Size: &empty, Hash: "h"},
		`{"id":"f","size":5}`:                               {ID: "f", Size: &some},
		`{"id":"f","size":5,"data":"aGVsbG8="}`:             {ID: "f", Size: &some, Data: "aGVsbG8="},
		`{"id":"f","isReference":true}`:                     {ID: "f", IsReference: true},
		`{"id":"f","size":0,"isReference":true}`:            {ID: "f", Size: &empty, IsReference: true},
		`{"id":"<f>","isReference":true,"data":"s3://<b>"}`: {ID: "<f>", IsReference: true, Data: "s3://<b>"},
	} {
		got, err := file.MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		var back quipu.File
		if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, file) {
			t.Errorf("%s comes back as %+v, %v", got, back, err)
		}
	}
}

// TestTheLinesHaveEveryMember keeps the test above whole when a member is added.
func TestTheLinesHaveEveryMember(t *testing.T) {
	for line, value := range map[string]any{storedLine: new(quipu.Event), newLine: new(quipu.NewEvent)} {
		if err := json.Unmarshal([]byte(line), value); err != nil {
			t.Fatal(err)
		}
		for v, i := reflect.ValueOf(value).Elem(), 0; i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("no line has a %s of %s", v.Type().Field(i).Name, v.Type())
			}
		}
	}
}
