package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/api"
)

// written gives drafts as the full form of an append.
func written(drafts []record.Draft, key string) []byte {
	type event struct {
		Event    string          `json:"event"`
		Entities json.RawMessage `json:"entities"`
		Data     json.RawMessage `json:"data"`
		Meta     json.RawMessage `json:"meta"`
		optional
	}
	var body struct {
		Events []event `json:"events"`
		Key    string  `json:"idempotencyKey,omitempty"`
	}
	for i := range drafts {
		d := &drafts[i]
		e := event{Event: string(d.Name), Entities: d.Entities, Data: d.DataOrDefault(), Meta: d.MetaOrDefault()}
		if len(d.Rest) > 0 {
			_ = json.Unmarshal(d.Rest, &e.optional)
		}
		body.Events = append(body.Events, e)
	}
	body.Key = key
	out, _ := json.Marshal(body)
	return out
}

type optional struct {
	ID         string `json:"id,omitempty"`
	HappenedAt string `json:"happenedAt,omitempty"`
}

// Whatever comes, the reader of appends answers with an append that is canonical and reads back as itself, or with an
// error that a client can be shown.
func FuzzReadAppend(f *testing.F) {
	for _, seed := range []string{fullAppend, seedEvent, event(`,"id":"x","happenedAt":"2021-11-16T03:30:47Z"`), events(3), guarded(seedFilter), `{}`, `[`,
		event(`,"data":{"b":1.50,"a":"\u2028<"},"meta":{"z":[1e2,{}]}`), `{"event":"é","entity":"\ud83d\ude00","key":"~/"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := api.ReadAppend(body)
		if err != nil {
			var known *quipu.Error
			if !errors.As(err, &known) || (known.Kind != quipu.Invalid && known.Kind != quipu.TooLarge) || known.Detail == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		for i := range a.Events {
			d := &a.Events[i]
			if d.System() || len(d.Name) == 0 || !canonical.Valid(d.Entities) || !canonical.Valid(d.DataOrDefault()) ||
				!canonical.Valid(d.MetaOrDefault()) || (len(d.Rest) > 0 && !canonical.Valid(d.Rest)) {
				t.Fatalf("draft %s %s %s %s %s", d.Name, d.Entities, d.Data, d.Meta, d.Rest)
			}
		}
		again, err := api.ReadAppend(written(a.Events, a.Key))
		if err != nil {
			t.Fatalf("%v in %s", err, written(a.Events, a.Key))
		}
		if record.DigestOf(again.Events) != record.DigestOf(a.Events) || again.Key != a.Key || again.Digest != a.Digest {
			t.Fatalf("%s reads back otherwise", written(a.Events, a.Key))
		}
	})
}

// However a body is cut into reads and whatever the buffer, its lines are the same as those of a plain split.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n  \nlong long long line\nlast"), 3, 8)
	f.Add([]byte("\n"), 0, 0)
	f.Add(bytes.Repeat([]byte("x"), 100), 1, 40)
	f.Fuzz(func(t *testing.T, body []byte, buffer, most int) {
		buffer, most = 16+buffer&63, 1+most&127
		var want []string
		for _, line := range bytes.SplitAfter(body, []byte{'\n'}) {
			if len(line) > most+2 {
				want = append(want, "too long")
			} else if line = bytes.TrimSpace(line); len(line) > 0 {
				want = append(want, string(line))
			}
		}
		for _, from := range []io.Reader{bytes.NewReader(body), iotest.OneByteReader(bytes.NewReader(body)), iotest.DataErrReader(bytes.NewReader(body))} {
			next := api.Lines(from, buffer, most)
			var got []string
			for {
				line, err := next()
				if errors.Is(err, io.EOF) {
					break
				}
				if errors.Is(err, api.ErrLineTooLong) {
					line = []byte("too long")
				} else if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(line))
			}
			if len(got) != len(want) {
				t.Fatalf("%q, want %q", got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%q, want %q", got, want)
				}
			}
		}
	})
}
