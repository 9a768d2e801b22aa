package devcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"sync"
)

// The ports of a node, counted from its first.
const (
	portsPerNode = 10 // apart, so that the numbers are easy to tell: 7400, 7410, 7420
	apiPort      = 0
	peerPort     = 1
	gossipPort   = 2
)

// NodesMax is what bootstrap-expect allows.
const NodesMax = 9

// Config says what to run.
type Config struct {
	// Executable is the quipu binary.
	Executable string
	// Dir holds a directory for each node.
	Dir string
	// BasePort is the first node's API port; the others follow ten apart.
	BasePort int
	// Nodes is their number.
	Nodes int
	// Args are further arguments for each node's serve command.
	Args []string
	// Output gives the writer for what a node prints.
	Output func(name string) io.WriteCloser
	// Ended is told when a node's process has ended, and whether it was asked to.
	// It is called from a goroutine of the process.
	Ended func(name string, err error, asked bool)
}

// Cluster is a set of child processes. Its methods may be called from any goroutine.
type Cluster struct {
	cfg      Config
	launcher *launcher
	nodes    []*process

	mu     sync.Mutex // held while a node starts
	closed bool       // guarded by mu
}

// New prepares a cluster of which nothing runs yet.
func New(cfg Config) (*Cluster, error) {
	if cfg.Nodes < 1 || cfg.Nodes > NodesMax {
		return nil, fmt.Errorf("%d nodes, want 1 to %d", cfg.Nodes, NodesMax)
	}
	if last := cfg.BasePort + portsPerNode*(cfg.Nodes-1) + gossipPort; cfg.BasePort < 1 || last > 65535 {
		return nil, fmt.Errorf("base port %d: the ports would be %d to %d, want 1 to 65535", cfg.BasePort, cfg.BasePort, last)
	}
	c := &Cluster{cfg: cfg, launcher: newLauncher()}
	for i := range cfg.Nodes {
		c.nodes = append(c.nodes, &process{name: nodeName(i), executable: cfg.Executable, args: c.serveArgs(i)})
	}
	return c, nil
}

func nodeName(i int) string { return "n" + strconv.Itoa(i+1) }

func (c *Cluster) addr(i, port int) string {
	return "127.0.0.1:" + strconv.Itoa(c.cfg.BasePort+i*portsPerNode+port)
}

func (c *Cluster) serveArgs(i int) []string {
	args := []string{
		"serve", "--no-banner", "--node-id", nodeName(i), "--data-dir", filepath.Join(c.cfg.Dir, nodeName(i)),
		"--api-addr", c.addr(i, apiPort), "--peer-addr", c.addr(i, peerPort), "--gossip-addr", c.addr(i, gossipPort),
		"--bootstrap-expect", strconv.Itoa(c.cfg.Nodes),
	}
	for j := range c.cfg.Nodes {
		args = append(args, "--join", c.addr(j, gossipPort))
	}
	return append(args, c.cfg.Args...)
}

// Names are the nodes' ids.
func (c *Cluster) Names() []string {
	names := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		names[i] = n.name
	}
	return names
}

// URLs are the base URLs of the nodes' APIs, in the order of Names.
func (c *Cluster) URLs() []string {
	urls := make([]string, len(c.nodes))
	for i := range c.nodes {
		urls[i] = "http://" + c.addr(i, apiPort)
	}
	return urls
}

// StartAll starts every node.
func (c *Cluster) StartAll() error {
	for i := range c.nodes {
		if err := c.Start(i); err != nil {
			return err
		}
	}
	return nil
}

// Start starts node i, counted from 0, which must not run.
func (c *Cluster) Start(i int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errors.New("the cluster is ending")
	}
	n := c.nodes[i]
	return n.start(c.launcher, c.cfg.Output(n.name), c.cfg.Ended)
}

// Stop asks node i to end in good order.
func (c *Cluster) Stop(i int) error { return c.nodes[i].stop() }

// Kill ends node i at once, with SIGKILL.
func (c *Cluster) Kill(i int) error { return c.nodes[i].kill() }

// PID is the process id of node i, and 0 if it does not run.
func (c *Cluster) PID(i int) int { return c.nodes[i].pid() }

// Running is the number of nodes that run.
func (c *Cluster) Running() (running int) {
	for _, n := range c.nodes {
		if n.pid() != 0 {
			running++
		}
	}
	return running
}

// Close asks every node to end and waits for that; those that still run when the
// context ends are killed. Nothing starts afterwards.
func (c *Cluster) Close(ctx context.Context) error {
	c.mu.Lock()
	if !c.closed {
		defer c.launcher.close()
	}
	c.closed = true
	c.mu.Unlock()

	var waiting sync.WaitGroup
	errs := make([]error, len(c.nodes))
	for i, n := range c.nodes {
		waiting.Go(func() { errs[i] = n.end(ctx) })
	}
	waiting.Wait()
	return errors.Join(errs...)
}
