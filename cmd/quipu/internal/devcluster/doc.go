// Package devcluster runs the nodes of a cluster as child processes of one
// program, so that a person can kill and start them and watch what happens.
//
// It is for looking and for trying out, not for running a cluster: all nodes are
// on one machine and end with their parent. It signals only what it started.
package devcluster
