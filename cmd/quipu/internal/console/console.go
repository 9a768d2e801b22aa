// Package console is how the commands write for people: aligned tables,
// colours where they are wanted, prefixed output of several programs, progress.
//
// It knows nothing of ledgers, and nothing that it writes is meant for programs
// to read.
package console

import (
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// IsTerminal reports whether a reader or writer is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width is the number of columns of a terminal, and fallback for anything else.
func Width(stream any, fallback int) int {
	if f, ok := stream.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return fallback
}

// Colour is the parameter of an ANSI escape sequence; the empty one is no colour.
type Colour string

// The colours in use. These are legible on dark and on light ground.
const (
	Plain   Colour = ""
	Bold    Colour = "1"
	Red     Colour = "31"
	Green   Colour = "32"
	Yellow  Colour = "33"
	Blue    Colour = "34"
	Magenta Colour = "35"
	Cyan    Colour = "36"
)

// Wants reports whether colours belong on a writer: it is a terminal that can
// show them, and NO_COLOR (https://no-color.org) is not set.
func Wants(w io.Writer) bool {
	return IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Paint puts text into a colour.
func Paint(colour Colour, text string) string {
	if colour == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(colour) + "m" + text + "\x1b[0m"
}

// Clean makes the control characters of foreign text visible, so that an event
// cannot move the cursor of whoever reads it.
func Clean(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
