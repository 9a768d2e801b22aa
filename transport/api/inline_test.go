package api_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
)

const twoFiles = `,"id":"x","aggregate":{"type":"order","key":"o-1"},"producer":"web","files":[` +
	`{"id":"f","contentType":"text/plain","data":"aGk="},{"id":"ref","isReference":true,"data":"s3://x","hash":"sha256:z"},{"id":"empty","data":""}]`

// The shapes of an event's files without their contents, and with them.
var (
	filesOmitted = `"files":[{"contentType":"text/plain","hash":"` + hashOf("hi") + `","id":"f","size":2},` +
		`{"data":"s3://x","hash":"sha256:z","id":"ref","isReference":true},{"hash":"` + hashOf("") + `","id":"empty","size":0}]`
	filesInline = `"files":[{"contentType":"text/plain","hash":"` + hashOf("hi") + `","id":"f","size":2,"data":"aGk="},` +
		`{"data":"s3://x","hash":"sha256:z","id":"ref","isReference":true},{"hash":"` + hashOf("") + `","id":"empty","size":0,"data":""}]`
)

func TestContentsStandInAnswersThatAskForThem(t *testing.T) {
	n := newNode(t)
	n.receipt(single(twoFiles))
	n.order("a")
	for _, c := range []struct{ method, path, body string }{
		{"GET", "events/6", ""},
		{"GET", "events/by-id/x", ""},
		{"GET", "events/by-id/x/versions", ""},
		{"GET", "aggregates/order/o-1", ""},
		{"POST", "select", `{"entity":"patron","key":"a"}`},
		{"QUERY", "select", `{"entity":"patron","key":"a","reverse":true}`},
		{"GET", "export", ""},
	} {
		omitted := n.want(200, c.method, "/v1/ledgers/main/"+c.path+"?files=omit", c.body).body
		inline := n.want(200, c.method, "/v1/ledgers/main/"+c.path+"?files=inline", c.body).body
		if !strings.Contains(omitted, filesOmitted) || strings.Replace(omitted, filesOmitted, filesInline, 1) != inline {
			t.Errorf("%s: %s\nand %s", c.path, omitted, inline)
		}
		want := omitted
		if c.path == "export" {
			want = inline
		}
		if got := n.want(200, c.method, "/v1/ledgers/main/"+c.path, c.body).body; got != want {
			t.Errorf("%s: %s", c.path, got)
		}
		e := n.do(c.method, "/v1/ledgers/main/"+c.path+"?files=yes", c.body).problem(t, 400, quipu.Invalid)
		if !strings.Contains(e.Hint, "inline") || !strings.Contains(e.Hint, "omit") {
			t.Errorf("%s: %+v", c.path, e)
		}
	}
}

// An export with the contents makes the same ledger elsewhere, and one without them is refused.
func TestExportWithFilesIsWhole(t *testing.T) {
	n := newNode(t)
	n.want(201, "POST", "/v1/ledgers", `{"name":"shop"}`)
	n.register("shop", "Item Ordered", "patron")
	n.want(201, "POST", "/v1/ledgers/shop/append", single(twoFiles))
	n.want(201, "POST", "/v1/ledgers/shop/append", single(`,"files":[{"id":"again","data":"aGk="}]`))
	whole := n.want(200, "GET", "/v1/ledgers/shop/export", "").body
	other := newNode(t)
	other.want(201, "POST", importPath, whole)
	if again := other.want(200, "GET", "/v1/ledgers/shop/export", "").body; again != whole {
		t.Errorf("%s\nbecame %s", whole, again)
	}
	if got := other.want(200, "GET", "/v1/ledgers/shop/files/"+hashOf("hi"), "").body; got != "hi" {
		t.Errorf("%q", got)
	}
	omitted := n.want(200, "GET", "/v1/ledgers/shop/export?files=omit", "").body
	if e := newNode(t).do("POST", importPath, omitted).problem(t, 400, quipu.Invalid); !strings.HasPrefix(e.Detail, "line 3: ") {
		t.Errorf("%+v", e)
	}
}

// locked is a node whose views allow one read of the store at a time, as a read within another one can be the end of a writer.
type locked struct{ *apitest.Backend }

func (l locked) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	v, err := l.Backend.View(ctx, ref, read)
	return &lockedView{View: v}, err
}

type lockedView struct {
	api.View
	open bool
}

func (v *lockedView) once() func() {
	if v.open {
		panic("a read within a read")
	}
	v.open = true
	return func() { v.open = false }
}

func (v *lockedView) Page(s *selector.Selector, in selector.Range, fn func(*record.Record) bool) (quipu.Position, bool, error) {
	defer v.once()()
	return v.View.Page(s, in, fn)
}

func (v *lockedView) Read(fn func(selector.Source) error) error {
	defer v.once()()
	return v.View.Read(fn)
}

func (v *lockedView) File(hash record.Hash) ([]byte, bool, error) {
	defer v.once()()
	return v.View.File(hash)
}

// Events with and without contents come in their order, over many pages, with limits, in both directions.
func TestLongStreamWithContentsIsInOrder(t *testing.T) {
	whole := newNode(t)
	content := strings.Repeat("0123456789", 2000)
	data := base64.StdEncoding.EncodeToString([]byte(content))
	for i := range 150 {
		if i%3 == 0 {
			whole.receipt(single(`,"files":[{"id":"f","data":"` + data + `"}]`))
		} else {
			whole.order("a")
		}
	}
	n := serve(t, whole.backend, api.Config{Backend: locked{whole.backend}})
	for body, count := range map[string]int{
		`{"entity":"patron","key":"a"}`: 150, `{"entity":"patron","key":"a","limit":77}`: 77, `{"entity":"patron","key":"a","reverse":true}`: 150,
		`{"entity":"patron","key":"a","reverse":true,"limit":1}`: 1,
	} {
		plain := n.want(200, "POST", selectPath, body)
		events, end := n.want(200, "POST", selectPath+"?files=inline", body).events(t)
		same, sameEnd := plain.events(t)
		if len(events) != count || positions(events) != positions(same) || end != sameEnd {
			t.Errorf("%s: %d events, %+v and %+v", body, len(events), end, sameEnd)
		}
		for _, e := range events {
			if want := (int(e.Position)-6)%3 == 0; want != (len(e.Files) == 1 && e.Files[0].Data == data) {
				t.Fatalf("%s: position %d has %d files", body, e.Position, len(e.Files))
			}
		}
	}
	exported, _ := n.want(200, "GET", "/v1/ledgers/main/export", "").events(t)
	for i, e := range exported {
		if fmt.Sprint(e.Position) != fmt.Sprint(i+1) {
			t.Fatalf("position %d at %d", e.Position, i)
		}
	}
	n.want(200, "GET", "/v1/ledgers/main/events/6?files=inline", "")
}

// counting is a node whose views call the test before each content that is read.
type counting struct {
	*apitest.Backend
	before func()
}

func (c counting) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	v, err := c.Backend.View(ctx, ref, read)
	return countingView{v, c.before}, err
}

type countingView struct {
	api.View
	before func()
}

func (v countingView) File(hash record.Hash) ([]byte, bool, error) {
	v.before()
	return v.View.File(hash)
}

// The contents of one page may be some gigabytes, for which a server that shuts down does not wait.
func TestEndStreamsBreaksOffWithinAPageOfContents(t *testing.T) {
	whole := newNode(t)
	for range 20 {
		whole.receipt(withFiles([2]string{`{"id":"f"}`, strings.Repeat("x", 1000)}))
	}
	read := 0
	var a *api.API
	a = api.New(api.Config{Backend: counting{whole.backend, func() {
		read++
		a.EndStreams()
	}}})
	server := httptest.NewServer(a.Handler())
	defer server.Close()
	n := &node{t: t, server: server}
	n.do("POST", selectPath+"?files=inline", `{"entity":"patron","key":"a"}`).problem(t, 503, quipu.Unavailable)
	if read != 1 {
		t.Errorf("%d contents were read, want 1", read)
	}
}
