package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu/node"
)

// wantSameFrom wants every node to export the same.
func wantSameFrom(t *testing.T, urls []string, ledger string) {
	t.Helper()
	exports := make([]string, len(urls))
	for i, url := range urls {
		_, exports[i] = sendJSON(t, http.MethodGet, url+"/v1/ledgers/"+ledger+"/export", "")
		if !strings.Contains(exports[i], `{"end":`) || exports[i] != exports[0] {
			t.Errorf("of %s, %s exports\n%s\nand %s\n%s", ledger, url, exports[i], urls[0], exports[0])
		}
	}
}

// startNodes runs a cluster in this process, and gives the URLs of its nodes.
func startNodes(t *testing.T, size int) (urls []string) {
	t.Helper()
	const free = "127.0.0.1:0"
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var nodes []*node.Node
	for i := range size {
		cfg := node.Config{
			DataDir: t.TempDir(), NodeID: fmt.Sprint("n", i+1), APIAddr: free, PeerAddr: free, GossipAddr: free, BootstrapExpect: size,
			Fatal: func(err error) { t.Errorf("fatal: %v", err) },
		}
		for _, other := range nodes {
			cfg.Join = append(cfg.Join, other.GossipAddr())
		}
		n, err := node.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		nodes, urls = append(nodes, n), append(urls, "http://"+n.APIAddr())
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := n.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
	for _, n := range nodes {
		if err := n.WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return urls
}

func sendJSON(t *testing.T, method, url, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
