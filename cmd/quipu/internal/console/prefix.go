package console

import (
	"bytes"
	"io"
	"sync"
)

// lineBytesMax bounds what is kept of a line whose end has not come.
const lineBytesMax = 64 << 10

// Shared is a writer that several goroutines write whole lines to.
type Shared struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

// Share makes a writer safe for several goroutines.
func Share(w io.Writer) *Shared { return &Shared{w: w} }

// Write writes p in one piece.
func (s *Shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// PrefixWriter puts a prefix in front of each line that is written to it, and
// passes on whole lines only, so that the lines of several programs do not mix.
// It is for one goroutine; its target may be shared.
type PrefixWriter struct {
	target io.Writer
	prefix []byte
	rest   []byte // a line without its end
}

// Prefixed makes a writer whose lines begin with prefix.
func Prefixed(target io.Writer, prefix string) *PrefixWriter {
	return &PrefixWriter{target: target, prefix: []byte(prefix)}
}

// Write passes on the lines that p completes.
func (p *PrefixWriter) Write(text []byte) (int, error) {
	p.rest = append(p.rest, text...)
	var out []byte
	for {
		line, rest, found := bytes.Cut(p.rest, []byte("\n"))
		if !found && len(p.rest) < lineBytesMax {
			break
		}
		out = append(append(append(out, p.prefix...), line...), '\n')
		p.rest = rest
	}
	if len(out) == 0 {
		return len(text), nil
	}
	if _, err := p.target.Write(out); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Close passes on a last line that has no end.
func (p *PrefixWriter) Close() error {
	if len(p.rest) == 0 {
		return nil
	}
	_, err := p.Write([]byte("\n"))
	return err
}
