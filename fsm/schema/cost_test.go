package schema_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu/fsm/schema"
)

// counting counts how often a pattern is matched, and with it how often a schema is evaluated.
type counting struct {
	*regexp.Regexp
	count *int
}

func (c counting) MatchString(s string) bool {
	*c.count++
	return c.Regexp.MatchString(s)
}

// A schema of 165 bytes, and why it is refused: with each level of the data the library evaluates it twice as often.
func TestBranchingRecursionDoublesTheWork(t *testing.T) {
	const document = `{"$defs":{"a":{"patternProperties":{"x":true},"anyOf":[{"properties":{"x":{"$ref":"#/$defs/a"}},"required":["y"]},{"properties":{"x":{"$ref":"#/$defs/a"}}}]}},"$ref":"#/$defs/a"}`
	if err := refusal(t, document); !strings.Contains(err.Detail, "in two ways") {
		t.Error(err)
	}
	count := 0
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(source string) (jsonschema.Regexp, error) {
		re, err := regexp.Compile(source)
		return counting{re, &count}, err
	})
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("test:///schema", value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("test:///schema")
	if err != nil {
		t.Fatal(err)
	}
	evaluations := func(depth int) int {
		count = 0
		fitsLibrary(t, s, strings.Repeat(`{"x":`, depth)+"1"+strings.Repeat("}", depth))
		return count
	}
	for depth := 4; depth < 12; depth++ {
		if now, deeper := evaluations(depth), evaluations(depth+1); deeper < 2*now {
			t.Errorf("%d evaluations at depth %d and %d at the next", now, depth, deeper)
		}
	}
}

// What the refusals at registration cannot see is stopped when data comes, and takes no longer than its bytes may.
func TestDataIsCheckedWithinItsSteps(t *testing.T) {
	ones := func(n int) string { return "[" + each(n, func(int) string { return "1" }) + "]" }
	nested := func(n int) string { return strings.Repeat(`{"x":`, n) + "1" + strings.Repeat("}", n) }
	tests := []struct{ name, document, data string }{
		{"many alternatives of many values", `{"items":{"anyOf":[` + each(1900, func(int) string { return `{"minimum":2}` }) + `,true]}}`, ones(5000)},
		{"definitions that double with each member", `{"$ref":"#/$defs/0","$defs":{` + each(60, func(i int) string {
			return fmt.Sprintf(`"%d":{"allOf":[{"properties":{"x":{"$ref":"#/$defs/%d"}}},{"properties":{"x":{"$ref":"#/$defs/%d"}}}]}`, i, i+1, i+1)
		}) + `,"60":true}}`, nested(60)},
		{"groups in a row", `{"$ref":"#/$defs/0","$defs":{` + each(20, func(i int) string {
			return fmt.Sprintf(`"%d":{"properties":{"x":{"$ref":"#/$defs/%d"}},"allOf":[{"properties":{"x":{"$ref":"#/$defs/%d"}}}]}`, i, i, i+1)
		}) + `,"20":true}}`, nested(60)},
		{"a pattern", `{"items":{"pattern":"(a?){800}b"}}`, `["` + strings.Repeat("a", 100_000) + `"]`},
		{"parts that nothing has looked at", `{"allOf":[` + each(900, func(int) string { return `{"unevaluatedItems":{"type":"number"}}` }) + `]}`, ones(10_000)},
		{"what must not fit", `{"not":{"items":{"anyOf":[` + each(1900, func(int) string { return `{"minimum":2}` }) + `,true]}}}`, ones(5000)},
		{"a name that each alternative would repeat", `{"additionalProperties":{"anyOf":[` + each(1900, func(int) string { return `{"type":"string"}` }) + `]}}`,
			`{"` + strings.Repeat("n", 1_000_000) + `":1}`},
		{"equal values", strings.Repeat(`{"uniqueItems":true,"items":`, 60) + "true" + strings.Repeat("}", 60), strings.Repeat("[", 59) + "[" + each(50_000, func(i int) string { return fmt.Sprint(i) }) + "]" + strings.Repeat("]", 59)},
		{"numbers with many digits", `{"items":{"allOf":[` + each(800, func(i int) string {
			return fmt.Sprintf(`{"multipleOf":%de-900}`, new(big.Int).Lsh(big.NewInt(1), 400+uint(i%500)))
		}) + `]}}`, "[" + each(1000, func(int) string { return "1e1000" }) + "]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, tt.document)
			began := time.Now()
			found := violations(t, s, tt.data)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			steps := schema.StepsBase + schema.StepsPerByte*len(tt.data)
			if want := fmt.Sprintf("the data cannot be checked in %d steps", steps); len(found) == 0 || !strings.HasPrefix(found[0].Detail, want) || found[0].Pointer != "" {
				t.Errorf("%.300s, want %s", lines(found), want)
			}
		})
	}
}

// Large data under ordinary schemas is far from its limit.
func TestLargeDataIsChecked(t *testing.T) {
	const events = 20_000
	order := func(i int) string {
		return fmt.Sprintf(`{"type":"type%02d","id":"018f2b3c-7d1a-7c3e-9f00-%012d","at":"2026-01-31T12:30:00Z","amount":12.50,"sku":"AB-%d"}`, i%20, i, i)
	}
	alternative := func(i int) string {
		return fmt.Sprintf(`{"properties":{"type":{"const":"type%02d"},"id":{"format":"uuid"},"at":{"format":"date-time"},"amount":{"multipleOf":0.01,"minimum":0},"sku":{"pattern":"^[A-Z]{1,8}-[0-9]{1,32}$"}},"required":["type","id","at"],"additionalProperties":false}`, i)
	}
	for name, document := range map[string]string{
		"one kind":    `{"items":` + strings.Replace(alternative(0), `{"const":"type00"}`, `{"type":"string"}`, 1) + `,"uniqueItems":true}`,
		"twenty":      `{"items":{"oneOf":[` + each(20, alternative) + `]}}`,
		"twenty, any": `{"items":{"anyOf":[` + each(20, alternative) + `]}}`,
	} {
		if v := violations(t, compile(t, document), "["+each(events/3, order)+"]"); v != nil {
			t.Errorf("%s: %.300s", name, lines(v))
		}
	}
	if v := violations(t, compile(t, `{"items":{"type":"integer","minimum":0,"maximum":9,"enum":[1,2]},"uniqueItems":false}`), "["+each(500_000, func(int) string { return "1" })+"]"); v != nil {
		t.Errorf("the densest data: %s", lines(v))
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, document := range map[string]string{
		"small":           `{"type":"object","properties":{"title":{"type":"string","minLength":1},"colour":{"enum":["red","green"]}},"required":["title"]}`,
		"2000 subschemas": `{"properties":{` + each(schema.SubschemasMax-1, func(i int) string { return fmt.Sprintf(`"%d":{"type":"string"}`, i) }) + `}}`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compile(b, document)
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	s := compile(b, `{"type":"object","properties":{"title":{"type":"string","minLength":1},"colour":{"enum":["red","green"]},"items":{"items":{"type":"integer","minimum":0}}},"required":["title"]}`)
	for name, data := range map[string]string{
		"small":    `{"colour":"red","items":[1,2,3],"title":"x"}`,
		"megabyte": `{"items":[` + each(500_000, func(int) string { return "1" }) + `],"title":"x"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				s.Validate([]byte(data))
			}
		})
	}
}
