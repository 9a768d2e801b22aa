package api_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/transport/api"
)

// What the edge spends on one guarded append of 200 bytes of data, before it is proposed.
func BenchmarkReadAppend(b *testing.B) {
	body := []byte(`{"events":[{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{"menuItem":"` + strings.Repeat("x", 180) +
		`"},"meta":{"actor":"register-2"}}],"conditions":[{"entities":{"patron":["Harold_Cho"]},"after":1042}],"idempotencyKey":"e33692e9"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := api.ReadAppend(body); err != nil {
			b.Fatal(err)
		}
	}
}
