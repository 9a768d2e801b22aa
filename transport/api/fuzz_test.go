package api_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/quipu-ledger/quipu/transport/api"
)

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
