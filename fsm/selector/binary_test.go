package selector_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/quipu-ledger/quipu/fsm/codec"
	"github.com/quipu-ledger/quipu/fsm/selector"
)

func decoded(t testing.TB, s *selector.Selector) *selector.Selector {
	t.Helper()
	back, err := selector.Decode(s.AppendBinary(nil))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestDecodedSelectorMatchesTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawSelector(rt)
		s := parse(t, text)
		back := decoded(t, s)
		l := drawLog(rt, t)
		for i := range l.records {
			want, err := s.Matches(&l.records[i])
			got, errBack := back.Matches(&l.records[i])
			if got != want || err != nil || errBack != nil {
				rt.Fatalf("%s: %v, %v; decoded %v, %v", text, want, err, got, errBack)
			}
		}
	})
}

func TestDecodeRefusesWhatNoSelectorIs(t *testing.T) {
	whole := parse(t, `{"entities":{"a":["b"]},"events":{"c":{"query":"$ ? (@ == $n)","vars":{"n":1}},"d":{}},"meta":"$.x","system":true}`).AppendBinary(nil)
	for cut := range whole {
		if _, err := selector.Decode(whole[:cut]); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	for name, bad := range map[string][]byte{
		"a byte more":       append(whole[:len(whole):len(whole)], 0),
		"an unknown flag":   {8, 0, 0},
		"meta without path": {4, 0, 0, 0},
		"many terms":        codec.AppendUint([]byte{0}, math.MaxUint64),
		"many names":        codec.AppendUint([]byte{0, 0}, math.MaxUint64),
	} {
		if _, err := selector.Decode(bad); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The variables of a decoded selector may be used after the entry that it came in is gone.
func TestDecodeAndReadTheSelectorLater(t *testing.T) {
	source := parse(t, `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":1}}}}`).AppendBinary(nil)
	s, err := selector.Decode(source)
	if err != nil {
		t.Fatal(err)
	}
	if match, err := s.Matches(event(t, "a", `{"t":["k"]}`, "1", "")); !match || err != nil {
		t.Fatal(match, err)
	}
	clear(source)
	if match, err := s.Matches(event(t, "a", `{"t":["k"]}`, "1", "")); !match || err != nil {
		t.Error("a compiled query shares memory with what it was decoded from", match, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{seedReplay, seedFilter, `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":1}}},"meta":"$.x","system":true}`} {
		f.Add(parse(f, text).AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := selector.Decode(src)
		if err != nil {
			return
		}
		back, err := selector.Decode(s.AppendBinary(nil))
		if err != nil || string(back.AppendBinary(nil)) != string(s.AppendBinary(nil)) {
			t.Fatalf("%q, %v", back.AppendBinary(nil), err)
		}
		for _, r := range []string{`{}`, `{"a":["b"]}`} {
			_, _ = s.Matches(event(t, "a", r, `{"x":1}`, `{"a":1}`))
			_, _ = s.Matches(event(t, "$a", r, ``, ``))
		}
	})
}
