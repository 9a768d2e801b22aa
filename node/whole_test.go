package node_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// TestEventWithEveryMemberIsTheSameEverywhere ensures that events with all that
// an event can have, appended through a follower, are the same in whatever way
// they are read: on each node, from memory and from the disk, after restarts, on
// a node that was sent the ledgers, and in another cluster after an import.
func TestEventWithEveryMemberIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	leader := c.leader()
	follower, behind := (leader+1)%3, (leader+2)%3
	c.stop(behind)
	reads := appendWhole(t, c.client(follower))
	want := c.answers(follower, reads)
	c.wantAnswers(want, reads, "as it was appended")

	c.forget(behind) // which flushes
	c.wantAnswers(want, reads, "from the disk")
	c.start(behind)
	ready(t, c.nodes[behind])
	c.whole(behind)
	c.wantAnswers(want, reads, "where one node was sent the ledgers")
	for i := range c.nodes {
		c.stop(i)
	}
	for i := range c.nodes {
		c.start(i)
	}
	c.ready()
	c.wantAnswers(want, reads, "after a restart")
	c.agreedOn("shop")

	other := startCluster(t, 3)
	other.copyOf(c, "shop")
	other.wantAnswers(want, reads, "after an import")
	wantToGoOn(t, other.client(other.leader()))
	other.agreedOn("shop")
	c.checkFiles()
	other.checkFiles()
}

// copyOf takes a ledger over from another cluster, through followers.
func (c *cluster) copyOf(from *cluster, ledger string) {
	c.t.Helper()
	var export bytes.Buffer
	if _, err := from.client((from.leader()+1)%len(from.nodes)).Export(context.Background(), ledger, 0, &export); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.client((c.leader()+1)%len(c.nodes)).Import(context.Background(), &export); err != nil {
		c.t.Fatal(err)
	}
	for i := range c.nodes {
		if got, want := c.exportOf(i, ledger), from.exportOf(i, ledger); got != want {
			c.t.Errorf("the import exports\n%s\nand not\n%s", clip(got), clip(want))
		}
		c.whole(i)
	}
}

// reading is a request that reads, and a part of its answer: one without it would
// be the same everywhere, and say nothing.
type reading struct {
	method, path, body string
	has                string
}

// answers are what a node answers.
func (c *cluster) answers(i int, reads []reading) []string {
	c.t.Helper()
	list := make([]string, len(reads))
	for k, r := range reads {
		status, answer := ask(c.t, c.nodes[i], r.method, r.path, r.body)
		if status != http.StatusOK || !strings.Contains(answer, r.has) {
			c.t.Errorf("%s %s %s: %d, without %q in\n%s", r.method, r.path, r.body, status, r.has, clip(answer))
		}
		list[k] = answer
	}
	return list
}

// wantAnswers wants the same answers from every node that runs.
func (c *cluster) wantAnswers(want []string, reads []reading, when string) {
	c.t.Helper()
	for i, n := range c.nodes {
		if n == nil {
			continue
		}
		for k, got := range c.answers(i, reads) {
			if got != want[k] {
				c.t.Errorf("%s, %s %s %s on node %d:\n%s\nwant\n%s", when, reads[k].method, reads[k].path, reads[k].body, i, clip(got), clip(want[k]))
			}
		}
	}
}

const itemSchema = `{"properties":{"menuItem":{"minLength":1,"type":"string"}},"required":["menuItem"],"type":"object"}`

// appendWhole makes the ledger shop, with events that have every member between
// them and one that has them all, and gives reads of it.
func appendWhole(t *testing.T, one *client.Client) []reading {
	t.Helper()
	ctx := context.Background()
	_, err := one.CreateLedgerWith(ctx, wire.NewLedger{Name: "shop", Description: "what was sold", Settings: quipu.Settings{ID: quipu.UUID7}})
	must(t, err)
	registration := quipu.Registration{Event: "Item Ordered", Entities: []string{"order", "patron"}}
	must(t, one.Register(ctx, "shop", registration))
	must(t, one.PutSchema(ctx, "shop", registration.Event, "1.0", json.RawMessage(itemSchema)))
	registration.Schema = quipu.SchemaRule{Required: true, Default: "1.0"}
	must(t, one.Register(ctx, "shop", registration))

	add := func(a quipu.Append) quipu.Receipt {
		t.Helper()
		receipt, err := one.Append(ctx, "shop", a)
		must(t, err)
		return receipt
	}
	named := add(quipu.Append{Events: []quipu.NewEvent{plainOrder("taco")}})
	add(quipu.Append{Events: []quipu.NewEvent{firstOrder()}})
	whole := add(quipu.Append{
		Events: []quipu.NewEvent{wholeOrder(named)}, IdempotencyKey: "whole",
		Conditions: []quipu.Selector{{Aggregate: &quipu.Aggregate{Type: "order", Key: "none", Version: 0}}},
	})
	add(quipu.Append{
		Events:    []quipu.NewEvent{plainOrder("one"), plainOrder("two")},
		Aggregate: &quipu.NewAggregate{Type: "shop/till", Key: "1", ExpectedVersion: quipu.Expect(0)},
	})
	wantAsAppended(t, one, wholeOrder(named), whole)
	return wholeReads(named, whole)
}

// plainOrder has nothing that it need not have.
func plainOrder(item string) quipu.NewEvent {
	return quipu.NewEvent{
		Name: "Item Ordered", Entities: map[string][]string{"patron": {"Harold_Cho"}}, Data: map[string]string{"menuItem": item},
	}
}

// firstOrder is the first version of wholeOrder.
func firstOrder() quipu.NewEvent {
	e := plainOrder("burrito")
	e.ID, e.Files = "order/17", []quipu.File{{ID: "note", Data: base64.StdEncoding.EncodeToString([]byte("hello"))}}
	e.Aggregate = &quipu.NewAggregate{Type: "order", Key: "o-17", ExpectedVersion: quipu.Expect(0)}
	return e
}

// wholeOrder has every member, with what could get lost on a long way. The event
// of the receipt is what it links to.
func wholeOrder(named quipu.Receipt) quipu.NewEvent {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	size := int64(1 << 40)
	return quipu.NewEvent{
		Name:     "Item Ordered",
		Entities: map[string][]string{"patron": {"Harold_Cho", "Ämàl <&> \"Ω\"\u2028"}, "order": {"o-17"}},
		Data: json.RawMessage(`{"menuItem":"B\u00fcrrito <\/>","price":1.50,"big":123456789012345678901234567890,` +
			`"small":-0e-300,"none":null,"deep":[[{}],[]]}`),
		Meta:       map[string]any{"actor": "register-2", "causation": map[string]string{"eventId": named.EventIDs[0].String()}},
		ID:         "order/17",
		Version:    2,
		HappenedAt: "2021-11-16T03:30:46.120000+01:30",
		Producer:   "web-api",
		Aggregate:  &quipu.NewAggregate{Type: "order", Key: "o-17", ExpectedVersion: quipu.Expect(1)},
		Schema:     "1.0",
		Links: []quipu.Link{
			{Type: "parent", Target: quipu.Target{Position: named.First}},
			{Type: "reference", Target: quipu.Target{EventID: &named.EventIDs[0]}, Meta: json.RawMessage(`{"why":"combo"}`)},
			{Type: "reference", Target: quipu.Target{ID: named.IDs[0]}},
		},
		Files: []quipu.File{
			{ID: "bytes", ContentType: "application/octet-stream", Filename: "all of them.bin", Data: base64.StdEncoding.EncodeToString(every)},
			{ID: "none", ContentType: "text/plain; charset=utf-8"},
			{ID: "note again", Data: base64.StdEncoding.EncodeToString([]byte("hello"))},
			{ID: "far", IsReference: true, Data: "s3://bucket/report.pdf", Size: &size, Hash: "sha256:as its author says"},
		},
		Correlations: []quipu.Correlation{
			{Service: "article-store", Name: "article", Identifier: "10627"}, {Name: "a/b~c", Identifier: "22341"},
		},
		EncryptedData: "opaque\x00 \u2029 text",
	}
}

// wantToGoOn ensures that a ledger continues after an import as its origin would:
// ids are known, versions count on, settings and schemas hold.
func wantToGoOn(t *testing.T, one *client.Client) {
	t.Helper()
	ctx := context.Background()
	first := firstOrder()
	first.Schema = "1.0" // an export does not say that the ledger named it
	again, err := one.Append(ctx, "shop", quipu.Append{Events: []quipu.NewEvent{first}})
	if err != nil || !again.Replayed || !slices.Equal(again.IDs, []string{"order/17"}) {
		t.Errorf("an event that was imported, sent again: %+v, %v", again, err)
	}
	next := plainOrder("third")
	next.ID, next.Version = "order/17", 3
	next.Aggregate = &quipu.NewAggregate{Type: "order", Key: "o-17", ExpectedVersion: quipu.Expect(2)}
	receipt, err := one.Append(ctx, "shop", quipu.Append{Events: []quipu.NewEvent{next}})
	if err != nil || !slices.Equal(receipt.Aggregates, []quipu.Aggregate{{Type: "order", Key: "o-17", Version: 3}}) {
		t.Errorf("the next version: %+v, %v", receipt, err)
	}
	receipt, err = one.Append(ctx, "shop", quipu.Append{Events: []quipu.NewEvent{plainOrder("made")}})
	if err != nil || len(receipt.IDs) != 1 || !uuidOf[quipu.UUID7].MatchString(receipt.IDs[0]) {
		t.Errorf("an event without an id: %+v, %v", receipt, err)
	}
	_, err = one.Append(ctx, "shop", quipu.Append{Events: []quipu.NewEvent{plainOrder("")}})
	if !errors.Is(err, quipu.SchemaViolation) {
		t.Errorf("data that does not fit the default schema: %v", err)
	}
}
