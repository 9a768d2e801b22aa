package path

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Path is a compiled path. It is immutable: any number of goroutines may run it at the same time.
type Path struct {
	text string
	root *node
	vars []string
}

// Compile parses a path and prepares it. The error, if any, is a *SyntaxError. How long the text may be is the caller's
// to bound; how deep it nests is bounded here.
func Compile(text string) (*Path, error) {
	if bad := invalidUTF8(text); bad >= 0 {
		return nil, &SyntaxError{Column: utf8.RuneCountInString(text[:bad]) + 1, Message: "not valid UTF-8"}
	}
	if bad := strings.IndexByte(text, 0); bad >= 0 {
		return nil, &SyntaxError{Column: utf8.RuneCountInString(text[:bad]) + 1, Message: "the character U+0000 is not allowed"}
	}
	root, bad := parse(text)
	if bad != nil {
		return nil, bad
	}
	p := &Path{text: text, root: root}
	p.collectVariables(root)
	slices.Sort(p.vars)
	p.vars = slices.Compact(p.vars)
	return p, nil
}

// invalidUTF8 finds the first byte that is not part of a character, or -1.
func invalidUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

func (p *Path) collectVariables(n *node) {
	for ; n != nil; n = n.next {
		if n.op == opVariable {
			p.vars = append(p.vars, n.name)
		}
		for _, arg := range n.args {
			p.collectVariables(arg)
		}
		for _, s := range n.subscripts {
			p.collectVariables(s.from)
			p.collectVariables(s.to)
		}
	}
}

// String gives the path as it was written.
func (p *Path) String() string { return p.text }

// Variables gives the names of the variables that the path uses, sorted, each once. The caller owns the slice.
func (p *Path) Variables() []string { return slices.Clone(p.vars) }

// IsRoot reports whether the path is exactly "$", which every document matches.
func (p *Path) IsRoot() bool { return p.root.op == opRoot && p.root.next == nil }

// IsPredicate reports whether the path as a whole is a condition, such as $.x == 1. It yields true, false or null for
// every document, never nothing, so as a test of existence it would match always. "$ ? (@.x == 1)" is what was meant.
func (p *Path) IsPredicate() bool { return p.root.condition() }

// Exists reports whether the path yields at least one item on doc, which has to be canonical JSON; nil stands for null.
// A run-time error, such as a sum of strings, is no match, as with PostgreSQL's @? operator.
//
// steps is the budget: it is counted down by the same amount for the same path, document and variables on every
// machine, by about one for each item looked at and one for each KiB read. The only error is ErrSteps, returned when
// steps has fallen below zero; the first result then means nothing.
func (p *Path) Exists(doc []byte, vars Vars, steps *int) (bool, error) {
	r := newRun(doc, vars, *steps)
	st := r.exec(p.root, r.root, false, true)
	if *steps = r.steps; *steps < 0 {
		return false, ErrSteps
	}
	return st == stFound && !r.halted, nil
}

// Query gives all items that the path yields on doc, as JSON texts, in PostgreSQL's order. Parts of the document come
// as they stand there and share its bytes; the caller may not change them. steps is as for Exists. Run-time errors are
// returned as *EvalError.
func (p *Path) Query(doc []byte, vars Vars, steps *int) ([][]byte, error) {
	r := newRun(doc, vars, *steps)
	r.strict = true
	r.exec(p.root, r.root, true, true)
	*steps = r.steps
	switch {
	case *steps < 0:
		return nil, ErrSteps
	case r.err != nil:
		return nil, r.err
	}
	texts := make([][]byte, r.stack.top)
	for i := range texts {
		texts[i] = r.stack.at(i).json()
	}
	return texts, nil
}
