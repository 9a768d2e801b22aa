package devcluster_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/devcluster"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run is a cluster of scripts, with what they print and how they end.
type run struct {
	*devcluster.Cluster
	lines chan string
	ended chan string
}

// startCluster runs a script in place of each node.
func startCluster(t *testing.T, nodes int, script string) *run {
	t.Helper()
	executable := filepath.Join(t.TempDir(), "node")
	if err := os.WriteFile(executable, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	r := &run{lines: make(chan string, 100), ended: make(chan string, 100)}
	var err error
	r.Cluster, err = devcluster.New(devcluster.Config{
		Executable: executable, Dir: "data", BasePort: 7400, Nodes: nodes, Args: []string{"--more"},
		Output: func(name string) io.WriteCloser { return &lineWriter{name, r.lines} },
		Ended: func(name string, err error, asked bool) {
			text := name
			if asked {
				text += " as asked"
			}
			if err != nil {
				text += ": " + err.Error()
			}
			r.ended <- text
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = r.Close(ctx)
	})
	if err := r.StartAll(); err != nil {
		t.Fatal(err)
	}
	return r
}

type lineWriter struct {
	name  string
	lines chan string
}

func (w *lineWriter) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		w.lines <- w.name + " " + strings.TrimSpace(line)
	}
	return len(p), nil
}

func (w *lineWriter) Close() error { return nil }

func receive(t *testing.T, from chan string) string {
	t.Helper()
	select {
	case text := <-from:
		return text
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
		return ""
	}
}

const waiting = `trap 'echo ends; exit 0' TERM; echo "runs $*"; while :; do sleep 0.05; done`

func TestNodesAreTheCommandLinesOfOneCluster(t *testing.T) {
	r := startCluster(t, 2, waiting)
	lines := []string{receive(t, r.lines), receive(t, r.lines)}
	slices.Sort(lines)
	const joins = " --bootstrap-expect 2 --join 127.0.0.1:7402 --join 127.0.0.1:7412 --more"
	want := []string{
		"n1 runs serve --no-banner --node-id n1 --data-dir data/n1 --api-addr 127.0.0.1:7400 --peer-addr 127.0.0.1:7401 --gossip-addr 127.0.0.1:7402" + joins,
		"n2 runs serve --no-banner --node-id n2 --data-dir data/n2 --api-addr 127.0.0.1:7410 --peer-addr 127.0.0.1:7411 --gossip-addr 127.0.0.1:7412" + joins,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("ran\n%s", strings.Join(lines, "\n"))
	}
	if urls := r.URLs(); !slices.Equal(urls, []string{"http://127.0.0.1:7400", "http://127.0.0.1:7410"}) {
		t.Errorf("URLs are %v", urls)
	}
}

func TestStopEndsInGoodOrderAndKillAtOnce(t *testing.T) {
	r := startCluster(t, 2, waiting)
	receive(t, r.lines)
	receive(t, r.lines)
	if err := r.Stop(0); err != nil {
		t.Fatal(err)
	}
	if line, end := receive(t, r.lines), receive(t, r.ended); line != "n1 ends" || end != "n1 as asked" {
		t.Errorf("a stop gives %q and %q", line, end)
	}
	if err := r.Kill(1); err != nil {
		t.Fatal(err)
	}
	if end := receive(t, r.ended); end != "n2 as asked: signal: killed" {
		t.Errorf("a kill gives %q", end)
	}
	if r.Running() != 0 || r.PID(0) != 0 {
		t.Errorf("%d nodes run", r.Running())
	}
	if err := r.Kill(1); err == nil {
		t.Error("a node that does not run was killed")
	}
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	receive(t, r.lines)
	if err := r.Start(0); err == nil {
		t.Error("a node was started twice")
	}
}

func TestNodeThatEndsByItselfIsReported(t *testing.T) {
	r := startCluster(t, 1, "echo no; exit 7")
	if line, end := receive(t, r.lines), receive(t, r.ended); line != "n1 no" || end != "n1: exit status 7" {
		t.Errorf("%q and %q", line, end)
	}
}

func TestCloseKillsWhatDoesNotEnd(t *testing.T) {
	r := startCluster(t, 2, `trap '' TERM; echo runs; while :; do sleep 0.05; done`)
	receive(t, r.lines)
	receive(t, r.lines)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); err == nil || r.Running() != 0 {
		t.Errorf("Close gives %v, %d nodes run", err, r.Running())
	}
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	for name, cfg := range map[string]devcluster.Config{
		"no nodes":       {BasePort: 7400},
		"too many nodes": {BasePort: 7400, Nodes: 10},
		"no port":        {Nodes: 1},
		"ports too high": {BasePort: 65514, Nodes: 3},
	} {
		if _, err := devcluster.New(cfg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	last, err := devcluster.New(devcluster.Config{BasePort: 65513, Nodes: 3})
	if err != nil {
		t.Fatalf("the last base port was refused: %v", err)
	}
	if err := last.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if err := last.Start(0); err == nil {
		t.Error("a node of a closed cluster was started")
	}
}
