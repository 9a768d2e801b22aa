package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/devcluster"
)

const devHelp = `Examples:
  quipu dev
  quipu dev --nodes 5 --base-port 9000 --dir /tmp/five
  echo 'kill 2' | quipu dev

Runs a cluster of three nodes as processes of its own, with their logs in this terminal. At the prompt:

` + devcluster.CommandHelp + `
Node N has its API on port 7400 + 10(N-1), peers one above and gossip two above. Commands may come from a pipe as well: they are
carried out when the cluster is ready, and when the pipe ends, the cluster goes on until a signal. The data stays in --dir; the nodes end with this program.`

// devCloseTimeout is how long nodes may take to end before they are killed.
const devCloseTimeout = 15 * time.Second

func devCommand() *cli.Command {
	return &cli.Command{
		Name: "dev", Usage: "run a cluster of three nodes in this terminal", Description: devHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: "./quipu-dev", Usage: "`DIR` for the data of all nodes"},
			&cli.IntFlag{Name: "base-port", Value: 7400, Usage: "first `PORT`"},
			&cli.IntFlag{Name: "nodes", Value: 3, Usage: "`NUMBER` of nodes, 1 to 9"},
			&cli.StringFlag{Name: "log-level", Value: "info", Usage: "least `LEVEL` that the nodes log: debug, info, warn or error"},
		},
		Action: runDev,
	}
}

func runDev(c *cli.Context) error {
	if err := wantArguments(c); err != nil {
		return err
	}
	prompt, err := openPrompt(c.App.Reader, c.App.Writer)
	if err != nil {
		return err
	}
	defer prompt.close()
	d := &dev{prompt: prompt, colours: console.Wants(c.App.Writer), ready: make(chan struct{})}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	d.cluster, err = devcluster.New(devcluster.Config{
		Executable: executable, Dir: c.String("dir"), BasePort: c.Int("base-port"), Nodes: c.Int("nodes"),
		Args: []string{"--log-level", c.String("log-level")}, Output: d.output, Ended: d.ended,
	})
	if err != nil {
		return usagef("%s", err)
	}
	ctx, cancel := context.WithCancelCause(c.Context)
	defer cancel(nil)
	d.quit = cancel
	return d.run(ctx)
}

// dev is a cluster with its prompt.
type dev struct {
	cluster *devcluster.Cluster
	prompt  *prompt
	colours bool
	quit    context.CancelCauseFunc // ends the program, with an error if it is one
	ready   chan struct{}           // closed when the whole cluster has been ready once
}

// errQuit is the wish of a person.
var errQuit = errors.New("quit")

func (d *dev) run(ctx context.Context) error {
	err := d.cluster.StartAll()
	if err == nil {
		go d.announce(ctx)
		go d.obey(ctx)
		<-ctx.Done()
		if err = context.Cause(ctx); errors.Is(err, errQuit) || errors.Is(err, context.Canceled) {
			err = nil
		}
		d.say("ending all nodes\n")
	}
	d.quit(nil)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), devCloseTimeout)
	defer cancel()
	return errors.Join(err, d.cluster.Close(closing))
}

// nodeColours tell the nodes apart.
var nodeColours = []console.Colour{console.Cyan, console.Yellow, console.Magenta, console.Green, console.Blue, console.Red}

// output gives the writer for the lines of a node.
func (d *dev) output(name string) io.WriteCloser {
	colour := console.Plain
	for i, known := range d.cluster.Names() {
		if known == name && d.colours {
			colour = nodeColours[i%len(nodeColours)]
		}
	}
	return console.Prefixed(d.prompt, console.Paint(colour, name)+" | ")
}

func (d *dev) ended(name string, err error, asked bool) {
	var exit *exec.ExitError
	switch {
	case asked && errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		d.say("%s was killed\n", name)
	case asked:
		d.say("%s has ended\n", name)
	default:
		d.say("%s has ended by itself: %v; its last lines say why\n", name, err)
	}
	if !asked && !d.wasReady() && d.cluster.Running() == 0 {
		d.quit(errors.New("no node runs"))
	}
}

func (d *dev) wasReady() bool {
	select {
	case <-d.ready:
		return true
	default:
		return false
	}
}

func (d *dev) say(format string, args ...any) {
	text := strings.TrimSuffix(fmt.Sprintf(format, args...), "\n")
	if d.colours {
		text = console.Paint(console.Bold, text)
	}
	_, _ = io.WriteString(d.prompt, text+"\n") // a terminal that is gone cannot be told so
}

// announce says once that the cluster is ready, and what to type next.
func (d *dev) announce(ctx context.Context) {
	if !d.waitReady(ctx) {
		return
	}
	defer close(d.ready)
	d.say("\nThe cluster is ready: %d nodes, %s and so on.\n", len(d.cluster.Names()), d.cluster.URLs()[0])
	_, _ = fmt.Fprintf(d.prompt, "\nNext, in another terminal:\n\n%s\nThen, here: kill 1, status, start 1. help lists the commands.\n\n", nextSteps(d.cluster.URLs()[0]))
}
