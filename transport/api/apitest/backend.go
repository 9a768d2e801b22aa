package apitest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/schema"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Backend is one node in memory. It is safe for concurrent use.
type Backend struct {
	mu      sync.Mutex // of all below
	machine *ledger.Machine
	history *history
	schemas schema.Cache
}

var _ api.Backend = (*Backend)(nil)

// nodeID is what the one node calls itself.
const nodeID = "n1"

// NewBackend makes a node that holds the ledger main.
func NewBackend() *Backend {
	b := &Backend{machine: ledger.NewMachine(nil, 1), history: &history{slots: map[ledger.Slot]*events{}}}
	b.Propose(context.Background(), []command.Command{&command.CreateLedger{Name: "main"}})
	return b
}

// NodeID implements api.Backend.
func (b *Backend) NodeID() string { return nodeID }

// Propose implements api.Backend: it decides as a leader does, and applies at once.
func (b *Backend) Propose(ctx context.Context, commands []command.Command) []*ledger.Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	outcomes := make([]*ledger.Outcome, len(commands))
	for i, c := range commands {
		outcomes[i] = b.decide(ctx, c)
	}
	return outcomes
}

func (b *Backend) decide(ctx context.Context, c command.Command) *ledger.Outcome {
	if ctx.Err() != nil {
		return fault(quipu.Unavailable, ctx.Err())
	}
	if a, ok := c.(*command.Append); ok {
		if out := b.lead(a); out != nil {
			return out
		}
	}
	out, err := b.machine.Apply(b.history, time.Now().UnixMicro(), c)
	if err != nil {
		return fault(quipu.Internal, err)
	}
	return out
}

// lead does what a leader does with an append before it proposes it, and gives an outcome if that settles it.
func (b *Backend) lead(a *command.Append) *ledger.Outcome {
	state, ok := b.find(a.Ledger.String())
	if !ok {
		return nil
	}
	fillIDs(state.Settings, a)
	out, err := ledger.Precheck(&state, b.history, a)
	if err != nil {
		return fault(quipu.Internal, err)
	}
	if out != nil {
		return out
	}
	refusal, err := b.schemas.Check(a, state.Registry, source{b.history.slot(state.Slot).records}.Record)
	if err != nil {
		return fault(quipu.Internal, err)
	}
	if refusal != nil {
		return &ledger.Outcome{Err: refusal}
	}
	return nil
}

func fault(kind quipu.Kind, cause error) *ledger.Outcome {
	return &ledger.Outcome{Err: quipu.Errorf(kind, "the command was not carried out").Because(cause)}
}

// find gives a copy of a visible ledger's state.
func (b *Backend) find(ref string) (ledger.State, bool) {
	for _, s := range b.machine.States() {
		if !s.Importing && (s.Name == ref || s.ID.String() == ref) {
			return s, true
		}
	}
	return ledger.State{}, false
}

// View implements api.Backend. A session read waits for nobody, since there is one node.
func (b *Backend) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	state, ok := b.find(ref)
	if !ok {
		return nil, ledger.NoLedger(ref)
	}
	if read.Consistency == quipu.Session && state.Head < read.MinPosition {
		return nil, quipu.Errorf(quipu.Unavailable, "this node has positions up to %d, not yet %d", state.Head, read.MinPosition)
	}
	history := b.history.slot(state.Slot)
	return &view{state: &state, source: source{history.records}, files: maps.Clone(history.files)}, nil
}

// Ledgers implements api.Backend.
func (b *Backend) Ledgers(context.Context, api.Read) ([]quipu.Ledger, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ledgers []quipu.Ledger
	for _, s := range b.machine.States() {
		if !s.Importing {
			ledgers = append(ledgers, s.Public())
		}
	}
	slices.SortFunc(ledgers, func(a, b quipu.Ledger) int { return strings.Compare(a.Name, b.Name) })
	return ledgers, nil
}

// Slots counts the histories that are held, of ledgers in sight or not: a test of an import that was taken back needs it.
func (b *Backend) Slots() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.history.slots)
}

// Cluster implements api.Backend.
func (b *Backend) Cluster(ctx context.Context) (wire.Cluster, error) {
	node := wire.Node{ID: nodeID, APIAddr: "127.0.0.1:7400", PeerAddr: "127.0.0.1:7401", State: "leader", Term: 1}
	ledgers, err := b.Ledgers(ctx, api.Read{})
	for _, l := range ledgers {
		node.Ledgers = append(node.Ledgers, wire.LedgerHead{Name: l.Name, ID: l.ID, Head: l.Head.Position, EventID: l.Head.EventID})
	}
	return wire.Cluster{ID: "test", Leader: nodeID, Nodes: []wire.Node{node}}, err
}

// Ready implements api.Backend.
func (b *Backend) Ready(context.Context) error { return nil }
