package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

// counters are aggregates whose newest event says how often they were raised, so
// that an update that was lost, or made twice, is seen.
type counters struct {
	c    *cluster
	work *workload // makes single attempts
	all  *client.Client

	mu     sync.Mutex
	raised map[string]int // by the key of the aggregate: acknowledged; guarded by mu
	total  int            // guarded by mu
}

const counterType = "test/counter"

// raise is the event that raises a counter from a value.
func raise(key string, from int) quipu.NewEvent {
	return quipu.NewEvent{Name: "opened", Data: map[string]any{"key": key, "value": from + 1}}
}

// valueOf folds a counter's events: the newest one says it.
func valueOf(events []quipu.Event) (int, error) {
	if len(events) == 0 {
		return 0, nil
	}
	var data struct{ Value int }
	err := json.Unmarshal(events[len(events)-1].Data, &data)
	return data.Value, err
}

// known is what a writer has read of a counter.
type known struct {
	version uint64
	value   int
}

// learn reads what a node has, which may lag. What it adds is folded.
func (k *known) learn(ctx context.Context, one *client.Client, counter string) error {
	for change, err := range one.Changes(ctx, "main", counterType, counter, k.version, client.WithConsistency(quipu.Local)) {
		if errors.Is(err, quipu.NotFound) || errors.Is(err, quipu.Unavailable) {
			return nil // it lags, or it is going down
		}
		if err != nil {
			return err
		}
		if k.value, err = valueOf(change.Events); err != nil {
			return err
		}
		k.version = change.Version
	}
	return nil
}

// once raises a counter by an append that expects the version on which it was
// decided, again and again until it is accepted; each time with a new key.
func (s *counters) once(writer, turn int, counter string, k *known) error {
	for try := 0; ; try++ {
		if n := s.c.node((writer + turn + try) % 3); n != nil && try%2 == 0 { // otherwise the conflict has told
			if err := k.learn(context.Background(), s.work.client("http://"+n.APIAddr()), counter); err != nil {
				return err
			}
		}
		key := fmt.Sprintf("w%d-%d-%d", writer, turn, try)
		_, err := s.work.settle(writer+turn+try, quipu.Append{
			IdempotencyKey: key, Events: []quipu.NewEvent{raise(key, k.value)},
			Aggregate: &quipu.NewAggregate{Type: counterType, Key: counter, ExpectedVersion: quipu.Expect(k.version)},
		})
		var failed *quipu.Error
		switch {
		case err == nil:
			s.acknowledge(counter)
			return nil
		case errors.Is(err, quipu.Unavailable):
		case errors.As(err, &failed) && failed.Kind == quipu.Conflict:
			clash := failed.Clash
			if clash.Aggregate == nil || clash.Condition != -1 || clash.Aggregate.Version <= k.version {
				return fmt.Errorf("a conflict that tells nothing: %+v", clash)
			}
			if !clash.More {
				k.version = clash.Aggregate.Version
				if k.value, err = valueOf(clash.Events); err != nil {
					return err
				}
			}
		default:
			return err
		}
	}
}

// decided raises a counter in the way of most programs.
func (s *counters) decided(writer, turn int, counter string) error {
	key := fmt.Sprintf("d%d-%d", writer, turn)
	decide := func(version uint64, events []quipu.Event) ([]quipu.NewEvent, error) {
		value, err := valueOf(events)
		if err == nil && uint64(value) != version {
			err = fmt.Errorf("the value is %d at version %d", value, version)
		}
		return []quipu.NewEvent{raise(key, value)}, err
	}
	_, err := s.all.DecideAggregate(context.Background(), "main", counterType, counter, decide)
	if err == nil {
		s.acknowledge(counter)
	}
	return err
}

func (s *counters) acknowledge(counter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raised[counter]++
	s.total++
}

func (s *counters) reach(total int) {
	s.c.t.Helper()
	within(s.c.t, 30*time.Second, fmt.Sprint(total, " raises"), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.total >= total
	})
}

// TestAggregatesLoseNoUpdate ensures that appends that expect a version, decided
// on reads of any node, raise an aggregate by exactly one for each that was
// acknowledged, while leaders hand over and die; what is uncertain is settled
// with its idempotency key.
func TestAggregatesLoseNoUpdate(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	s := &counters{c: c, work: startWorkload(c, 0), raised: map[string]int{}}
	s.all = dial(t, client.Config{Endpoints: c.urls(), RetryFor: 60 * time.Second})
	t.Cleanup(s.all.Close)
	const writers, turns = 6, 40
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			seen := map[string]*known{"a": {}, "b": {}}
			for turn := range turns {
				counter := string(rune('a' + (w+turn)%2))
				var err error
				if w%3 == 2 {
					err = s.decided(w, turn, counter)
				} else {
					err = s.once(w, turn, counter, seen[counter])
				}
				if err != nil {
					t.Errorf("writer %d, turn %d: %v", w, turn, err)
					return
				}
			}
		})
	}
	for move := 1; move <= 2; move++ {
		s.reach(move * writers * turns / 6)
		c.lead((c.leader() + 1) % 3)
	}
	s.reach(writers * turns / 2)
	old := c.leader()
	c.kill(old)
	s.reach(writers * turns * 3 / 4)
	c.start(old)
	ready(t, c.nodes[old])
	writing.Wait()

	if n := len(c.agreed()) - 2; n != writers*turns {
		t.Errorf("%d events, want %d", n, writers*turns)
	}
	for counter, raised := range s.raised {
		for i := range c.nodes {
			s.verify(i, counter, raised)
		}
	}
	t.Logf("%d uncertain answers", s.work.uncertain)
	c.checkFiles()
}

// verify folds a counter as a node has it.
func (s *counters) verify(i int, counter string, raised int) {
	s.c.t.Helper()
	version := uint64(0)
	for change, err := range s.c.client(i).Changes(context.Background(), "main", counterType, counter, 0) {
		version++
		if err != nil || change.Version != version || len(change.Events) != 1 {
			s.c.t.Fatalf("node %d has %+v as change %d of %s, %v", i, change, version, counter, err)
		}
		if value, err := valueOf(change.Events); err != nil || uint64(value) != version {
			s.c.t.Errorf("on node %d, change %d of %s has the value %d, %v", i, version, counter, value, err)
		}
	}
	if version != uint64(raised) {
		s.c.t.Errorf("node %d has %s at version %d after %d acknowledged appends", i, counter, version, raised)
	}
}

// TestAppendToSeveralAggregatesIsOneChangeOfEach ensures that an append that
// changes two aggregates, with a version expected of each, changes both or none,
// whoever else changes one of them meanwhile through another node.
func TestAppendToSeveralAggregatesIsOneChangeOfEach(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	const rounds, writers = 8, 6
	clients := c.clients()
	for round := range rounds {
		var accepted atomic.Int64
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				// Each pair has an account in common with the others.
				pair := []string{fmt.Sprint("p", w%3), fmt.Sprint("p", (w+1)%3)}
				var a quipu.Append
				for k, key := range []string{pair[0], pair[1], pair[0]} {
					e := raise(fmt.Sprint(round, "-", w, "-", k), round)
					e.Aggregate = &quipu.NewAggregate{Type: counterType, Key: fmt.Sprint(round, "-", key), ExpectedVersion: quipu.Expect(0)}
					a.Events = append(a.Events, e)
				}
				receipt, err := clients[w%3].Append(context.Background(), "main", a)
				switch {
				case err == nil && (len(receipt.Aggregates) != 2 || receipt.Aggregates[0].Version != 1 || receipt.Aggregates[1].Version != 1):
					t.Errorf("%+v", receipt)
				case err == nil:
					accepted.Add(1)
				case !errors.Is(err, quipu.Conflict):
					t.Error(err)
				}
			})
		}
		writing.Wait()
		if accepted.Load() != 1 {
			t.Errorf("round %d: %d of the appends were accepted", round, accepted.Load())
		}
	}
	if n := len(c.agreed()) - 2; n != rounds*3 {
		t.Errorf("%d events, want %d", n, rounds*3)
	}
}
