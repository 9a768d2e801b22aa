package membership

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/memberlist"
)

// goneMax bounds how many members that left or died are remembered. A cluster has at most a dozen nodes at a time, so this is
// years of replacements, or an hour of a node that loses its data and its id at each restart.
const goneMax = 64

// roster is what the gossip says of each node, copied out of memberlist's events. memberlist's own list is no substitute: it
// leaves out the dead, and the nodes in it are shared with goroutines that write to them.
//
// memberlist calls the Notify methods one at a time, holding its lock: they must neither block nor call it.
type roster struct {
	self   string
	logger *slog.Logger

	mu      sync.Mutex
	known   map[string]Member // guarded by mu; by NodeID
	gone    []string          // guarded by mu; ids of the members that are not alive, the longest gone first
	changed chan struct{}     // guarded by mu; closed and replaced at each change
}

var _ memberlist.EventDelegate = (*roster)(nil)

func newRoster(self string, logger *slog.Logger) *roster {
	return &roster{self: self, logger: logger, known: make(map[string]Member), changed: make(chan struct{})}
}

func (r *roster) NotifyJoin(node *memberlist.Node) { r.record("member is alive", node, true) }
func (r *roster) NotifyUpdate(node *memberlist.Node) {
	r.record("member changed what it says of itself", node, true)
}
func (r *roster) NotifyLeave(node *memberlist.Node) { r.record("member is gone", node, false) }

func (r *roster) record(news string, node *memberlist.Node, alive bool) {
	info, err := decodeInfo(node.Name, node.Meta)
	if err != nil {
		r.logger.Warn("metadata of a member cannot be read", "member", node.Name, "gossip_addr", node.Address())
	}
	member := Member{Info: info, GossipAddr: node.Address(), Alive: alive}
	r.put(member)
	if member.NodeID != r.self {
		r.logger.Info(news, "member", member.NodeID, "gossip_addr", member.GossipAddr,
			"peer_addr", member.PeerAddr, "cluster", member.ClusterID, "version", member.Version)
	}
}

func (r *roster) put(member Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[member.NodeID] = member
	r.gone = slices.DeleteFunc(r.gone, func(id string) bool { return id == member.NodeID })
	if !member.Alive {
		r.gone = append(r.gone, member.NodeID)
	}
	if len(r.gone) > goneMax {
		delete(r.known, r.gone[0])
		r.gone = slices.Delete(r.gone, 0, 1)
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *roster) members() []Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.known), func(a, b Member) int { return cmp.Compare(a.NodeID, b.NodeID) })
}

func (r *roster) nextChange() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// addresses tells where the members that are alive gossip, this node's own address under own.
func (r *roster) addresses() (own string, others []string) {
	for _, member := range r.members() {
		switch {
		case member.NodeID == r.self:
			own = member.GossipAddr
		case member.Alive:
			others = append(others, member.GossipAddr)
		}
	}
	return own, others
}
