package main

import (
	"context"
	"fmt"
	"io"

	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/devcluster"
)

// obey carries out the commands of the prompt until there are no more. Those of
// a pipe wait for the cluster: they are there before it is.
func (d *dev) obey(ctx context.Context) {
	if !d.prompt.interactive {
		select {
		case <-d.ready:
		case <-ctx.Done():
			return
		}
	}
	for {
		line, err := d.prompt.readLine()
		if err != nil {
			if d.prompt.interactive {
				d.quit(errQuit) // Ctrl-C or Ctrl-D at a terminal; a pipe that ends is no wish to end
			}
			return
		}
		command, err := devcluster.Parse(line, len(d.cluster.Names()))
		if err == nil {
			err = d.carryOut(ctx, command)
		}
		if err != nil {
			d.say("%s\n", err)
		}
	}
}

func (d *dev) carryOut(ctx context.Context, command devcluster.Command) error {
	switch command.Verb {
	case devcluster.Kill:
		return d.cluster.Kill(command.Node)
	case devcluster.Stop:
		return d.cluster.Stop(command.Node)
	case devcluster.Start:
		return d.cluster.Start(command.Node)
	case devcluster.Status:
		return d.status(ctx)
	case devcluster.Help:
		_, err := io.WriteString(d.prompt, devcluster.CommandHelp)
		return err
	case devcluster.Quit:
		d.quit(errQuit)
	}
	return nil
}

// status describes the processes, and the cluster as any of its nodes sees it.
func (d *dev) status(ctx context.Context) error {
	var table console.Table
	for i, name := range d.cluster.Names() {
		state := "does not run"
		if pid := d.cluster.PID(i); pid != 0 {
			state = fmt.Sprintf("process %d", pid)
		}
		table.Row(name, state, d.cluster.URLs()[i])
	}
	if err := table.Flush(d.prompt); err != nil || d.cluster.Running() == 0 {
		return err
	}
	to, err := client.New(client.Config{Endpoints: d.cluster.URLs(), FixedEndpoints: true, Timeout: devAnswerTimeout, RetryFor: devAnswerTimeout})
	if err != nil {
		return err
	}
	defer to.Close()
	cluster, err := to.Cluster(ctx)
	if err != nil {
		return err
	}
	return writeCluster(d.prompt, cluster)
}
