package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/devcluster"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// wholeData is where the whole of the data lies beside a working copy that has
// it. testdata/etcd-part.ndjson is its beginning.
const wholeData = "../../../shared/data/etcd.ndjson.gz"

// count is how many events a selection has, in the part and in the whole. Both
// were counted by independent programs.
type count struct {
	selector    quipu.Selector
	part, whole int
}

var counts = []count{
	{quipu.Selector{Events: quipu.Names("commit-landed")}, 108, 9209},
	{quipu.Selector{Events: quipu.Names("file-changed")}, 292, 23438},
	{quipu.Selector{Events: map[string]quipu.Query{"file-changed": {Path: `$.ext ? (@ == "go" || @ == "md")`}}}, 278, 20778},
	{quipu.Selector{Entities: map[string][]string{"file": {"etcd/etcdserver/server.go"}}}, 0, 492},
	{quipu.Selector{
		Entities: map[string][]string{"file": {"etcd/etcdserver/server.go"}},
		Events:   map[string]quipu.Query{"file-changed": {Path: "$ ? (@.deleted > @.added)"}},
	}, 0, 98},
	{quipu.Selector{Events: map[string]quipu.Query{"file-changed": {Path: "$ ? (@.added > 1000)"}}}, -1, 62},
	{quipu.Selector{Events: map[string]quipu.Query{"commit-landed": {Path: "$ ? (@.files >= 10)"}}}, -1, 487},
	{quipu.Selector{Events: map[string]quipu.Query{"commit-landed": {Path: `$.area ? (@ == "raft")`}}}, -1, 634},
}

// TestEndToEnd runs three processes: an import, appends during which the leader
// is killed, its restart. Then every node has the same events, each acknowledged
// append once, and data that `quipu check` finds nothing in.
func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	cluster := startProcesses(t, dir, 3)
	all := clientOf(t, cluster.URLs()...)

	importAndCount(t, cluster)
	acknowledged := appendWhileTheLeaderDies(t, cluster, all)
	export := compareNodes(t, cluster, all, "main")
	for _, name := range acknowledged {
		if n := bytes.Count(export, []byte(`{"writer":["`+name+`"]}`)); n != 1 {
			t.Errorf("the acknowledged append of %s is there %d times", name, n)
		}
	}
	compareNodes(t, cluster, all, "etcd")

	closeCluster(t, cluster)
	for _, name := range cluster.Names() {
		if out, err := exec.Command(quipuPath(t), "check", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Errorf("quipu check: %v\n%s", err, out)
		}
	}
}

func importAndCount(t *testing.T, cluster *devcluster.Cluster) {
	t.Helper()
	file, whole := wholeData, true
	if _, err := os.Stat(file); err != nil {
		file, whole = "testdata/etcd-part.ndjson", false
	}
	load := exec.Command(quipuPath(t), "import", "--url", strings.Join(cluster.URLs(), ","), "--ledger", "etcd", "--register", file)
	load.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := load.CombinedOutput()
	if err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	t.Logf("%s", out)
	for i, url := range cluster.URLs() {
		node := clientOf(t, url)
		for _, c := range counts {
			want := c.part
			if whole {
				want = c.whole
			}
			if got := countEvents(t, node, c.selector); want >= 0 && got != want {
				t.Errorf("%s: %d events match %+v, want %d", cluster.Names()[i], got, c.selector, want)
			}
		}
	}
}

func countEvents(t *testing.T, node *client.Client, s quipu.Selector) (n int) {
	t.Helper()
	for _, err := range node.Select(context.Background(), "etcd", s) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// appendWhileTheLeaderDies gives the keys of the appends that were acknowledged.
func appendWhileTheLeaderDies(t *testing.T, cluster *devcluster.Cluster, all *client.Client) []string {
	t.Helper()
	if err := all.Register(context.Background(), "main", quipu.Registration{Event: "written", Entities: []string{"writer"}}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var acknowledged []string
	var writers sync.WaitGroup
	many, stop := make(chan struct{}), make(chan struct{})
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				name := fmt.Sprintf("w%d-%d", w, i)
				_, err := all.Append(context.Background(), "main", quipu.Append{
					Events: []quipu.NewEvent{{Name: "written", Entities: map[string][]string{"writer": {name}}}},
				})
				if err != nil {
					t.Errorf("append of %s: %v", name, err)
					return
				}
				mu.Lock()
				if acknowledged = append(acknowledged, name); len(acknowledged)%200 == 0 {
					select {
					case many <- struct{}{}:
					default:
					}
				}
				mu.Unlock()
			}
		})
	}
	<-many
	leader := leaderOf(t, cluster, all)
	if err := cluster.Kill(leader); err != nil {
		t.Fatal(err)
	}
	<-many // the others go on without it
	poll(t, "the killed node is gone", func() bool { return cluster.PID(leader) == 0 })
	if err := cluster.Start(leader); err != nil {
		t.Fatal(err)
	}
	waitReady(t, cluster, leader)
	close(stop)
	writers.Wait()
	return acknowledged
}

// compareNodes waits until all nodes have the same head and compares what they
// export, which it returns.
func compareNodes(t *testing.T, cluster *devcluster.Cluster, all *client.Client, ledger string) (first []byte) {
	t.Helper()
	poll(t, "every node has the same head", func() bool {
		seen, err := all.Cluster(context.Background())
		heads := headsOf(seen, ledger)
		return err == nil && len(heads) == len(cluster.Names()) && sameHeads(heads)
	})
	for i, url := range cluster.URLs() {
		var export bytes.Buffer
		if _, err := clientOf(t, url).Export(context.Background(), ledger, 0, &export, client.WithConsistency(quipu.Local)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = export.Bytes()
		} else if !bytes.Equal(first, export.Bytes()) {
			t.Errorf("%s and %s export different events of %s", cluster.Names()[0], cluster.Names()[i], ledger)
		}
	}
	return first
}

func sameHeads(heads []wire.LedgerHead) bool {
	for _, head := range heads {
		if head != heads[0] {
			return false
		}
	}
	return true
}
