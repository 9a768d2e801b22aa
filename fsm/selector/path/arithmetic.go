package path

import (
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// arithmetic runs + - * / % on one number from each side.
func (r *run) arithmetic(n *node, v item, collect bool) status {
	left, right, st := r.operands(n, v)
	if st == stFailed {
		return st
	}
	result, problem := r.calculate(n.op, left.raw, right.raw)
	if problem != "" {
		return r.fail(problem, "", "")
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
			return r.fail(problem, "", "")
		}
	}
	return r.follow(n, v, collect)
}

var itemZero = item{raw: []byte("0")}

// calculate applies an operator to two numbers. The second result is the run-time error, if any.
func (r *run) calculate(o op, left, right []byte) (item, string) {
	if v, ok := calculateSmall(o, left, right); ok {
		return v, ""
	}
	// Long numbers are charged by the work of multiplying and of writing them, some tens of nanoseconds per step.
	if !r.charge((len(left) + len(right)) * (len(left) + len(right)) >> 12) {
		return item{}, errOverflow
	}
	x, ok1 := parseNumber(left)
	y, ok2 := parseNumber(right)
	if !ok1 || !ok2 {
		return item{}, errOverflow
	}
	z := new(number)
	switch o {
	case opAdd:
		align(x, y)
		z.scale = x.scale
		z.digits.Add(&x.digits, &y.digits)
	case opSubtract:
		align(x, y)
		z.scale = x.scale
		z.digits.Sub(&x.digits, &y.digits)
	case opMultiply:
		z.scale = x.scale + y.scale
		z.digits.Mul(&x.digits, &y.digits)
		if z.scale > scaleMax {
			z.rescale(scaleMax)
		}
	case opDivide, opModulo:
		if y.digits.Sign() == 0 {
			return item{}, "division by zero"
		}
		if o == opDivide {
			z.divide(x, y)
			break
		}
		align(x, y)
		z.scale = x.scale
		z.digits.Rem(&x.digits, &y.digits)
	}
	if !z.fits() {
		return item{}, errOverflow
	}
	return z.item(), ""
}

const errOverflow = "value overflows numeric format"

// calculateSmall handles integers of which the result is an integer that cannot overflow.
func calculateSmall(o op, left, right []byte) (item, bool) {
	if len(left) > 18 || len(right) > 18 || o == opDivide {
		return item{}, false
	}
	a, err1 := strconv.ParseInt(string(left), 10, 64)
	b, err2 := strconv.ParseInt(string(right), 10, 64)
	if err1 != nil || err2 != nil {
		return item{}, false
	}
	switch o {
	case opAdd:
		a += b
	case opSubtract:
		a -= b
	case opMultiply:
		if len(left)+len(right) > 18 {
			return item{}, false
		}
		a *= b
	case opModulo:
		if b == 0 {
			return item{}, false
		}
		a %= b
	}
	return item{raw: strconv.AppendInt(nil, a, 10)}, true
}

// align brings two numbers to the larger scale of both.
func align(x, y *number) {
	switch {
	case x.scale < y.scale:
		x.rescale(y.scale)
	case y.scale < x.scale:
		y.rescale(x.scale)
	}
}

// divide sets z to x / y with the scale that PostgreSQL's numeric picks: at least 16 significant digits, and not fewer
// behind the point than either operand has, up to 1000 (select_div_scale in numeric.c).
func (z *number) divide(x, y *number) {
	weight1, first1 := x.leadingGroup()
	weight2, first2 := y.leadingGroup()
	weight := weight1 - weight2
	if first1 <= first2 {
		weight--
	}
	z.scale = min(max(16-4*weight, x.scale, y.scale, 0), 1000)
	shift := z.scale + y.scale - x.scale
	dividend, divisor := &x.digits, &y.digits
	if shift >= 0 {
		dividend = new(apd.BigInt).Mul(dividend, pow10(shift))
	} else {
		divisor = new(apd.BigInt).Mul(divisor, pow10(-shift))
	}
	divideRounded(&z.digits, dividend, divisor)
}

// leadingGroup gives the first group of four digits that is not zero, counted from the point, and its power of 10,000.
func (z *number) leadingGroup() (weight, group int) {
	if z.digits.Sign() == 0 {
		return 0, 0
	}
	digits := new(apd.BigInt).Abs(&z.digits).Append(nil, 10)
	exponent := len(digits) - 1 - z.scale
	weight = exponent >> 2
	for i := 0; i <= exponent-4*weight; i++ {
		group *= 10
		if i < len(digits) {
			group += int(digits[i] - '0')
		}
	}
	return weight, group
}
