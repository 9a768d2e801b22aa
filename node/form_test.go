package node_test

import (
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/node"
	"github.com/quipu-ledger/quipu/node/identity"
)

// TestFormingGoesOnAfterACrash ensures that wherever the nodes crashed while
// they formed a cluster, they form that one when they start again.
func TestFormingGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	proposal := &identity.Proposal{ClusterID: "0123456789abcdef", Proposer: "n1"}
	configuration := &raft.Configuration{}
	for i := range 3 {
		addr := "127.0.0.1:1" // they come back under other addresses
		proposal.Members = append(proposal.Members, identity.Member{NodeID: nodeID(i), PeerAddr: addr})
		configuration.Servers = append(configuration.Servers, raft.Server{ID: raft.ServerID(nodeID(i)), Address: raft.ServerAddress(addr)})
	}
	const (
		nothing = iota // not even an identity
		agreed         // to the proposal
		stamped        // and its files are made, without entries
		begun          // and the bootstrap is half done
		booted         // and all done
		formed         // and the identity says so
	)
	for name, steps := range map[string][3]int{
		"proposed to nobody":                    {agreed, nothing, nothing},
		"agreed by one":                         {agreed, agreed, nothing},
		"agreed by all":                         {agreed, agreed, agreed},
		"stamped":                               {stamped, agreed, agreed},
		"bootstrap half done":                   {begun, agreed, agreed},
		"bootstrapped":                          {booted, agreed, agreed},
		"formed, the others have not heard it":  {formed, agreed, agreed},
		"formed, one other has its files":       {formed, stamped, agreed},
		"formed, one has not heard it":          {formed, formed, agreed},
		"formed, and what was asked is awaited": {formed, formed, formed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 3)
			for i, step := range steps {
				who := identity.Identity{NodeID: nodeID(i), Created: time.Now(), Pending: proposal}
				member := who
				member.ClusterID, member.Pending = proposal.ClusterID, nil
				bootstrap := configuration
				if i != 0 || step < booted {
					bootstrap = nil
				}
				for at, do := range map[int]func() error{
					agreed:  func() error { return identity.Save(c.dirs[i], who) },
					stamped: func() error { return node.PrepareData(c.dirs[i], member, bootstrap) },
				} {
					if step >= at {
						must(t, do())
					}
				}
				if step == begun {
					must(t, node.BeginBootstrap(c.dirs[i]))
				}
				if step == formed {
					must(t, identity.Save(c.dirs[i], member))
				}
			}
			for i := range c.nodes {
				c.start(i)
			}
			c.ready()
			if id := c.status(1).ID; id != proposal.ClusterID {
				t.Errorf("the cluster is %s, proposed was %s", id, proposal.ClusterID)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNodesThatExpectDifferentNumbersDoNotForm ensures that a node that expects
// another number of nodes is no candidate, and that the others go on without it
// once they are enough.
func TestNodesThatExpectDifferentNumbersDoNotForm(t *testing.T) {
	t.Parallel()
	open := func(id string, expect int, join ...string) *node.Node {
		n := openNode(t, node.Config{DataDir: t.TempDir(), NodeID: id, BootstrapExpect: expect, Join: join})
		t.Cleanup(func() { stop(t, n) })
		return n
	}
	wrong := open("n1", 3)
	first := open("n2", 2, wrong.GossipAddr())
	second := open("n3", 2, wrong.GossipAddr())
	ready(t, first)
	ready(t, second)
	if err := wrong.Ready(t.Context()); err == nil {
		t.Error("the node that expects three has formed a cluster")
	}
}
