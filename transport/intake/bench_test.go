package intake_test

import (
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// What the edge spends on one guarded append of 200 bytes of data, before it is proposed: of an event without optional
// members, and of one with those that most have.
func BenchmarkReadAppend(b *testing.B) {
	body := func(members string) []byte {
		return []byte(`{"events":[{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{"menuItem":"` + strings.Repeat("x", 180) +
			`"},"meta":{"actor":"register-2"}` + members +
			`}],"conditions":[{"entities":{"patron":["Harold_Cho"]},"after":1042}],"idempotencyKey":"e33692e9"}`)
	}
	for _, c := range []struct{ name, members string }{
		{"plain", ""},
		{"members", `,"id":"448278c4-22d6-11e8-b467-0ed5f89f718b","happenedAt":"2021-11-16T03:30:46Z","producer":"web-api",` +
			`"aggregate":{"type":"order","key":"o-17","expectedVersion":2},"links":[{"type":"parent","target":{"id":"o-16"}}]`},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := body(c.members)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := intake.ReadAppend(shape.Of(text), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
