package client_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// member makes a healthy node that names the cluster when it is asked.
func member(n *network, cluster func() wire.Cluster) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/v1/cluster" {
			return n.healthy(r)
		}
		recorder := httptest.NewRecorder()
		_, _ = recorder.Write(wire.Encode(cluster()))
		return recorder.Result(), nil
	}
}

func clusterOf(id, leader string, addrs ...string) func() wire.Cluster {
	cluster := wire.Cluster{ID: id, Leader: leader}
	for _, addr := range addrs {
		cluster.Nodes = append(cluster.Nodes, wire.Node{ID: strings.Split(addr, ":")[0], APIAddr: addr})
	}
	return func() wire.Cluster { return cluster }
}

// use makes reads and writes in turn until the client has had time to look around.
func use(t *testing.T, c *client.Client, times int) {
	t.Helper()
	for range times {
		if _, err := positions(c, about("x")); err != nil {
			t.Error(err)
		}
		if _, err := c.Append(background, "main", fact("x")); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	}
}

// hosts counts the requests of a kind by the node that got them.
func hosts(lines []string, what string) map[string]int {
	counts := map[string]int{}
	for _, line := range lines {
		if host, rest, _ := strings.Cut(line, " "); strings.HasSuffix(rest, what) {
			counts[host]++
		}
	}
	return counts
}

func TestClientLearnsTheClusterFromOneEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		answer := clusterOf("c1", "b", "a:1", "b:1", "c:1")
		for _, host := range []string{"a:1", "b:1", "c:1"} {
			n.set(host, member(n, answer))
		}
		c := open(t, n, client.Config{Endpoints: []string{"a:1"}})
		use(t, c, 1)
		n.log = nil
		use(t, c, 30)
		if got := hosts(n.requests(), "append"); got["b:1"] != 30 {
			t.Errorf("appends went to %v, want the leader", got)
		}
		if got := hosts(n.requests(), "select"); got["a:1"] != 10 || got["b:1"] != 10 || got["c:1"] != 10 {
			t.Errorf("reads went to %v, want all alike", got)
		}
	})
}

func TestClientFindsTheNewLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		leader := "a"
		for _, host := range []string{"a:1", "b:1", "c:1"} {
			n.set(host, member(n, func() wire.Cluster { return clusterOf("c1", leader, "a:1", "b:1", "c:1")() }))
		}
		c := open(t, n, client.Config{Endpoints: []string{"a:1"}})
		use(t, c, 2)
		leader = "c"
		n.set("a:1", nil)
		time.Sleep(2 * time.Second) // on the fake clock: the next failure may ask again
		use(t, c, 3)
		n.log = nil
		use(t, c, 10)
		if got := hosts(n.requests(), "append"); got["c:1"] != 10 {
			t.Errorf("appends went to %v, want the new leader", got)
		}
	})
}

func TestClientTakesUpNoStrangers(t *testing.T) {
	for _, test := range []struct {
		name string
		addr string
		node func(n *network) roundTrip
	}{
		{"another cluster", "x:1", func(n *network) roundTrip { return member(n, clusterOf("c2", "x", "x:1")) }},
		{"one that does not answer", "x:1", func(*network) roundTrip { return silent }},
		{"no host", ":1", func(n *network) roundTrip { return n.healthy }},
		{"any address", "0.0.0.0:1", func(n *network) roundTrip { return member(n, clusterOf("c1", "x", "x:1")) }},
		{"no port", "x", func(n *network) roundTrip { return n.healthy }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				n.set("a:1", member(n, clusterOf("c1", "x", "a:1", test.addr)))
				n.set(test.addr, test.node(n))
				c := open(t, n, client.Config{Endpoints: []string{"a:1"}})
				use(t, c, 1)
				time.Sleep(3 * time.Second) // on the fake clock: the silent one has had its time
				use(t, c, 10)
				if got := hosts(n.requests(), "select"); got["a:1"] != 11 {
					t.Errorf("reads went to %v", got)
				}
			})
		})
	}
}

func TestClientForgetsNodesThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		answer := clusterOf("c1", "a", "a:1", "b:1")
		node := member(n, func() wire.Cluster { return answer() })
		n.set("a:1", node)
		n.set("b:1", node)
		c := open(t, n, client.Config{Endpoints: []string{"a:1"}})
		use(t, c, 1)
		answer = clusterOf("c1", "a", "a:1")
		time.Sleep(time.Minute) // on the fake clock: time to look again
		use(t, c, 1)
		n.log = nil
		use(t, c, 10)
		if got := hosts(n.requests(), "select"); got["a:1"] != 10 {
			t.Errorf("reads went to %v", got)
		}
	})
}

func TestFixedEndpointsAreNotExtended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		for _, host := range []string{"a:1", "b:1"} {
			n.set(host, func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/v1/cluster" {
					t.Error("asked for the cluster")
				}
				return n.healthy(r)
			})
		}
		use(t, dial(t, n, "a:1"), 5)
	})
}

func TestNodesThatFailAreLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("b")
		n.set("a", answers(quipu.Unavailable))
		c := dial(t, n, "a", "b")
		use(t, c, 20)
		if got := hosts(n.requests(), "select"); got["a"] > 1 || got["b"] != 20 {
			t.Errorf("reads went to %v", got)
		}
		n.set("a", n.healthy)
		time.Sleep(time.Minute) // on the fake clock
		n.log = nil
		use(t, c, 20)
		if got := hosts(n.requests(), "select"); got["a"] != got["b"] && got["a"] != 20 && got["a"] < 5 {
			t.Errorf("reads went to %v", got)
		}
	})
}

func TestNewChecksItsEndpoints(t *testing.T) {
	for _, test := range []struct {
		endpoint string
		valid    bool
	}{
		{"http://10.0.0.1:7400", true},
		{"https://quipu.example.com/behind/a/proxy/", true},
		{"10.0.0.1:7400", true},
		{"localhost", true},
		{"[::1]:7400", true},
		{"", false},
		{"http://", false},
		{"ftp://10.0.0.1", false},
		{"http://10.0.0.1:7400?x=1", false},
		{"http://10.0.0.1:port", false},
	} {
		_, err := client.New(client.Config{Endpoints: []string{test.endpoint}})
		if (err == nil) != test.valid {
			t.Errorf("%q: error %v", test.endpoint, err)
		}
		if err != nil {
			wantKind(t, err, quipu.Invalid)
		}
	}
}

func TestTheZeroConfigReachesThisMachine(t *testing.T) {
	n := newNetwork("127.0.0.1:7400")
	if _, err := positions(open(t, n, client.Config{}), about("x")); err != nil {
		t.Error(err)
	}
	if got := n.requests(); !slices.Equal(got, []string{"127.0.0.1:7400 POST select"}) {
		t.Errorf("requests %q", got)
	}
}
