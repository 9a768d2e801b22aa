package client_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// BenchmarkAppend is the cost of client, HTTP and a node in memory together, for writers that share a client.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			server := apitest.Start(apitest.NewBackend())
			defer server.Close()
			c, err := client.New(client.Config{Endpoints: []string{server.URL}, FixedEndpoints: true})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			if err := c.Register(background, "main", quipu.Registration{Event: "happened", Entities: []string{"item"}}); err != nil {
				b.Fatal(err)
			}
			a := fact("x")
			a.Events[0].Data = strings.Repeat("x", 200)
			b.ReportAllocs()
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := c.Append(background, "main", a); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}

// BenchmarkSelect is the cost of an event in a stream.
func BenchmarkSelect(b *testing.B) {
	const events = 10_000
	ledger := newFakeLedger()
	ledger.add("item", strings.Split(strings.Repeat("x ", events), " ")[:events]...)
	recorder := httptest.NewRecorder()
	ledger.stream(recorder, httptest.NewRequest(http.MethodPost, "/v1/ledgers/main/select", nil), []byte("{}"))
	answer := recorder.Body.String()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", wire.TypeNDJSON)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	c, err := client.New(client.Config{Endpoints: []string{server.URL}, FixedEndpoints: true})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.ReportAllocs()
	b.SetBytes(int64(len(answer) / events))
	for n := 0; n < b.N; {
		for _, err := range c.Select(background, "main", about("x")) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
}
