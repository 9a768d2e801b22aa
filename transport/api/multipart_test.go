package api_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// part is a part of a form: headers, in pairs, and content.
type part struct {
	disposition string
	content     string
	header      []string
}

func named(name, content string, header ...string) part {
	return part{fmt.Sprintf(`form-data; name="%s"`, name), content, header}
}

// formOf writes a form and gives its body and media type.
func formOf(t *testing.T, parts ...part) (body, media string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {p.disposition}}
		for i := 0; i < len(p.header); i += 2 {
			h.Set(p.header[i], p.header[i+1])
		}
		out, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String(), w.FormDataContentType()
}

func (n *node) form(parts ...part) answer {
	n.t.Helper()
	body, media := formOf(n.t, parts...)
	return n.do("POST", appendPath, body, "Content-Type", media)
}

func TestFormBringsContentsOfFiles(t *testing.T) {
	n := newNode(t)
	content := "\x00\xff\r\n--x\r\n" + strings.Repeat("y", 100_000)
	parts := []part{
		named("f1", content, "Content-Type", "application/pdf"),
		named("append", `{"events":[`+single(`,"files":[{"id":"f1"},{"id":"f2","contentType":"image/png","filename":"own.png"}]`)+`,`+
			single(`,"files":[{"id":"base64","data":"aGk="},{"id":"é/3"},{"id":"ref","isReference":true,"data":"s3://x"}]`)+`]}`, "Content-Type", wire.TypeJSON),
		{`form-data; name="f2"; filename="dir/of part.png"`, "png", []string{"Content-Type", "image/gif"}},
		{`form-data; name="é/3"; filename="of part.bin"`, "", []string{"Content-Transfer-Encoding", "binary"}},
	}
	r := decode[quipu.Receipt](t, n.form(parts...).body)
	if r.First != 6 || r.Last != 7 {
		t.Fatalf("%+v", r)
	}
	for path, want := range map[string][3]string{
		"6/files/f1":         {content, "application/pdf", "attachment; filename=f1"},
		"6/files/f2":         {"png", "image/png", "attachment; filename=own.png"},
		"7/files/base64":     {"hi", "application/octet-stream", "attachment; filename=base64"},
		"7/files/%C3%A9%2F3": {"", "application/octet-stream", `attachment; filename="of part.bin"`},
	} {
		a := n.want(200, "GET", "/v1/ledgers/main/events/"+path, "")
		if got := [3]string{a.body, a.header.Get("Content-Type"), a.header.Get("Content-Disposition")}; got != want {
			t.Errorf("%s: %.200q", path, got)
		}
	}
	// In base64 it is the same append.
	again := single(`,"idempotencyKey":"k","files":[{"id":"f"}]`)
	first := decode[quipu.Receipt](t, n.form(named("append", again), named("f", "hi")).body)
	inBase64 := decode[quipu.Receipt](t, n.want(200, "POST", appendPath, single(`,"idempotencyKey":"k","files":[{"id":"f","data":"aGk="}]`)).body)
	if !inBase64.Replayed || inBase64.First != first.First {
		t.Errorf("%+v, then %+v", first, inBase64)
	}
}

func TestFormNeedsNoFiles(t *testing.T) {
	n := newNode(t)
	if a := n.form(named("append", single(""))); a.status != 201 {
		t.Errorf("%s", a.body)
	}
	if a := n.form(named("append", event(""), "Content-Type", "text/plain")); a.status != 201 {
		t.Errorf("%s", a.body)
	}
}

func TestFormRefuses(t *testing.T) {
	n := newNode(t)
	f := func(files string) part { return named("append", single(`,"files":[`+files+`]`)) }
	large := strings.Repeat("x", quipu.FileBytesMax)
	var nine, nineFiles = []part{}, ""
	for i := range 9 {
		nine = append(nine, named(fmt.Sprint("f", i), large))
		nineFiles += fmt.Sprintf(`,{"id":"f%d"}`, i)
	}
	tooMany := []part{f("")}
	for i := range 10_001 {
		tooMany = append(tooMany, named(fmt.Sprint(i), ""))
	}
	for name, c := range map[string]struct {
		parts         []part
		status        int
		kind          quipu.Kind
		pointer, says string
	}{
		"no append":            {[]part{named("f1", "x")}, 400, quipu.Invalid, "", `no part named "append"; it holds the append as JSON`},
		"no part at all":       {nil, 400, quipu.Invalid, "", `no part named "append"`},
		"empty append":         {[]part{named("append", "")}, 400, quipu.Invalid, "", "the input ends"},
		"bad append":           {[]part{named("append", "{}")}, 400, quipu.Invalid, "", "there are no events"},
		"bad event":            {[]part{named("append", single(`,"meta":1`))}, 400, quipu.Invalid, "/meta", "meta is a number"},
		"unregistered":         {[]part{named("append", `{"event":"x","entity":"patron","key":"a"}`)}, 422, quipu.NotRegistered, "/event", "not registered"},
		"missing part":         {[]part{f(`{"id":"f1"}`)}, 400, quipu.Invalid, "/files/0", `no part named "f1"`},
		"misnamed part":        {[]part{f(`{"id":"f1"}`), named("f2", "x")}, 400, quipu.Invalid, "/files/0", `no part named "f1"`},
		"part of nothing":      {[]part{f(`{"id":"f1"}`), named("f1", "x"), named("f2", "x")}, 400, quipu.Invalid, "", `no file of the append has the id "f2", which is the name of a part; did you mean "f1"?`},
		"part of nothing near": {[]part{f(""), named("picture", "x")}, 400, quipu.Invalid, "", `add {"id":"picture"} to an event's files`},
		"part and data":        {[]part{f(`{"id":"f1","data":"aGk="}`), named("f1", "x")}, 400, quipu.Invalid, "/files/0/data", "comes twice"},
		"part of a reference":  {[]part{f(`{"id":"f1","isReference":true,"data":"x"}`), named("f1", "x")}, 400, quipu.Invalid, "/files/0", "is a reference"},
		"two parts":            {[]part{f(`{"id":"f1"}`), named("f1", "x"), named("f1", "x")}, 400, quipu.Invalid, "", `two parts of the form are named "f1"`},
		"two appends":          {[]part{f(""), f("")}, 400, quipu.Invalid, "", `two parts of the form are named "append"`},
		"no name":              {[]part{f(""), {`form-data`, "x", nil}}, 400, quipu.Invalid, "", "has no name"},
		"other disposition":    {[]part{f(""), {`attachment; name="f1"`, "x", nil}}, 400, quipu.Invalid, "", "has no name"},
		"encoded":              {[]part{f(`{"id":"f1"}`), named("f1", "eA==", "Content-Transfer-Encoding", "BASE64")}, 400, quipu.Invalid, "", `Content-Transfer-Encoding "BASE64"; send its bytes as they are`},
		"bad type":             {[]part{f(`{"id":"f1"}`), named("f1", "x", "Content-Type", "pdf")}, 400, quipu.Invalid, "/files/0", "no media type"},
		"too large":            {[]part{f(`{"id":"f1"}`), named("f1", large+"x")}, 413, quipu.TooLarge, "", `the part "f1": more than the limit of 1048576 bytes; keep it elsewhere`},
		"all too large":        {append(nine, f(`{"id":"x","data":""}`+nineFiles)), 413, quipu.TooLarge, "/files", "9437184 bytes, the limit is 8388608"},
		"too many parts":       {tooMany, 413, quipu.TooLarge, "", "more than 10000 parts"},
		"said otherwise":       {[]part{f(`{"id":"f1","size":2}`), named("f1", "x")}, 400, quipu.Invalid, "/files/0/size", "the content has 1 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			e := n.form(c.parts...).problem(t, c.status, c.kind)
			if e.Pointer != c.pointer || !strings.Contains(e.Detail+"; "+e.Hint, c.says) {
				t.Errorf("%+v", e)
			}
		})
	}
	if n.head("main") != 5 {
		t.Error("something was stored")
	}
	if a := n.form(f(`{"id":"f1"}`), named("f1", large)); a.status != 201 {
		t.Errorf("a file at its limit: %s", a.body)
	}
}

func TestBodyThatIsNoWholeFormIsRefused(t *testing.T) {
	n := newNode(t)
	whole, media := formOf(t, named("append", single(`,"files":[{"id":"f"}]`)), named("f", "content"))
	for cut := range len(whole) - len("--\r\n") { // until the boundary that ends it is there
		e := n.do("POST", appendPath, whole[:cut], "Content-Type", media).problem(t, 400, quipu.Invalid)
		if e.Hint == "" {
			t.Fatalf("cut at %d: %+v", cut, e)
		}
	}
	for name, c := range map[string]struct{ body, media, says string }{
		"no boundary":    {whole, "multipart/form-data", "names no boundary"},
		"other boundary": {whole, "multipart/form-data; boundary=other", "cannot be read to its end"},
		"JSON":           {single(""), media, "cannot be read to its end"},
	} {
		if e := n.do("POST", appendPath, c.body, "Content-Type", c.media).problem(t, 400, quipu.Invalid); !strings.Contains(e.Detail, c.says) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	n.do("POST", appendPath, whole, "Content-Type", "multipart/mixed; boundary=x").problem(t, 415, quipu.Invalid)
	n.do("POST", appendsPath, whole, "Content-Type", media).problem(t, 415, quipu.Invalid)
	if n.head("main") != 5 {
		t.Error("something was stored")
	}
	n.do("POST", appendPath, whole+strings.Repeat(" ", quipu.AppendBodyBytesMax), "Content-Type", media).problem(t, 413, quipu.TooLarge)
	if a := n.do("POST", appendPath, whole+"epilogue", "Content-Type", media); a.status != 201 {
		t.Errorf("%s", a.body)
	}
}

// A form that is whole within a body that is not is half sent too.
func TestHalfSentFormStoresNothing(t *testing.T) {
	n := newNode(t)
	whole, media := formOf(t, named("append", single("")))
	for _, length := range []int{len(whole) + 10, len(whole) + 100_000} {
		conn := dial(t, n.server, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			appendPath, media, length, whole))
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		var answer bytes.Buffer
		if _, err := answer.ReadFrom(conn); err != nil || !strings.Contains(answer.String(), "the body ended before its end") {
			t.Errorf("%v %s", err, answer.String())
		}
	}
	if n.head("main") != 5 {
		t.Error("something was stored")
	}
}

// Whatever a form is, it is stored or refused, and the refusal says what is wrong.
func FuzzForm(f *testing.F) {
	const media = "multipart/form-data; boundary=b"
	for _, body := range []string{
		"--b\r\nContent-Disposition: form-data; name=\"append\"\r\n\r\n" + single(`,"files":[{"id":"f"}]`) +
			"\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
		"--b--", "--b\r\n\r\n", "",
	} {
		f.Add([]byte(body))
	}
	backend := apitest.NewBackend()
	handler := api.New(api.Config{Backend: backend}).Handler()
	register := httptest.NewRequest("POST", "/v1/ledgers/main/registry", strings.NewReader(`{"event":"Item Ordered","entities":["patron"]}`))
	handler.ServeHTTP(httptest.NewRecorder(), register)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", appendPath, bytes.NewReader(body))
		r.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == 201 {
			return
		}
		if e := wire.DecodeProblem(w.Code, w.Body.Bytes()); w.Code >= 500 || e.Detail == "" {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	})
}
