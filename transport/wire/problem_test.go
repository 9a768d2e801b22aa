package wire_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// Statuses are a promise to clients; they are written here again so that the table cannot change unnoticed.
var statuses = map[quipu.Kind]int{
	quipu.Invalid: 400, quipu.Unauthenticated: 401, quipu.Forbidden: 403, quipu.NotFound: 404, quipu.Conflict: 409,
	quipu.TooLarge: 413, quipu.NotRegistered: 422, quipu.Mismatch: 422, quipu.SchemaViolation: 422,
	quipu.Unavailable: 503, quipu.Uncertain: 504, quipu.Internal: 500, quipu.Corrupt: 500,
}

func TestEveryKindTravelsByNameBothWays(t *testing.T) {
	if len(statuses) != len(quipu.Kinds) {
		t.Errorf("%d statuses for %d kinds", len(statuses), len(quipu.Kinds))
	}
	for _, kind := range quipu.Kinds {
		status := wire.Status(kind)
		if status != statuses[kind] {
			t.Errorf("%s: status %d, want %d", kind, status, statuses[kind])
		}
		body := wire.EncodeProblem(quipu.Errorf(kind, "detail"))
		for _, seen := range []int{status, 200, 599} { // the kind counts, whatever the status became on the way
			if back := wire.DecodeProblem(seen, body); !errors.Is(back, kind) {
				t.Errorf("%s came back as %s", kind, back.Kind)
			}
		}
		if guess := wire.KindOfStatus(status); statuses[guess] != status {
			t.Errorf("status %d is taken for %s", status, guess)
		}
	}
}

func TestStatusOfAnAnswerThatNoNodeWrote(t *testing.T) {
	for status, want := range map[int]quipu.Kind{
		400: quipu.Invalid, 404: quipu.NotFound, 405: quipu.Invalid, 415: quipu.Invalid, 422: quipu.NotRegistered,
		429: quipu.Unavailable, 500: quipu.Internal, 502: quipu.Uncertain, 503: quipu.Unavailable, 504: quipu.Uncertain,
		200: quipu.Internal, 301: quipu.Internal,
	} {
		for _, body := range []string{"", "<html>", `{"kind":"unheard_of"}`, `[]`} {
			e := wire.DecodeProblem(status, []byte(body))
			if e.Kind != want || e.Detail == "" || e.Hint == "" {
				t.Errorf("%d %q: %+v", status, body, e)
			}
		}
	}
}

func TestProblemCarriesWhatACallerMaySee(t *testing.T) {
	e := &quipu.Error{
		Kind: quipu.Invalid, Op: "the op", Detail: "a <detail>", Pointer: "/events/0", Column: 7, Hint: "a hint",
		RequestID: "r1", Err: errors.New("the secret"),
	}
	body := wire.EncodeProblem(e)
	for _, hidden := range []string{"the op", "the secret"} {
		if strings.Contains(string(body), hidden) {
			t.Errorf("%q left the process: %s", hidden, body)
		}
	}
	want := *e
	want.Op, want.Err = "", nil
	if back := wire.DecodeProblem(400, body); !reflect.DeepEqual(*back, want) {
		t.Errorf("%+v, want %+v", *back, want)
	}
	if !strings.HasPrefix(string(body), `{"status":400,"kind":"invalid",`) || !strings.Contains(string(body), "a <detail>") {
		t.Errorf("%s", body)
	}
	members := map[string]any{}
	_ = json.Unmarshal(wire.EncodeProblemStatus(http.StatusUnsupportedMediaType, e), &members)
	if members["status"] != 415.0 || members["kind"] != "invalid" {
		t.Errorf("%v", members)
	}
}

func TestInternalErrorShowsAFixedSentence(t *testing.T) {
	for _, kind := range []quipu.Kind{quipu.Internal, "unheard_of", ""} {
		e := &quipu.Error{Kind: kind, Detail: "the secret", Hint: "the secret", Pointer: "/the secret", RequestID: "r1", Err: io.EOF}
		body := string(wire.EncodeProblem(e))
		back := wire.DecodeProblem(500, []byte(body))
		if strings.Contains(body, "the secret") || back.Kind != quipu.Internal || back.RequestID != "r1" || back.Detail == "" {
			t.Errorf("%s", body)
		}
	}
}

func TestClashTravelsWithItsEvents(t *testing.T) {
	clash := &quipu.Clash{Condition: 0, Head: 12, More: true, Events: []quipu.Event{{
		Position: 11, EventID: quipu.NewEventID(1637033447430410, 7, 8), Timestamp: time.UnixMicro(1637033447430410).UTC(),
		Name: "Item <Ordered>", Entities: map[string][]string{"patron": {"Harold_Cho"}},
		Data: json.RawMessage(`{"n":1.50,"x":"<&>"}`), Meta: json.RawMessage(`{}`), ID: "mine", HappenedAt: "2021-11-16T03:30:47Z",
	}}}
	e := quipu.Errorf(quipu.Conflict, "does not hold")
	e.Clash = clash
	body := wire.EncodeProblem(e)
	if !strings.Contains(string(body), `"condition":0,"head":12,"events":[{"position":11,`) ||
		!strings.Contains(string(body), `"timestamp":"2021-11-16T03:30:47.430410Z"`) || !strings.Contains(string(body), `{"n":1.50,"x":"<&>"}`) {
		t.Errorf("%s", body)
	}
	if back := wire.DecodeProblem(409, body); !reflect.DeepEqual(back.Clash, clash) {
		t.Errorf("%+v, want %+v", back.Clash, clash)
	}
}

// Whatever an answer's body is, it becomes an error of some kind.
func FuzzDecodeProblem(f *testing.F) {
	f.Add(409, []byte(`{"kind":"conflict","condition":0,"head":1,"events":[{"position":1,"eventId":"0005d0df8d1e990f13658533a0f8f294"}]}`))
	f.Add(502, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := wire.DecodeProblem(status, body)
		if e.Kind == "" {
			t.Fatalf("%d %q: no kind", status, body)
		}
		if again := wire.DecodeProblem(0, wire.EncodeProblem(e)); again.Kind != e.Kind {
			t.Fatalf("%s came back as %s", e.Kind, again.Kind)
		}
	})
}
