// Command bench measures a cluster of three real nodes on this machine and
// prints one table. The nodes and the load share the machine's cores, so that
// figures compare within one run only.
//
//	go run ./node/clustertest/bench --binary bin/quipu
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/node/clustertest/rig"
)

type options struct {
	binary   string
	data     string
	duration time.Duration
	events   int
	only     string
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/quipu", "the binary under test")
	flag.StringVar(&o.data, "data", "../shared/data/etcd.ndjson.gz", "real events to import; skipped if missing")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "how long each rate is measured")
	flag.IntVar(&o.events, "events", 1_000_000, "size of the large ledger")
	flag.StringVar(&o.only, "only", "", "run only these steps, with commas between them")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run: a cluster, a client for it, and the rows of its table.
type bench struct {
	options
	cluster *rig.Cluster
	client  *client.Client
	leader  *rig.Node
	rows    []row
}

type row struct{ what, result, target string }

func run(o options) error {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "quipu-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o}
	if b.cluster, err = rig.New(binary, dir, 3); err != nil {
		return err
	}
	defer b.cluster.Close()
	if err := b.start(); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"http", b.httpAppends},
		{"client", b.clientAppends},
		{"batch", b.batchAppends},
		{"import", b.importFile},
		{"conflict", b.conflicts},
		{"growth", b.growth},
		{"members", b.members},
		{"replay", b.replay},
		{"restart", b.restart},
		{"space", b.space},
	} {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), step.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s …\n", step.name)
		if err := step.do(context.Background()); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	b.print()
	return nil
}

// start forms the cluster and registers what the load appends.
func (b *bench) start() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.cluster.Start(); err != nil {
		return err
	}
	if err := b.cluster.WaitReady(ctx); err != nil {
		return err
	}
	var err error
	if b.client, err = client.New(client.Config{Endpoints: b.cluster.URLs()}); err != nil {
		return err
	}
	if err := b.findLeader(ctx); err != nil {
		return err
	}
	for _, ledger := range []string{"main", largeLedger} {
		if _, err := b.client.CreateLedger(ctx, ledger, ""); err != nil {
			return err
		}
		for _, event := range []string{eventName, "noted"} {
			if err := b.client.Register(ctx, ledger, quipu.Registration{Event: event, Entities: []string{"account"}}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) findLeader(ctx context.Context) error {
	status, err := b.client.Cluster(ctx)
	if err != nil {
		return err
	}
	for _, n := range b.cluster.Nodes {
		if n.ID == status.Leader {
			b.leader = n
			return nil
		}
	}
	return fmt.Errorf("no leader in %v", status)
}

func (b *bench) follower() *rig.Node {
	for _, n := range b.cluster.Nodes {
		if n != b.leader {
			return n
		}
	}
	return nil
}

func (b *bench) report(target, what, format string, args ...any) {
	b.rows = append(b.rows, row{what, fmt.Sprintf(format, args...), target})
}

func (b *bench) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "WORK\tRESULT\tWANTED")
	for _, r := range b.rows {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.what, r.result, r.target)
	}
	_ = w.Flush()
}
