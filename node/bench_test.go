package node_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/node"
)

// BenchmarkGuardedAppend is one guarded event of 200 bytes an append, 64
// writers, three nodes and the load in this one process: for -cpuprofile.
func BenchmarkGuardedAppend(b *testing.B) {
	text := strings.Repeat("x", 188)
	b.Run("client", func(b *testing.B) {
		c, _ := benchCluster(b)
		appendAll(b, func(account string) error {
			entities := map[string][]string{"account": {account}}
			_, err := c.Append(context.Background(), "main", quipu.Append{
				Events:     []quipu.NewEvent{{Name: "paid", Entities: entities, Data: map[string]string{"text": text}}},
				Conditions: []quipu.Selector{{Entities: entities}},
			})
			return err
		})
	})
	b.Run("hundred", func(b *testing.B) {
		c, _ := benchCluster(b)
		appendAll(b, func(account string) error {
			entities := map[string][]string{"account": {account}}
			a := quipu.Append{Conditions: []quipu.Selector{{Entities: entities}}}
			for range 100 {
				a.Events = append(a.Events, quipu.NewEvent{Name: "paid", Entities: entities, Data: map[string]string{"text": text}})
			}
			_, err := c.Append(context.Background(), "main", a)
			return err
		})
	})
	b.Run("http", func(b *testing.B) {
		_, url := benchCluster(b)
		c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}
		appendAll(b, func(account string) error {
			body := fmt.Sprintf(`{"events":[{"event":"paid","entities":{"account":[%q]},"data":{"text":%q}}],"conditions":[{"entities":{"account":[%q]}}]}`,
				account, text, account)
			response, err := c.Post(url+"/v1/ledgers/main/append", "application/json", bytes.NewReader([]byte(body)))
			if err != nil {
				return err
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			if err == nil && response.StatusCode != http.StatusCreated {
				err = fmt.Errorf("%s: %s", response.Status, answer)
			}
			return err
		})
	})
}

// benchCluster gives a client for three nodes and the URL of the leader.
func benchCluster(b *testing.B) (*client.Client, string) {
	var join, urls []string
	base := b.TempDir()
	for i := range 3 {
		n, err := node.Open(context.Background(), node.Config{
			DataDir: filepath.Join(base, fmt.Sprint(i)), NodeID: fmt.Sprint("n", i+1),
			APIAddr: "127.0.0.1:0", PeerAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0", Join: join, BootstrapExpect: 3,
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = n.Shutdown(context.Background()) })
		join, urls = append(join, n.GossipAddr()), append(urls, "http://"+n.APIAddr())
	}
	c, err := client.New(client.Config{Endpoints: urls})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	if err := c.Register(context.Background(), "main", quipu.Registration{Event: "paid", Entities: []string{"account"}}); err != nil {
		b.Fatal(err)
	}
	status, err := c.Cluster(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range status.Nodes {
		if n.ID == status.Leader {
			return c, "http://" + n.APIAddr
		}
	}
	b.Fatal("no leader")
	return nil, ""
}

func appendAll(b *testing.B, one func(account string) error) {
	var next atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := one(fmt.Sprint("a", next.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}
