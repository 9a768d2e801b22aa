package api_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// withFiles is an append of an event with some files: each a JSON object without its data, and its content.
func withFiles(files ...[2]string) string {
	list := make([]string, len(files))
	for i, f := range files {
		list[i] = strings.TrimSuffix(f[0], "}") + `,"data":"` + base64.StdEncoding.EncodeToString([]byte(f[1])) + `"}`
	}
	return single(`,"files":[` + strings.Join(list, ",") + `]`)
}

func hashOf(content string) string { return record.HashOf([]byte(content)).String() }

func TestFileIsGivenBackAsItWas(t *testing.T) {
	n := newNode(t)
	binary := "\x00\xff\r\n<script>"
	n.receipt(withFiles(
		[2]string{`{"id":"report","contentType":"application/pdf","filename":"report.pdf"}`, "a report"},
		[2]string{`{"id":"page","contentType":"text/html","filename":"é 𐊾\".html"}`, binary},
		[2]string{`{"id":"a/b %"}`, ""},
		[2]string{`{"id":"path","filename":"..\\/etc/passwd"}`, "x"},
	))
	for _, c := range []struct{ id, content, media, disposition string }{
		{"report", "a report", "application/pdf", "attachment; filename=report.pdf"},
		{"page", binary, "text/html", "attachment; filename*=utf-8''%C3%A9%20%F0%90%8A%BE%22.html"},
		{"a/b %", "", "application/octet-stream", `attachment; filename="a_b %"`},
		{"path", "x", "application/octet-stream", "attachment; filename=..__etc_passwd"},
	} {
		path := "/v1/ledgers/main/events/6/files/" + url.PathEscape(c.id)
		for _, method := range []string{"GET", "HEAD"} {
			a := n.want(200, method, path, "")
			h := a.header
			if method == "GET" && a.body != c.content || h.Get("Content-Length") != fmt.Sprint(len(c.content)) {
				t.Errorf("%s: %q of %s bytes", c.id, a.body, h.Get("Content-Length"))
			}
			if h.Get("Content-Type") != c.media || h.Get("Content-Disposition") != c.disposition || h.Get("ETag") != `"`+hashOf(c.content)+`"` ||
				h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get(wire.HeaderPosition) != "6" {
				t.Errorf("%s %s: %v", method, c.id, h)
			}
		}
		hash := hashOf(c.content)
		a := n.want(200, "GET", "/v1/ledgers/main/files/"+hash, "")
		if a.body != c.content || a.header.Get("Content-Type") != "application/octet-stream" || a.header.Get("ETag") != `"`+hash+`"` ||
			a.header.Get("Content-Disposition") != "attachment; filename="+strings.TrimPrefix(hash, "sha256:") {
			t.Errorf("%s: %+v", hash, a)
		}
	}
	e := decode[quipu.Event](t, n.want(200, "GET", "/v1/ledgers/main/events/6", "").body)
	n.want(200, "GET", "/v1/ledgers/main/events/"+e.EventID.String()+"/files/report", "")
}

func TestFileIsGivenInParts(t *testing.T) {
	n := newNode(t)
	n.receipt(withFiles([2]string{`{"id":"f","contentType":"text/plain"}`, "0123456789"}))
	tag := `"` + hashOf("0123456789") + `"`
	for _, path := range []string{"/v1/ledgers/main/events/6/files/f", "/v1/ledgers/main/files/" + hashOf("0123456789")} {
		for _, c := range []struct {
			name, value string
			status      int
			body, span  string
		}{
			{"Range", "bytes=2-4", 206, "234", "bytes 2-4/10"},
			{"Range", "bytes=7-", 206, "789", "bytes 7-9/10"},
			{"Range", "bytes=-1", 206, "9", "bytes 9-9/10"},
			{"Range", "bytes=0-99", 206, "0123456789", "bytes 0-9/10"},
			{"If-None-Match", tag, 304, "", ""},
			{"If-None-Match", "*", 304, "", ""},
			{"If-None-Match", `"x"`, 200, "0123456789", ""},
			{"If-Match", tag, 200, "0123456789", ""},
		} {
			a := n.want(c.status, "GET", path, "", c.name, c.value)
			if a.body != c.body || a.header.Get("Content-Range") != c.span || a.header.Get("ETag") != tag {
				t.Errorf("%s %s: %q %v", c.name, c.value, a.body, a.header)
			}
		}
		if a := n.want(200, "GET", path, "", "Range", "bytes=2-4", "If-Range", `"x"`); a.body != "0123456789" {
			t.Errorf("a range of another content: %q", a.body)
		}
		if a := n.want(206, "GET", path, "", "Range", "bytes=0-0,9-9"); !strings.HasPrefix(a.header.Get("Content-Type"), "multipart/byteranges") {
			t.Errorf("%v", a.header)
		}
		for name, value := range map[string]string{"Range": "bytes=10-", "If-Match": `"x"`} {
			a := n.do("GET", path, "", name, value)
			e := a.problem(t, map[string]int{"Range": 416, "If-Match": 412}[name], quipu.Invalid)
			if !strings.Contains(e.Hint, "10 bytes") || a.header.Get("Content-Disposition")+a.header.Get("Cache-Control") != "" {
				t.Errorf("%+v %v", e, a.header)
			}
		}
		n.do("GET", path, "", "Range", "lines=1").problem(t, 416, quipu.Invalid)
		n.want(200, "GET", path, "") // the connection is still good
	}
}

func TestFileIsNotFound(t *testing.T) {
	n := newNode(t)
	n.receipt(single(`,"files":[{"id":"report","data":"eA=="},{"id":"ref","isReference":true,"data":"s3://bucket/é.pdf","hash":"` + hashOf("y") + `"}]`))
	for _, c := range []struct {
		path   string
		status int
		kind   quipu.Kind
		says   string
	}{
		{"events/6/files/ref", 404, quipu.NotFound, "a reference to s3://bucket/é.pdf, which is kept as it is and never fetched"},
		{"events/6/files/reprot", 404, quipu.NotFound, `event 6 has no file "reprot"; did you mean "report"?`},
		{"events/6/files/x", 404, quipu.NotFound, "it has 2 files; GET …/events/6 lists them"},
		{"events/1/files/x", 404, quipu.NotFound, "it has 0 files"},
		{"events/7/files/report", 404, quipu.NotFound, "positions 1 to 6"},
		{"events/x/files/report", 400, quipu.Invalid, "neither a position nor an event id"},
		{"events/6/files/report?files=inline", 400, quipu.Invalid, "unknown query parameter"},
		{"files/" + hashOf("y"), 404, quipu.NotFound, "no file of this ledger has the content " + hashOf("y")},
		{"files/sha256:0", 400, quipu.Invalid, "64 lower-case hex digits"},
		{"files/" + strings.ToUpper(hashOf("x")), 400, quipu.Invalid, "64 lower-case hex digits"},
		{"files/report", 400, quipu.Invalid, "is not the hash of a file"},
	} {
		if e := n.do("GET", "/v1/ledgers/main/"+c.path, "").problem(t, c.status, c.kind); !strings.Contains(e.Detail+"; "+e.Hint, c.says) {
			t.Errorf("%s: %+v", c.path, e)
		}
	}
	n.want(201, "POST", "/v1/ledgers", `{"name":"other"}`)
	n.do("GET", "/v1/ledgers/other/files/"+hashOf("x"), "").problem(t, 404, quipu.NotFound)
}

// emptied is a node that has lost the contents of files.
type emptied struct{ *apitest.Backend }

func (e emptied) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	v, err := e.Backend.View(ctx, ref, read)
	return emptiedView{v}, err
}

type emptiedView struct{ api.View }

func (emptiedView) File(record.Hash) ([]byte, bool, error) { return nil, false, nil }

func TestLostContentIsCorruptAndNotAbsent(t *testing.T) {
	whole := newNode(t)
	whole.receipt(withFiles([2]string{`{"id":"f"}`, "x"}))
	n := serve(t, whole.backend, api.Config{Backend: emptied{whole.backend}})
	for _, path := range []string{"events/6/files/f", "events/6?files=inline", "export"} {
		n.do("GET", "/v1/ledgers/main/"+path, "").problem(t, 500, quipu.Corrupt)
	}
	n.want(200, "GET", "/v1/ledgers/main/events/6", "")
	n.want(200, "GET", "/v1/ledgers/main/export?files=omit", "")
}
