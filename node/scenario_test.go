package node_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/node"
)

// TestAppendsSurviveTheLossOfLeaders ensures that whatever becomes of the
// leader, each acknowledged append is there exactly once on every node.
func TestAppendsSurviveTheLossOfLeaders(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	w := startWorkload(c, 6)
	w.more(20)

	c.lead((c.leader() + 1) % 3)
	w.more(20)

	old := c.leader()
	c.kill(old)
	w.more(20)
	c.start(old)
	ready(t, c.nodes[old])

	old = c.leader()
	c.stop(old)
	w.more(20)
	c.start(old)
	ready(t, c.nodes[old])
	w.more(20)

	w.finish()
	w.verify()
}

// TestKilledClusterHasWhatItAcknowledged ensures that nothing depends on an
// orderly end: all nodes are killed in the middle of their work.
func TestKilledClusterHasWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	w := startWorkload(c, 6)
	w.more(50)
	var killed sync.WaitGroup
	for i, n := range c.nodes {
		c.set(i, nil)
		killed.Go(n.Kill)
	}
	killed.Wait()
	for i := range c.nodes {
		c.start(i)
	}
	c.ready()
	w.more(20)
	w.finish()
	w.verify()
	for i := range c.nodes {
		c.stop(i)
		checkFile(t, c.dirs[i])
	}
}

// checkFile is what quipu check does on the data of a node that is stopped.
func checkFile(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	report, err := s.Check(context.Background(), nil)
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("check: %v, %v", report.Findings, err)
	}
}

// TestLeaderThatIsCutOffPromisesNothing ensures that a leader that cannot reach
// the others answers no linearizable read, refuses nothing as absent and
// accepts nothing, from the moment of the cut on, while the others go on.
func TestLeaderThatIsCutOffPromisesNothing(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	c.append(0, "before")
	w := startWorkload(c, 3)
	w.more(10)

	old := c.leader()
	c.network.cutOff(nodeID(old))
	cutOff := c.nodes[old]
	alone := dial(t, client.Config{Endpoints: []string{"http://" + cutOff.APIAddr()}, FixedEndpoints: true, RetryFor: -1, Timeout: 20 * time.Second})
	defer alone.Close()
	unknown := fact("unknown")
	unknown.Events[0].Name = "not yet known"
	far := fact("far")
	far.Conditions = []quipu.Selector{{Entities: map[string][]string{"account": {"a"}}, After: quipu.AfterPosition(1 << 40)}}
	var asked sync.WaitGroup
	for range 2 { // at first it has not noticed
		asked.Go(func() {
			if _, err := alone.Ledger(context.Background(), "main"); quipu.KindOf(err) != quipu.Unavailable {
				t.Errorf("linearizable read: %v", err)
			}
		})
		asked.Go(func() {
			if _, err := alone.Ledger(context.Background(), "no such", client.WithConsistency(quipu.Local)); quipu.KindOf(err) != quipu.Unavailable {
				t.Errorf("local read of what is not there: %v", err)
			}
		})
		for _, a := range []quipu.Append{unknown, far} {
			asked.Go(func() {
				if _, err := alone.Append(context.Background(), "main", a); quipu.KindOf(err) != quipu.Unavailable {
					t.Errorf("append of what this node cannot judge: %v", err)
				}
			})
		}
		asked.Go(func() {
			receipt, err := alone.Append(context.Background(), "main", fact("alone"))
			if kind := quipu.KindOf(err); kind != quipu.Unavailable && kind != quipu.Uncertain {
				t.Errorf("append: %+v, %v", receipt, err)
			}
		})
		asked.Wait()
	}
	if _, err := alone.Ledger(context.Background(), "main", client.WithConsistency(quipu.Local)); err != nil {
		t.Errorf("local read: %v", err)
	}
	w.more(20) // the others have elected, and take appends
	for i := range c.nodes {
		if i != old && c.nodes[i].Leads() {
			post(t, c.nodes[i], "/v1/ledgers/main/registry", `{"event":"not yet known","entities":["account"]}`)
		}
	}

	c.network.heal()
	ready(t, cutOff)
	if _, err := alone.Append(context.Background(), "main", unknown); err != nil {
		t.Errorf("append of what was registered behind its back: %v", err)
	}
	w.finish()
	if _, err := alone.Append(context.Background(), "main", fact("alone")); err != nil {
		t.Errorf("append, sent again: %v", err)
	}
	n := 0
	for _, e := range c.agreed() {
		if e.Data.Key == "alone" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the append of the leader that was cut off is there %d times", n)
	}
}

// TestReadsSeeWhatWasAcknowledgedBefore ensures that a linearizable read
// through any node sees each append that was acknowledged before it, while
// leadership moves.
func TestReadsSeeWhatWasAcknowledgedBefore(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	clients := make([]*client.Client, len(c.nodes))
	for i, n := range c.nodes {
		clients[i] = dial(t, client.Config{Endpoints: []string{"http://" + n.APIAddr()}, FixedEndpoints: true})
		defer clients[i].Close()
	}
	const writers, appends, moves = 4, 60, 5
	var done atomic.Int64
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for k := range appends {
				receipt, err := clients[k%3].Append(context.Background(), "main", fact(fmt.Sprintf("w%d-%d", w, k)))
				if err != nil {
					t.Error(err)
					return
				}
				one := clients[(k+w)%3]
				l, err := one.Ledger(context.Background(), "main")
				if err != nil || l.Head.Position < receipt.Last {
					t.Errorf("after %d was acknowledged, node %d reads %d, %v", receipt.Last, (k+w)%3, l.Head.Position, err)
				}
				done.Add(1)
			}
		})
	}
	for move := range moves {
		within(t, 30*time.Second, "time to move", func() bool { return t.Failed() || done.Load() >= int64(move*writers*appends/moves) })
		c.lead(move % 3)
	}
	writing.Wait()
}

// TestFollowerThatIsFarBehindIsSentTheLedgers ensures that a node that missed
// more than what the log keeps gets the file, is the same afterwards and can
// lead; and that a snapshot that ends at an entry which no state machine sees
// does not hold up reads.
func TestFollowerThatIsFarBehindIsSentTheLedgers(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	c.append(0, "before")
	behind := (c.leader() + 1) % 3
	c.stop(behind)
	for k := range 40 {
		c.append(c.leader(), fmt.Sprint("missed-", k))
	}
	c.forget(behind)
	c.start(behind)
	ready(t, c.nodes[behind])
	c.append(behind, "after")
	c.agreed()
	c.whole(behind)
	c.lead(behind)
	c.append((behind+1)%3, "led by the one that was behind")

	leader := c.nodes[behind]
	if err := leader.Barrier(); err != nil {
		t.Fatal(err)
	}
	if err := leader.Compact(1); err != nil {
		t.Fatal(err)
	}
	if mark, err := leader.Mark(); err != nil || mark.Index <= leader.Applied() {
		t.Errorf("the snapshot ends at %d, %v; the state machine has seen %d", mark.Index, err, leader.Applied())
	}
	c.stop(behind)
	checkFile(t, c.dirs[behind])
	c.start(behind)
	ready(t, c.nodes[behind])
	c.lead(behind)
	c.ready() // with nothing appended since
	c.agreed()
}

// forget has the running nodes flush and shorten their logs so far that a node
// which is down has missed some of what they drop: it must be sent the ledgers.
func (c *cluster) forget(behind int) {
	c.t.Helper()
	old, err := store.Open(c.dirs[behind], store.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	mark, err := old.Mark()
	if err := errors.Join(err, old.Close()); err != nil {
		c.t.Fatal(err)
	}
	for i, n := range c.nodes {
		if n == nil {
			continue
		}
		if err := n.Compact(1); err != nil {
			c.t.Fatalf("snapshot of node %d: %v", i, err)
		}
		if first, err := n.FirstLogIndex(); err != nil || first <= mark.Index+1 {
			c.t.Fatalf("the log of node %d begins at %d, %v; the other one ends at %d", i, first, err, mark.Index)
		}
	}
}

// TestSnapshotsFollowTheBytesOfTheLog ensures that a log of large entries is
// not kept for want of a number of entries.
func TestSnapshotsFollowTheBytesOfTheLog(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	c.register(0)
	n := c.nodes[0]
	c.append(0, strings.Repeat("k", 500))
	before := n.LogBytes()
	if err := n.SnapshotAbove(before + 1); err != nil || n.LogBytes() != before {
		t.Errorf("below the bound: %v, %d bytes since the last snapshot, %d before", err, n.LogBytes(), before)
	}
	if err := n.SnapshotAbove(before); err != nil || n.LogBytes() != 0 {
		t.Errorf("at the bound: %v, %d bytes since the last snapshot", err, n.LogBytes())
	}
	mark, err := n.Mark()
	if err != nil || mark.Index != n.Applied() {
		t.Errorf("the snapshot covers %d, %v; applied is %d", mark.Index, err, n.Applied())
	}
}

// TestConflictsAreDecidedOnce ensures that a conflict with history costs no
// raft entry, and that of many appends on their way at once, all guarded by the
// same condition, exactly one is accepted.
func TestConflictsAreDecidedOnce(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	c.append(0, "first")
	one := dial(t, client.Config{Endpoints: c.urls(), FixedEndpoints: true})
	defer one.Close()
	guarded := func(key, account string) quipu.Append {
		a := fact(key)
		a.Events[0].Entities["account"] = []string{account}
		a.Conditions = []quipu.Selector{{Entities: map[string][]string{"account": {account}}}}
		return a
	}
	c.ready()
	before := c.nodes[c.leader()].Applied()
	for k := range 10 {
		_, err := one.Append(context.Background(), "main", guarded(fmt.Sprint("late-", k), "a"))
		if quipu.KindOf(err) != quipu.Conflict {
			t.Errorf("append on a condition that does not hold: %v", err)
		}
	}
	if now := c.nodes[c.leader()].Applied(); now != before {
		t.Errorf("the conflicts made %d raft entries", now-before)
	}
	for round := range 5 {
		var won atomic.Int64
		var writers sync.WaitGroup
		for k := range 24 {
			writers.Go(func() {
				url := c.urls()[k%3]
				status, body := postTo(t, url, fmt.Sprintf(
					`{"events":[{"event":"opened","entities":{"account":["r%d"]}}],"conditions":[{"entities":{"account":["r%d"]}}]}`, round, round))
				switch status {
				case http.StatusCreated:
					won.Add(1)
				case http.StatusConflict:
				default:
					t.Error(status, body)
				}
			})
		}
		writers.Wait()
		if won.Load() != 1 {
			t.Errorf("round %d: %d of the appends were accepted", round, won.Load())
		}
	}
	c.agreed()
}

func (c *cluster) urls() (urls []string) {
	for i := range c.nodes {
		if n := c.node(i); n != nil {
			urls = append(urls, "http://"+n.APIAddr())
		}
	}
	return urls
}

func postTo(t *testing.T, url, body string) (int, string) {
	t.Helper()
	response, err := http.Post(url+"/v1/ledgers/main/append", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	var text strings.Builder
	_ = response.Write(&text)
	return response.StatusCode, text.String()
}

// TestNodeDecidesNothingAfterAFault ensures that a node whose storage has
// reported a fault, and whose process has not ended for it, acknowledges
// nothing and promises nothing any more; and that the fault is told once.
func TestNodeDecidesNothingAfterAFault(t *testing.T) {
	t.Parallel()
	told := make(chan error, 2)
	n := openNode(t, node.Config{DataDir: t.TempDir(), Fatal: func(err error) { told <- err }})
	defer stop(t, n)
	ready(t, n)
	broken := errors.New("the disk is gone")
	n.Fail(broken)
	n.Fail(errors.New("and so is the next"))
	if err := <-told; err != broken || len(told) > 0 {
		t.Errorf("told %v, and %d more", err, len(told))
	}
	if status, body := post(t, n, "/v1/ledgers/main/registry", `{"event":"opened","entities":["account"]}`); status != http.StatusServiceUnavailable {
		t.Error(status, body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := n.Ready(ctx); quipu.KindOf(err) != quipu.Unavailable {
		t.Errorf("ready: %v", err)
	}
}
