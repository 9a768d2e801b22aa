package main

import (
	"encoding/json"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// times is a selector that is all ranges of time.
const times = `{"from":"2021-11-16T03:30:46.5Z","to":"2021-11-17T00:00:00+01:00",` +
	`"happenedFrom":"2021-11-16T00:00:00.000000001Z","happenedTo":"2022-01-01T00:00:00Z"}`

func TestSelectorShorthandsBecomeTheWholeForm(t *testing.T) {
	for text, want := range map[string]string{
		`{"entity":"t","key":"k"}`:                                                              `{"entities":{"t":["k"]}}`,
		`{"entity":"t","keys":["k","l"],"after":7}`:                                             `{"entities":{"t":["k","l"]},"after":7}`,
		`{"entities":{"t":"k"},"events":["a","b"]}`:                                             `{"entities":{"t":["k"]},"events":{"a":{},"b":{}}}`,
		`{"events":{"a":"$.x ? (@ > 1)"}}`:                                                      `{"events":{"a":{"query":"$.x ? (@ > 1)"}}}`,
		`{"meta":"$.a ? (@ == 1)","system":true,"limit":3}`:                                     `{"meta":{"query":"$.a ? (@ == 1)"},"limit":3,"system":true}`,
		`{"events":{"a":{"query":"$.x ? (@ > $y)","vars":{"y":1}}},"reverse":true,"until":9}`:   `{"events":{"a":{"query":"$.x ? (@ > $y)","vars":{"y":1}}},"until":9,"reverse":true}`,
		`{"id":"a","producer":["p","q"],"schema":"1.0"}`:                                        `{"id":["a"],"producer":["p","q"],"schema":["1.0"]}`,
		`{"correlations":[{"service":"s","name":"n","identifier":"a/b"}]}`:                      `{"correlations":[{"service":"s","name":"n","identifier":"a/b"}]}`,
		`{"links":{"type":"parent"}}`:                                                           `{"links":[{"type":"parent"}]}`,
		`{"links":[{"target":{"id":"o-17","version":2}},{"type":"t","target":{"position":7}}]}`: `{"links":[{"target":{"id":"o-17","version":2}},{"type":"t","target":{"position":7}}]}`,
		times: times,
	} {
		s, err := parseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := json.Marshal(s)
		if err != nil || compactJSON(t, got) != compactJSON(t, []byte(want)) {
			t.Errorf("%s becomes %s, %v; want %s", text, got, err, want)
		}
	}
}

// compactJSON gives JSON with sorted members and without HTML's escapes.
func compactJSON(t *testing.T, text []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// FuzzParseSelector: what is taken here means the same to the server once it has
// gone through the client's types.
func FuzzParseSelector(f *testing.F) {
	f.Add(`{"entity":"t","keys":["k","l"],"after":7}`)
	f.Add(`{"events":{"a":{"query":"$.x ? (@ > $y)","vars":{"y":1}}},"meta":"$.a ? (@ == 1)"}`)
	f.Add(`{"entities":{"t":"k"},"events":["a","b"],"after":"0005d0df8d1e990f13658533a0f8f294"}`)
	f.Add(`{"id":"a","producer":["p","q"],"schema":"1.0","links":{"target":{"id":"o","version":2}},"correlations":[{"service":"s","name":"n","identifier":"a/b"}]}`)
	f.Add(`{"from":"2021-11-16T03:30:46.5Z","to":"2021-11-17T00:00:00+01:00","happenedFrom":"0000-01-01T00:00:00.000000001Z","happenedTo":"9999-12-31T23:59:59Z"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSelector(text)
		if err != nil {
			return
		}
		sent, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("%s was taken but does not encode: %v", text, err)
		}
		direct, err := selector.ParseRead(shape.Of([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		through, err := selector.ParseRead(shape.Of(sent))
		if err != nil {
			t.Fatalf("%s was taken, but is refused as %s: %v", text, sent, err)
		}
		if string(direct.AppendBinary(nil)) != string(through.AppendBinary(nil)) {
			t.Errorf("%s means something else as %s", text, sent)
		}
	})
}
