package path

import "math"

// span is a range of levels below a value; levelsOne are its own elements.
type span struct{ level, first, last int }

var levelsOne = span{level: 1, first: 1, last: 1}

// descend runs n on every value within a span of levels below v, in depth-first order; nil stands for the end of the
// chain. Members come in PostgreSQL's order.
func (r *run) descend(n *node, v item, s span, collect, unwrap bool) status {
	st := stNothing
	if s.level > s.last {
		return st
	}
	if s.level > documentDepthMax {
		return r.fail("the document is nested too deeply")
	}
	if v.kind() == kindObject {
		members, ok := r.members(v)
		if !ok {
			return stFailed
		}
		for _, m := range members {
			st = r.visit(n, item{raw: m.value}, s, collect, unwrap)
			if st == stFailed || st == stFound && !collect {
				break
			}
		}
		return st
	}
	if !r.chargeBytes(v.raw) {
		return stFailed
	}
	for e := newElements(v.raw); ; {
		raw, ok := e.next()
		if !ok {
			return st
		}
		st = r.visit(n, item{raw: raw}, s, collect, unwrap)
		if st == stFailed || st == stFound && !collect {
			return st
		}
	}
}

// members lists the members of an object in PostgreSQL's order.
func (r *run) members(object item) ([]member, bool) {
	if !r.chargeBytes(object.raw) {
		return nil, false
	}
	list := listMembers(object.raw)
	if !r.charge(len(list)) {
		return nil, false
	}
	sortMembers(list)
	return list, true
}

// visit handles one value that descend met: the value itself if its level is within the span, and those below.
func (r *run) visit(n *node, v item, s span, collect, unwrap bool) status {
	if !r.charge(1) {
		return stFailed
	}
	st := stNothing
	k := v.kind()
	container := k == kindArray || k == kindObject
	leaves := s.first == levelLast && s.last == levelLast
	if s.level >= s.first || leaves && !container {
		switch {
		case n != nil:
			st = r.exec(n, v, collect, unwrap)
		case collect:
			r.stack.push(v)
			st = stFound
		default:
			st = stFound
		}
		if st == stFailed || st == stFound && !collect {
			return st
		}
	}
	if s.level < s.last && container {
		s.level++
		return r.descend(n, v, s, collect, unwrap)
	}
	return st
}

// anyDepth runs .**. As in PostgreSQL, an error at level 0 does not keep an existence test from looking further down.
func (r *run) anyDepth(n *node, v item, collect bool) status {
	st := stNothing
	if n.first == 0 {
		st = r.follow(n, v, collect)
		if r.halted || st == stFound && !collect {
			return st
		}
	}
	if k := v.kind(); k == kindArray || k == kindObject {
		return r.descend(n.next, v, span{level: 1, first: n.first, last: n.last}, collect, true)
	}
	return st
}

// subscript runs [ … ]. What is not an array counts as an array of one.
func (r *run) subscript(n *node, v item, collect bool) status {
	outer := r.size
	defer func() { r.size = outer }()
	length, isArray := 1, v.kind() == kindArray
	switch {
	case isArray && n.usesLast:
		if !r.chargeBytes(v.raw) {
			return stFailed
		}
		length = size(v.raw)
	case isArray:
		length = math.MaxInt32 // slice ends with the array
	}
	st := stNothing
	for _, s := range n.subscripts {
		r.size = length
		from, ok := r.index(s.from, v)
		if !ok {
			return stFailed
		}
		to := from
		if s.to != nil {
			if to, ok = r.index(s.to, v); !ok {
				return stFailed
			}
		}
		from, to = max(from, 0), min(to, length-1)
		if st = r.slice(n, v, isArray, from, to, collect); st == stFailed || st == stFound && !collect {
			return st
		}
	}
	return st
}

// slice follows with the elements from one index to another, or with a value that counts as an array of one.
func (r *run) slice(n *node, v item, isArray bool, from, to int, collect bool) status {
	st := stNothing
	if from > to {
		return st
	}
	if !isArray {
		return r.follow(n, v, collect)
	}
	if !r.chargeBytes(v.raw) {
		return stFailed
	}
	e := newElements(v.raw)
	for i := 0; i <= to; i++ {
		raw, ok := e.next()
		if !ok {
			break
		}
		if i < from {
			continue
		}
		if !r.charge(1) {
			return stFailed
		}
		st = r.follow(n, item{raw: raw}, collect)
		if st == stFailed || st == stFound && !collect {
			break
		}
	}
	return st
}

// index evaluates one subscript: a single number, cut to an integer.
func (r *run) index(n *node, v item) (int, bool) {
	base := r.stack.top
	defer r.stack.cut(base)
	if r.exec(n, v, true, true) == stFailed {
		return 0, false
	}
	if r.stack.top != base+1 || r.stack.at(base).kind() != kindNumber {
		r.fail("jsonpath array subscript is not a single numeric value")
		return 0, false
	}
	i, ok := truncatedInt32(r.stack.at(base).raw)
	if !ok {
		r.fail("jsonpath array subscript is out of integer range")
	}
	return i, ok
}
