package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// run is one application of a schema to data.
type run struct {
	steps int // that are left; below zero the run has given up, and its answers mean nothing
	mute  int // above zero only whether the value fits is asked, and the first thing that is wrong is the answer
	found []quipu.Violation
	bytes int // of the words of found
}

// target is what a rule looks at.
type target struct {
	value *value
	place *place
	via   string // the keyword that led here, for the schema false
	seen  []bool // the members or elements that were looked at and fit, if somebody asks; nil if nobody does
}

// place is where a value is: a part of a value that is at a place itself. The root is at nil.
type place struct {
	up    *place
	of    *value
	index int
}

func (p *place) pointer() string {
	var tokens []string
	for ; p != nil; p = p.up {
		tokens = append(tokens, p.of.token(p.index))
	}
	slices.Reverse(tokens)
	return strings.Join(tokens, "")
}

// part is the target for the part of t at the index.
func (t target) part(i int, via string) target {
	return target{value: &t.value.parts[i], place: &place{t.place, t.value, i}, via: via}
}

// fits reports whether the value of the target fits the node.
func (r *run) fits(n *node, t target) bool {
	if !r.step(1) {
		return false
	}
	switch {
	case n.verdict == always:
		return true
	case n.verdict == never:
		return r.wrong(t, t.via, "no value is allowed here")
	case n.kinds != 0 && !n.allows(t.value):
		return r.wrong(t, "type", "expected %s, found %s", listKinds(n.kinds), wordingOf(t.value, n.kinds))
	}
	if n.marking && t.seen == nil {
		t.seen = make([]bool, len(r.inside(t.value)))
	}
	for _, rule := range n.first {
		if !rule.holds(r, t) {
			return false
		}
	}
	fits := true
	for _, rule := range n.rules {
		if !rule.holds(r, t) {
			fits = false
			if r.done() {
				break
			}
		}
	}
	return fits
}

func (n *node) allows(v *value) bool {
	return n.kinds&v.kind != 0 || n.kinds&integer != 0 && v.kind == number && newDecimal(v.raw).whole()
}

// fitsInPlace applies a node to the same value. What it looked at counts as seen only if the value fits.
func (r *run) fitsInPlace(n *node, t target, via string) bool {
	t.via = via
	outer := t.seen
	if outer == nil {
		return r.fits(n, t)
	}
	r.step(len(outer) / partsPerStep)
	t.seen = make([]bool, len(outer))
	if !r.fits(n, t) {
		return false
	}
	for i, seen := range t.seen {
		outer[i] = outer[i] || seen
	}
	return true
}

// quietly asks only whether the value fits.
func (r *run) quietly(n *node, t target) bool {
	r.mute++
	defer func() { r.mute-- }()
	return r.fitsInPlace(n, t, "")
}

// done reports that there is no need to look further.
func (r *run) done() bool {
	return r.mute > 0 || r.steps < 0 || len(r.found) >= quipu.ViolationsMax || r.bytes >= ViolationBytesMax
}

// How many of what is cheap make one step: members or elements to mark, bytes to look at, bytes to decode or to copy.
const (
	partsPerStep     = 16
	bytesPerStep     = 64
	slowBytesPerStep = 4
)

// step takes steps, and reports false if there are none left.
func (r *run) step(n int) bool {
	r.steps -= n
	return r.steps >= 0
}

// inside is that of the value, with its cost.
func (r *run) inside(v *value) []value {
	if !v.split {
		r.step(len(v.raw) / bytesPerStep)
	}
	return v.inside()
}

// text is what a string says, with its cost.
func (r *run) text(v *value) string {
	if v.decoded == nil {
		r.step(len(v.raw) / slowBytesPerStep)
	}
	return v.text()
}

// wrong notes a violation, and is false as the rule's answer. A name in the pointer may have a megabyte, which each
// violation below it repeats.
func (r *run) wrong(t target, keyword, format string, args ...any) bool {
	if !r.done() {
		pointer := t.place.pointer()
		r.step(len(pointer) / slowBytesPerStep)
		r.note(quipu.Violation{Pointer: pointer, Keyword: keyword, Detail: fmt.Sprintf(format, args...)})
	}
	return false
}

func (r *run) note(v quipu.Violation) {
	r.found, r.bytes = append(r.found, v), r.bytes+wordBytes(&v)
}

func wordBytes(v *quipu.Violation) int { return len(v.Pointer) + len(v.Detail) }
