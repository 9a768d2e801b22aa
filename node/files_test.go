package node_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// content is bytes that come nowhere else.
func content(size int, seed uint64) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

// withFiles is an append of one event with these contents, its files f0, f1 and so on.
func withFiles(contents ...[]byte) string {
	files := make([]quipu.File, len(contents))
	for i, b := range contents {
		files[i] = quipu.File{ID: fmt.Sprint("f", i), Data: base64.StdEncoding.EncodeToString(b)}
	}
	list, err := json.Marshal(files)
	if err != nil {
		panic(err)
	}
	return `{"event":"opened","entities":{"account":["a"]},"files":` + string(list) + `}`
}

// wantContent wants a content from every node, by its hash and as a file of an event.
func (c *cluster) wantContent(b []byte, event quipu.Position, file string) {
	c.t.Helper()
	for i := range c.nodes {
		for _, path := range []string{"/files/" + record.HashOf(b).String(), fmt.Sprintf("/events/%d/files/%s", event, file)} {
			if got := c.want(http.StatusOK, i, http.MethodGet, "/v1/ledgers/main"+path, ""); got != string(b) {
				c.t.Errorf("node %d has %d bytes at %s, want %d", i, len(got), path, len(b))
			}
		}
	}
}

// TestContentIsStoredOnceOnEachNode ensures that a content that events of one
// append have, and of several at once and later, is in each node's file once, and
// goes through the log no more once the ledger has it.
func TestContentIsStoredOnceOnEachNode(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	b := content(200<<10, 1)
	var writing sync.WaitGroup
	for w := range 6 {
		writing.Go(func() {
			body := fmt.Sprintf(`{"events":[%s,%s]}`, withFiles(b, b), withFiles(b))
			if status, answer := ask(t, c.nodes[w%3], http.MethodPost, appendPath, body); status != http.StatusCreated {
				t.Errorf("%d %s", status, answer)
			}
		})
	}
	writing.Wait()
	c.ready()
	before := c.logBytes()
	for i := range c.nodes {
		answer := c.want(http.StatusCreated, i, http.MethodPost, appendPath, withFiles(b))
		c.wantContent(b, receiptOf(t, answer).First, "f0")
	}
	for i, now := range c.logBytes() {
		if now-before[i] > uint64(len(b)) {
			t.Errorf("the log of node %d has grown by %d bytes for a content of %d that was there", i, now-before[i], len(b))
		}
	}
	if n := len(c.agreed()) - 2; n != 6*2+3 {
		t.Errorf("%d events, want %d", n, 6*2+3)
	}
	c.checkFiles()
	for i, dir := range c.dirs {
		file, err := os.ReadFile(filepath.Join(dir, store.FileName))
		if n := bytes.Count(file, b[:64]); err != nil || n != 1 {
			t.Errorf("node %d has the content %d times in its file, %v", i, n, err)
		}
	}
}

// logBytes is how much each node has in its log.
func (c *cluster) logBytes() (list []uint64) {
	for _, n := range c.nodes {
		list = append(list, n.LogBytes())
	}
	return list
}

// formOf is an append with contents of files by their ids, and its media type.
func formOf(t *testing.T, event string, files map[string][]byte) (media, body string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for id, b := range files {
		part, err := w.CreateFormFile(id, "part.bin")
		must(t, err)
		_, err = part.Write(b)
		must(t, err)
	}
	must(t, w.WriteField(wire.PartAppend, event))
	must(t, w.Close())
	return w.FormDataContentType(), form.String()
}

// TestFormBringsFilesThroughAFollower ensures that contents that come as parts of a
// form, of any bytes, are the same on each node, whichever took them in.
func TestFormBringsFilesThroughAFollower(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	leader := c.leader()
	for turn := range 3 {
		through := (leader + turn) % 3
		one, two := content(100_000, uint64(turn)+2), []byte("\r\n--x\r\n\x00")
		event := fmt.Sprintf(`{"event":"opened","entities":{"account":["a"]},"id":"form-%d","files":[{"id":"one"},{"id":"two","contentType":"text/plain"}]}`, turn)
		media, body := formOf(t, event, map[string][]byte{"one": one, "two": two})
		var first quipu.Receipt
		for _, want := range []int{http.StatusCreated, http.StatusOK} { // and once more, by its id
			status, answer := askAs(t, c.nodes[through], http.MethodPost, appendPath, media, body)
			receipt := receiptOf(t, answer)
			if status != want || first.First != 0 && receipt.First != first.First {
				t.Errorf("through node %d: %d %s", through, status, answer)
			}
			first = receipt
		}
		c.wantContent(one, first.First, "one")
		c.wantContent(two, first.First, "two")
	}
	c.agreed()
	c.checkFiles()
}

// TestContentsOfOneAppendAreBounded ensures that the largest contents that one
// append may have go through a follower to every node, and that a byte more is
// refused with nothing stored.
func TestContentsOfOneAppendAreBounded(t *testing.T) {
	if underRace {
		t.Skip("so large an append takes longer here than a node gives it; the run without the race detector has it")
	}
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	follower := (c.leader() + 1) % 3
	contents := make([][]byte, quipu.AppendFileBytesMax/quipu.FileBytesMax)
	for i := range contents {
		contents[i] = content(quipu.FileBytesMax, 100+uint64(i))
	}
	last, more := contents[0], content(1, 200)
	before := c.head()
	status, answer := ask(t, c.nodes[follower], http.MethodPost, appendPath, withFiles(append(contents[:len(contents):len(contents)], more)...))
	e := problemOf(status, answer)
	if e.Kind != quipu.TooLarge || e.Pointer != "/files" || !strings.Contains(e.Detail, fmt.Sprint(quipu.AppendFileBytesMax+1)) || e.Hint == "" {
		t.Errorf("a byte more than an append may have: %d %s", status, answer)
	}
	status, answer = ask(t, c.nodes[follower], http.MethodPost, appendPath, withFiles(append(last[:len(last):len(last)], 0)))
	if e := problemOf(status, answer); e.Kind != quipu.TooLarge || e.Pointer != "/files/0/data" || e.Hint == "" {
		t.Errorf("a byte more than a file may have: %d %s", status, answer)
	}
	if now := c.head(); now != before {
		t.Errorf("the head is %d, it was %d", now, before)
	}
	for i := range c.nodes {
		for _, b := range append(contents[:1:1], more) {
			c.want(http.StatusNotFound, i, http.MethodGet, "/v1/ledgers/main/files/"+record.HashOf(b).String(), "")
		}
	}
	receipt := receiptOf(t, c.want(http.StatusCreated, follower, http.MethodPost, appendPath, withFiles(contents...)))
	for i, b := range contents {
		c.wantContent(b, receipt.First, fmt.Sprint("f", i))
	}
	c.agreed()
	c.checkFiles()
}

// TestLargestEventGoesEverywhere ensures that an event that comes near every limit
// is appended through a follower, is the same on every node, and can be exported
// and imported.
func TestLargestEventGoesEverywhere(t *testing.T) {
	if underRace {
		t.Skip("so large an append takes longer here than a node gives it; the run without the race detector has it")
	}
	t.Parallel()
	c := startCluster(t, 3)
	_, err := c.client(0).CreateLedger(context.Background(), "large", "")
	must(t, err)
	c.want(http.StatusCreated, 0, http.MethodPost, "/v1/ledgers/large/registry", `{"event":"opened","entities":["account"]}`)
	event, files := largestEvent(t)
	media, body := formOf(t, event, files)
	status, answer := askAs(t, c.nodes[(c.leader()+1)%3], http.MethodPost, "/v1/ledgers/large/append", media, body)
	if status != http.StatusCreated {
		t.Fatalf("%d %s", status, clip(answer))
	}
	read := []reading{{http.MethodGet, "/v1/ledgers/large/events/by-id/largest?files=inline", "", `"id":"f7"`}}
	want := c.answers(0, read)
	c.wantAnswers(want, read, "as it was appended")
	c.agreedOn("large")
	other := startCluster(t, 1)
	other.copyOf(c, "large")
	other.wantAnswers(want, read, "after an import")
	c.checkFiles()
	other.checkFiles()
}

// largestEvent has the largest data, meta, files and encrypted data, many links with
// much meta, and all the keys that it may have.
func largestEvent(t *testing.T) (event string, files map[string][]byte) {
	t.Helper()
	e := quipu.NewEvent{
		Name: "opened", ID: "largest", Data: map[string]string{"key": strings.Repeat("<", quipu.DataBytesMax-len(`{"key":""}`))},
		EncryptedData: strings.Repeat("&", quipu.EncryptedDataBytesMax),
	}
	e.Meta = map[string]string{"m": strings.Repeat("\u2028", (quipu.MetaBytesMax-len(`{"m":""}`))/3)}
	for i := range quipu.LinksMax {
		meta, err := json.Marshal(map[string]string{"m": strings.Repeat("x", 65_000)})
		must(t, err)
		e.Links = append(e.Links, quipu.Link{Type: fmt.Sprint("t", i), Target: quipu.Target{Position: 1}, Meta: meta})
	}
	keys := make([]string, quipu.EventEntitiesMax)
	for i := range keys {
		keys[i] = fmt.Sprint(strings.Repeat("k", quipu.KeyBytesMax-3), 100+i)
	}
	e.Entities = map[string][]string{"account": keys}
	files = map[string][]byte{}
	for i := range quipu.AppendFileBytesMax / quipu.FileBytesMax {
		id := fmt.Sprint("f", i)
		files[id] = content(quipu.FileBytesMax, 300+uint64(i))
		e.Files = append(e.Files, quipu.File{ID: id})
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	must(t, encoder.Encode(e))
	return strings.ReplaceAll(text.String(), `,"data":""`, ""), files // the contents come beside it
}
