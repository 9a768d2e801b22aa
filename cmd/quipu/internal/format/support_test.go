package format_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// tester is what a test and a drawing one have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newFormat(t tester, name string) *format.Format {
	t.Helper()
	f, err := format.New(name, format.Options{Ledger: "main"})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return f
}

// ledger keeps events in the way of a ledger, without a cluster: what is appended goes
// through the reader of the HTTP API, and comes back in the bytes in which it is
// stored, with the contents of files.
type ledger struct {
	versions map[string]uint64
	events   [][]byte
}

// take appends what ToQuipu gives.
func (l *ledger) take(t tester, body []byte) {
	t.Helper()
	a, err := intake.ReadAppend(shape.Of(body), nil)
	if err != nil {
		t.Fatalf("the ledger refuses %s: %v", body, err)
	}
	raised := map[string]bool{}
	for i := range a.Events {
		d := &a.Events[i]
		if aggregateType, key, _, ok := d.Aggregate(); ok {
			name := string(aggregateType) + "\x00" + string(key)
			if !raised[name] {
				l.raise(name)
			}
			raised[name] = true
			d.SetAggregateVersion(l.versions[name])
		}
		p := quipu.Position(len(l.events) + 1)
		r := record.Record{Position: p, ID: quipu.NewEventID(1637033447430415+int64(p), 7, 4), Draft: *d}
		l.events = append(l.events, withContents(t, record.AppendJSON(nil, &r), a))
	}
}

func (l *ledger) raise(name string) {
	if l.versions == nil {
		l.versions = map[string]uint64{}
	}
	l.versions[name]++
}

// withContents puts the contents of an event's files where quipu.File has them.
func withContents(t tester, event []byte, a *intake.Append) []byte {
	t.Helper()
	if len(a.Files) == 0 {
		return event
	}
	var members map[string]json.RawMessage
	var files []quipu.File
	if err := json.Unmarshal(event, &members); err != nil {
		t.Fatalf("%v", err)
	}
	if err := json.Unmarshal(members["files"], &files); members["files"] != nil && err != nil {
		t.Fatalf("%v", err)
	}
	for i := range files {
		for _, content := range a.Files {
			if !files[i].IsReference && files[i].Hash == content.Hash.String() {
				files[i].Data = base64.StdEncoding.EncodeToString(content.Bytes)
			}
		}
	}
	if files != nil {
		members["files"] = asJSON(t, files)
	}
	return asJSON(t, members)
}

// export gives the documents of all events.
func (l *ledger) export(t tester, f *format.Format) (docs []format.Document) {
	t.Helper()
	e := f.NewEncoder()
	for _, event := range l.events {
		complete, err := e.Write(event)
		if err != nil {
			t.Fatalf("%s: %v", event, err)
		}
		docs = append(docs, complete...)
	}
	return append(docs, e.Flush()...)
}

// stored imports documents into an empty ledger.
func stored(t tester, f *format.Format, docs ...string) *ledger {
	t.Helper()
	l := &ledger{}
	for _, doc := range docs {
		body, err := f.ToQuipu([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		l.take(t, body)
	}
	return l
}

// wantIdentity imports documents, exports them and compares.
func wantIdentity(t tester, f *format.Format, docs ...string) *ledger {
	t.Helper()
	l := stored(t, f, docs...)
	got := l.export(t, f)
	if len(got) != len(docs) {
		t.Fatalf("%d documents come back of %d", len(got), len(docs))
	}
	for i, doc := range docs {
		if want := canon(t, doc); string(got[i].JSON) != want {
			t.Fatalf("%s: event %s\ngot  %s\nwant %s", f.Name(), l.events[i], got[i].JSON, want)
		}
		if len(got[i].Lost) > 0 {
			t.Fatalf("%s: of a document of its own, %v is lost", f.Name(), got[i].Lost)
		}
	}
	return l
}

func canon(t tester, text string) string {
	t.Helper()
	out, err := canonical.Append(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(out)
}

func asJSON(t tester, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// event is the one event that a document is appended as.
func event(t tester, f *format.Format, doc string) quipu.NewEvent {
	t.Helper()
	body, err := f.ToQuipu([]byte(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	var a quipu.Append
	if err := json.Unmarshal(body, &a); err != nil || len(a.Events) != 1 {
		t.Fatalf("%s: %v", body, err)
	}
	return a.Events[0]
}

func known(t *testing.T, err error) *quipu.Error {
	t.Helper()
	var e *quipu.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an error for a caller: %v", err)
	}
	return e
}

// read is an event as a ledger gives it back, written by hand.
func read(members string) string {
	return fmt.Sprintf(`{"position":7,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z",%s}`, members)
}
