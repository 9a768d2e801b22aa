package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu/node"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// cluster is nodes n1, n2, … that find each other by gossip with those that
// were started before. A nil entry is a node that is down.
type cluster struct {
	t       *testing.T
	network *network
	dirs    []string

	mu    sync.Mutex   // for nodes, where a test stops one beside its clients
	nodes []*node.Node // the test's own goroutine reads it without mu
}

func startCluster(t *testing.T, size int) *cluster {
	t.Helper()
	c := newCluster(t, size)
	for i := range c.nodes {
		c.start(i)
	}
	c.ready()
	return c
}

// newCluster starts no node yet.
func newCluster(t *testing.T, size int) *cluster {
	c := &cluster{t: t, network: newNetwork(), dirs: make([]string, size), nodes: make([]*node.Node, size)}
	for i := range c.nodes {
		c.dirs[i] = t.TempDir()
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.stop(i)
		}
	})
	return c
}

func (c *cluster) start(i int) {
	c.t.Helper()
	var join []string
	for _, n := range c.nodes {
		if n != nil {
			join = append(join, n.GossipAddr())
		}
	}
	n := openNode(c.t, node.Config{
		DataDir: c.dirs[i], NodeID: nodeID(i), Join: join, BootstrapExpect: len(c.dirs), Dial: c.network.dialFrom(nodeID(i)),
	})
	c.network.named(n.PeerAddr(), nodeID(i))
	c.set(i, n)
}

func nodeID(i int) string { return fmt.Sprint("n", i+1) }

func (c *cluster) set(i int, n *node.Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i] = n
}

// node is for goroutines beside the test's own.
func (c *cluster) node(i int) *node.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[i]
}

// ready waits until every node that runs can serve linearizable reads.
func (c *cluster) ready() {
	c.t.Helper()
	for _, n := range c.nodes {
		if n != nil {
			ready(c.t, n)
		}
	}
}

func (c *cluster) stop(i int) {
	if n := c.nodes[i]; n != nil {
		c.set(i, nil)
		stop(c.t, n)
	}
}

func (c *cluster) kill(i int) {
	n := c.nodes[i]
	c.set(i, nil)
	n.Kill()
}

// lead gives leadership to a node.
func (c *cluster) lead(i int) {
	c.t.Helper()
	within(c.t, 20*time.Second, nodeID(i)+" leads", func() bool {
		if c.nodes[i].Leads() {
			return true
		}
		for _, n := range c.nodes {
			if n != nil && n.Leads() {
				_ = n.Transfer(context.Background(), nodeID(i)) // it may have lost it meanwhile
			}
		}
		return false
	})
}

func (c *cluster) status(i int) wire.Cluster {
	c.t.Helper()
	s, err := c.nodes[i].Cluster(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// leader waits until a node leads that all running ones agree on.
func (c *cluster) leader() int {
	c.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		for i, n := range c.nodes {
			if n == nil {
				continue
			}
			if s := c.status(i); s.Leader == n.NodeID() && n.Ready(context.Background()) == nil {
				return i
			}
		}
	}
	c.t.Fatal("no leader")
	return -1
}

func (c *cluster) register(i int) {
	c.t.Helper()
	if status, body := post(c.t, c.nodes[i], "/v1/ledgers/main/registry", `{"event":"opened","entities":["account"]}`); status != 201 {
		c.t.Fatal(status, body)
	}
}

func (c *cluster) append(i int, key string) {
	c.t.Helper()
	status, body := post(c.t, c.nodes[i], "/v1/ledgers/main/append",
		fmt.Sprintf(`{"events":[{"event":"opened","entities":{"account":["a"]},"data":{"key":%q}}],"idempotencyKey":%q}`, key, key))
	if status != 201 {
		c.t.Fatal(status, body)
	}
}

// export is the ledger main as node i has it.
func (c *cluster) export(i int) string {
	c.t.Helper()
	return c.exportOf(i, "main")
}

func (c *cluster) exportOf(i int, ledger string) string {
	c.t.Helper()
	response, err := http.Get("http://" + c.nodes[i].APIAddr() + "/v1/ledgers/" + ledger + "/export")
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprintf("%d\n%s", response.StatusCode, body)
}

// TestThreeNodesFormOneClusterAndAnswerAlike ensures that every node takes
// appends and gives the same events back.
func TestThreeNodesFormOneClusterAndAnswerAlike(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(1)
	for i := range 9 {
		c.append(i%3, fmt.Sprint("k", i))
	}
	want := c.export(0)
	if n := strings.Count(want, `"event":"opened","entities"`); n != 9 {
		t.Errorf("%d events, want 9:\n%s", n, want)
	}
	for i := 1; i < 3; i++ {
		if got := c.export(i); got != want {
			t.Errorf("node %d holds\n%s\nnode 0\n%s", i, got, want)
		}
	}
	s := c.status(2)
	ids := []string{}
	for _, n := range s.Nodes {
		ids = append(ids, n.ID)
	}
	if !slices.Equal(ids, []string{"n1", "n2", "n3"}) || s.ID == "" {
		b, _ := json.Marshal(s)
		t.Errorf("cluster %s", b)
	}
}

// TestClusterGoesOnWithoutItsLeader ensures that appends go on after the leader
// has gone, and that it catches up when it comes back.
func TestClusterGoesOnWithoutItsLeader(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	c.append(0, "before")
	old := c.leader()
	c.stop(old)
	next := c.leader()
	c.append(next, "after")
	c.start(old)
	ready(t, c.nodes[old])
	if got, want := c.export(old), c.export(next); got != want || !strings.Contains(got, `"after"`) {
		t.Errorf("the node that came back holds\n%s\nthe leader\n%s", got, want)
	}
}

// TestWholeClusterRestarts ensures that a cluster that was stopped forms again
// as itself, and not as another one.
func TestWholeClusterRestarts(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	id := c.status(0).ID
	c.register(0)
	c.append(2, "before")
	for i := range c.nodes {
		c.stop(i)
	}
	for i := range c.nodes {
		c.start(i)
	}
	for _, n := range c.nodes {
		ready(t, n)
	}
	if now := c.status(1).ID; now != id {
		t.Errorf("the cluster is %s after the restart, it was %s", now, id)
	}
	if got := c.export(1); !strings.Contains(got, `"before"`) {
		t.Errorf("what was acknowledged is gone:\n%s", got)
	}
}

// TestAppendsFromAllSidesKeepOneOrder ensures that concurrent appends through
// every node end in one history without gaps.
func TestAppendsFromAllSidesKeepOneOrder(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	var writers sync.WaitGroup
	const each = 40
	for i := range 6 {
		writers.Go(func() {
			for k := range each {
				c.append(i%3, fmt.Sprint(i, "-", k))
			}
		})
	}
	writers.Wait()
	want := c.export(0)
	if n := strings.Count(want, `"event":"opened","entities"`); n != 6*each {
		t.Errorf("%d events, want %d", n, 6*each)
	}
	for i := 1; i < 3; i++ {
		if c.export(i) != want {
			t.Errorf("node %d holds another history", i)
		}
	}
}
