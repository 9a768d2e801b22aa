//go:build race

package node_test

// underRace says that the race detector is on, with which everything takes some ten
// times as long.
const underRace = true
