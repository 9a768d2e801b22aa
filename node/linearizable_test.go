package node_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// accountOp is a guarded append or a linearizable read on one account. The state
// of an account is the position of its newest event.
type accountOp struct {
	account string
	append  bool
	after   quipu.Position // of the append's condition
	id      string         // of the append's event
}

// accountAnswer is the newest position that a read found, or that an append got
// unless it conflicted.
type accountAnswer struct {
	newest   quipu.Position
	conflict bool
}

var accountModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byAccount := map[string][]porcupine.Operation{}
		for _, op := range history {
			account := op.Input.(accountOp).account
			byAccount[account] = append(byAccount[account], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byAccount {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return quipu.Position(0) },
	Step: func(state, input, output any) (bool, any) {
		newest, op, answer := state.(quipu.Position), input.(accountOp), output.(accountAnswer)
		switch {
		case !op.append:
			return answer.newest == newest, newest
		case answer.conflict:
			return newest > op.after, newest
		}
		return newest <= op.after && answer.newest > newest, answer.newest
	},
}

// TestAppendsAndReadsAreLinearizable checks what clients of all nodes saw, while
// leadership moves, against one ledger that does one thing after the other.
func TestAppendsAndReadsAreLinearizable(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := startCluster(t, 3)
	c.register(0)
	h := &accountHistory{t: t, began: time.Now()}
	for i, n := range c.nodes {
		one, err := client.New(client.Config{Endpoints: []string{"http://" + n.APIAddr()}, FixedEndpoints: true, RetryFor: -1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(one.Close)
		h.clients[i] = one
	}
	const workers, turns = 6, 60
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			seen := map[string]quipu.Position{}
			for turn := range turns {
				h.turn(random, w, turn, seen)
			}
		})
	}
	for _, next := range []int{1, 2, 0} {
		c.lead(next)
	}
	working.Wait()
	h.resolve()
	if len(h.operations) < workers*turns/2 {
		t.Errorf("only %d operations have an answer", len(h.operations))
	}
	if result := porcupine.CheckOperationsTimeout(accountModel, h.operations, 30*time.Second); result != porcupine.Ok {
		t.Errorf("the history of %d operations is not linearizable: %s", len(h.operations), result)
	}
}

// accountHistory collects what clients did and saw.
type accountHistory struct {
	t       *testing.T
	began   time.Time
	clients [3]*client.Client

	mu         sync.Mutex
	operations []porcupine.Operation // guarded by mu
	unknown    []porcupine.Operation // appends that may have happened; guarded by mu
}

func (h *accountHistory) now() int64 { return int64(time.Since(h.began)) }

// turn does one thing through some node. seen is what this client knows.
func (h *accountHistory) turn(random *rand.Rand, worker, turn int, seen map[string]quipu.Position) {
	c := h.clients[random.IntN(len(h.clients))]
	op := accountOp{account: fmt.Sprint("a", random.IntN(3)), append: random.IntN(2) == 0, id: fmt.Sprintf("%d-%d", worker, turn)}
	op.after = seen[op.account]
	done := porcupine.Operation{ClientId: worker, Input: op, Call: h.now()}
	answer, err := act(c, op)
	done.Output, done.Return = answer, h.now()
	seen[op.account] = max(seen[op.account], answer.newest)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil:
		h.operations = append(h.operations, done)
	case op.append && errors.Is(err, quipu.Uncertain):
		done.Return = math.MaxInt64
		h.unknown = append(h.unknown, done)
	case !errors.Is(err, quipu.Unavailable) && op.append: // a read that failed says nothing
		h.t.Errorf("%+v: %v", op, err)
	}
}

func act(c *client.Client, op accountOp) (accountAnswer, error) {
	entities := map[string][]string{"account": {op.account}}
	if !op.append {
		return newest(c, entities)
	}
	receipt, err := c.Append(context.Background(), "main", quipu.Append{
		Events:     []quipu.NewEvent{{Name: "opened", Entities: entities, Data: op.id}},
		Conditions: []quipu.Selector{{Entities: entities, After: quipu.AfterPosition(op.after)}},
	})
	var failed *quipu.Error
	if errors.As(err, &failed) && failed.Kind == quipu.Conflict {
		events := failed.Clash.Events
		return accountAnswer{newest: events[len(events)-1].Position, conflict: true}, nil
	}
	return accountAnswer{newest: receipt.Last}, err
}

func newest(c *client.Client, entities map[string][]string) (answer accountAnswer, err error) {
	for event, err := range c.Select(context.Background(), "main", quipu.Selector{Entities: entities, Reverse: true, Limit: 1}) {
		if err != nil {
			return answer, err
		}
		answer.newest = event.Position
	}
	return answer, nil
}

// resolve looks up, now that all is quiet, which of the uncertain appends happened.
func (h *accountHistory) resolve() {
	positions := map[string]quipu.Position{}
	for event, err := range h.clients[0].Select(context.Background(), "main", quipu.Selector{Events: quipu.Names("opened")}) {
		if err != nil {
			h.t.Fatal(err)
		}
		positions[string(event.Data)] = event.Position
	}
	for _, op := range h.unknown {
		if position, happened := positions[fmt.Sprintf("%q", op.Input.(accountOp).id)]; happened {
			op.Output = accountAnswer{newest: position}
			h.operations = append(h.operations, op)
		}
	}
}
