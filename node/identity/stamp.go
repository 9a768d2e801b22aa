package identity

import (
	"fmt"

	quipu "github.com/quipu-ledger/quipu"
)

// Stamp is the mark of ownership inside a database file. The zero Stamp means
// that the file has none.
type Stamp struct {
	ClusterID string `json:"clusterId"`
	NodeID    string `json:"nodeId"`
}

// String says who the stamp names, for an operator.
func (s Stamp) String() string {
	if s == (Stamp{}) {
		return "of no cluster"
	}
	return fmt.Sprintf("node %s of cluster %s", s.NodeID, s.ClusterID)
}

// Verify compares the identity, zero if the directory has none, with the stamp
// that was found in the named database beside it. It returns nil if the file
// belongs to this node: a formed node needs its own stamp; one that is not
// formed needs none, or the stamp of the cluster that is pending. Anything else
// is an error of kind Corrupt whose hint holds the steps for the operator.
func (i Identity) Verify(database string, stamp Stamp) error {
	if i.owns(stamp) {
		return nil
	}
	return quipu.Errorf(quipu.Corrupt, "%s", i.disagreement(database, stamp)).WithHint(
		"this is not the whole data of one node, and a node that votes without its data can break the cluster: " +
			"put back every file of this directory from the same moment, or let it come back as a new node: " +
			"empty the directory, remove the old node from the cluster, start with a node id that was never used")
}

func (i Identity) owns(stamp Stamp) bool {
	if stamp == i.Stamp() {
		return true
	}
	return i.Pending != nil && stamp == Stamp{ClusterID: i.Pending.ClusterID, NodeID: i.NodeID}
}

func (i Identity) disagreement(database string, stamp Stamp) string {
	if stamp == (Stamp{}) {
		return fmt.Sprintf("%s says %s, but %s is empty or holds no stamp", FileName, i.Stamp(), database)
	}
	switch {
	case i.NodeID == "":
		return fmt.Sprintf("%s holds data of %s, but %s is missing", database, stamp, FileName)
	case !i.Formed():
		return fmt.Sprintf("%s holds data of %s, but %s says that node %s has not joined it", database, stamp, FileName, i.NodeID)
	}
	return fmt.Sprintf("%s holds data of %s, but %s says %s", database, stamp, FileName, i.Stamp())
}
