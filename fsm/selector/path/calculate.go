package path

import (
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

var itemZero = item{raw: []byte("0")}

// calculate applies an operator to two numbers. The second result is the run-time error, if any.
func (r *run) calculate(o op, left, right []byte) (item, string) {
	if v, ok := calculateSmall(o, left, right); ok {
		return v, ""
	}
	if !r.charge(numberCost(numberSize(left) + numberSize(right))) {
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
