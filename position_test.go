package quipu_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
)

// The event id that the model's first description prints.
const printedID = "0005d0df8d1e990f13658533a0f8f294"

func TestEventIDParts(t *testing.T) {
	id, ok := quipu.ParseEventID(printedID)
	if !ok || id.String() != printedID {
		t.Fatalf("%s, %v", id, ok)
	}
	if want := time.Date(2021, 11, 16, 3, 30, 47, 430415000, time.UTC); !id.Time().Equal(want) || id.Time().Location() != time.UTC {
		t.Errorf("time %s, want %s", id.Time(), want)
	}
	if id.Checksum() != 0x13658533 || id.Ledger().String() != "a0f8f294" {
		t.Errorf("checksum %08x, ledger %s", id.Checksum(), id.Ledger())
	}
	if made := quipu.NewEventID(id.Micros(), id.Checksum(), id.Ledger()); made != id {
		t.Errorf("put together again it is %s", made)
	}
	if id.IsZero() || !(quipu.EventID{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestIDsHaveOneTextForm(t *testing.T) {
	for _, bad := range []string{
		"", printedID[1:], printedID + "0", strings.ToUpper(printedID), "g" + printedID[1:], " " + printedID[1:],
		"0x" + printedID[2:], "+" + printedID[1:], "é" + printedID[2:],
	} {
		if _, ok := quipu.ParseEventID(bad); ok {
			t.Errorf("ParseEventID takes %q", bad)
		}
		var id quipu.EventID
		if err := id.UnmarshalText([]byte(bad)); !errors.Is(err, quipu.Invalid) {
			t.Errorf("UnmarshalText(%q): %v", bad, err)
		}
	}
	for _, bad := range []string{"", "a0f8f29", "a0f8f2940", "A0F8F294", "+0f8f294", "g0f8f294", "0x000000"} {
		if _, ok := quipu.ParseLedgerID(bad); ok {
			t.Errorf("ParseLedgerID takes %q", bad)
		}
		var id quipu.LedgerID
		if err := id.UnmarshalText([]byte(bad)); !errors.Is(err, quipu.Invalid) {
			t.Errorf("UnmarshalText(%q): %v", bad, err)
		}
	}
	for _, id := range []quipu.LedgerID{0, 4, 0xfffffffc} {
		if back, ok := quipu.ParseLedgerID(id.String()); !ok || back != id {
			t.Errorf("%s comes back as %s, %v", id, back, ok)
		}
	}
}

func TestEventIDsSortByTime(t *testing.T) {
	earlier, later := quipu.NewEventID(255, 0xffffffff, 4), quipu.NewEventID(256, 0, 4)
	if earlier.String() >= later.String() || string(earlier[:]) >= string(later[:]) {
		t.Errorf("%s does not sort before %s", earlier, later)
	}
}

func TestIDsAsJSON(t *testing.T) {
	type ids struct {
		Event  quipu.EventID
		Ledger quipu.LedgerID
	}
	id, _ := quipu.ParseEventID(printedID)
	text, err := json.Marshal(ids{id, id.Ledger()})
	if want := `{"Event":"` + printedID + `","Ledger":"a0f8f294"}`; err != nil || string(text) != want {
		t.Fatalf("%s, %v", text, err)
	}
	var back ids
	if err := json.Unmarshal(text, &back); err != nil || back.Event != id || back.Ledger != id.Ledger() {
		t.Errorf("%+v, %v", back, err)
	}
}
