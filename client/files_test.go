package client_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

func TestFilesAgainstANode(t *testing.T) {
	c := startWith(t)
	content := []byte("%PDF\x00\xff<&")
	encoded := base64.StdEncoding.EncodeToString(content)
	e := event("x")
	e.Files = []quipu.File{
		{ID: "a/1", ContentType: "application/pdf", Filename: "Žofie <1>.pdf", Data: encoded}, {ID: "plain", Data: ""},
		{ID: "elsewhere", IsReference: true, Data: "s3://bucket/key"},
	}
	receipt := must[quipu.Receipt](t)(c.Append(background, "main", quipu.Append{Events: []quipu.NewEvent{e}}))

	place := quipu.Place{Position: receipt.Last}
	stored := must[quipu.Event](t)(c.Event(background, "main", place))
	if len(stored.Files) != 3 || stored.Files[0].Data != "" || stored.Files[0].Hash == "" || *stored.Files[0].Size != int64(len(content)) {
		t.Fatalf("files %+v", stored.Files)
	}
	whole := must[quipu.Event](t)(c.Event(background, "main", place, client.WithFiles()))
	if whole.Files[0].Data != encoded || whole.Files[2].Data != "s3://bucket/key" {
		t.Errorf("files %+v", whole.Files)
	}
	for e, err := range c.Select(background, "main", about("x"), client.WithFiles()) {
		if err != nil || e.Files[0].Data != encoded {
			t.Errorf("selected %+v, %v", e.Files, err)
		}
	}

	got := must[client.Content](t)(c.EventFile(background, "main", place, "a/1"))
	if !bytes.Equal(got.Bytes, content) || got.Hash != stored.Files[0].Hash || got.ContentType != "application/pdf" || got.Filename != "Žofie <1>.pdf" {
		t.Errorf("content %+v", got)
	}
	got = must[client.Content](t)(c.EventFile(background, "main", quipu.Place{EventID: receipt.EventIDs[0]}, "plain"))
	if len(got.Bytes) != 0 || got.ContentType == "" {
		t.Errorf("content %+v", got)
	}
	got = must[client.Content](t)(c.File(background, "main", stored.Files[0].Hash))
	if !bytes.Equal(got.Bytes, content) {
		t.Errorf("content %+v", got)
	}

	for _, file := range []string{"elsewhere", "none"} {
		_, err := c.EventFile(background, "main", place, file)
		wantKind(t, err, quipu.NotFound)
	}
	_, err := c.File(background, "main", "sha256:00")
	wantKind(t, err, quipu.Invalid)
}

func TestContentThatIsNotTheFilesIsCorrupt(t *testing.T) {
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, test := range []struct {
		body, tag string
		byHash    quipu.Kind
		byID      quipu.Kind
	}{
		{"", `"` + empty + `"`, "", ""},
		{"", `W/"` + empty + `"`, "", ""}, // a proxy that compresses makes a tag weak
		{"x", `"` + empty + `"`, quipu.Corrupt, quipu.Corrupt},
		{"", "", "", quipu.Corrupt},
		{"", `"sha256:00"`, "", quipu.Corrupt},
	} {
		n := newNetwork()
		n.set("a", func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {test.tag}}, Body: io.NopCloser(bytes.NewReader([]byte(test.body)))}, nil
		})
		c := dial(t, n, "a")
		byHash, err := c.File(background, "main", empty)
		if quipu.KindOf(err) != test.byHash || (err == nil) != (byHash.Hash == empty) {
			t.Errorf("%q, %s by hash: %+v, %v", test.body, test.tag, byHash, err)
		}
		byID, err := c.EventFile(background, "main", quipu.Place{Position: 1}, "f")
		if quipu.KindOf(err) != test.byID || (err == nil) != (byID.Hash == empty) {
			t.Errorf("%q, %s by id: %+v, %v", test.body, test.tag, byID, err)
		}
	}
}
