package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"github.com/quipu-ledger/quipu"
)

// wholeLedger holds events with every member, and plainLedger events of the same
// size that are data alone.
const (
	wholeLedger = "whole"
	plainLedger = "plain"
)

// content is that of the inline file of every whole event.
var content = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("quipu"), 40))

// whole makes an event with every member that an event can have.
func whole(name string) quipu.NewEvent {
	return quipu.NewEvent{
		Name: eventName, Entities: map[string][]string{"account": {name}}, Data: payload, Meta: map[string]string{"actor": "bench"},
		ID: "id-" + name, Version: 1, HappenedAt: "2026-03-04T05:06:07.89Z", Producer: "bench", Schema: "1",
		Aggregate: &quipu.NewAggregate{Type: "bench/account", Key: name},
		Links:     []quipu.Link{{Type: "reference", Target: quipu.Target{Position: 1}}},
		Files: []quipu.File{
			{ID: "inline", ContentType: "text/plain", Data: content},
			{ID: "reference", IsReference: true, Data: "s3://bucket/report.pdf"},
		},
		Correlations:  []quipu.Correlation{{Service: "bench", Name: "run", Identifier: "1"}, {Service: "bench", Name: "part", Identifier: name}},
		EncryptedData: strings.Repeat("e", 64),
	}
}

// plain makes an event of the same size as JSON that has data alone.
func plain(name string) quipu.NewEvent {
	event := quipu.NewEvent{Name: eventName, Entities: map[string][]string{"account": {name}}}
	room := jsonSize(whole(name)) - jsonSize(event) - len(`,"data":{"text":""}`)
	event.Data = map[string]string{"text": strings.Repeat("x", room)}
	return event
}

func jsonSize(v any) int {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // the values are ours
	}
	return len(encoded)
}

// members compares appends of events with every member with plain ones of the same
// size, in turns, and fills a ledger with events that have all of them.
func (b *bench) members(ctx context.Context) error {
	for _, ledger := range []string{wholeLedger, plainLedger} {
		if err := b.registerMembers(ctx, ledger); err != nil {
			return err
		}
	}
	if err := b.memberRates(ctx); err != nil {
		return err
	}
	return b.memberFill(ctx)
}

// registerMembers registers the event and a schema for its data.
func (b *bench) registerMembers(ctx context.Context, ledger string) error {
	if _, err := b.client.CreateLedger(ctx, ledger, ""); err != nil {
		return err
	}
	if err := b.client.Register(ctx, ledger, quipu.Registration{Event: eventName, Entities: []string{"account"}}); err != nil {
		return err
	}
	schema := `{"type":"object","properties":{"text":{"type":"string","minLength":1}},"required":["text"]}`
	url := b.leader.URL() + "/v1/ledgers/" + ledger + "/registry/" + eventName + "/schemas/1"
	request, err := http.NewRequest(http.MethodPut, url, strings.NewReader(schema))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode > 299 {
		return fmt.Errorf("register the schema: %s", response.Status)
	}
	return nil
}

func (b *bench) memberRates(ctx context.Context) error {
	const writers, rounds = 64, 3
	var rates [2]float64 // plain, whole
	for round := range rounds {
		for i, kind := range []struct {
			ledger string
			event  func(string) quipu.NewEvent
		}{{plainLedger, plain}, {wholeLedger, whole}} {
			rate, _, err := b.measure(writers, func(worker, turn int) error {
				name := fmt.Sprintf("m%d-%d-%d", round, worker, turn)
				_, err := b.client.Append(ctx, kind.ledger, quipu.Append{Events: []quipu.NewEvent{kind.event(name)}})
				return err
			})
			if err != nil {
				return err
			}
			rates[i] += rate / rounds
		}
	}
	b.report("within 1.5×", fmt.Sprintf("appends of events with every member, %d writers", writers),
		"%.0f/s, plain ones of the same size %.0f/s: %.2f× the cost", rates[1], rates[0], rates[0]/rates[1])
	return nil
}

// memberFill fills both ledgers, and has a stopped node's files checked.
func (b *bench) memberFill(ctx context.Context) error {
	var took [2]time.Duration
	for i, kind := range []struct {
		ledger string
		event  func(string) quipu.NewEvent
		size   int
	}{{plainLedger, plain, b.events / 10}, {wholeLedger, whole, b.events}} {
		start := time.Now()
		if err := b.fillWith(ctx, kind.ledger, kind.event, kind.size); err != nil {
			return err
		}
		took[i] = time.Since(start) / time.Duration(kind.size)
	}
	b.report("within 1.5×", fmt.Sprintf("filling a ledger with %d events with every member, 500 an append", b.events),
		"%.0f events/s: %.2f× the cost of plain ones of the same size", 1/took[1].Seconds(), float64(took[1])/float64(took[0]))
	if err := b.settle(ctx); err != nil {
		return err
	}
	follower := b.follower()
	follower.Stop()
	start := time.Now()
	output, err := exec.Command(b.binary, "check", follower.Dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	b.report("passes", "quipu check on a node's data with them", "passed in %.1f s", time.Since(start).Seconds())
	return follower.Start()
}

func (b *bench) fillWith(ctx context.Context, ledger string, event func(string) quipu.NewEvent, size int) error {
	const batch, group = 500, 4
	for n := 0; n < size; {
		var appends []quipu.Append
		for range group {
			var a quipu.Append
			for ; len(a.Events) < batch && n < size; n++ {
				a.Events = append(a.Events, event(fmt.Sprintf("f-%d", n)))
			}
			if len(a.Events) > 0 {
				appends = append(appends, a)
			}
		}
		results, err := b.client.AppendAll(ctx, ledger, appends)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}
