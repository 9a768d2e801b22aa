package canonical_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// Three forms of one event's data; the first two have 200 bytes.
const (
	orderedObject = `{"amount":1250,"currency":"EUR","customer":{"id":"c-19283","name":"Harold Cho"},` +
		`"items":[{"peppers":5,"sku":"bean-burrito"},{"peppers":0,"sku":"taco"}],` +
		`"note":"ring twice, please","open":true,"x":[]}`
	unsortedObject = `{"open":true,"customer":{"name":"Harold Cho","id":"c-19283"},"amount":1250,` +
		`"items":[{"sku":"bean-burrito","peppers":5},{"sku":"taco","peppers":0}],` +
		`"currency":"EUR","x":[],"note":"ring twice, please"}`
)

func BenchmarkAppend(b *testing.B) {
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(orderedObject), "", "  "); err != nil {
		b.Fatal(err)
	}
	inputs := map[string]string{
		"ordered":  orderedObject,
		"unsorted": unsortedObject,
		"indented": indented.String(),
		"text":     `{"text":"` + strings.Repeat("plain text, ", 80) + `"}`,
		"unicode":  `{"text":"` + strings.Repeat("línea größer 日本 ", 50) + `"}`,
		"reversed-deep": strings.Repeat(`{"b":`, 64) + `"` + strings.Repeat("1", 1<<20) + `"` +
			strings.Repeat(`,"a":0}`, 64),
	}
	for name, input := range inputs {
		b.Run(name, func(b *testing.B) {
			src := []byte(input)
			dst := make([]byte, 0, 4*len(src))
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := canonical.Append(dst, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValid(b *testing.B) {
	src := []byte(orderedObject)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if !canonical.Valid(src) {
			b.Fatal("not valid")
		}
	}
}

func BenchmarkMembers(b *testing.B) {
	src := []byte(orderedObject)
	b.ReportAllocs()
	for b.Loop() {
		count := 0
		err := canonical.Members(src, func(string, []byte, []byte) bool { count++; return true })
		if err != nil || count != 7 {
			b.Fatal(count, err)
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	src := fmt.Appendf(nil, `{"events":[{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":%s}],`+
		`"idempotencyKey":"e33692e9"}`, orderedObject)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		body, err := canonical.Object(src)
		if err != nil {
			b.Fatal(err)
		}
		events, err := canonical.Array(body[0].Value)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := canonical.Object(events[0].Value); err != nil {
			b.Fatal(err)
		}
	}
}
