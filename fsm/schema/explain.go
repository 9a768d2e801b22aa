package schema

import (
	"fmt"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// explain tells why the value fits none of the alternatives, and is false as the rule's answer.
//
// All that is wrong with all alternatives would be true and of no help: in the thirty alternatives of a message, twenty-
// nine do not even have the message's type. So it looks for the one that the author meant. If there is one, what is
// wrong with it follows; if there is none, the first reason of the first alternatives does.
func (r *run) explain(nodes []*node, t target, keyword string) bool {
	if r.done() {
		return false
	}
	reasons := make([][]quipu.Violation, len(nodes))
	for i, n := range nodes {
		own := run{steps: r.steps}
		own.fitsInPlace(n, t, keyword)
		r.steps = own.steps
		reasons[i] = own.found
	}
	if len(nodes) == 1 {
		r.adopt(reasons[0])
		return false
	}
	meant := meantOf(reasons, t.place.pointer())
	if meant < 0 {
		return r.wrong(t, keyword, "the value fits none of the %d alternatives: %s", len(nodes), firstReasons(reasons))
	}
	r.wrong(t, keyword, "the value fits none of the %d alternatives; the nearest is number %d", len(nodes), meant+1)
	r.adopt(reasons[meant])
	return false
}

// adopt notes what a run of its own has found.
func (r *run) adopt(found []quipu.Violation) {
	for _, v := range found {
		if r.done() {
			return
		}
		r.note(v)
	}
}

// meantOf gives the index of the alternative that comes nearer than all others, or -1.
func meantOf(reasons [][]quipu.Violation, pointer string) int {
	meant, best := -1, -1
	for i, list := range reasons {
		switch n := nearness(list, pointer); {
		case n > best:
			meant, best = i, n
		case n == best:
			meant = -1
		}
	}
	return meant
}

// nearness ranks an alternative by the worst that is wrong with it: another type, another constant, another constant in a
// member, which is how alternatives are told apart, a member that is missing, and anything else.
func nearness(list []quipu.Violation, pointer string) int {
	nearest := 4
	for _, v := range list {
		below := strings.Count(strings.TrimPrefix(v.Pointer, pointer), "/")
		constant := v.Keyword == "const" || v.Keyword == "enum"
		switch {
		case v.Keyword == "type" && below == 0:
			return 0
		case constant && below == 0:
			nearest = min(nearest, 1)
		case constant && below == 1:
			nearest = min(nearest, 2)
		case v.Keyword == "required" && below == 0:
			nearest = min(nearest, 3)
		}
	}
	return nearest
}

// firstReasons is "(1) expected null, found 5; (2) …".
func firstReasons(reasons [][]quipu.Violation) string {
	const shown, chars = 3, 50
	var list []string
	for i, found := range reasons[:min(shown, len(reasons))] {
		if len(found) > 0 {
			list = append(list, fmt.Sprintf("(%d) %s", i+1, cut(found[0].Detail, chars)))
		}
	}
	if len(reasons) > shown {
		list = append(list, "…")
	}
	return strings.Join(list, "; ")
}
