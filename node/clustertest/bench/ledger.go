package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/store"
)

// importFile runs the CLI on real events, as a person would.
func (b *bench) importFile(context.Context) error {
	if _, err := os.Stat(b.data); errors.Is(err, fs.ErrNotExist) {
		b.report("under 3 s", "import of "+filepath.Base(b.data), "skipped: the file is not here")
		return nil
	}
	start := time.Now()
	command := exec.Command(b.binary, "import", "--url", b.cluster.Nodes[0].URL(), "--ledger", "etcd", "--register", b.data)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	b.report("under 3 s", "import of "+filepath.Base(b.data), "%.2f s", time.Since(start).Seconds())
	return nil
}

// conflicts counts raft entries: a conflict that the pre-check finds makes none.
func (b *bench) conflicts(ctx context.Context) error {
	taken := guarded("taken")
	if _, err := b.client.Append(ctx, "main", taken); err != nil {
		return err
	}
	before, err := metric(b.leader.URL(), "quipu_raft_commit_index")
	if err != nil {
		return err
	}
	rate, latencies, err := b.measure(64, func(int, int) error {
		_, err := b.client.Append(ctx, "main", guarded("taken"))
		if errors.Is(err, quipu.Conflict) {
			return nil
		}
		return fmt.Errorf("no conflict: %w", err)
	})
	if err != nil {
		return err
	}
	after, err := metric(b.leader.URL(), "quipu_raft_commit_index")
	if err != nil {
		return err
	}
	b.report("no raft entry", "conflicts found by the pre-check, 64 writers", "%.0f/s, p50 %v, %.0f raft entries for %d conflicts",
		rate, percentile(latencies, 0.5), after-before, len(latencies))
	return nil
}

// metric reads one value from a node's /metrics.
func metric(url, name string) (float64, error) {
	response, err := http.Get(url + "/metrics")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no metric %s", name)
}

// growth times an append guarded by an entity with ten events, in a ledger that
// is small and then large.
func (b *bench) growth(ctx context.Context) error {
	var small time.Duration
	for _, size := range []int{1000, b.events} {
		if err := b.fill(ctx, size); err != nil {
			return err
		}
		if err := b.account(ctx, size); err != nil {
			return err
		}
		if err := b.settle(ctx); err != nil {
			return err
		}
		entities := map[string][]string{"account": {fmt.Sprintf("ten-%d", size)}}
		info, err := b.client.Ledger(ctx, largeLedger)
		if err != nil {
			return err
		}
		_, latencies, err := b.measure(1, func(int, int) error {
			_, err := b.client.Append(ctx, largeLedger, quipu.Append{
				Events: []quipu.NewEvent{{Name: "noted", Entities: map[string][]string{"account": {"elsewhere"}}, Data: payload}},
				Conditions: []quipu.Selector{{
					Entities: entities, After: quipu.AfterPosition(info.Head.Position),
				}, {Entities: entities, Events: quipu.Names("noted")}},
			})
			return err
		})
		if err != nil {
			return err
		}
		p50 := percentile(latencies, 0.5)
		if size == 1000 {
			small = p50
		}
		b.report("within 1.3×", fmt.Sprintf("append guarded by an entity with 10 events, ledger of %d", size), "p50 %v (%.2f×)",
			p50, float64(p50)/float64(small))
	}
	return nil
}

// settle waits until the nodes have flushed what was appended, so that the next
// measurement is not of the load before it.
func (b *bench) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, n := range b.cluster.Nodes {
		for {
			tail, err := metric(n.URL(), "quipu_tail_bytes")
			if err != nil {
				return err
			}
			if tail < 1<<20 {
				break
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return fmt.Errorf("node %s still has %.0f bytes to flush", n.ID, tail)
			}
		}
	}
	return nil
}

// fill brings the large ledger to a size with events of random accounts.
func (b *bench) fill(ctx context.Context, size int) error {
	info, err := b.client.Ledger(ctx, largeLedger)
	if err != nil {
		return err
	}
	start, first := time.Now(), int(info.Count)
	const batch, group = 500, 4
	for n := first; n < size; {
		var appends []quipu.Append
		for range group {
			a := quipu.Append{}
			for ; len(a.Events) < batch && n < size; n++ {
				a.Events = append(a.Events, quipu.NewEvent{
					Name: eventName, Entities: map[string][]string{"account": {fmt.Sprintf("f-%d", (n*7919)%100_003)}}, Data: payload,
				})
			}
			if len(a.Events) > 0 {
				appends = append(appends, a)
			}
		}
		results, err := b.client.AppendAll(ctx, largeLedger, appends)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	if size == b.events {
		b.report("", fmt.Sprintf("filling a ledger to %d events, one writer", size), "%.0f events/s", float64(size-first)/time.Since(start).Seconds())
	}
	return nil
}

// account gives an entity its ten events.
func (b *bench) account(ctx context.Context, size int) error {
	for range 10 {
		if _, err := b.client.Append(ctx, largeLedger, quipu.Append{Events: []quipu.NewEvent{{
			Name: eventName, Entities: map[string][]string{"account": {fmt.Sprintf("ten-%d", size)}}, Data: payload,
		}}}); err != nil {
			return err
		}
	}
	return nil
}

// replay reads the whole of the large ledger from one node.
func (b *bench) replay(context.Context) error {
	start := time.Now()
	response, err := http.Get(b.leader.URL() + "/v1/ledgers/" + largeLedger + "/export?consistency=local")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines, bytes, last := 0, int64(0), []byte(nil)
	reader := bufio.NewReaderSize(response.Body, 1<<20)
	for {
		line, err := reader.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		lines, bytes, last = lines+1, bytes+int64(len(line)), append(last[:0], line...)
	}
	if !strings.HasPrefix(string(last), `{"end"`) {
		return fmt.Errorf("the export ends with %s", last)
	}
	took := time.Since(start).Seconds()
	b.report("300,000 events/s", "replay over HTTP from one node", "%.0f events/s, %.0f MB/s", float64(lines)/took, float64(bytes)/took/1e6)
	return nil
}

// restart kills a follower and times how soon it can serve again.
func (b *bench) restart(ctx context.Context) error {
	follower := b.follower()
	heap, err := metric(b.leader.URL(), "go_memstats_heap_inuse_bytes")
	if err != nil {
		return err
	}
	b.report("under 200 MB", "Go heap of the leader", "%.0f MB in use", heap/1e6)
	follower.Kill()
	start := time.Now()
	if err := follower.Start(); err != nil {
		return err
	}
	if err := follower.WaitReady(ctx); err != nil {
		return err
	}
	b.report("under 2 s", "a killed follower is ready again, process start included", "%.2f s", time.Since(start).Seconds())
	return nil
}

// space compacts a stopped node's ledger file and looks at its size.
func (b *bench) space(context.Context) error {
	follower := b.follower()
	follower.Stop()
	before, err := os.Stat(filepath.Join(follower.Dir, store.FileName))
	if err != nil {
		return err
	}
	s, err := store.Open(follower.Dir, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	start := time.Now()
	if err := s.Compact(); err != nil {
		return err
	}
	after, err := os.Stat(filepath.Join(follower.Dir, store.FileName))
	if err != nil {
		return err
	}
	states, _, _, err := s.Load()
	if err != nil {
		return err
	}
	events := quipu.Position(0)
	for _, state := range states {
		events += state.Head
	}
	b.report("under 1,000 MB a million", "ledger file of one node", "%.0f MB for %d events, %.0f MB after a compaction (%.1f s): %.0f MB a million",
		float64(before.Size())/1e6, events, float64(after.Size())/1e6, time.Since(start).Seconds(), float64(after.Size())/float64(events))
	return nil
}
