package schema

import (
	"bytes"
	"math/big"
	"strconv"
	"strings"
)

// decimal is an exact number: digits times ten to the power of exponent. The digits neither begin nor end with a zero;
// zero has none.
//
// Big rationals would do, and are what the library compares with, but take a microsecond and more for 1e1000, of which a
// megabyte holds a hundred thousand.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// newDecimal reads a JSON number within the limits of package canonical.
func newDecimal(literal []byte) decimal {
	mantissa, power, _ := strings.Cut(strings.ToLower(string(literal)), "e")
	exponent, _ := strconv.Atoi(power) // 0 where there is none
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	kept := strings.TrimRight(digits, "0")
	if kept == "" {
		return decimal{}
	}
	return decimal{negative: negative, digits: kept, exponent: exponent + len(digits) - len(kept)}
}

// decimalOf is a limit of a schema, which the library gives as a fraction of a power of ten.
func decimalOf(r *big.Rat) decimal {
	places, _ := r.FloatPrec() // exact, since the literal was a decimal
	return newDecimal([]byte(r.FloatString(places)))
}

// compare is -1, 0 or 1 as d is less than, equal to or more than e.
func (d decimal) compare(e decimal) int {
	switch {
	case d.sign() != e.sign():
		return max(-1, min(1, d.sign()-e.sign()))
	case d.negative:
		return e.magnitude(d)
	}
	return d.magnitude(e)
}

// magnitude compares without signs: first the place of the first digit, then the digits from there.
func (d decimal) magnitude(e decimal) int {
	if first, other := d.exponent+len(d.digits), e.exponent+len(e.digits); first != other && d.digits != "" {
		return max(-1, min(1, first-other))
	}
	return strings.Compare(d.digits, e.digits)
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// whole reports a number without a fraction.
func (d decimal) whole() bool { return d.exponent >= 0 }

// multipleOf reports whether d is step, which is not zero, times a whole number.
//
// Beyond what both have, d is to be divisible by the digits of step and by a power of ten. Its digits do not end with a
// zero, so a power above zero never divides them, and one below zero is a factor of d.
func (d decimal) multipleOf(step decimal) bool {
	power := d.exponent - step.exponent
	switch {
	case d.digits == "":
		return true
	case power < 0:
		return false
	}
	divisor := whole(step.digits)
	rest := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), divisor)
	rest.Mul(rest, whole(d.digits))
	return rest.Mod(rest, divisor).Sign() == 0
}

func whole(digits string) *big.Int {
	n, _ := new(big.Int).SetString(digits, 10)
	return n
}

// appendKey appends the one way of writing that equal numbers share.
func (d decimal) appendKey(dst []byte) []byte {
	if d.negative {
		dst = append(dst, '-')
	}
	dst = append(dst, d.digits...)
	return strconv.AppendInt(append(dst, 'e'), int64(d.exponent), 10)
}

// String is the number as a person writes it: with an exponent only where there would be many zeros.
func (d decimal) String() string {
	const zerosMax = 20
	sign, zeros := "", max(d.exponent, -d.exponent-len(d.digits))
	if d.negative {
		sign = "-"
	}
	switch {
	case d.digits == "":
		return "0"
	case zeros > zerosMax:
		return string(bytes.TrimSuffix(d.appendKey(nil), []byte("e0")))
	case d.exponent >= 0:
		return sign + d.digits + strings.Repeat("0", d.exponent)
	}
	digits := strings.Repeat("0", max(0, 1-d.exponent-len(d.digits))) + d.digits
	point := len(digits) + d.exponent
	return sign + digits[:point] + "." + digits[point:]
}
