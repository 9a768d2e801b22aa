package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const (
	clusterHelp = `Examples:
  quipu cluster status`

	clusterStatusHelp = `Examples:
  quipu cluster status
  quipu cluster status --url http://10.0.0.2:7400 -o json

The first line says how the cluster is, in words. LAG is how many of raft's entries a node has not yet applied that the
leader has. The exit code is 7 if no node leads.`
)

func clusterCommand() *cli.Command {
	return &cli.Command{
		Name: "cluster", Usage: "look at the nodes", Description: clusterHelp,
		Subcommands: []*cli.Command{{
			Name: "status", Usage: "describe the nodes of the cluster", Description: clusterStatusHelp,
			Flags: clientFlags(), Action: withClient(clusterStatus),
		}},
	}
}

func clusterStatus(c *cli.Context, to *client.Client) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	cluster, err := to.Cluster(c.Context)
	if err != nil {
		return err
	}
	if format, _ := outputFormat(c); format != formatTable {
		err = writeJSON(c.App.Writer, cluster)
	} else {
		err = writeCluster(c.App.Writer, cluster)
	}
	if err == nil && cluster.Leader == "" {
		return errNoLeader
	}
	return err
}

// writeCluster is a sentence and a table.
func writeCluster(w io.Writer, cluster wire.Cluster) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", clusterInWords(cluster)); err != nil {
		return err
	}
	leading := slices.IndexFunc(cluster.Nodes, func(n wire.Node) bool { return n.ID == cluster.Leader })
	table := newTable(w)
	table.Row("NODE", "STATE", "API", "TERM", "APPLIED", "LAG", "MAIN", "VERSION")
	for _, n := range cluster.Nodes {
		if n.State == stateUnreachable {
			table.Row(n.ID, n.State, n.APIAddr)
			continue
		}
		lag := "-"
		if leading >= 0 {
			lag = fmt.Sprint(int64(cluster.Nodes[leading].AppliedIndex) - int64(n.AppliedIndex))
		}
		table.Row(n.ID, n.State, n.APIAddr, n.Term, n.AppliedIndex, lag, headOf(n, "main"), n.Version)
	}
	return table.Flush(w)
}

const stateUnreachable = "unreachable"

// headOf is how far a node has a ledger.
func headOf(n wire.Node, ledger string) string {
	for _, l := range n.Ledgers {
		if l.Name == ledger {
			return fmt.Sprint(l.Head)
		}
	}
	return "-"
}

// clusterInWords is what an operator wants to know first.
func clusterInWords(cluster wire.Cluster) string {
	var silent []string
	for _, n := range cluster.Nodes {
		if n.State == stateUnreachable {
			silent = append(silent, n.ID)
		}
	}
	answering, all := len(cluster.Nodes)-len(silent), len(cluster.Nodes)
	switch {
	case all == 0:
		return "The cluster is forming: it has no nodes yet."
	case cluster.Leader == "" && answering > all/2:
		return fmt.Sprintf("No node leads: %d of %d nodes answer, which is a majority; an election is under way.", answering, all)
	case cluster.Leader == "":
		return fmt.Sprintf("No node leads: %d of %d nodes answer, and %d are needed. Missing: %s.", answering, all, all/2+1, strings.Join(silent, ", "))
	case len(silent) == 0:
		return fmt.Sprintf("The cluster is well: %s, %s leads, %s.", nodesAnswer(all), cluster.Leader, survives(all))
	}
	spare := answering - (all/2 + 1)
	return fmt.Sprintf("The cluster works, with %d of %d nodes: %s leads, and %s. Missing: %s.",
		answering, all, cluster.Leader, spareInWords(spare), strings.Join(silent, ", "))
}

func nodesAnswer(all int) string {
	if all == 1 {
		return "its only node answers"
	}
	return fmt.Sprintf("all %d nodes answer", all)
}

func survives(all int) string {
	return spareInWords(all - (all/2 + 1))
}

func spareInWords(spare int) string {
	switch {
	case spare <= 0:
		return "no further node may be lost"
	case spare == 1:
		return "one node may be lost"
	}
	return fmt.Sprintf("%d nodes may be lost", spare)
}
