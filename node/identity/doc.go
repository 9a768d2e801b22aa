// Package identity keeps who a node is: the file identity.json in the data
// directory, the lock on that directory, and the check that the databases
// beside it belong to the same node of the same cluster.
//
// It is storage and comparison only. How nodes agree on a cluster, and what a
// node does with an answer, is decided elsewhere.
//
// A node that lost its data and comes back under its old id could vote twice
// in one term (hashicorp/raft#122), so each database carries a [Stamp] of
// its owner and [Identity.Verify] refuses a directory whose parts disagree. The order
// of writes while a cluster forms makes every crash recoverable:
//
//  1. Save with Pending set: the node accepted a proposal.
//  2. Write the stamps, once the proposal is final.
//  3. Save with ClusterID set and Pending nil: the node is formed.
//
// Between 2 and 3 a directory is whole if its stamps agree with Pending.
package identity
