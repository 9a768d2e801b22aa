package client

import (
	"slices"
	"sync"
	"time"
)

// A node that failed is left alone for a while, twice as long each time, unless there is no other.
const (
	restFirst = time.Second
	restMax   = 30 * time.Second
)

// nodes are the endpoints that the client knows and how they did lately.
type nodes struct {
	mu   sync.Mutex
	list []*endpoint // guarded by mu, as are the endpoints' fields but url and learned
	turn int
	// leader is the base URL of the node that writes are best sent to, empty while that is unknown.
	leader string
	// looking and lookedAt are those of Client.look.
	looking  bool
	lookedAt time.Time
}

type endpoint struct {
	url string
	// learned is true if the cluster named the endpoint and not the configuration.
	learned bool
	// failures counts those since the last answer.
	failures   int
	restsUntil time.Time
}

func newNodes(bases []string) *nodes {
	n := &nodes{}
	for _, base := range bases {
		if n.find(base) == nil {
			n.list = append(n.list, &endpoint{url: base})
		}
	}
	return n
}

// pick gives the endpoint to try now: the leader for a write, if it is known, else each in turn. Those that rest are
// passed over; if all do, it gives the one whose rest ends first.
func (n *nodes) pick(write bool) *endpoint {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if leader := n.find(n.leader); write && leader != nil && !leader.restsUntil.After(now) {
		return leader
	}
	var best *endpoint
	for range n.list {
		n.turn++
		e := n.list[n.turn%len(n.list)]
		if !e.restsUntil.After(now) {
			return e
		}
		if best == nil || e.restsUntil.Before(best.restsUntil) {
			best = e
		}
	}
	return best
}

// failed sends the endpoint to rest.
func (n *nodes) failed(e *endpoint) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e.restsUntil = time.Now().Add(min(restFirst<<min(e.failures, 10), restMax))
	e.failures++
	if n.leader == e.url {
		n.leader = ""
	}
}

// worked ends the endpoint's rests.
func (n *nodes) worked(e *endpoint) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e.failures, e.restsUntil = 0, time.Time{}
}

// knows reports whether there is an endpoint with this base URL.
func (n *nodes) knows(base string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.find(base) != nil
}

// learn replaces what an earlier call has learned: the cluster's endpoints and its leader's, which may be empty.
// Configured endpoints stay.
func (n *nodes) learn(bases []string, leader string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = slices.DeleteFunc(n.list, func(e *endpoint) bool { return e.learned && !slices.Contains(bases, e.url) })
	for _, base := range bases {
		if n.find(base) == nil {
			n.list = append(n.list, &endpoint{url: base, learned: true})
		}
	}
	n.leader = leader
}

// find needs mu.
func (n *nodes) find(base string) *endpoint {
	for _, e := range n.list {
		if e.url == base {
			return e
		}
	}
	return nil
}
