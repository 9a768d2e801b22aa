// Package apitest is a node for tests, in memory: the real decisions of the state machine over slices, behind the real
// HTTP API.
//
// It replicates nothing and stores nothing, and its reads scan. It is for the tests of what speaks to a node.
package apitest
