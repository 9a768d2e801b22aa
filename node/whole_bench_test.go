package node_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// BenchmarkWholeEvent compares appends of events that have every member with plain
// ones of the same size, one and a hundred an append, in the way of BenchmarkGuardedAppend.
func BenchmarkWholeEvent(b *testing.B) {
	for _, size := range []int{1, 100} {
		for _, kind := range []struct {
			name  string
			event func(string) quipu.NewEvent
		}{{"plain", plainEvent}, {"whole", wholeEvent}} {
			b.Run(fmt.Sprint(kind.name, size), func(b *testing.B) {
				c, _ := benchCluster(b)
				if err := c.PutSchema(context.Background(), "main", "paid", "1", json.RawMessage(`{"required":["text"]}`)); err != nil {
					b.Fatal(err)
				}
				appendAll(b, func(account string) error {
					var a quipu.Append
					for i := range size {
						a.Events = append(a.Events, kind.event(fmt.Sprintf("%s-%02d", account, i)))
					}
					_, err := c.Append(context.Background(), "main", a)
					return err
				})
			})
		}
	}
}

// wholeEvent has every member that an event can have.
func wholeEvent(name string) quipu.NewEvent {
	return quipu.NewEvent{
		Name: "paid", Entities: map[string][]string{"account": {name}}, Data: map[string]string{"text": strings.Repeat("x", 188)},
		Meta: map[string]string{"actor": "bench"}, ID: "id-" + name, Version: 1, HappenedAt: "2026-03-04T05:06:07.89Z", Producer: "bench", Schema: "1",
		Aggregate: &quipu.NewAggregate{Type: "bench/account", Key: name},
		Links:     []quipu.Link{{Type: "reference", Target: quipu.Target{Position: 1}}},
		Files: []quipu.File{
			{ID: "inline", ContentType: "text/plain", Data: base64.StdEncoding.EncodeToString([]byte(strings.Repeat("quipu", 40)))},
			{ID: "reference", IsReference: true, Data: "s3://bucket/report.pdf"},
		},
		Correlations:  []quipu.Correlation{{Service: "bench", Name: "run", Identifier: "1"}, {Service: "bench", Name: "part", Identifier: name}},
		EncryptedData: strings.Repeat("e", 64),
	}
}

// plainEvent is as large as wholeEvent and has data alone.
func plainEvent(name string) quipu.NewEvent {
	size := func(e quipu.NewEvent) int {
		encoded, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		return len(encoded)
	}
	event := quipu.NewEvent{Name: "paid", Entities: map[string][]string{"account": {name}}, Data: map[string]string{"text": ""}}
	plainOnce.Do(func() { plainText = strings.Repeat("x", size(wholeEvent(name))-size(event)) })
	event.Data = map[string]string{"text": plainText}
	return event
}

// plainText is made once, so that the comparison is not with the making of it.
var (
	plainOnce sync.Once
	plainText string
)
