// Package rig runs clusters of real quipu processes on this machine, so that
// tests and benchmarks can kill them for real.
//
// It ends only processes that it has started. Their data directories are the
// caller's.
package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Cluster is a set of nodes that form one cluster.
type Cluster struct {
	Nodes []*Node
}

// Node is one quipu process, running or not. Its addresses and its directory
// stay the same over restarts.
type Node struct {
	ID  string
	Dir string
	// API, Peer and Gossip are loopback addresses, host:port.
	API, Peer, Gossip string

	binary string
	args   []string
	output *output

	mu      sync.Mutex
	process *exec.Cmd     // nil while the node does not run; guarded by mu
	ended   chan struct{} // closed when process has ended; guarded by mu
}

// New prepares a cluster of size nodes, n1 and so on, each with a directory
// below dir. None of them runs yet.
func New(binary, dir string, size int) (*Cluster, error) {
	c := &Cluster{}
	var gossip []string
	for i := range size {
		id := fmt.Sprintf("n%d", i+1)
		addresses, err := freeAddresses(3)
		if err != nil {
			return nil, err
		}
		n := &Node{ID: id, Dir: filepath.Join(dir, id), API: addresses[0], Peer: addresses[1], Gossip: addresses[2], binary: binary, output: &output{}}
		gossip = append(gossip, n.Gossip)
		c.Nodes = append(c.Nodes, n)
	}
	for _, n := range c.Nodes {
		n.args = []string{
			"serve", "--data-dir", n.Dir, "--node-id", n.ID, "--api-addr", n.API, "--peer-addr", n.Peer,
			"--gossip-addr", n.Gossip, "--bootstrap-expect", fmt.Sprint(size),
		}
		for _, address := range gossip {
			n.args = append(n.args, "--join", address)
		}
	}
	return c, nil
}

// freeAddresses finds loopback addresses that nobody listens on now.
func freeAddresses(count int) ([]string, error) {
	var addresses []string
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at once, so that they differ
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// Start starts all nodes.
func (c *Cluster) Start() error {
	for _, n := range c.Nodes {
		if err := n.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Close kills every node that runs.
func (c *Cluster) Close() {
	for _, n := range c.Nodes {
		n.Kill()
	}
}

// URLs are where the nodes serve the API.
func (c *Cluster) URLs() []string {
	var urls []string
	for _, n := range c.Nodes {
		urls = append(urls, n.URL())
	}
	return urls
}

// WaitReady waits until every running node can serve linearizable reads.
func (c *Cluster) WaitReady(ctx context.Context) error {
	for _, n := range c.Nodes {
		if !n.Running() {
			continue
		}
		if err := n.WaitReady(ctx); err != nil {
			return err
		}
	}
	return nil
}

// URL is where the node serves the API.
func (n *Node) URL() string { return "http://" + n.API }

// Start starts the process. It does not wait until it is ready.
func (n *Node) Start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process != nil {
		return fmt.Errorf("node %s runs already", n.ID)
	}
	cmd := exec.Command(n.binary, n.args...)
	cmd.Stdout, cmd.Stderr = n.output, n.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start node %s: %w", n.ID, err)
	}
	n.process, n.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait() // how it ended is in the output
		n.mu.Lock()
		n.process = nil
		n.mu.Unlock()
		close(ended)
	}(n.ended)
	return nil
}

// Kill ends the process with SIGKILL and waits until it is gone.
func (n *Node) Kill() { n.signal(syscall.SIGKILL) }

// Stop asks the process to end, with SIGTERM, and waits until it is gone.
func (n *Node) Stop() { n.signal(syscall.SIGTERM) }

func (n *Node) signal(s syscall.Signal) {
	n.mu.Lock()
	process, ended := n.process, n.ended
	n.mu.Unlock()
	if process == nil {
		return
	}
	_ = process.Process.Signal(s) // it may have just ended
	<-ended
}

// Running reports whether the process runs.
func (n *Node) Running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.process != nil
}

// PID is the process's id, 0 if it does not run.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil {
		return 0
	}
	return n.process.Process.Pid
}

// WaitReady waits until the node says that it is ready.
func (n *Node) WaitReady(ctx context.Context) error {
	const pause = 20 * time.Millisecond
	for {
		last := n.askReady(ctx)
		if last == nil {
			return nil
		}
		if !n.Running() {
			return fmt.Errorf("node %s has ended; its last words:\n%s", n.ID, n.Output())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("node %s is not ready: %w; its last words:\n%s", n.ID, last, n.Output())
		case <-time.After(pause):
		}
	}
}

func (n *Node) askReady(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL()+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, body)
	}
	return nil
}

// Output is the end of what the node's processes have written.
func (n *Node) Output() string { return n.output.String() }

// output keeps the last lines that processes write.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const outputBytesMax = 64 << 10

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if extra := o.buf.Len() + len(p) - outputBytesMax; extra > 0 {
		o.buf.Next(min(extra, o.buf.Len()))
	}
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(o.buf.String())
}
