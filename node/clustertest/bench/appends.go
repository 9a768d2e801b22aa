package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quipu-ledger/quipu"
)

const (
	eventName   = "paid"
	largeLedger = "large"
)

// payload makes an event's data about 200 bytes long.
var payload = map[string]string{"text": strings.Repeat("x", 188)}

// measure runs work in a number of goroutines for the duration and gives how
// often it was done a second, and the latencies, sorted.
func (b *bench) measure(workers int, work func(worker, turn int) error) (perSecond float64, latencies []time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), b.duration)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	start := time.Now()
	for worker := range workers {
		all.Go(func() {
			var mine []time.Duration
			for turn := 0; ctx.Err() == nil; turn++ {
				began := time.Now()
				if e := work(worker, turn); e != nil {
					mu.Lock()
					err = e
					mu.Unlock()
					cancel()
					return
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			latencies = append(latencies, mine...)
			mu.Unlock()
		})
	}
	all.Wait()
	slices.Sort(latencies)
	return float64(len(latencies)) / time.Since(start).Seconds(), latencies, err
}

func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(float64(len(sorted)-1)*p)].Round(10 * time.Microsecond)
}

// httpAppends is one guarded event a request, 64 at a time, with plain HTTP to
// the leader, as curl would.
func (b *bench) httpAppends(context.Context) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 128}
	defer transport.CloseIdleConnections()
	http := &http.Client{Transport: transport}
	url := b.leader.URL() + "/v1/ledgers/main/append"
	for _, workers := range []int{1, 64} {
		rate, latencies, err := b.measure(workers, func(worker, turn int) error {
			account := fmt.Sprintf("h%d-%d-%d", workers, worker, turn)
			body := fmt.Sprintf(`{"events":[{"event":%q,"entities":{"account":[%q]},"data":{"text":%q}}],"conditions":[{"entities":{"account":[%q]},"after":0}]}`,
				eventName, account, payload["text"], account)
			return postAppend(http, url, body)
		})
		if err != nil {
			return err
		}
		target := ""
		if workers == 64 {
			target = "5,000/s"
		}
		b.report(target, fmt.Sprintf("guarded single-event appends over HTTP, %d at a time", workers),
			"%.0f/s, p50 %v, p99 %v", rate, percentile(latencies, 0.5), percentile(latencies, 0.99))
	}
	return nil
}

func postAppend(c *http.Client, url, body string) error {
	response, err := c.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return err
}

// guarded is an append on an account that must be new.
func guarded(account string) quipu.Append {
	entities := map[string][]string{"account": {account}}
	return quipu.Append{
		Events:     []quipu.NewEvent{{Name: eventName, Entities: entities, Data: payload}},
		Conditions: []quipu.Selector{{Entities: entities}},
	}
}

// clientAppends is the same through the Go client in this one process.
func (b *bench) clientAppends(ctx context.Context) error {
	for _, workers := range []int{64, 256} {
		rate, latencies, err := b.measure(workers, func(worker, turn int) error {
			_, err := b.client.Append(ctx, "main", guarded(fmt.Sprintf("c%d-%d-%d", workers, worker, turn)))
			return err
		})
		if err != nil {
			return err
		}
		target := ""
		if workers == 64 {
			target = "10,000/s"
		}
		b.report(target, fmt.Sprintf("guarded single-event appends through the Go client, %d writers", workers),
			"%.0f/s, p50 %v, p99 %v", rate, percentile(latencies, 0.5), percentile(latencies, 0.99))
	}
	return nil
}

// batchAppends is 100 events an append.
func (b *bench) batchAppends(ctx context.Context) error {
	const size = 100
	rate, latencies, err := b.measure(16, func(worker, turn int) error {
		entities := map[string][]string{"account": {fmt.Sprintf("b%d-%d", worker, turn)}}
		a := quipu.Append{Conditions: []quipu.Selector{{Entities: entities}}}
		for range size {
			a.Events = append(a.Events, quipu.NewEvent{Name: eventName, Entities: entities, Data: payload})
		}
		_, err := b.client.Append(ctx, "main", a)
		return err
	})
	if err != nil {
		return err
	}
	b.report("60,000 events/s", "100-event appends through the Go client, 16 writers",
		"%.0f events/s, p50 %v, p99 %v", rate*size, percentile(latencies, 0.5), percentile(latencies, 0.99))
	return nil
}
