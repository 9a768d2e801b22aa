package bulk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
)

// sameAsLines reports whether a ledger has each event of lines(n) once, in order.
func sameAsLines(f *fakeLedger, n int) bool {
	if len(f.events) != n {
		return false
	}
	want := strings.Split(lines(n), "\n")
	for i, e := range f.events {
		if !strings.Contains(want[i], `"`+e.Entities["t"][0]+`"`) {
			return false
		}
	}
	return true
}

// Whatever a call does before it fails, an import that is resumed, and one that
// begins anew, leave each event in the ledger once and in the file's order.
func TestImportThatFailsIsResumedWithoutLossOrDouble(t *testing.T) {
	const n = 10_300 // three batches
	for _, resume := range []bool{true, false} {
		for call := 1; call <= 3; call++ {
			for _, after := range []bool{true, false} {
				target := &fakeLedger{failBefore: call}
				if after {
					target = &fakeLedger{failAfter: call}
				}
				var saved bulk.State
				first, err := bulk.Import(context.Background(), strings.NewReader(lines(n)), target, bulk.Options{
					Register: true, Saved: func(s bulk.State) { saved = s },
				})
				if err == nil {
					t.Fatal("the ledger failed and the import did not")
				}
				if saved != first.State {
					t.Errorf("saved %+v, but the result is %+v", saved, first.State)
				}
				if !resume {
					saved = bulk.State{}
				}
				second, err := bulk.Import(context.Background(), strings.NewReader(lines(n)), target, bulk.Options{Register: true, From: saved})
				if err != nil {
					t.Fatal(err)
				}
				if second.State.Events != n || second.Resumed != saved.Events || !sameAsLines(target, n) {
					t.Errorf("call %d (after %v, resume %v): %d events in the ledger, result %+v", call, after, resume, len(target.events), second)
				}
			}
		}
	}
}

func TestImportAgainAppendsNothing(t *testing.T) {
	target := &fakeLedger{}
	for i, replayed := range []int{0, 1200} {
		result, err := bulk.Import(context.Background(), strings.NewReader(lines(1200)), target, bulk.Options{Register: true})
		if err != nil || result.Replayed != replayed || !sameAsLines(target, 1200) {
			t.Errorf("import %d: %+v, %v", i, result, err)
		}
	}
}

func TestImportOfAChangedFileIsNotResumed(t *testing.T) {
	var saved bulk.State
	target := &fakeLedger{failBefore: 2}
	_, _ = bulk.Import(context.Background(), strings.NewReader(lines(9000)), target, bulk.Options{Register: true, Saved: func(s bulk.State) { saved = s }})
	for name, text := range map[string]string{
		"changed": strings.Replace(lines(9000), "k7", "k8", 1),
		"shorter": lines(1000),
		"empty":   "",
	} {
		if _, err := bulk.Import(context.Background(), strings.NewReader(text), target, bulk.Options{Register: true, From: saved}); !errors.Is(err, bulk.ErrChanged) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestRefusalNamesTheLinesOfItsChunk(t *testing.T) {
	text := lines(700) + `{"event":"bad","entities":{"t":["k"]}}` + "\n" + lines(10)
	target := &fakeLedger{refuse: "bad"}
	result, err := bulk.Import(context.Background(), strings.NewReader(text), target, bulk.Options{Register: true})
	var chunk *bulk.ChunkError
	if !errors.As(err, &chunk) || chunk.Line != 501 || chunk.Next != 712 || quipu.KindOf(err) != quipu.Invalid {
		t.Fatalf("error is %v, want one of the lines 501 to 711", err)
	}
	if result.State.Events != 500 || !sameAsLines(target, 500) {
		t.Errorf("%d events are stored, want the 500 of the chunk before", len(target.events))
	}
}

func TestImportEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := bulk.Import(ctx, strings.NewReader(lines(20_000)), &fakeLedger{}, bulk.Options{Register: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestStateIsKept(t *testing.T) {
	dir := t.TempDir()
	path := bulk.StatePath(dir, "/data/etcd.ndjson", 0xa0f8f294)
	if other := bulk.StatePath(dir, "/data/etcd.ndjson", 0xa0f8f298); other == path {
		t.Error("two ledgers share a state")
	}
	if s, err := bulk.LoadState(path); err != nil || s != (bulk.State{}) {
		t.Errorf("a state that is not there is %+v, %v", s, err)
	}
	want := bulk.State{File: "/data/etcd.ndjson", Ledger: 0xa0f8f294, Chunks: 3, Key: "import-x", Events: 1400}
	for range 2 { // over an old one too
		if err := want.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := bulk.LoadState(path); err != nil || s != want {
		t.Errorf("loaded %+v, %v; want %+v", s, err, want)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bulk.LoadState(path); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("error of a torn state is %v", err)
	}
}

func TestCompressionIsRecognised(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(lines(30)))
	_ = w.Close()
	for name, file := range map[string][]byte{"plain": []byte(lines(30)), "gzip": zipped.Bytes(), "empty": nil} {
		source, err := bulk.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		target := &fakeLedger{}
		if _, err := bulk.Import(context.Background(), source, target, bulk.Options{Register: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := len(file) > 0; sameAsLines(target, 30) != want || source.Done() != int64(len(file)) {
			t.Errorf("%s: %d events, %d of %d bytes read", name, len(target.events), source.Done(), len(file))
		}
	}
	if _, err := bulk.Open(strings.NewReader("\x1f\x8bnot gzip at all"), 0); err == nil {
		t.Error("what only begins like gzip was taken")
	}
}

func TestLastEventOfAnExport(t *testing.T) {
	const one, two = `{"position":7,"event":"e"}` + "\n", `{"position":8,"event":"e"}` + "\n"
	for name, c := range map[string]struct {
		text string
		last quipu.Position
		end  int
		ok   bool
	}{
		"empty":              {"", 0, 0, true},
		"one":                {one, 7, len(one), true},
		"two":                {one + two, 8, len(one + two), true},
		"cut in a line":      {one + two[:9], 7, len(one), true},
		"cut before its end": {one + two[:len(two)-1], 7, len(one), true},
		"complete":           {one + two + `{"end":{"position":8}}` + "\n", 8, len(one + two), true},
		"not an export":      {`{"event":"e"}` + "\n", 0, 0, false},
		"not JSON":           {one + "x\n", 0, 0, false},
		"a gap":              {one + `{"position":9}` + "\n", 0, 0, false},
	} {
		last, end, err := bulk.LastEvent(strings.NewReader(c.text))
		if (err == nil) != c.ok || last != c.last && c.ok || end != int64(c.end) && c.ok {
			t.Errorf("%s: %d, %d, %v", name, last, end, err)
		}
	}
}
