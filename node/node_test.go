package node_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quipu-ledger/quipu/node"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "6") // clusters wait for elections more than they compute
	goleak.VerifyTestMain(m,
		// memberlist ends without waiting for a probe, which has its own timeout
		goleak.IgnoreAnyFunction("github.com/hashicorp/memberlist.(*Memberlist).probe"))
}

// openNode takes free ports where the configuration names none.
func openNode(t *testing.T, cfg node.Config) *node.Node {
	t.Helper()
	n, err := tryOpen(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func tryOpen(t *testing.T, cfg node.Config) (*node.Node, error) {
	for _, addr := range []*string{&cfg.APIAddr, &cfg.PeerAddr, &cfg.GossipAddr} {
		*addr = cmp.Or(*addr, "127.0.0.1:0")
	}
	if cfg.Fatal == nil {
		cfg.Fatal = func(err error) { t.Errorf("fatal: %v", err) }
	}
	if os.Getenv("QUIPU_TEST_LOG") != "" {
		cfg.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return node.Open(context.Background(), cfg)
}

func stop(t *testing.T, n *node.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func ready(t *testing.T, n *node.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := n.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
}

func post(t *testing.T, n *node.Node, path, body string) (int, string) {
	t.Helper()
	response, err := http.Post("http://"+n.APIAddr()+path, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

// TestOneNodeKeepsWhatItAcknowledged ensures that a cluster of one forms by
// itself, and has everything after a restart.
func TestOneNodeKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := openNode(t, node.Config{DataDir: dir})
	ready(t, n)
	if status, body := post(t, n, "/v1/ledgers/main/registry", `{"event":"Item Ordered","entities":["patron"]}`); status != 201 {
		t.Fatal(status, body)
	}
	status, first := post(t, n, "/v1/ledgers/main/append", `{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{"peppers":5}}`)
	if status != 201 {
		t.Fatal(status, first)
	}
	_, before := post(t, n, "/v1/ledgers/main/select", `{"entities":{"patron":["Harold_Cho"]}}`)
	stop(t, n)
	n = openNode(t, node.Config{DataDir: dir})
	defer stop(t, n)
	ready(t, n)
	_, after := post(t, n, "/v1/ledgers/main/select", `{"entities":{"patron":["Harold_Cho"]}}`)
	if before != after {
		t.Errorf("before the restart:\n%safter:\n%s", before, after)
	}
}
