package client

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/quipu-ledger/quipu/transport/wire"
)

// The client asks for the cluster's nodes while it is in use: now and then, and more often while something fails.
const (
	lookSeldom = 30 * time.Second
	lookOften  = time.Second
	// lookTimeout bounds one question. It waits for nobody.
	lookTimeout = 2 * time.Second
)

// look asks for the cluster's nodes in the background, unless that happens already or did within the last while.
func (c *Client) look(atMost time.Duration) {
	if c.learns && c.background.Err() == nil && c.nodes.startLook(atMost) {
		go func() {
			defer c.nodes.endLook()
			c.learn(c.background)
		}()
	}
}

// learn takes up the nodes that a node names. One that is new must first show that it belongs to the same cluster: an
// address may mean something else here than there, as in a container's network.
func (c *Client) learn(ctx context.Context) {
	asked := c.nodes.pick(false)
	cluster, err := c.ask(ctx, asked.url)
	if err != nil || cluster.ID == "" {
		return
	}
	scheme, _, _ := strings.Cut(asked.url, "://")
	var bases []string
	leader := ""
	for _, node := range cluster.Nodes {
		base, ok := nodeURL(scheme, node.APIAddr)
		if !ok || !c.nodes.knows(base) && !c.sameCluster(ctx, base, cluster.ID) {
			continue
		}
		bases = append(bases, base)
		if node.ID == cluster.Leader {
			leader = base
		}
	}
	c.nodes.learn(bases, leader)
}

func (c *Client) sameCluster(ctx context.Context, base, id string) bool {
	cluster, err := c.ask(ctx, base)
	return err == nil && cluster.ID == id
}

func (c *Client) ask(ctx context.Context, base string) (wire.Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var cluster wire.Cluster
	if err := c.attempt(ctx, &endpoint{url: base}, clusterRequest(), into(&cluster)); err != nil {
		return wire.Cluster{}, err
	}
	return cluster, nil
}

func clusterRequest() *request {
	return &request{op: "cluster", method: http.MethodGet, path: "/v1/cluster"}
}

// nodeURL is the base URL of a node's API address, if that is one that others can use.
func nodeURL(scheme, addr string) (string, bool) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || port == "" || port == "0" {
		return "", false
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return "", false
	}
	return scheme + "://" + addr, true
}

// startLook reports whether a look may start now.
func (n *nodes) startLook(atMost time.Duration) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.looking || time.Since(n.lookedAt) < atMost {
		return false
	}
	n.looking, n.lookedAt = true, time.Now()
	return true
}

func (n *nodes) endLook() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.looking = false
}
