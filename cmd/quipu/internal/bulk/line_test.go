package bulk_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
)

func importLine(line string) (*fakeLedger, error) {
	target := &fakeLedger{}
	_, err := bulk.Import(context.Background(), strings.NewReader(good+"\n"+line+"\n"), target, bulk.Options{Register: true})
	return target, err
}

func TestLineThatIsWrongEndsTheImportWithItsNumber(t *testing.T) {
	many := `"` + strings.Repeat(`k","`, 100) + `k"`
	for name, c := range map[string]struct {
		line string
		want string // in the error
		kind quipu.Kind
	}{
		"not JSON":               {`{`, "", quipu.Invalid},
		"not an object":          {`[1]`, "an object", quipu.Invalid},
		"two on a line":          {good + good, "", quipu.Invalid},
		"no name":                {`{"entities":{"t":["k"]}}`, "event is missing", quipu.Invalid},
		"no entities":            {`{"event":"e"}`, "no entities", quipu.Invalid},
		"empty entities":         {`{"event":"e","entities":{}}`, "no entities", quipu.Invalid},
		"no keys":                {`{"event":"e","entities":{"t":[]}}`, "has no key", quipu.Invalid},
		"a key that is a number": {`{"event":"e","entities":{"t":[1]}}`, "/entities/t/0", quipu.Invalid},
		"an empty key":           {`{"event":"e","entities":{"t":[""]}}`, "empty", quipu.Invalid},
		"too many keys":          {`{"event":"e","entities":{"t":[` + many + `]}}`, "limit is 100", quipu.TooLarge},
		"a system event":         {`{"event":"$e","entities":{"t":["k"]}}`, "$", quipu.Invalid},
		"an unknown member":      {`{"event":"e","entites":{"t":["k"]}}`, `did you mean "entities"`, quipu.Invalid},
		"a key twice":            {`{"event":"e","entities":{"t":["k","k"]}}`, "/entities/t/1", quipu.Invalid},
		"an entity without key":  {`{"event":"e","entity":"t"}`, "go together", quipu.Invalid},
		"entities and an entity": {`{"event":"e","entities":{"t":["k"]},"entity":"t","key":"k"}`, "both", quipu.Invalid},
		"an id twice":            {`{"event":"e","entities":{"t":["k"]},"id":"x","eventId":"x"}`, "both", quipu.Invalid},
		"a member twice":         {`{"event":"e","event":"f","entities":{"t":["k"]}}`, "", quipu.Invalid},
		"a member of data twice": {`{"event":"e","entities":{"t":["k"]},"data":{"a":1,"a":2}}`, "", quipu.Invalid},
		"meta of another type":   {`{"event":"e","entities":{"t":["k"]},"meta":[]}`, "/meta", quipu.Invalid},
		"data too large":         {`{"event":"e","entities":{"t":["k"]},"data":"` + strings.Repeat("x", 1<<20) + `"}`, "data", quipu.TooLarge},
		"meta too large":         {`{"event":"e","entities":{"t":["k"]},"meta":{"m":"` + strings.Repeat("x", 64<<10) + `"}}`, "meta", quipu.TooLarge},
		"a time without a zone":  {`{"event":"e","entities":{"t":["k"]},"happenedAt":"2021-11-16T03:30:46"}`, "RFC 3339", quipu.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			target, err := importLine(c.line)
			var line *bulk.LineError
			if !errors.As(err, &line) || line.Line != 2 {
				t.Fatalf("error is %v, want one of line 2", err)
			}
			if !strings.Contains(err.Error(), c.want) || quipu.KindOf(err) != c.kind {
				t.Errorf("error is %v of kind %s, want %q and %s", err, quipu.KindOf(err), c.want, c.kind)
			}
			if len(target.events) > 0 && len(c.line) < 1<<20 { // a longer line has a chunk of its own
				t.Errorf("%d events of the chunk were stored", len(target.events))
			}
		})
	}
}

func TestLineBecomesItsEvent(t *testing.T) {
	target, err := importLine(`{"meta": {"b":1,"a":2}, "event":"f", "entities":{"t":["k","l"],"u":["m"]}, "data": 1.50, "id":"x", "happenedAt":"2021-11-16T03:30:46+01:00"}`)
	if err != nil {
		t.Fatal(err)
	}
	e := target.events[1]
	same := e.Name == "f" && e.ID == "x" && e.HappenedAt == "2021-11-16T03:30:46+01:00" &&
		string(e.Data.(json.RawMessage)) == "1.50" && string(e.Meta.(json.RawMessage)) == `{"a":2,"b":1}` &&
		strings.Join(e.Entities["t"], " ")+strings.Join(e.Entities["u"], " ") == "k lm"
	if !same {
		t.Errorf("the event is %+v", e)
	}
}

func TestShorthandsMeanTheSame(t *testing.T) {
	target, err := importLine(`{"event":"f","entity":"t","key":"k","eventId":"x","timestamp":"2021-11-16T03:30:46Z"}`)
	if err != nil {
		t.Fatal(err)
	}
	if e := target.events[1]; e.Entities["t"][0] != "k" || e.ID != "x" || e.HappenedAt != "2021-11-16T03:30:46Z" {
		t.Errorf("the event is %+v", e)
	}
}

func TestExportIsImportedWithoutWhatIsTheLedgers(t *testing.T) {
	const export = `{"position":1,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z","event":"$ledger-created","entities":{"$ledger":["a0f8f294"]},"data":{},"meta":{}}
{"position":2,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z","event":"e","entities":{"t":["k"]},"data":{},"meta":{}}
{"end":{"position":2,"head":2,"more":false}}
`
	target := &fakeLedger{}
	result, err := bulk.Import(context.Background(), strings.NewReader(export), target, bulk.Options{Register: true})
	if err != nil || result.State.Events != 1 || len(target.events) != 1 || target.events[0].Name != "e" {
		t.Errorf("imported %+v, %v; want the one event e", target.events, err)
	}
}

func TestRegisterMakesTheUnionOfTypesBeforeTheyAreNeeded(t *testing.T) {
	const text = `{"event":"e","entities":{"b":["k"]}}
{"event":"e","entities":{"a":["k"]}}
{"event":"f","entities":{"a":["k"]}}
`
	target := &fakeLedger{registry: map[string][]string{"e": {"z"}, "f": {"a", "z"}}}
	if _, err := bulk.Import(context.Background(), strings.NewReader(text), target, bulk.Options{Register: true}); err != nil {
		t.Fatal(err)
	}
	got := maps.Collect(func(yield func(string, string) bool) {
		for event, entities := range target.registry {
			if !yield(event, strings.Join(entities, " ")) {
				return
			}
		}
	})
	if got["e"] != "a b z" || got["f"] != "a z" || len(target.registered) != 1 {
		t.Errorf("registry is %v after %d registrations", got, len(target.registered))
	}
}

func TestRegisterKeepsWhatIsSaidOfSchemas(t *testing.T) {
	rule := quipu.SchemaRule{Required: true, Default: "1.0"}
	target := &fakeLedger{registry: map[string][]string{"e": {"z"}}, rules: map[string]quipu.SchemaRule{"e": rule}}
	if _, err := bulk.Import(context.Background(), strings.NewReader(good), target, bulk.Options{Register: true}); err != nil {
		t.Fatal(err)
	}
	want := quipu.Registration{Event: "e", Entities: []string{"t", "z"}, Schema: rule}
	if len(target.registered) != 1 || !reflect.DeepEqual(target.registered[0], want) {
		t.Errorf("registered %+v, want %+v", target.registered, want)
	}
}

// A name is registered with a type at least, and an event need not name any.
func TestRegisterFindsATypeForEventsWithoutEntities(t *testing.T) {
	const text = `{"event":"e","aggregate":{"type":"order","key":"o"}}
{"event":"f","correlations":[{"service":"s","name":"n","identifier":"i"}]}
{"event":"g","aggregate":{"type":"order","key":"o"},"entities":{"t":["k"]}}
{"event":"e","aggregate":{"type":"other","key":"o"}}
`
	target := &fakeLedger{}
	if _, err := bulk.Import(context.Background(), strings.NewReader(text), target, bulk.Options{Register: true}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for event, types := range target.registry {
		got[event] = strings.Join(types, " ")
	}
	if want := map[string]string{"e": "order", "f": "s/n", "g": "t"}; !maps.Equal(got, want) {
		t.Errorf("registered %v, want %v", got, want)
	}
}

// The versions of aggregates are not kept: the events of a chunk are one change.
func TestExportOfAnotherLedgerIsAppendedAnew(t *testing.T) {
	const place = `"position":2,"eventId":"0005d0df8d1e990f13658533a0f8f294","timestamp":"2021-11-16T03:30:47.430415Z","event":"e","entities":{}`
	const export = `{` + place + `,"data":{},"meta":{},"aggregate":{"type":"order","key":"o","version":1},"id":"x"}
{` + place + `,"data":{},"meta":{},"aggregate":{"type":"order","key":"o","version":2},"id":"x","version":2,"links":[{"target":{"id":"x","version":1},"type":"version"}],` +
		`"files":[{"hash":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","id":"f","size":5,"data":"aGVsbG8="}]}
`
	target := &fakeLedger{}
	if _, err := bulk.Import(context.Background(), strings.NewReader(export), target, bulk.Options{Register: true}); err != nil {
		t.Fatal(err)
	}
	if len(target.appends) != 1 || len(target.events) != 2 {
		t.Fatalf("%+v", target.appends)
	}
	first, second := target.events[0], target.events[1]
	if want := (quipu.NewAggregate{Type: "order", Key: "o"}); *first.Aggregate != want || *second.Aggregate != want {
		t.Errorf("aggregates are %+v and %+v", first.Aggregate, second.Aggregate)
	}
	if second.ID != "x" || second.Version != 2 || len(second.Links) != 1 || second.Files[0].Data != "aGVsbG8=" || second.HappenedAt != "" {
		t.Errorf("the second event is %+v", second)
	}
}

func TestImportWithoutRegisterRefusesWhatIsNotRegistered(t *testing.T) {
	for _, line := range []string{`{"event":"other","entities":{"t":["k"]}}`, `{"event":"e","entities":{"other":["k"]}}`} {
		target := &fakeLedger{registry: map[string][]string{"e": {"t"}}}
		_, err := bulk.Import(context.Background(), strings.NewReader(line), target, bulk.Options{})
		if quipu.KindOf(err) != quipu.NotRegistered || !strings.Contains(err.Error(), "other") || target.calls > 0 {
			t.Errorf("error is %v after %d calls, want not_registered with the name, and nothing sent", err, target.calls)
		}
	}
}
