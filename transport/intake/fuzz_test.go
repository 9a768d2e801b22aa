package intake_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// shown gives an append in its full form, made of what its events would be shown as:
// without what a ledger gives, and with the contents of files.
func shown(a *intake.Append) []byte {
	var body struct {
		Events []json.RawMessage `json:"events"`
		Key    string            `json:"idempotencyKey,omitempty"`
	}
	body.Key = a.Key
	for i := range a.Events {
		r := record.Record{Draft: a.Events[i]}
		inline(&r.Draft, a.Files)
		text := string(record.AppendJSON(nil, &r))
		text = `{` + text[strings.Index(text, `"event":`):] // behind position, eventId and timestamp
		body.Events = append(body.Events, json.RawMessage(text))
	}
	out, _ := json.Marshal(body)
	return out
}

func seeds(f *testing.F) []string {
	return []string{
		with(wholeEvent), `{` + bare + `,` + wholeEvent + `}`, events(shared("a", 1), "", own("b", 0), own("a", 1)),
		`{"event":"é","entity":"\ud83d\ude00","key":"~/","eventId":"x","timestamp":"2021-11-16T03:30:47Z"}`,
		with(`"data":{"b":1.50,"a":"\u2028<"},"meta":{"z":[1e2,{}]}`), inParts(`[{"id":"part"}]`, `[{"id":"b","data":""}]`),
		`{"event":"e","aggregate":{"service":"a/b","name":"c","identifier":"i"},"conditions":[{"aggregate":{"type":"t","key":"k","version":1}},{"events":["e"]}],"idempotencyKey":"k"}`,
		`{"events":[{"event":"e","entities":{"t":["k"]},"links":[{"type":"version","target":{"id":"i","version":1}}],"id":"i","version":2}]}`,
		`{}`, `[`,
	}
}

// Whatever comes, the reader of appends answers with an append whose parts are
// canonical, that the indexes can read, and that reads back as itself; or with an
// error that a client can be shown.
func FuzzReadAppend(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	given := parts(map[string]intake.Part{"part": {ContentType: "text/plain", Filename: "a", Content: []byte("hello")}})
	f.Fuzz(func(t *testing.T, body []byte, parted bool) {
		from := given
		if !parted {
			from = nil
		}
		a, err := intake.ReadAppend(shape.Of(body), from)
		if err != nil {
			showable(t, err)
			return
		}
		for i := range a.Events {
			readable(t, &a.Events[i])
			again, err := readExported(t, exported(a, i))
			if err != nil {
				t.Fatalf("%v in %s", err, exported(a, i))
			}
			given := again.AsGiven() // without the version of its aggregate
			if string(given.Rest) != string(a.Events[i].Rest) {
				t.Fatalf("%s is exported as %s", a.Events[i].Rest, again.Rest)
			}
		}
		again, err := intake.ReadAppend(shape.Of(shown(a)), nil)
		if err != nil {
			t.Fatalf("%v in %s", err, shown(a))
		}
		if record.DigestOf(again.Events) != record.DigestOf(a.Events) || again.Key != a.Key || again.Digest != a.Digest || len(again.Files) != len(a.Files) {
			t.Fatalf("%s reads back otherwise", shown(a))
		}
	})
}

func showable(t *testing.T, err error) {
	t.Helper()
	var known *quipu.Error
	if !errors.As(err, &known) || (known.Kind != quipu.Invalid && known.Kind != quipu.TooLarge) || known.Detail == "" {
		t.Fatalf("error %#v", err)
	}
}

// readable holds a draft to what the ledger relies on.
func readable(t *testing.T, d *record.Draft) {
	t.Helper()
	all := func([]byte) bool { return true }
	canon := canonical.Valid(d.Entities) && canonical.Valid(d.DataOrDefault()) && canonical.Valid(d.MetaOrDefault()) && (len(d.Rest) == 0 || canonical.Valid(d.Rest))
	if d.System() || len(d.Name) == 0 || !canon || string(d.Rest) == "{}" {
		t.Fatalf("draft %s %s %s %s %s", d.Name, d.Entities, d.Data, d.Meta, d.Rest)
	}
	if d.Terms(nil, all) != nil || d.MemberTerms(nil, all) != nil || d.FileHashes(func(record.Hash) bool { return true }) != nil {
		t.Fatalf("the indexes cannot read %s %s", d.Entities, d.Rest)
	}
	if _, err := (&record.Record{Draft: *d}).Event(); err != nil {
		t.Fatalf("%v in %s", err, d.Rest)
	}
}

// Whatever is taken from a line can be sent and is then stored as it would have been.
func FuzzReadLine(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add([]byte(strings.TrimSuffix(strings.TrimPrefix(seed, `{"events":[`), `]}`)))
	}
	f.Add([]byte(line(`,"id":"x","aggregate":{"type":"t","key":"k","version":7}`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		event, wanted, err := intake.ReadLine(shape.Of(text))
		if err != nil {
			showable(t, err)
			return
		}
		if !wanted {
			return
		}
		written, err := json.Marshal(quipu.Append{Events: []quipu.NewEvent{event}})
		if err != nil {
			t.Fatalf("%s was taken but cannot be written: %v", text, err)
		}
		a, err := intake.ReadAppend(shape.Of(written), nil)
		if err != nil {
			t.Fatalf("%s was taken, %s not: %v", text, written, err)
		}
		direct, err := intake.ReadAppend(shape.Of(text), nil)
		if err == nil && record.DigestOf(direct.Events) != record.DigestOf(a.Events) {
			t.Fatalf("%s is stored otherwise than %s", written, text)
		}
	})
}
