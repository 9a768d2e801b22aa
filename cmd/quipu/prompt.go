package main

import (
	"bufio"
	"errors"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

const devPrompt = "quipu> "

// prompt reads lines and writes text that comes at any time. On a terminal the
// line that is being typed stays below the text; elsewhere both are plain.
type prompt struct {
	interactive bool
	out         io.Writer
	terminal    *term.Terminal // nil if not interactive
	lines       *bufio.Scanner // nil if interactive
	restore     func() error
}

func openPrompt(in io.Reader, out io.Writer) (*prompt, error) {
	if !console.IsTerminal(in) || !console.IsTerminal(out) {
		return &prompt{out: console.Share(out), lines: bufio.NewScanner(in), restore: func() error { return nil }}, nil
	}
	fd := int(in.(*os.File).Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	terminal := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, devPrompt)
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		_ = terminal.SetSize(width, height) // it begins with one of 80 by 24
	}
	return &prompt{
		interactive: true, out: terminal, terminal: terminal, restore: func() error { return term.Restore(fd, before) },
	}, nil
}

// Write may be called from any goroutine, with whole lines.
func (p *prompt) Write(text []byte) (int, error) { return p.out.Write(text) }

// readLine gives the next line, and io.EOF when there are no more.
func (p *prompt) readLine() (string, error) {
	if p.terminal != nil {
		return p.terminal.ReadLine()
	}
	if !p.lines.Scan() {
		return "", errors.Join(p.lines.Err(), io.EOF)
	}
	return p.lines.Text(), nil
}

// close gives the terminal back as it was, at the beginning of a line.
func (p *prompt) close() {
	if p.terminal != nil {
		p.terminal.SetPrompt("")
		_, _ = p.terminal.Write([]byte("\r"))
	}
	_ = p.restore()
}
