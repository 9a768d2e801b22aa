package intake_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// sameAppended holds a client's event to what is stored when it is appended.
func sameAppended(t *testing.T, event quipu.NewEvent, want *intake.Append) {
	t.Helper()
	body, err := json.Marshal(quipu.Append{Events: []quipu.NewEvent{event}})
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, string(body))
	if record.DigestOf(got.Events) != record.DigestOf(want.Events) {
		t.Errorf("%s is stored as %s %s, want %s %s", body, got.Events[0].Entities, got.Events[0].Rest, want.Events[0].Entities, want.Events[0].Rest)
	}
	if len(got.Files) != len(want.Files) || len(got.Expect) != len(want.Expect) {
		t.Errorf("%d files and %+v, want %d and %+v", len(got.Files), got.Expect, len(want.Files), want.Expect)
	}
}

func readLine(t *testing.T, text string) quipu.NewEvent {
	t.Helper()
	event, wanted, err := intake.ReadLine(shape.Of([]byte(text)))
	if err != nil || !wanted {
		t.Fatalf("%v, %v: %s", wanted, err, text)
	}
	return event
}

func TestLineOfAnAuthorIsAppendedAsItStands(t *testing.T) {
	for _, members := range []string{
		wholeEvent, `"data":null`, `"eventId":"x","timestamp":"2021-11-16T03:30:47Z"`, `"meta":{}`,
		`"aggregate":{"service":"s","name":"n","identifier":"i","expectedVersion":0}`,
		`"data":123456789012345678901234567890.10,"meta":{"n":1e400,"l":"<\u2028"}`,
	} {
		text := `{` + bare + `,"entities":{"t":["k","é\\"],"u~/":["<"]},` + members + `}`
		want := read(t, text)
		sameAppended(t, readLine(t, text), want)
		o, err := shape.Of([]byte(text)).Object()
		if err != nil {
			t.Fatal(err)
		}
		event, err := intake.ReadEvent(o)
		if err != nil {
			t.Fatal(err)
		}
		sameAppended(t, event, want)
	}
}

func TestLineOfAnExportIsAppendedWithoutWhatItsLedgerGave(t *testing.T) {
	members := strings.Replace(wholeEvent, `,"expectedVersion":2`, "", 1)
	a := read(t, with(members))
	event := readLine(t, exported(a, 0))
	sameAppended(t, event, a)
	if event.Aggregate == nil || event.Aggregate.ExpectedVersion != nil {
		t.Errorf("the aggregate is %+v", event.Aggregate)
	}
	links := 0
	for _, link := range event.Links {
		if link.Type == quipu.LinkVersion {
			links++
		}
	}
	if links != 1 {
		t.Errorf("%d links to the version before in %+v", links, event.Links)
	}
	if event := readLine(t, line(``)); event.ID != "" || event.HappenedAt != "" {
		t.Errorf("what the ledger gave is the author's: %+v", event)
	}
}

func TestLineThatIsNoEventToAppendIsLeftOut(t *testing.T) {
	for _, text := range []string{
		`{"end":{"position":7,"head":7,"more":false}}`,
		strings.Replace(line(""), `"e"`, `"$event-registered"`, 1),
	} {
		if _, wanted, err := intake.ReadLine(shape.Of([]byte(text))); wanted || err != nil {
			t.Errorf("%v, %v: %s", wanted, err, text)
		}
	}
}

func TestBadLineIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, pointer, detail, hint string }{
		"not JSON":          {`x`, "", "unexpected", ""},
		"an unknown member": {line(`,"more":1`), "/more", "unknown member", "known are"},
		"a system event":    {`{"event":"$e","entity":"t","key":"k"}`, "/event", "begins with", "the ledger's own"},
		"a bad member":      {`{"event":"e","entity":"t","key":"k","links":{}}`, "/links", "expected an array", "write ["},
		"a version of an aggregate": {`{"event":"e","aggregate":{"type":"t","key":"k","version":1}}`,
			"/aggregate/version", "the ledger's to give", "expectedVersion"},
		"a bad one in an export": {line(`,"aggregate":{"type":"t","key":"k","version":0}`),
			"/aggregate/version", "the version is 0", "count from 1"},
		"a position that is another": {line(`,"links":[{"type":"p","target":{"position":5}}]`),
			"/links/0/target/position", "position 5 of the ledger that was exported", "link by id"},
		"a content left out": {line(`,"files":[{"id":"f","size":5,"hash":"` + hashOf("hello") + `"}]`),
			"/files/0", `"f" has no data`, "base64"},
		"half a surrogate": {line(`,"encryptedData":"a\udead"`), "/encryptedData", "not a JSON string", "not repeated"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := intake.ReadLine(shape.Of([]byte(c.text)))
			says(t, known(t, err), quipu.Invalid, c.pointer, c.detail, c.hint)
		})
	}
	large := line(`,"encryptedData":` + quoted(quipu.EncryptedDataBytesMax+1))
	_, _, err := intake.ReadLine(shape.Of([]byte(large)))
	says(t, known(t, err), quipu.TooLarge, "/encryptedData", "the limit is 65536", "")
}
