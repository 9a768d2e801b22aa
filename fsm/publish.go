package fsm

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
)

// publication is what readers see: the states at the end of the last batch.
type publication struct {
	mu      sync.RWMutex
	byID    map[quipu.LedgerID]ledger.State // guarded by mu
	names   map[string]quipu.LedgerID       // visible ledgers; guarded by mu
	applied uint64                          // guarded by mu
	next    chan struct{}                   // closed at the next publication; nil while nobody waits; guarded by mu
}

// publish shows the states that changed in a batch.
func (p *publication) publish(fresh map[ledger.Slot]ledger.State, applied uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range fresh {
		p.show(s)
	}
	p.applied = applied
	p.wake()
}

// replace shows these states and no others.
func (p *publication) replace(states []ledger.State, applied uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID, p.names = map[quipu.LedgerID]ledger.State{}, map[string]quipu.LedgerID{}
	for _, s := range states {
		p.show(s)
	}
	p.applied = applied
	p.wake()
}

// show leaves a dropped import where it is: nobody can see it.
func (p *publication) show(s ledger.State) {
	p.byID[s.ID] = s
	if !s.Importing {
		p.names[s.Name] = s.ID
	}
}

func (p *publication) wake() {
	if p.next != nil {
		close(p.next)
		p.next = nil
	}
}

func (p *publication) appliedIndex() uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.applied
}

// wait waits until a condition on what is guarded by mu holds.
func (p *publication) wait(ctx context.Context, holds func() bool) error {
	for {
		p.mu.Lock()
		if holds() {
			p.mu.Unlock()
			return nil
		}
		if p.next == nil {
			p.next = make(chan struct{})
		}
		next := p.next
		p.mu.Unlock()
		select {
		case <-next:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// State finds a visible ledger by name or id. The state's registry is shared
// and must not be changed.
func (f *FSM) State(ref string) (ledger.State, bool) {
	f.public.mu.RLock()
	defer f.public.mu.RUnlock()
	id, ok := f.public.names[ref]
	if !ok {
		if id, ok = quipu.ParseLedgerID(ref); !ok {
			return ledger.State{}, false
		}
	}
	s, ok := f.public.byID[id]
	return s, ok && !s.Importing
}

// States are all visible ledgers by name.
func (f *FSM) States() []ledger.State {
	f.public.mu.RLock()
	defer f.public.mu.RUnlock()
	states := make([]ledger.State, 0, len(f.public.names))
	for _, id := range f.public.names {
		states = append(states, f.public.byID[id])
	}
	slices.SortFunc(states, func(a, b ledger.State) int { return cmp.Compare(a.Name, b.Name) })
	return states
}

// WaitPosition waits until a visible ledger has a position.
func (f *FSM) WaitPosition(ctx context.Context, id quipu.LedgerID, position quipu.Position) error {
	return f.public.wait(ctx, func() bool { return f.public.byID[id].Head >= position })
}
