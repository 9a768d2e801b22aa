package console_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

func TestTableAligns(t *testing.T) {
	var table console.Table
	table.Row("NAME", "N")
	table.Row("Zoë", 1)
	table.Row("a longer one", 22, "third")
	table.Row("")
	var out strings.Builder
	if err := table.Flush(&out); err != nil {
		t.Fatal(err)
	}
	table.Row("x", "y")
	_ = table.Flush(&out)
	const want = "NAME          N\nZoë           1\na longer one  22  third\n\nx             y\n"
	if out.String() != want {
		t.Errorf("table is\n%s\nwant\n%s", out.String(), want)
	}
}

func TestTableIsCutAtItsLimit(t *testing.T) {
	for text, want := range map[string]string{"ñññññ": "ñññññ", "ññññññ": "ññññ…"} {
		table := console.Table{Limit: 5}
		table.Row(text)
		var out strings.Builder
		_ = table.Flush(&out)
		if out.String() != want+"\n" {
			t.Errorf("%q becomes %q, want %q", text, out.String(), want)
		}
	}
}

func TestForeignTextCannotMoveTheCursor(t *testing.T) {
	var table console.Table
	table.Row("\x1b[2Jgone\nnext\u009b1A")
	var out strings.Builder
	_ = table.Flush(&out)
	if got, want := out.String(), "\ufffd[2Jgone\ufffdnext\ufffd1A\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

func TestPrefixWriterPassesOnWholeLines(t *testing.T) {
	var out bytes.Buffer
	w := console.Prefixed(&out, "n1 | ")
	for _, step := range []struct{ text, want string }{
		{"half", ""},
		{" a line\nnext", "n1 | half a line\n"},
		{"\n\n", "n1 | half a line\nn1 | next\nn1 | \n"},
		{"last", "n1 | half a line\nn1 | next\nn1 | \n"},
	} {
		if n, err := w.Write([]byte(step.text)); n != len(step.text) || err != nil {
			t.Fatalf("Write gave %d, %v", n, err)
		}
		if out.String() != step.want {
			t.Fatalf("after %q there is %q, want %q", step.text, out.String(), step.want)
		}
	}
	if err := w.Close(); err != nil || !strings.HasSuffix(out.String(), "n1 | last\n") {
		t.Errorf("after Close there is %q, %v", out.String(), err)
	}
	if before := out.Len(); w.Close() != nil || out.Len() != before {
		t.Error("a second Close wrote something")
	}
}

func TestPrefixWriterBoundsALine(t *testing.T) {
	var out bytes.Buffer
	w := console.Prefixed(&out, "")
	for range 3 {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 40<<10))
	}
	if out.Len() == 0 {
		t.Error("an endless line is kept for ever")
	}
}

func TestPrefixWriterReportsItsTargetsError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := console.Prefixed(failing{broken}, "").Write([]byte("x\n")); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Under -race this also shows that programs may share a writer.
func TestLinesOfSeveralProgramsDoNotMix(t *testing.T) {
	var out bytes.Buffer
	shared := console.Share(&out)
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			w := console.Prefixed(shared, fmt.Sprint(i))
			for range 100 {
				_, _ = w.Write([]byte("-"))
				_, _ = w.Write([]byte("x\n"))
			}
		})
	}
	writers.Wait()
	for line := range strings.Lines(out.String()) {
		if len(line) != len("0-x\n") {
			t.Fatalf("a line is %q", line)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 32647: "32,647", 1234567: "1,234,567"} {
		if got := console.Number(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		done, all int64
		elapsed   time.Duration
		want      string
	}{
		{0, 0, 0, "1,000 events"},
		{25, 0, 2 * time.Second, "1,000 events, 500/s"},
		{25, 100, 2 * time.Second, "1,000 events, 500/s, 25%, 6s left"},
		{200, 100, 2 * time.Second, "1,000 events, 500/s, 100%, 0s left"},
	} {
		if got := console.Describe(1000, "events", c.done, c.all, c.elapsed); got != c.want {
			t.Errorf("described as %q, want %q", got, c.want)
		}
	}
}

func TestProgressIsSilentWhereItIsQuick(t *testing.T) {
	now := time.Unix(0, 0)
	var out strings.Builder
	p := console.NewProgress(&out, "events", func() time.Time { return now })
	for _, step := range []struct {
		after time.Duration
		lines int
	}{{time.Second, 0}, {4 * time.Second, 1}, {time.Second, 1}, {4 * time.Second, 2}} {
		now = now.Add(step.after)
		p.Update(10, 1, 2)
		if lines := strings.Count(out.String(), "\n"); lines != step.lines {
			t.Errorf("at %s there are %d lines, want %d", now.UTC(), lines, step.lines)
		}
	}
	p.Done()
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Errorf("%q is not for a file", out.String())
	}
}

func TestColoursAreForTerminalsOnly(t *testing.T) {
	if console.Wants(&strings.Builder{}) || console.IsTerminal(&strings.Builder{}) {
		t.Error("a buffer was taken for a terminal")
	}
	if got := console.Paint(console.Plain, "x"); got != "x" {
		t.Errorf("no colour is %q", got)
	}
	if got := console.Paint(console.Red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("red is %q", got)
	}
}
