package node_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/node"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// ask sends a request and gives the status and the body of its answer. Unlike
// post it is for goroutines beside the test's own, too.
func ask(t *testing.T, n *node.Node, method, path, body string) (status int, answer string) {
	t.Helper()
	return askAs(t, n, method, path, "", body)
}

func askAs(t *testing.T, n *node.Node, method, path, media, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequest(method, "http://"+n.APIAddr()+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(text)
}

// want is ask for an answer with a status, without which the test ends.
func (c *cluster) want(status, i int, method, path, body string) (answer string) {
	c.t.Helper()
	got, answer := ask(c.t, c.nodes[i], method, path, body)
	if got != status {
		c.t.Fatalf("%s %s on node %d: %d %s, want %d", method, path, i, got, answer, status)
	}
	return answer
}

// receiptOf reads an answer to an append that was accepted.
func receiptOf(t *testing.T, answer string) (r quipu.Receipt) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &r); err != nil || r.First == 0 {
		t.Errorf("no receipt: %s, %v", answer, err)
	}
	return r
}

// problemOf reads an answer to a request that was refused.
func problemOf(status int, answer string) *quipu.Error {
	return wire.DecodeProblem(status, []byte(answer))
}

// client asks one node and no other, as long as it runs.
func (c *cluster) client(i int) *client.Client {
	c.t.Helper()
	one := dial(c.t, client.Config{
		Endpoints: []string{"http://" + c.nodes[i].APIAddr()}, FixedEndpoints: true, RetryFor: 30 * time.Second, Timeout: 20 * time.Second,
	})
	c.t.Cleanup(one.Close)
	return one
}

// clients are one for each node: see client.
func (c *cluster) clients() (list []*client.Client) {
	c.t.Helper()
	for i := range c.nodes {
		list = append(list, c.client(i))
	}
	return list
}

// head is the position of the last event of the ledger main.
func (c *cluster) head() quipu.Position {
	c.t.Helper()
	var l quipu.Ledger
	if err := json.Unmarshal([]byte(c.want(http.StatusOK, c.leader(), http.MethodGet, "/v1/ledgers/main", "")), &l); err != nil {
		c.t.Fatal(err)
	}
	return l.Head.Position
}

// checkFiles stops the nodes and checks what each of them has on its disk.
func (c *cluster) checkFiles() {
	c.t.Helper()
	for i := range c.nodes {
		c.stop(i)
		checkFile(c.t, c.dirs[i])
	}
}
