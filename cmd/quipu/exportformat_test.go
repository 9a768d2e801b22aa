package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/format"
)

// exported is an export of three events, two of which are one change of an aggregate.
const exported = `{"position":1,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z","event":"$ledger-created","entities":{"$ledger":["a"]},"data":{},"meta":{}}
{"position":2,"eventId":"0005d0df8d1e991013658533a0f8f294","timestamp":"2021-11-16T03:30:47.430416Z","event":"OrderPlaced","entities":{},"data":{},"meta":{},"id":"a2bcae3a-85f6-4a6c-a50f-936479cc17b4","aggregate":{"key":"2c3cf88c-ee88-427e-818a-ab0267511c84","type":"order","version":1}}
{"position":3,"eventId":"0005d0df8d1e991113658533a0f8f294","timestamp":"2021-11-16T03:30:47.430417Z","event":"OrderPaid","entities":{"t":["k"]},"data":{},"meta":{},"id":"a2bcae3a-85f6-4a6c-a50f-936479cc17b5","aggregate":{"key":"2c3cf88c-ee88-427e-818a-ab0267511c84","type":"order","version":1}}
{"position":4,"eventId":"0005d0df8d1e991213658533a0f8f294","timestamp":"2021-11-16T03:30:47.430418Z","event":"noted","entities":{"t":["k"]},"data":1,"meta":{}}
{"end":{"position":4,"head":4,"more":false}}
`

func TestExportInPiecesBecomesTheSameDocuments(t *testing.T) {
	f, err := format.New("serialized", format.Options{Ledger: "main"})
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for _, size := range []int{len(exported), 1, 7, 200} {
		var out bytes.Buffer
		w := newDocumentWriter(&out, f)
		for text := exported; text != ""; {
			n := min(size, len(text))
			if written, err := w.Write([]byte(text[:n])); err != nil || written != n {
				t.Fatalf("%d, %v", written, err)
			}
			text = text[n:]
		}
		if first == "" {
			first = out.String()
		}
		if out.String() != first || strings.Count(first, "\n") != 1 || w.count != 1 || w.missing != 1 {
			t.Errorf("in pieces of %d: %d documents, %d events in none:\n%s", size, w.count, w.missing, out.String())
		}
		if n := len(w.losses.list); n != 2 || w.losses.list[0].member != "the whole event" || w.losses.list[0].first != 4 || w.losses.list[1].member != "entities" {
			t.Errorf("losses %+v", w.losses.list)
		}
	}
}

func TestLossesAreCountedByWhatAndWhy(t *testing.T) {
	var l losses
	for i := range 3 * (lossesMax + 1) {
		l.add(format.Loss{Position: quipu.Position(i + 1), Member: "data", Reason: fmt.Sprint("reason ", i/3)})
	}
	if len(l.list) != lossesMax || l.unlisted != 3 || l.list[1].events != 3 || l.list[1].first != 4 {
		t.Errorf("%d in the list, %d not, the second is %+v", len(l.list), l.unlisted, l.list[1])
	}
	var out strings.Builder
	if err := l.print(&out); err != nil || !strings.HasSuffix(out.String(), "\nand 3 more, for other reasons\n") {
		t.Errorf("%v, printed\n%s", err, out.String())
	}
}
