package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// round decodes what was encoded, which must be as documented.
func round[T any](t *testing.T, got []byte, want string) (value T) {
	t.Helper()
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := json.Unmarshal(got, &value); err != nil {
		t.Errorf("%v in %s", err, got)
	}
	return value
}

var order = quipu.Aggregate{Type: "<order>", Key: "o-17", Version: 3}

const orderJSON = `{"type":"<order>","key":"o-17","version":3}`

func TestReceiptHasWhatTheAppendChanged(t *testing.T) {
	r := receipt
	r.Aggregates, r.IDs = []quipu.Aggregate{order}, []string{"a<b", ""}
	const members = `"first":1042,"last":1042,"eventIds":["0005d0df8d1e990a13658533a0f8f294"],"timestamp":"2021-11-16T03:30:47.430410Z","replayed":false,` +
		`"aggregates":[` + orderJSON + `],"ids":["a<b",""]}`
	if back := round[quipu.Receipt](t, wire.AppendReceipt(nil, &r), `{`+members); !reflect.DeepEqual(back, r) {
		t.Errorf("%+v", back)
	}
	line := wire.AppendReceiptLine(nil, &r)
	if back, refused, err := wire.DecodeLine(line); err != nil || refused != nil || !reflect.DeepEqual(*back, r) || string(line) != `{"status":201,`+members+"\n" {
		t.Errorf("%+v %v %v", back, refused, err)
	}
	back, err := wire.DecodeOutcomes(wire.EncodeOutcomes([]wire.Outcome{{Receipt: &r}}))
	if err != nil || !reflect.DeepEqual(*back[0].Receipt, r) {
		t.Errorf("%+v %v", back, err)
	}
}

func TestLedgerHasItsSettings(t *testing.T) {
	l := ledger
	l.Settings.ID = quipu.UUID7
	const shown = `{"name":"main","id":"a0f8f294","description":"<d>","settings":{"id":"uuid7"},` +
		`"head":{"position":7,"eventId":"0005d0df8d1e990a13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430410Z"},"count":7}`
	if back := round[quipu.Ledger](t, wire.EncodeLedger(&l), shown); back != l {
		t.Errorf("%+v", back)
	}
	back, err := wire.DecodeOutcomes(wire.EncodeOutcomes([]wire.Outcome{{Ledger: &l}}))
	if err != nil || *back[0].Ledger != l {
		t.Errorf("%+v %v", back, err)
	}
	create := wire.NewLedger{Name: "main", Settings: l.Settings}
	if back := round[wire.NewLedger](t, wire.Encode(create), `{"name":"main","settings":{"id":"uuid7"}}`); back != create {
		t.Errorf("%+v", back)
	}
}

func TestRegistrationHasItsSchemas(t *testing.T) {
	registry := wire.Registry{Registry: []quipu.Registration{{Event: "e", Entities: []string{"x"},
		Schema: quipu.SchemaRule{Required: true, Default: "1<2"}, Versions: []string{"1<2", "2"}}}}
	const shown = `{"registry":[{"event":"e","entities":["x"],"schema":{"required":true,"default":"1<2"},"versions":["1<2","2"]}]}`
	if back := round[wire.Registry](t, wire.Encode(registry), shown); !reflect.DeepEqual(back, registry) {
		t.Errorf("%+v", back)
	}
	schema := wire.Schema{Event: "e", Version: "1", Digest: "sha256:0"}
	if back := round[wire.Schema](t, wire.Encode(schema), `{"event":"e","version":"1","digest":"sha256:0"}`); back != schema {
		t.Errorf("%+v", back)
	}
}

func TestProblemHasEveryViolation(t *testing.T) {
	e := quipu.Errorf(quipu.SchemaViolation, "does not fit").At("/events/1/data/a")
	e.Violations = []quipu.Violation{{Event: 1, Pointer: "/a", Keyword: "type", Detail: "a <number>"}, {Event: 2, Pointer: "", Keyword: "required", Detail: "b"}}
	body := wire.EncodeProblem(e)
	if back := wire.DecodeProblem(422, body); !reflect.DeepEqual(back, e) {
		t.Errorf("%+v from %s", back, body)
	}
	var p struct{ Errors []map[string]any }
	if err := json.Unmarshal(body, &p); err != nil || len(p.Errors) != 2 ||
		!reflect.DeepEqual(p.Errors[0], map[string]any{"event": 1.0, "pointer": "/a", "keyword": "type", "detail": "a <number>"}) {
		t.Errorf("%v in %s", err, body)
	}
	back, err := wire.DecodeOutcomes(wire.EncodeOutcomes([]wire.Outcome{{Error: e}}))
	if err != nil || !reflect.DeepEqual(back[0].Error, e) {
		t.Errorf("%+v %v", back, err)
	}
}

// An expected version is no condition, and so has no index.
func TestClashTravelsWithItsAggregate(t *testing.T) {
	for _, condition := range []int{0, 7, -1} {
		e := quipu.Errorf(quipu.Conflict, "does not hold")
		e.Clash = &quipu.Clash{Condition: condition, Head: 12, Aggregate: &order}
		back := wire.DecodeProblem(409, wire.EncodeProblem(e))
		if !errors.Is(back, quipu.Conflict) || !reflect.DeepEqual(back.Clash, e.Clash) {
			t.Errorf("%+v, want %+v", back.Clash, e.Clash)
		}
	}
}

func TestAggregatesAreAsDocumented(t *testing.T) {
	event := quipu.Event{Position: 7, EventID: id, Timestamp: receipt.Timestamp, Name: "e", Entities: map[string][]string{}, Aggregate: &order,
		Data: json.RawMessage(`"<"`), Meta: json.RawMessage(`{}`)}
	encoded := wire.Encode(event)
	change := wire.AppendChange([]byte("before,"), 3, receipt.Timestamp, append(append(encoded, ','), encoded...))[len("before,"):]
	const of = `"timestamp":"2021-11-16T03:30:47.430410Z"`
	want := `{"version":3,` + of + `,"events":[` + string(encoded) + `,` + string(encoded) + `]}`
	if back := round[wire.Change](t, change, want); !reflect.DeepEqual(back, wire.Change{Version: 3, Timestamp: receipt.Timestamp, Events: []quipu.Event{event, event}}) {
		t.Errorf("%+v", back)
	}
	page := round[wire.AggregatePage](t, wire.AppendAggregatePage(nil, order, change, true), `{"aggregate":`+orderJSON+`,"changes":[`+want+`],"hasMore":true}`)
	if page.Aggregate != order || len(page.Changes) != 1 || !page.HasMore {
		t.Errorf("%+v", page)
	}
	empty := round[wire.AggregatePage](t, wire.AppendAggregatePage(nil, order, nil, false), `{"aggregate":`+orderJSON+`,"changes":[],"hasMore":false}`)
	if empty.Changes == nil || len(empty.Changes) != 0 || empty.HasMore {
		t.Errorf("%+v", empty)
	}
	list := wire.Aggregates{Aggregates: []quipu.AggregateState{{Aggregate: order, Last: 9, LastChanged: receipt.Timestamp}}, HasMore: true}
	shown := `{"aggregates":[` + orderJSON[:len(orderJSON)-1] + `,"last":9,"lastChanged":"2021-11-16T03:30:47.430410Z"}],"hasMore":true}`
	if back := round[wire.Aggregates](t, wire.EncodeAggregates(list.Aggregates, true), shown); !reflect.DeepEqual(back, list) {
		t.Errorf("%+v", back)
	}
	round[wire.Aggregates](t, wire.EncodeAggregates(nil, false), `{"aggregates":[],"hasMore":false}`)
}

func TestGraphLinesAreAsDocumented(t *testing.T) {
	for _, c := range []struct {
		line wire.GraphLine
		want string
	}{
		{wire.GraphLine{Node: &wire.GraphNode{Position: 7, EventID: id, Event: "<e>", ID: "a<b", Version: 2}},
			`{"node":{"position":7,"eventId":"0005d0df8d1e990a13658533a0f8f294","event":"<e>","id":"a<b","version":2,"depth":0}}`},
		{wire.GraphLine{Node: &wire.GraphNode{Position: 7, EventID: id, Event: "e", Depth: 3}},
			`{"node":{"position":7,"eventId":"0005d0df8d1e990a13658533a0f8f294","event":"e","depth":3}}`},
		{wire.GraphLine{Edge: &wire.GraphEdge{From: 7, To: 3, Link: quipu.Link{Type: "t", Target: quipu.Target{EventID: &id}, Meta: json.RawMessage(`{"n":1.50}`)}}},
			`{"edge":{"from":7,"to":3,"type":"t","target":{"eventId":"0005d0df8d1e990a13658533a0f8f294"},"meta":{"n":1.50}}}`},
		{wire.GraphLine{Edge: &wire.GraphEdge{From: 7, To: 3, Link: quipu.Link{Type: "t", Target: quipu.Target{ID: "x", Version: 2}}}},
			`{"edge":{"from":7,"to":3,"type":"t","target":{"id":"x","version":2}}}`},
		{wire.GraphLine{End: &wire.GraphEnd{Head: 9}}, `{"end":{"head":9,"more":false}}`},
		{wire.GraphLine{End: &wire.GraphEnd{Head: 9, More: true, Cut: "depth"}}, `{"end":{"head":9,"more":true,"cut":"depth"}}`},
	} {
		if back := round[wire.GraphLine](t, wire.AppendGraphLine(nil, c.line), c.want+"\n"); !reflect.DeepEqual(back, c.line) {
			t.Errorf("%+v from %s", back, c.want)
		}
	}
}
