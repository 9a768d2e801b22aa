package main

import (
	"slices"
	"testing"

	"github.com/quipu-ledger/quipu/transport/wire"
)

// clusterOf makes a cluster of nodes in these states; the first that leads is its leader.
func clusterOf(states ...string) (c wire.Cluster) {
	for i, state := range states {
		id := "n" + string(rune('1'+i))
		if state == "leader" {
			c.Leader = id
		}
		c.Nodes = append(c.Nodes, wire.Node{ID: id, State: state})
	}
	return c
}

func TestClusterInWords(t *testing.T) {
	const leads, follows, silent = "leader", "follower", stateUnreachable
	for want, c := range map[string]wire.Cluster{
		"The cluster is forming: it has no nodes yet.":                                                  clusterOf(),
		"The cluster is well: its only node answers, n1 leads, no further node may be lost.":            clusterOf(leads),
		"The cluster is well: all 3 nodes answer, n2 leads, one node may be lost.":                      clusterOf(follows, leads, follows),
		"The cluster is well: all 5 nodes answer, n1 leads, 2 nodes may be lost.":                       clusterOf(leads, follows, follows, follows, follows),
		"The cluster works, with 2 of 3 nodes: n1 leads, and no further node may be lost. Missing: n3.": clusterOf(leads, follows, silent),
		"The cluster works, with 4 of 5 nodes: n1 leads, and one node may be lost. Missing: n3.":        clusterOf(leads, follows, silent, follows, follows),
		"No node leads: 1 of 3 nodes answer, and 2 are needed. Missing: n2, n3.":                        clusterOf(follows, silent, silent),
		"No node leads: 2 of 3 nodes answer, which is a majority; an election is under way.":            clusterOf(follows, "candidate", silent),
	} {
		if got := clusterInWords(c); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

func TestLocalURL(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:7400": "http://127.0.0.1:7400",
		"0.0.0.0:7400":   "http://127.0.0.1:7400",
		"[::]:7400":      "http://127.0.0.1:7400",
		"[::1]:7400":     "http://[::1]:7400",
		"node.local:80":  "http://node.local:80",
	} {
		if got := localURL(addr); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}

func TestEndpointsComeFromFlagsBeforeTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		flags       []string
		environment string
		want        []string
	}{
		{nil, "", nil},
		{nil, " a, b,", []string{"a", "b"}},
		{[]string{"c"}, "a", []string{"c"}},
		{[]string{"c,d", "e"}, "a", []string{"c", "d", "e"}},
	} {
		if got := endpoints(c.flags, c.environment); !slices.Equal(got, c.want) {
			t.Errorf("%v and %q give %v, want %v", c.flags, c.environment, got, c.want)
		}
	}
}
