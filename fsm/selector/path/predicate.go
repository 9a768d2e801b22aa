package path

import "bytes"

// truth is a value of three-valued logic.
type truth uint8

const (
	isFalse truth = iota
	isTrue
	isUnknown
)

// item gives the JSON value that a predicate yields as an expression.
func (t truth) item() item {
	switch t {
	case isTrue:
		return itemTrue
	case isFalse:
		return itemFalse
	}
	return itemNull
}

// or joins what holds of some pairs with what holds of more: one true is enough, and unknown outweighs false.
func (t truth) or(more truth) truth {
	if t == isTrue || more == isFalse {
		return t
	}
	return more
}

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// test evaluates a predicate on v. Run-time errors within make it unknown.
func (r *run) test(n *node, v item) truth {
	if !r.charge(1) {
		return isUnknown
	}
	switch n.op {
	case opAnd:
		return r.all(n.args, v, isFalse)
	case opOr:
		return r.all(n.args, v, isTrue)
	case opNot:
		switch r.test(n.args[0], v) {
		case isTrue:
			return isFalse
		case isFalse:
			return isTrue
		}
		return isUnknown
	case opIsUnknown:
		return truthOf(r.test(n.args[0], v) == isUnknown)
	case opExists:
		st := r.quietly(n.args[0], v, false)
		if st == stFailed {
			return isUnknown
		}
		return truthOf(st == stFound)
	}
	return r.pairs(n, v)
}

// all evaluates a chain of && (decided by the first false) or || (by the first true); otherwise unknown prevails.
func (r *run) all(args []*node, v item, decisive truth) truth {
	result := isTrue
	if decisive == isTrue {
		result = isFalse
	}
	for _, arg := range args {
		switch one := r.test(arg, v); one {
		case decisive:
			return decisive
		case isUnknown:
			result = isUnknown
		}
	}
	return result
}

// pairs evaluates a comparison, starts with or like_regex: true if it holds for any pair of items of the two sides,
// else unknown if any pair is, else false. Both sides are evaluated to the end first: an error anywhere is unknown.
// Arrays stand for their elements on the left, and on the right of comparisons.
func (r *run) pairs(n *node, v item) truth {
	base := r.stack.top
	defer r.stack.cut(base)
	if r.quietly(n.args[0], v, true) == stFailed {
		return isUnknown
	}
	middle := r.stack.top
	if n.op == opLikeRegex {
		r.stack.push(itemNull) // it has no right side; holds does not look at this
	} else if r.quietly(n.args[1], v, true) == stFailed {
		return isUnknown
	}
	result := isFalse
	for i := base; i < middle && result != isTrue && !r.halted; i++ {
		left := r.stack.at(i)
		if left.kind() != kindArray {
			result = result.or(r.against(n, left, middle))
		} else if r.chargeBytes(left.raw) {
			for e := newElements(left.raw); result != isTrue && r.charge(1); {
				raw, ok := e.next()
				if !ok {
					break
				}
				result = result.or(r.against(n, item{raw: raw}, middle))
			}
		}
	}
	if r.halted {
		return isUnknown
	}
	return result
}

// against evaluates a predicate for one item of the left side and the right side, which the stack holds from an index on.
func (r *run) against(n *node, a item, from int) truth {
	result := isFalse
	for i := from; i < r.stack.top && result != isTrue && !r.halted; i++ {
		right := r.stack.at(i)
		if n.op == opStartsWith || right.kind() != kindArray {
			result = result.or(r.holds(n, a, right))
		} else if r.chargeBytes(right.raw) {
			for e := newElements(right.raw); result != isTrue && r.charge(1); {
				raw, ok := e.next()
				if !ok {
					break
				}
				result = result.or(r.holds(n, a, item{raw: raw}))
			}
		}
	}
	return result
}

// holds evaluates a predicate for one pair.
func (r *run) holds(n *node, a, b item) truth {
	if !r.charge(1 + (len(a.raw)+len(b.raw))>>10) {
		return isUnknown
	}
	switch n.op {
	case opStartsWith:
		if a.kind() != kindString || b.kind() != kindString {
			return isUnknown
		}
		return truthOf(bytes.HasPrefix(unquoted(a.raw), unquoted(b.raw)))
	case opLikeRegex:
		if a.kind() != kindString || !r.charge(n.pattern.cost(len(a.raw))) {
			return isUnknown
		}
		return truthOf(n.pattern.re.Match(unquoted(a.raw)))
	}
	return compareItems(n.op, a, b)
}

// compareItems compares two scalars. Null equals null alone, and is less and greater than nothing; other values of
// different types cannot be compared, nor can arrays and objects.
func compareItems(o op, a, b item) truth {
	x, y := a.kind(), b.kind()
	if x != y {
		if x == kindNull || y == kindNull {
			return truthOf(o == opNotEqual)
		}
		return isUnknown
	}
	order := 0
	switch x {
	case kindNull:
	case kindBool: // "false" and "true" are in the order that is wanted
		order = bytes.Compare(a.raw, b.raw)
	case kindNumber:
		order = compareNumbers(a.raw, b.raw)
	case kindString:
		order = compareStrings(o, a.raw, b.raw)
	case kindDatetime:
		var ok bool
		if order, ok = a.when.compare(b.when); !ok {
			return isUnknown
		}
	default:
		return isUnknown
	}
	return truthOf(ordered(o, order))
}

// compareStrings orders by code point, which is the order of the bytes of UTF-8. Canonical strings are equal when their
// texts are.
func compareStrings(o op, a, b []byte) int {
	if o == opEqual || o == opNotEqual {
		if bytes.Equal(a, b) {
			return 0
		}
		return 1
	}
	return bytes.Compare(unquoted(a), unquoted(b))
}

// ordered reports whether an operator accepts an order.
func ordered(o op, order int) bool {
	switch o {
	case opEqual:
		return order == 0
	case opNotEqual:
		return order != 0
	case opLess:
		return order < 0
	case opLessEqual:
		return order <= 0
	case opGreater:
		return order > 0
	}
	return order >= 0
}
