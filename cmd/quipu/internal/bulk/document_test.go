package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
)

// twice is a format in which a document is a name, of which there are two events.
func twice(line []byte) ([]quipu.NewEvent, error) {
	if strings.Contains(string(line), "wrong") {
		return nil, quipu.Errorf(quipu.Invalid, "it is wrong")
	}
	e := quipu.NewEvent{Name: string(line), Entities: map[string][]string{"t": {"k"}}}
	return []quipu.NewEvent{e, e}, nil
}

func importDocuments(text string, target *fakeLedger, from bulk.State) (bulk.Result, error) {
	return bulk.Import(context.Background(), strings.NewReader(text), target, bulk.Options{Register: true, Document: twice, From: from})
}

func TestEachDocumentIsAnAppendOfItsOwn(t *testing.T) {
	target := &fakeLedger{}
	result, err := importDocuments("a\n\n b \na\n", target, bulk.State{})
	if err != nil || result.State.Events != 6 || result.State.Chunks != 1 || len(target.registered) != 2 {
		t.Fatalf("%+v, %v, registered %+v", result, err, target.registered)
	}
	keys := map[string]bool{}
	for i, a := range target.appends {
		if want := []string{"a", "b", "a"}[i]; len(a.Events) != 2 || a.Events[0].Name != want {
			t.Errorf("append %d is %+v", i, a)
		}
		keys[a.IdempotencyKey] = true
	}
	if len(keys) != 3 {
		t.Errorf("keys %v", keys)
	}
	if again, err := importDocuments("a\nb\na", target, bulk.State{}); err != nil || again.Replayed != 6 || len(target.events) != 6 {
		t.Errorf("again %+v, %v", again, err)
	}
}

func TestDocumentThatIsWrongHasItsLine(t *testing.T) {
	target := &fakeLedger{}
	_, err := importDocuments("a\n\nwrong\nb", target, bulk.State{})
	var line *bulk.LineError
	if !errors.As(err, &line) || line.Line != 3 || !errors.Is(err, quipu.Invalid) || len(target.appends) != 0 {
		t.Errorf("%v, %d appends", err, len(target.appends))
	}
}

func TestDocumentThatTheLedgerRefusesHasItsLine(t *testing.T) {
	for text, want := range map[string][2]int{"a\n\nno\n\nb\n": {3, 5}, "a\nno": {2, 3}, "no\nno": {1, 2}} {
		result, err := importDocuments(text, &fakeLedger{refuse: "no"}, bulk.State{})
		var chunk *bulk.ChunkError
		if !errors.As(err, &chunk) || chunk.Line != want[0] || chunk.Next != want[1] || result.State.Chunks != 0 {
			t.Errorf("%q: %v, %+v", text, err, result)
		}
	}
}

func TestDocumentsGoOnBehindTheChunksThatAreThere(t *testing.T) {
	var text strings.Builder
	for i := range 4600 {
		fmt.Fprintf(&text, "n%d\n", i%7)
	}
	target := &fakeLedger{failAfter: 2}
	first, err := importDocuments(text.String(), target, bulk.State{})
	if err == nil || first.State.Chunks == 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := importDocuments(text.String(), target, first.State)
	if err != nil || second.State.Events != 9_200 || len(target.events) != 9_200 || second.Resumed != first.State.Events {
		t.Errorf("%d events, %+v, %v", len(target.events), second, err)
	}
}
