package wire_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

var (
	micros  = int64(1637033447430410)
	id      = quipu.NewEventID(micros, 0x13658533, 0xa0f8f294)
	receipt = quipu.Receipt{First: 1042, Last: 1042, EventIDs: []quipu.EventID{id}, Timestamp: time.UnixMicro(micros).UTC()}
	ledger  = quipu.Ledger{
		Name: "main", ID: 0xa0f8f294, Description: "<d>", Count: 7,
		Head: quipu.Head{Position: 7, EventID: id, Timestamp: time.UnixMicro(micros).UTC()},
	}
)

func TestShapesAreAsDocumented(t *testing.T) {
	replayed := receipt
	replayed.Replayed = true
	const members = `"first":1042,"last":1042,"eventIds":["0005d0df8d1e990a13658533a0f8f294"],"timestamp":"2021-11-16T03:30:47.430410Z","replayed":`
	const shown = `{"name":"main","id":"a0f8f294","description":"<d>","head":{"position":7,"eventId":"0005d0df8d1e990a13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430410Z"},"count":7}`
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{wire.AppendReceipt(nil, &receipt), `{` + members + `false}`},
		{wire.AppendReceiptLine(nil, &receipt), `{"status":201,` + members + "false}\n"},
		{wire.AppendReceiptLine(nil, &replayed), `{"status":200,` + members + "true}\n"},
		{wire.AppendEndLine(nil, wire.End{Position: 7, Head: 9, More: true}), `{"end":{"position":7,"head":9,"more":true}}` + "\n"},
		{wire.EncodeLedger(&ledger), shown},
		{wire.EncodeLedgers([]quipu.Ledger{ledger}), `{"ledgers":[` + shown + `]}`},
		{wire.EncodeLedgers(nil), `{"ledgers":[]}`},
		{wire.Encode(wire.Registry{Registry: []quipu.Registration{{Event: "e", Entities: []string{"x"}}}}), `{"registry":[{"event":"e","entities":["x"]}]}`},
		{wire.Encode(wire.Version{Version: "0.1.0"}), `{"version":"0.1.0"}`},
	} {
		if string(c.got) != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestShapesDecodeIntoTheVocabulary(t *testing.T) {
	var r quipu.Receipt
	if err := json.Unmarshal(wire.AppendReceipt(nil, &receipt), &r); err != nil || !reflect.DeepEqual(r, receipt) {
		t.Errorf("%+v %v", r, err)
	}
	var l quipu.Ledger
	if err := json.Unmarshal(wire.EncodeLedger(&ledger), &l); err != nil || !reflect.DeepEqual(l, ledger) {
		t.Errorf("%+v %v", l, err)
	}
}

func TestDecodeLineTellsReceiptsFromProblems(t *testing.T) {
	r, refused, err := wire.DecodeLine(wire.AppendReceiptLine(nil, &receipt))
	if err != nil || refused != nil || !reflect.DeepEqual(*r, receipt) {
		t.Errorf("%+v %v %v", r, refused, err)
	}
	r, refused, err = wire.DecodeLine(wire.AppendProblemLine(nil, quipu.Errorf(quipu.Mismatch, "d")))
	if err != nil || r != nil || refused.Kind != quipu.Mismatch {
		t.Errorf("%+v %v %v", r, refused, err)
	}
	for _, line := range []string{"", "x", "[]", `{"status":201,"first":"x"}`} {
		if _, _, err = wire.DecodeLine([]byte(line)); err == nil {
			t.Errorf("%q was taken for a line", line)
		}
	}
}

func TestDecodeEndKnowsOnlyEndLines(t *testing.T) {
	want := wire.End{Position: 7, Head: 9, More: true}
	if end, ok := wire.DecodeEnd(wire.AppendEndLine(nil, want)); !ok || end != want {
		t.Errorf("%+v %v", end, ok)
	}
	for _, line := range []string{``, `{}`, `{"position":1}`, `{"end":null}`, `{"end":{"position":7`, `{"end":7}`, ` {"end":{}}`} {
		if _, ok := wire.DecodeEnd([]byte(line)); ok {
			t.Errorf("%q was taken for an end line", line)
		}
	}
}

func TestOutcomesTravelBetweenNodes(t *testing.T) {
	conflict := quipu.Errorf(quipu.Conflict, "does not hold").At("/conditions/0")
	conflict.Clash = &quipu.Clash{Condition: 0, Head: 3, Events: []quipu.Event{{Position: 2, EventID: id, Timestamp: receipt.Timestamp, Name: "e",
		Data: json.RawMessage("null"), Meta: json.RawMessage("{}")}}}
	outcomes := []wire.Outcome{
		{Error: conflict}, {Receipt: &receipt, Created: true}, {Ledger: &ledger, Created: true}, {},
	}
	back, err := wire.DecodeOutcomes(wire.EncodeOutcomes(outcomes))
	if err != nil || !reflect.DeepEqual(back, outcomes) {
		t.Errorf("%+v %v", back, err)
	}
	if back, err := wire.DecodeOutcomes(wire.EncodeOutcomes(nil)); err != nil || len(back) != 0 {
		t.Errorf("%+v %v", back, err)
	}
	if _, err := wire.DecodeOutcomes([]byte(`[{"receipt":{"first":"x"}}]`)); err == nil {
		t.Error("a receipt that is none was taken")
	}
}

// The limits are constants, which a program cannot list, so the source is asked.
func TestLimitsNameEveryLimit(t *testing.T) {
	source, err := os.ReadFile("../../limits.go")
	if err != nil {
		t.Fatal(err)
	}
	limits := wire.Limits()
	for _, match := range regexp.MustCompile(`(?m)^\t([A-Z]\w+) +=`).FindAllSubmatch(source, -1) {
		name := strings.ToLower(string(match[1][:1])) + string(match[1][1:])
		if limits[name] == 0 {
			t.Errorf("%s is not in /v1/limits", name)
		}
		delete(limits, name)
	}
	if len(limits) > 0 {
		t.Errorf("no such limits: %v", limits)
	}
}
