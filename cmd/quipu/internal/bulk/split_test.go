package bulk_test

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/bulk"
)

func TestSplitMakesALineOfEachDocument(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                     {"", ""},
		"white space":                 {" \r\n\t", "\n"},
		"lines stay as they are":      {"{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}\n{\"b\":2}\n"},
		"no end of the last line":     {`{"a":1}`, "{\"a\":1}\n"},
		"nothing between documents":   {`{"a":1}{"b":2}`, "{\"a\":1}\n{\"b\":2}\n"},
		"on several lines":            {"{\n \"a\":\n[\n1]}\n{}", "{  \"a\": [ 1]}\n\n\n\n{}\n"},
		"an array":                    {`[{"a":1},{"b":2}]`, "{\"a\":1}\n{\"b\":2}\n"},
		"an array on several lines":   {"[\n{\"a\":1},\n{}\n]\n", "\n{\"a\":1}\n{}\n\n"},
		"an empty array":              {" [ ] ", ""},
		"brackets in texts":           {`{"a":"}]{[\""}{"b":"\\"}`, `{"a":"}]{[\""}` + "\n" + `{"b":"\\"}` + "\n"},
		"what is wrong in a document": {`{"a" 01 tru}{]}`, "{\"a\" 01 tru}\n{]\n"},
	} {
		for _, in := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			out, err := io.ReadAll(iotest.OneByteReader(bulk.Split(in)))
			if name == "what is wrong in a document" {
				err = nil // of the bracket behind it
			}
			if string(out) != c.want || err != nil {
				t.Errorf("%s: %q, %v; want %q", name, out, err, c.want)
			}
		}
	}
}

func TestSplitRefusesWhatIsNoDocument(t *testing.T) {
	for text, want := range map[string]struct {
		line   int
		detail string
	}{
		"\n1":                 {2, `'1'`},
		"null":                {1, `'n'`},
		"{}\n,{}":             {2, `','`},
		"[{}\n{}]":            {2, `'{'`},
		"[{},]":               {1, `']'`},
		"[,{}]":               {1, `','`},
		"[{}]\n\n{}":          {3, `'{'`},
		"[{}][{}]":            {1, `'['`},
		"{}[{}]":              {1, `'['`},
		"[[{}]]":              {1, `'['`},
		"{}]":                 {1, `']'`},
		"\ufeff{}":            {1, `'ï'`},
		"{}\n{\n\"a\":\"b\nc": {3, "a text goes over the end of the line"},
		"{}\n{\n\"a\":1":      {2, "the document that begins here has no end"},
		"[{}\n,{}\n":          {3, "the array of documents has no end"},
		"[":                   {1, "the array of documents has no end"},
		`{"a":"\"}`:           {1, "the document that begins here has no end"},
	} {
		_, err := io.ReadAll(bulk.Split(strings.NewReader(text)))
		var line *bulk.LineError
		var refused *quipu.Error
		if !errors.As(err, &line) || !errors.As(err, &refused) || line.Line != want.line || !strings.Contains(refused.Detail, want.detail) {
			t.Errorf("%q: error %v, want %q on line %d", text, err, want.detail, want.line)
		}
	}
}

func TestSplitPassesOnErrorsOfTheText(t *testing.T) {
	errLost := errors.New("lost")
	out, err := io.ReadAll(bulk.Split(io.MultiReader(strings.NewReader(`{}{"a"`), iotest.ErrReader(errLost))))
	if !errors.Is(err, errLost) || !strings.HasPrefix(string(out), "{}\n") {
		t.Errorf("%q, %v", out, err)
	}
}

// FuzzSplit: what encoding/json reads as a stream of objects, or as an array of them, is
// split into the same objects; and no document ever has a line break.
func FuzzSplit(f *testing.F) {
	f.Add("{\"a\":\n\"\\\"}\"} {}")
	f.Add(`[{"a":[{}]},{}]`)
	f.Fuzz(func(t *testing.T, text string) {
		out, err := io.ReadAll(bulk.Split(strings.NewReader(text)))
		want, ok := objects(text)
		if !ok {
			return
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			if strings.TrimSpace(line) != "" {
				got = append(got, compact(line))
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q becomes %q, %v; want %q", text, got, err, want)
		}
	})
}

// objects reads a text as Split does, and reports false for one that is not right.
func objects(text string) (list []string, ok bool) {
	var array []json.RawMessage
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[") {
		if json.Unmarshal([]byte(text), &array) != nil {
			return nil, false
		}
	} else {
		for decoder := json.NewDecoder(strings.NewReader(text)); ; {
			var next json.RawMessage
			err := decoder.Decode(&next)
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, false
			}
			array = append(array, next)
		}
	}
	for _, value := range array {
		if value[0] != '{' {
			return nil, false
		}
		list = append(list, compact(string(value)))
	}
	return list, true
}

func compact(text string) string {
	out, err := json.Marshal(json.RawMessage(text))
	if err != nil {
		return "no JSON: " + text
	}
	return string(out)
}
