package path

// arithmetic runs + - * / % on one number from each side.
func (r *run) arithmetic(n *node, v item, collect bool) status {
	left, right, st := r.operands(n, v)
	if st == stFailed {
		return st
	}
	result, problem := r.calculate(n.op, left.raw, right.raw)
	if problem != "" {
		return r.fail(problem)
	}
	return r.follow(n, result, collect)
}

func (r *run) operands(n *node, v item) (left, right item, st status) {
	base := r.stack.top
	defer r.stack.cut(base)
	if r.exec(n.args[0], v, true, true) == stFailed {
		return left, right, stFailed
	}
	middle := r.stack.top
	if r.exec(n.args[1], v, true, true) == stFailed {
		return left, right, stFailed
	}
	left, ok := r.single(base, middle)
	if !ok {
		return left, right, r.fail("left operand of jsonpath operator ", symbolsByOp[n.op], " is not a single numeric value")
	}
	right, ok = r.single(middle, r.stack.top)
	if !ok {
		return left, right, r.fail("right operand of jsonpath operator ", symbolsByOp[n.op], " is not a single numeric value")
	}
	return left, right, stFound
}

// single gives the only item of a list, which is part of the stack, if it is a number; an array stands for its elements.
func (r *run) single(from, to int) (item, bool) {
	var only item
	count := 0
	for i := from; i < to; i++ {
		v := r.stack.at(i)
		if v.kind() != kindArray {
			only = v
			count++
			continue
		}
		if !r.chargeBytes(v.raw) {
			return item{}, false
		}
		for e := newElements(v.raw); count < 2; count++ {
			raw, ok := e.next()
			if !ok {
				break
			}
			only = item{raw: raw}
		}
	}
	return only, count == 1 && only.kind() == kindNumber
}

// sign runs unary + and - on every number of its operand; an array stands for its elements.
func (r *run) sign(n *node, v item, collect bool) status {
	base := r.stack.top
	if r.exec(n.args[0], v, true, true) == stFailed {
		r.stack.cut(base)
		return stFailed
	}
	middle := r.stack.top
	defer r.stack.remove(base, middle)
	result := stNothing
	for i := base; i < middle; i++ {
		one, st := r.stack.at(i), stNothing
		if one.kind() == kindArray {
			st = r.signElements(n, one, collect)
		} else {
			st = r.signOne(n, one, collect)
		}
		result = max(result, st)
		if st == stFailed || st == stFound && !collect {
			break
		}
	}
	return result
}

func (r *run) signElements(n *node, array item, collect bool) status {
	if !r.chargeBytes(array.raw) {
		return stFailed
	}
	result := stNothing
	for e := newElements(array.raw); ; {
		raw, ok := e.next()
		if !ok {
			return result
		}
		st := r.signOne(n, item{raw: raw}, collect)
		result = max(result, st)
		if st == stFailed || st == stFound && !collect {
			return result
		}
	}
}

func (r *run) signOne(n *node, v item, collect bool) status {
	if !r.charge(1) {
		return stFailed
	}
	if v.kind() != kindNumber {
		if !collect && n.next == nil {
			return stNothing // as PostgreSQL does: an existence test looks for the next number
		}
		return r.fail("operand of unary jsonpath operator ", symbolsByOp[n.op], " is not a numeric value")
	}
	if n.op == opMinus {
		var problem string
		if v, problem = r.calculate(opSubtract, itemZero.raw, v.raw); problem != "" {
			return r.fail(problem)
		}
	}
	return r.follow(n, v, collect)
}
