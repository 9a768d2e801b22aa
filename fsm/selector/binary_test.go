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
	whole := parse(t, `{"entities":{"a":["b"]},"events":{"c":{"query":"$ ? (@ == $n)","vars":{"n":1}},"d":{}},"meta":"$.x","system":true,`+
		seedMembers[1:]).AppendBinary(nil)
	link := func(linkType, target string, version uint64) []byte {
		return codec.AppendUint(codec.AppendText(codec.AppendText([]byte{8, 0, 0, 0, 0, 0, 0, 1}, linkType), target), version)
	}
	for cut := range whole {
		if _, err := selector.Decode(whole[:cut]); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	for name, bad := range map[string][]byte{
		"a byte more":       append(whole[:len(whole):len(whole)], 0),
		"an unknown flag":   {16, 0, 0},
		"meta without path": {4, 0, 0, 0},
		"many terms":        codec.AppendUint([]byte{0}, math.MaxUint64),
		"many names":        codec.AppendUint([]byte{0, 0}, math.MaxUint64),

		"members without one":            {8, 0, 0, 0, 0, 0, 0, 0},
		"entities alone as members":      {8, 1, 3, 'a', 0, 'b', 0, 0, 0, 0, 0, 0},
		"many ids":                       codec.AppendUint([]byte{8, 0, 0, 0}, math.MaxUint64),
		"many links":                     codec.AppendUint([]byte{8, 0, 0, 0, 0, 0, 0}, math.MaxUint64),
		"a link filter without anything": link("", "", 0),
		"a version without a target":     link("a", "", 1),
		"a version of a position":        link("", "lp1", 1),
		"a version of an event id":       link("", "le"+linkedID, 1),
	} {
		if _, err := selector.Decode(bad); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What no flag announces is not there, so that most selectors do without it.
func TestEncodingOfTheCommonSelector(t *testing.T) {
	got := parse(t, `{"entities":{"a":["b"]},"events":["c"]}`).AppendBinary(nil)
	if want := "\x02\x01\x03a\x00b\x01\x01c\x00\x00"; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Equal selectors are encoded alike, in whatever order they come.
func TestDecodePutsInOrder(t *testing.T) {
	unordered := codec.AppendUint([]byte{8, 2, 3, 'b', 0, 'b', 3, 'a', 0, 'b', 0, 0, 3, 1, 'b', 1, 'a', 1, 'b', 0, 0}, 3)
	for _, linkType := range []string{"b", "a", "b"} {
		unordered = codec.AppendUint(codec.AppendText(codec.AppendText(unordered, linkType), "lix"), 1)
	}
	s, err := selector.Decode(unordered)
	if err != nil {
		t.Fatal(err)
	}
	target := `"target":{"id":"x","version":1}`
	want := parse(t, `{"entities":{"a":"b","b":"b"},"id":["a","b"],"links":[{"type":"a",`+target+`},{"type":"b",`+target+`}]}`)
	if got := s.AppendBinary(nil); string(got) != string(want.AppendBinary(nil)) {
		t.Errorf("%q, want %q", got, want.AppendBinary(nil))
	}
}

// The variables and members of a decoded selector may be used after the entry that it came in is gone.
func TestDecodeAndReadTheSelectorLater(t *testing.T) {
	source := parse(t, `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":1}}},`+seedMembers[1:]).AppendBinary(nil)
	s, err := selector.Decode(source)
	if err != nil {
		t.Fatal(err)
	}
	r := with(t, event(t, "a", `{"t":["k"]}`, "1", ""), fullMembers)
	if match, err := s.Matches(r); !match || err != nil {
		t.Fatal(match, err)
	}
	clear(source)
	if match, err := s.Matches(r); !match || err != nil {
		t.Error("a compiled query shares memory with what it was decoded from", match, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{seedReplay, seedFilter, `{"events":{"a":{"query":"$ ? (@ == $n)","vars":{"n":1}}},"meta":"$.x","system":true}`, seedMembers} {
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
			_, _ = s.Matches(with(t, event(t, "a", r, `{"x":1}`, `{"a":1}`), fullMembers))
			_, _ = s.Matches(event(t, "$a", r, ``, ``))
		}
	})
}
