package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/record"
)

func examples(t testing.TB) []record.Record {
	full := *itemOrdered(t)
	full.Rest = canon(t, `{"id":"o\"1","happenedAt":"2021-11-16T03:30:46Z"}`)
	return []record.Record{
		{Position: 1, ID: quipu.NewEventID(0, 0, 4), Draft: record.Draft{Name: []byte(quipu.LedgerCreated), Entities: []byte("{}")}},
		{Position: 1042, ID: quipu.NewEventID(1637033447430415, 0x13658533, 0xa0f8f294), Draft: *itemOrdered(t)},
		{Position: 1 << 40, ID: quipu.NewEventID(1637033447430000, 1, 4), Draft: full},
		{Position: 3, ID: quipu.NewEventID(1, 2, 8), Draft: record.Draft{
			Name:     []byte("quote \" back \\ line\u2028 é𒃻"),
			Entities: canon(t, `{"t\"y":["k\\1","k\/2","\ud834\udd1e"],"z":["1"]}`),
			Data:     canon(t, `"<&>"`), Meta: canon(t, `{"a":[1.50,1e3]}`),
		}},
	}
}

func TestStoredValueComesBack(t *testing.T) {
	for _, r := range examples(t) {
		value := record.AppendValue(nil, &r)
		back, err := record.DecodeValue(r.Position, value)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%d: %+v, %v", r.Position, back, err)
		}
		if size := len(value) - len(r.ID); size > record.DraftSize(&r.Draft) || size < record.DraftBytesMin {
			t.Errorf("%d: %d bytes, DraftSize says %d", r.Position, size, record.DraftSize(&r.Draft))
		}
		for cut := range value {
			if _, err := record.DecodeValue(1, value[:cut]); !errors.Is(err, codec.ErrMalformed) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		}
		if _, err := record.DecodeValue(1, append(value, 0)); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("a byte too many: %v", err)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	for _, r := range examples(t) {
		value := record.AppendValue(nil, &r)
		decoded, err := record.DecodeValue(r.Position, value)
		if err != nil {
			t.Fatal(err)
		}
		clone := decoded.Clone()
		clear(value)
		if !reflect.DeepEqual(clone, r) {
			t.Errorf("%d: the clone changed with its source", r.Position)
		}
		_ = append(clone.Name, "overwritten"...)
		if !bytes.Equal(clone.Entities, r.Entities) {
			t.Errorf("%d: one part has room that is the next one's", r.Position)
		}
	}
}

func TestJSONIsTheEvent(t *testing.T) {
	for _, r := range examples(t) {
		line := record.AppendJSON(nil, &r)
		if bytes.ContainsAny(line, "\n\r") || !json.Valid(line) {
			t.Fatalf("not one line of JSON: %s", line)
		}
		event, err := r.Event()
		if err != nil {
			t.Fatal(err)
		}
		var read quipu.Event
		if err := json.Unmarshal(line, &read); err != nil || !reflect.DeepEqual(read, event) {
			t.Errorf("read from JSON: %+v, %v\nEvent(): %+v", read, err, event)
		}
	}
	want := `{"position":1042,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z","event":"Item Ordered",` +
		`"entities":{"patron":["Harold_Cho"]},"data":{"menuItem":"Bean Burrito","peppers":5,"spicy":true,"toppings":["chiles","salsa verde"]},` +
		`"meta":{"actor":"register-2","commandId":"e33692e9-3e73-4028-8962-2753ddae2a0f","correlationId":"22341"}}`
	if got := record.AppendJSON([]byte(">"), &examples(t)[1]); string(got) != ">"+want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEventHasMemoryOfItsOwn(t *testing.T) {
	value := record.AppendValue(nil, &examples(t)[1])
	r, _ := record.DecodeValue(1, value)
	event, err := r.Event()
	if err != nil {
		t.Fatal(err)
	}
	clear(value)
	if event.Name != "Item Ordered" || event.Entities["patron"][0] != "Harold_Cho" || !json.Valid(event.Data) || !json.Valid(event.Meta) {
		t.Errorf("%+v", event)
	}
}

func TestTimesHaveSixDigits(t *testing.T) {
	for micros, want := range map[int64]string{
		0:                "1970-01-01T00:00:00.000000Z",
		1637033447430000: "2021-11-16T03:30:47.430000Z",
		1637033447000001: "2021-11-16T03:30:47.000001Z",
	} {
		if got := string(record.AppendTime(nil, micros)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if back, err := time.Parse(quipu.TimeLayout, want); err != nil || back.UnixMicro() != micros {
			t.Errorf("%s is read as %v, %v", want, back, err)
		}
	}
}

func TestTermsOfEveryEntity(t *testing.T) {
	d := record.Draft{Entities: canon(t, `{"order":["o-17"],"patron":["a","b\"c"],"é":["𒃻"]}`)}
	var got []string
	if err := d.Terms(nil, func(term []byte) bool { got = append(got, string(term)); return true }); err != nil {
		t.Fatal(err)
	}
	want := []string{"order\x00o-17", "patron\x00a", "patron\x00b\"c", "é\x00𒃻"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, term := range got {
		entityType, key, ok := record.SplitTerm([]byte(term))
		if !ok || string(record.AppendTerm(nil, string(entityType), string(key))) != term {
			t.Errorf("%q is split into %q and %q", term, entityType, key)
		}
	}
	calls := 0
	if err := d.Terms(nil, func([]byte) bool { calls++; return calls < 2 }); err != nil || calls != 2 {
		t.Errorf("stopped after the second, called %d times, %v", calls, err)
	}
	if !d.HasEntityType("patron") || d.HasEntityType("patr") || d.HasEntityType("") {
		t.Error("HasEntityType")
	}
}

func TestTermsOfMalformedEntities(t *testing.T) {
	for _, bad := range []string{``, `null`, `[]`, `{"a":"b"}`, `{"a":[1]}`, `{"a":["b]}`, `{"a":["\x"]}`, `{"a":["b"]`, `{"a":["b"],}`, `{"a":["]}`} {
		d := record.Draft{Entities: []byte(bad)}
		if err := d.Terms(nil, func([]byte) bool { return true }); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzDecodeValue(f *testing.F) {
	for _, r := range examples(f) {
		f.Add(record.AppendValue(nil, &r))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := record.DecodeValue(7, value)
		if err != nil {
			return
		}
		again, err := record.DecodeValue(7, record.AppendValue(nil, &r))
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("%+v comes back as %+v, %v", r, again, err)
		}
		_ = r.Terms(nil, func([]byte) bool { return true })
		_ = r.EntityTypes(func(string) bool { return true })
		_, _ = r.Event()
		record.AppendJSON(nil, &r)
	})
}
