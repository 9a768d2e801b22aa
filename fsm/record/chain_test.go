package record_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func canon(t testing.TB, text string) []byte {
	t.Helper()
	if text == "" {
		return nil
	}
	out, err := canonical.Append(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// itemOrdered is the event that the model's first description prints.
func itemOrdered(t testing.TB) *record.Draft {
	return &record.Draft{
		Name:     []byte("Item Ordered"),
		Entities: canon(t, `{"patron":["Harold_Cho"]}`),
		Data:     canon(t, `{"menuItem": "Bean Burrito", "toppings": ["chiles", "salsa verde"], "spicy": true, "peppers": 5}`),
		Meta:     canon(t, `{"actor": "register-2", "commandId": "e33692e9-3e73-4028-8962-2753ddae2a0f", "correlationId": "22341"}`),
	}
}

// The vector was computed from the documented rule of the chain by another
// program; no server has confirmed it.
func TestNextIDGivesThePublishedVector(t *testing.T) {
	previous, _ := quipu.ParseEventID("0005cd7556b05092aecc815daa77f99c")
	at := time.Date(2021, 11, 16, 3, 30, 47, 430415000, time.UTC)
	id := record.NextID(itemOrdered(t), at.UnixMicro(), previous.Ledger(), previous)
	if want := "0005d0df8d1e990f5bdc365aaa77f99c"; id.String() != want {
		t.Errorf("id %s, want %s", id, want)
	}
}

// crc32c is the checksum's definition, bit by bit.
func crc32c(text string) uint32 {
	crc := ^uint32(0)
	for i := range len(text) {
		crc ^= uint32(text[i])
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78&-(crc&1)
		}
	}
	return ^crc
}

func TestChecksumIsOverTheTextOfTheRule(t *testing.T) {
	if got := crc32c("123456789"); got != 0xe3069283 {
		t.Fatalf("the test's own checksum is wrong: %08x", got)
	}
	const micros, before = 0x0005d0df8d1e990f, "0005cd7556b05092aecc815daa77f99c"
	previous, _ := quipu.ParseEventID(before)
	for _, test := range []struct {
		name    string
		draft   record.Draft
		content string
	}{
		{"defaults", record.Draft{Name: []byte("a"), Entities: []byte(`{"b":["c"]}`)}, `a{"b":["c"]}{}null`},
		{"written out", record.Draft{Name: []byte("a"), Entities: []byte(`{"b":["c"]}`), Data: []byte("null"), Meta: []byte("{}")}, `a{"b":["c"]}{}null`},
		{"everything", record.Draft{
			Name: []byte("é𒃻"), Entities: []byte(`{"b":["c"]}`), Data: []byte(`1.50`), Meta: []byte(`{"m":1}`), Rest: []byte(`{"id":"x"}`),
		}, `é𒃻{"b":["c"]}{"m":1}1.50{"id":"x"}`},
	} {
		text := test.content + fmt.Sprintf("%016x", micros) + "aa77f99c" + before
		want := quipu.NewEventID(micros, crc32c(text), 0xaa77f99c)
		if got := record.NextID(&test.draft, micros, 0xaa77f99c, previous); got != want {
			t.Errorf("%s: %s, want %s", test.name, got, want)
		}

		ledger := quipu.LedgerID(crc32c(test.content+fmt.Sprintf("%016x", micros)) &^ 3)
		text = test.content + fmt.Sprintf("%016x%s%016x00000000%s", micros, ledger, micros, ledger)
		want = quipu.NewEventID(micros, crc32c(text), ledger)
		if gotLedger, got := record.Genesis(&test.draft, micros); gotLedger != ledger || got != want {
			t.Errorf("%s: genesis %s in %s, want %s", test.name, got, gotLedger, want)
		}
	}
}

func TestIDChangesWithEachPartOfTheEventAndItsPast(t *testing.T) {
	full := record.Draft{
		Name: []byte("a"), Entities: []byte(`{"b":["c"]}`), Data: []byte(`1`), Meta: []byte(`{"m":1}`), Rest: []byte(`{"id":"x"}`),
	}
	previous := quipu.NewEventID(5, 7, 4)
	base := record.NextID(&full, 9, 4, previous)
	for name, change := range map[string]func(*record.Draft){
		"name":     func(d *record.Draft) { d.Name = []byte("b") },
		"entities": func(d *record.Draft) { d.Entities = []byte(`{"b":["d"]}`) },
		"data":     func(d *record.Draft) { d.Data = []byte(`1.0`) },
		"meta":     func(d *record.Draft) { d.Meta = nil },
		"rest":     func(d *record.Draft) { d.Rest = nil },
	} {
		changed := full
		change(&changed)
		if record.NextID(&changed, 9, 4, previous).Checksum() == base.Checksum() {
			t.Errorf("another %s, the same checksum", name)
		}
	}
	for name, other := range map[string]quipu.EventID{
		"time":     record.NextID(&full, 10, 4, previous),
		"ledger":   record.NextID(&full, 9, 8, previous),
		"previous": record.NextID(&full, 9, 4, quipu.NewEventID(5, 6, 4)),
	} {
		if other.Checksum() == base.Checksum() {
			t.Errorf("another %s, the same checksum", name)
		}
	}
}

func TestDigestIsOfTheEventsAlone(t *testing.T) {
	a, b := *itemOrdered(t), record.Draft{Name: []byte("b"), Entities: []byte(`{"x":["y"]}`)}
	written := b
	written.Data, written.Meta = []byte("null"), []byte("{}")
	same := record.DigestOf([]record.Draft{a, b})
	if record.DigestOf([]record.Draft{a, written}) != same {
		t.Error("what is absent and what is the default are told apart")
	}
	shifted := b // the same bytes in other parts
	shifted.Name, shifted.Entities = []byte(`b{"x":`), []byte(`["y"]}`)
	for name, other := range map[string][]record.Draft{
		"order": {b, a}, "fewer": {a}, "more": {a, b, b}, "none": nil, "shifted": {a, shifted},
	} {
		if record.DigestOf(other) == same {
			t.Errorf("%s: the same digest", name)
		}
	}
}
