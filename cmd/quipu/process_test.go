package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/devcluster"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// patience is how long anything in a cluster of processes may take, on a machine
// that does other things too.
const patience = 60 * time.Second

// freeBasePort finds a first port of which a cluster's ports are free now.
func freeBasePort(t *testing.T, nodes int) int {
	t.Helper()
	for range 100 {
		base := 20_000 + rand.IntN(10_000)
		if portsFree(base, nodes) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func portsFree(base, nodes int) bool {
	for i := range nodes {
		for port := range 3 {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+10*i+port))
			if err != nil {
				return false
			}
			l.Close()
		}
	}
	return true
}

// quipuPath is this test's binary under the name by which it is quipu.
func quipuPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("quipu")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// startProcesses runs a cluster of real processes that ends with the test.
func startProcesses(t *testing.T, dir string, nodes int) *devcluster.Cluster {
	t.Helper()
	logs := &syncBuffer{}
	cluster, err := devcluster.New(devcluster.Config{
		Executable: quipuPath(t), Dir: dir, BasePort: freeBasePort(t, nodes), Nodes: nodes,
		Args:   []string{"--log-level", "warn"},
		Output: func(string) io.WriteCloser { return logs },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closeCluster(t, cluster)
		if t.Failed() {
			t.Logf("the nodes said:\n%s", logs)
		}
	})
	if err := cluster.StartAll(); err != nil {
		t.Fatal(err)
	}
	for i := range nodes {
		waitReady(t, cluster, i)
	}
	return cluster
}

func closeCluster(t *testing.T, cluster *devcluster.Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := cluster.Close(ctx); err != nil {
		t.Error(err)
	}
}

// poll asks until the answer is yes.
func poll(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-ticker.C {
		if ask() {
			return
		}
	}
	t.Fatalf("after %s still not: %s", patience, what)
}

func waitReady(t *testing.T, cluster *devcluster.Cluster, i int) {
	t.Helper()
	poll(t, cluster.Names()[i]+" is ready", func() bool { return nodeReady(context.Background(), cluster.URLs()[i]) })
}

// clientOf asks these nodes and no others.
func clientOf(t *testing.T, urls ...string) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Endpoints: urls, FixedEndpoints: true, RetryFor: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// leaderOf is the number of the node that leads.
func leaderOf(t *testing.T, cluster *devcluster.Cluster, ask *client.Client) (leader int) {
	t.Helper()
	poll(t, "a node leads", func() bool {
		seen, err := ask.Cluster(context.Background())
		if err != nil {
			return false
		}
		for i, n := range cluster.Names() {
			if n == seen.Leader {
				leader = i
				return true
			}
		}
		return false
	})
	return leader
}

// headsOf are the heads of a ledger on all nodes that answer.
func headsOf(cluster wire.Cluster, ledger string) (heads []wire.LedgerHead) {
	for _, n := range cluster.Nodes {
		for _, l := range n.Ledgers {
			if l.Name == ledger {
				heads = append(heads, l)
			}
		}
	}
	return heads
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) Close() error { return nil }

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
