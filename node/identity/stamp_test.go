package identity_test

import (
	"errors"
	"strings"
	"testing"

	quipu "github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
)

func TestVerifyAcceptsTheWholeDataOfOneNode(t *testing.T) {
	own := identity.Stamp{ClusterID: cluster, NodeID: "n1"}
	for name, c := range map[string]struct {
		identity identity.Identity
		stamp    identity.Stamp
	}{
		"an empty directory":               {identity.Identity{}, identity.Stamp{}},
		"a new node":                       {fresh(), identity.Stamp{}},
		"a proposal before the stamps":     {pending(), identity.Stamp{}},
		"a crash after the stamps":         {pending(), own},
		"a formed node with its own stamp": {formed(), own},
	} {
		if err := c.identity.Verify("raft.db", c.stamp); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyRefusesPartsOfDifferentNodes(t *testing.T) {
	own := identity.Stamp{ClusterID: cluster, NodeID: "n1"}
	otherNode := identity.Stamp{ClusterID: cluster, NodeID: "n2"}
	otherCluster := identity.Stamp{ClusterID: "ffffffffffffffff", NodeID: "n1"}
	for name, c := range map[string]struct {
		identity identity.Identity
		stamp    identity.Stamp
		says     string
	}{
		"identity lost":             {identity.Identity{}, own, "raft.db holds data of node n1 of cluster " + cluster + ", but identity.json is missing"},
		"database lost":             {formed(), identity.Stamp{}, "identity.json says node n1 of cluster " + cluster + ", but raft.db is empty or holds no stamp"},
		"identity of a new node":    {fresh(), own, "but identity.json says that node n1 has not joined it"},
		"stamp of another proposal": {pending(), otherCluster, "has not joined it"},
		"stamp of another member":   {pending(), otherNode, "has not joined it"},
		"another node's database":   {formed(), otherNode, "raft.db holds data of node n2 of cluster " + cluster + ", but identity.json says node n1"},
		"another cluster's":         {formed(), otherCluster, "cluster ffffffffffffffff, but identity.json says"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.identity.Verify("raft.db", c.stamp)
			var e *quipu.Error
			if !errors.As(err, &e) || e.Kind != quipu.Corrupt || !strings.Contains(e.Detail, c.says) {
				t.Fatalf("got %v, want kind corrupt and %q", err, c.says)
			}
			if !strings.Contains(e.Hint, "empty the directory") {
				t.Errorf("the hint holds no steps: %q", e.Hint)
			}
		})
	}
}
