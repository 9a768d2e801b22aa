package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// testdata/seeds has the examples that the first descriptions of four formats print, as
// JSON: without their comments, with their braces closed, and without what they leave
// out with dots.

// seedLedger is a ledger for documents of a format that can be together in one: some
// of the examples have the same id.
type seedLedger struct {
	name      string
	format    *format.Format
	documents []string // canonical
}

// TestSeedsComeBackFromEveryNode ensures that each document that was appended to a
// cluster in the documented mapping is the same JSON value when each node's events are
// written in its format again; that it is not appended twice; and that a second
// cluster has the same ids and documents after an import.
func TestSeedsComeBackFromEveryNode(t *testing.T) {
	t.Parallel()
	first, second := startNodes(t, 3), startNodes(t, 3)
	for i, s := range seedLedgers(t) {
		one := clientOf(t, first[i%3])
		if _, err := one.CreateLedger(context.Background(), s.name, ""); err != nil {
			t.Fatal(err)
		}
		s.register(t, first[(i+1)%3])
		s.append(t, first[(i+2)%3], false)
		s.wantDocuments(t, first)
		s.append(t, first[i%3], true)
		s.wantDocuments(t, first)
		copyLedger(t, s.name, one, clientOf(t, second[i%3]))
		s.wantDocuments(t, second)
		if len(s.ids(t)) > 0 { // an export has no keys
			s.append(t, second[(i+1)%3], true)
			s.wantDocuments(t, second)
		}
	}
}

// TestSeedsThatShareAnIDAreOneEventOrAMismatch ensures that what a format calls unique is:
// examples that say the same in another order are one event, and others are refused.
func TestSeedsThatShareAnIDAreOneEventOrAMismatch(t *testing.T) {
	t.Parallel()
	urls := startNodes(t, 3)
	var all []seedLedger
	for _, s := range seedLedgers(t) {
		if len(s.documents) == 1 && len(s.ids(t)) > 0 {
			s.name = "main"
			s.register(t, urls[0])
			all = append(all, s)
		}
	}
	accepted := map[string]string{} // documents by their ids
	for i, s := range all {
		id := s.ids(t)[0]
		body := s.appends(t)[0]
		status, answer := sendJSON(t, http.MethodPost, urls[i%3]+"/v1/ledgers/main/append", body)
		switch known, seen := accepted[id]; {
		case !seen && status == http.StatusCreated:
			accepted[id] = body
		case seen && known == body && status == http.StatusOK:
		case seen && known != body && wire.DecodeProblem(status, []byte(answer)).Kind == quipu.Mismatch:
		default:
			t.Errorf("%s: %d %s; accepted is %s", body, status, answer, known)
		}
	}
	if len(accepted) != 2 || len(all) != 11 {
		t.Errorf("%d ids in %d documents", len(accepted), len(all))
	}
	wantSameFrom(t, urls, "main")
}

// TestSchemaOfTheSeedIsEnforced ensures that the example of a schema holds for the
// events that name it, whichever node takes them.
func TestSchemaOfTheSeedIsEnforced(t *testing.T) {
	t.Parallel()
	urls := startNodes(t, 3)
	s := seedLedgers(t)[0]
	s.name = "main"
	s.register(t, urls[1])
	for i, url := range urls {
		for payload, want := range map[string]int{
			`{"title":"A","author":"B"}`: http.StatusCreated, `{"title":"A"}`: http.StatusCreated,
			`{"title":""}`: http.StatusUnprocessableEntity, `{"author":"B"}`: http.StatusUnprocessableEntity, `{"title":"A","author":1}`: http.StatusUnprocessableEntity,
		} {
			document := fmt.Sprintf(`{"id":{"id":"%d %s"},"schema":{"id":"document.uploaded","version":"1.0"},"payload":%s}`,
				i, strings.ReplaceAll(payload, `"`, "'"), payload)
			body, err := s.format.ToQuipu([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			status, answer := sendJSON(t, http.MethodPost, url+"/v1/ledgers/main/append", string(body))
			if status != want || want != http.StatusCreated && wire.DecodeProblem(status, []byte(answer)).Kind != quipu.SchemaViolation {
				t.Errorf("%s: %d %s", document, status, answer)
			}
		}
	}
	wantSameFrom(t, urls, "main")
}

// seedLedgers are one for each example, with what it links to before it.
func seedLedgers(t *testing.T) (list []seedLedger) {
	t.Helper()
	for _, name := range []string{"trove", "libero", "serialized"} {
		f, err := format.New(name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		add := func(documents ...string) {
			for i := range documents {
				documents[i] = canon(t, documents[i])
			}
			list = append(list, seedLedger{fmt.Sprint(name, "-", len(list)), f, documents})
		}
		for _, seed := range seedLines(t, name+".ndjson") {
			switch name {
			case "trove":
				add(`{"id":{"id":"evt_456def"},"schema":{"id":"document.uploaded","version":"1.0"},"payload":{"title":"The year before"}}`, seed)
			case "serialized":
				add(seed)
				add(`{"aggregateType":"order","aggregateId":"b1b0ee7c-c758-4f7b-8185-2bf599435eb9","expectedVersion":0,"events":[` + seed + `]}`)
			default:
				add(seed)
			}
		}
	}
	return list
}

func seedLines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/seeds/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func canon(t *testing.T, text string) string {
	t.Helper()
	out, err := canonical.Append(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(out)
}

// appends are what the documents are appended as.
func (s *seedLedger) appends(t *testing.T) (bodies []string) {
	t.Helper()
	for i, document := range s.documents {
		body, err := s.format.ToQuipu([]byte(document))
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if len(s.ids(t)) == 0 { // then a key says what is the same
			body = fmt.Appendf(body[:len(body)-1], `,"idempotencyKey":"%d"}`, i)
		}
		bodies = append(bodies, string(body))
	}
	return bodies
}

func (s *seedLedger) events(t *testing.T) (events []quipu.NewEvent) {
	t.Helper()
	for _, document := range s.documents {
		body, err := s.format.ToQuipu([]byte(document))
		var a quipu.Append
		if err := errors.Join(err, json.Unmarshal(body, &a)); err != nil {
			t.Fatal(err)
		}
		events = append(events, a.Events...)
	}
	return events
}

func (s *seedLedger) ids(t *testing.T) (ids []string) {
	t.Helper()
	for _, e := range s.events(t) {
		if e.ID != "" {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// register allows what the documents hold. Trove's example of a schema is registered
// as one.
func (s *seedLedger) register(t *testing.T, url string) {
	t.Helper()
	for _, e := range s.events(t) {
		types := []string{"event"}
		for entityType := range e.Entities {
			types = append(types, entityType)
		}
		slices.Sort(types)
		if err := clientOf(t, url).Register(context.Background(), s.name, quipu.Registration{Event: e.Name, Entities: slices.Compact(types)}); err != nil {
			t.Fatal(err)
		}
	}
	if s.format.Name() != "trove" {
		return
	}
	var schema struct {
		ID, Version string
		Schema      json.RawMessage
	}
	if err := json.Unmarshal([]byte(seedLines(t, "trove-schema.json")[0]), &schema); err != nil {
		t.Fatal(err)
	}
	if err := clientOf(t, url).PutSchema(context.Background(), s.name, schema.ID, schema.Version, schema.Schema); err != nil {
		t.Fatal(err)
	}
}

// append appends each document once more, and wants to be told whether it was there.
func (s *seedLedger) append(t *testing.T, url string, replayed bool) {
	t.Helper()
	for _, body := range s.appends(t) {
		status, answer := sendJSON(t, http.MethodPost, url+"/v1/ledgers/"+s.name+"/append", body)
		var receipt quipu.Receipt
		if err := json.Unmarshal([]byte(answer), &receipt); err != nil || status/100 != 2 || receipt.Replayed != replayed {
			t.Errorf("%s: %d %s, want replayed %v", body, status, answer, replayed)
		}
	}
}

// wantDocuments writes the events of each node in the format again.
func (s *seedLedger) wantDocuments(t *testing.T, urls []string) {
	t.Helper()
	var export bytes.Buffer
	for _, url := range urls {
		export.Reset()
		if _, err := clientOf(t, url).Export(context.Background(), s.name, 0, &export); err != nil {
			t.Fatal(err)
		}
		got := documentsOf(t, s.format, export.String())
		if !slices.Equal(got, s.documents) {
			t.Errorf("%s has, of %s,\n%s\nwant\n%s", url, s.name, strings.Join(got, "\n"), strings.Join(s.documents, "\n"))
		}
	}
}

// documentsOf writes the events of an export in a format, which may lose nothing.
func documentsOf(t *testing.T, f *format.Format, export string) (list []string) {
	t.Helper()
	e := f.NewEncoder()
	add := func(documents []format.Document) {
		for _, d := range documents {
			list = append(list, string(d.JSON))
			if len(d.Lost) > 0 {
				t.Errorf("%s loses %v", d.JSON, d.Lost)
			}
		}
	}
	for line := range strings.Lines(export) {
		if _, ended := wire.DecodeEnd([]byte(line)); ended {
			break
		}
		documents, err := e.Write([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		add(documents)
	}
	add(e.Flush())
	return list
}

// copyLedger takes an export into another cluster, and wants that to export the same.
func copyLedger(t *testing.T, ledger string, from, to *client.Client) {
	t.Helper()
	var export, again bytes.Buffer
	if _, err := from.Export(context.Background(), ledger, 0, &export); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Import(context.Background(), bytes.NewReader(export.Bytes())); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Export(context.Background(), ledger, 0, &again); err != nil || again.String() != export.String() {
		t.Errorf("the import of %s exports %s, %v\nwant %s", ledger, again.String(), err, export.String())
	}
}
