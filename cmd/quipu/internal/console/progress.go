package console

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	redrawEvery = 100 * time.Millisecond // on a terminal
	lineEvery   = 5 * time.Second        // elsewhere; what takes less stays silent
	barCells    = 24
)

// Progress shows how far a long job is: a bar that is drawn again and again on
// a terminal, a plain line every few seconds elsewhere. It is for one goroutine.
type Progress struct {
	w        io.Writer
	terminal bool
	noun     string // what is counted, in the plural
	now      func() time.Time
	began    time.Time
	shown    time.Time
	drawn    bool
}

// NewProgress makes a progress display; now is time.Now or its stand-in.
func NewProgress(w io.Writer, noun string, now func() time.Time) *Progress {
	return &Progress{w: w, terminal: IsTerminal(w), noun: noun, now: now, began: now(), shown: now()}
}

// Update says that count things are done, which are done of all bytes of the
// job. All is 0 if nobody knows.
func (p *Progress) Update(count int, done, all int64) {
	now, every := p.now(), lineEvery
	if p.terminal {
		every = redrawEvery
	}
	if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	text := Describe(count, p.noun, done, all, now.Sub(p.began))
	if !p.terminal {
		fmt.Fprintln(p.w, text)
		return
	}
	p.drawn = true
	fmt.Fprintf(p.w, "\r\x1b[K%s%s", bar(done, all), text)
}

// Done takes the bar off the terminal.
func (p *Progress) Done() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// Elapsed is how long the job has taken.
func (p *Progress) Elapsed() time.Duration { return p.now().Sub(p.began) }

// Describe is the line without the bar: "12,000 events, 9,500/s, 43%, 2s left".
func Describe(count int, noun string, done, all int64, elapsed time.Duration) string {
	text := Number(count) + " " + noun
	if seconds := elapsed.Seconds(); seconds > 0 {
		text += fmt.Sprintf(", %s/s", Number(int(float64(count)/seconds)))
	}
	if all <= 0 || done <= 0 {
		return text
	}
	done = min(done, all)
	left := time.Duration(float64(elapsed) * float64(all-done) / float64(done))
	return text + fmt.Sprintf(", %d%%, %s left", done*100/all, left.Round(time.Second))
}

func bar(done, all int64) string {
	if all <= 0 {
		return ""
	}
	full := int(min(done, all) * barCells / all)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", barCells-full) + "] "
}

// Number writes a count with commas: 32,647.
func Number(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
