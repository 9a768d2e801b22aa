package path

import (
	"bytes"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// number is a decimal with a scale, as PostgreSQL's numeric is: digits × 10^-scale. The scale is the number of digits
// behind the point that are shown, so 1.50 and 1.5 are equal numbers of different scales; it is never negative.
type number struct {
	digits apd.BigInt
	scale  int
}

var ten = apd.NewBigInt(10)

// pow10 gives 10^n.
func pow10(n int) *apd.BigInt {
	return new(apd.BigInt).Exp(ten, apd.NewBigInt(int64(n)), nil)
}

// parseNumber reads a JSON number, and more that PostgreSQL's literals allow: ".5", "5.". It refuses what is larger
// than computed numbers may be.
func parseNumber(raw []byte) (*number, bool) {
	digits := make([]byte, 0, len(raw))
	scale, exponent, point := 0, 0, false
	for i, c := range raw {
		if c == 'e' || c == 'E' {
			exponent = smallInt(raw[i+1:])
			break
		}
		switch {
		case c == '.':
			point = true
			continue
		case point:
			scale++
		}
		digits = append(digits, c)
	}
	if len(digits) > integerDigitsMax+scaleMax {
		return nil, false
	}
	z := &number{scale: scale - exponent}
	if _, ok := z.digits.SetString(string(digits), 10); !ok {
		return nil, false
	}
	if z.scale < 0 {
		if z.digits.Sign() != 0 {
			if len(digits)-z.scale > integerDigitsMax {
				return nil, false
			}
			z.digits.Mul(&z.digits, pow10(-z.scale))
		}
		z.scale = 0
	}
	return z, z.fits()
}

// fits reports whether the number is within the bounds of computed numbers.
func (z *number) fits() bool {
	return z.scale <= scaleMax && z.length()-z.scale <= integerDigitsMax
}

// length estimates the decimal digits, one too many at most.
func (z *number) length() int { return int(int64(z.digits.BitLen())*30103/100000) + 1 }

// text writes the number as PostgreSQL does, with all digits of its scale and no exponent.
func (z *number) text() []byte {
	raw := z.digits.Append(nil, 10)
	if z.scale == 0 {
		return raw
	}
	sign := raw[0] == '-'
	if sign {
		raw = raw[1:]
	}
	if missing := z.scale + 1 - len(raw); missing > 0 {
		raw = append(bytes.Repeat([]byte("0"), missing), raw...)
	}
	point := len(raw) - z.scale
	out := make([]byte, 0, len(raw)+2)
	if sign {
		out = append(out, '-')
	}
	out = append(out, raw[:point]...)
	out = append(out, '.')
	return append(out, raw[point:]...)
}

func (z *number) item() item { return item{raw: z.text()} }

func intItem(v int) item { return item{raw: strconv.AppendInt(nil, int64(v), 10)} }

// numberSize estimates the digits that a number is worth, when it is written without an exponent.
func numberSize(raw []byte) int {
	if e := bytes.IndexAny(raw, "eE"); e >= 0 {
		exponent := smallInt(raw[e+1:])
		return len(raw) + min(max(exponent, -exponent), 2*numberExponentMax)
	}
	return len(raw)
}

// numberCost is what it costs in steps to calculate with numbers of so many digits: reading, multiplying and writing
// them take time with the square of the length, some tens of nanoseconds per step.
func numberCost(digits int) int { return digits * digits >> 12 }

// withinLimits holds the limits of documents for other texts of numbers.
func withinLimits(text []byte) bool {
	digits := len(text)
	if e := bytes.IndexAny(text, "eE"); e >= 0 {
		if exponent := smallInt(text[e+1:]); exponent > numberExponentMax || exponent < -numberExponentMax {
			return false
		}
		digits = e
	}
	digits -= bytes.Count(text[:digits], []byte("."))
	return digits <= numberDigitsMax
}

// literalNumber checks a literal against the limits of documents, and writes it plainly.
func literalNumber(text string) (item, bool) {
	if !withinLimits([]byte(text)) {
		return item{}, false
	}
	z, ok := parseNumber([]byte(text))
	if !ok {
		return item{}, false
	}
	return z.item(), true
}

// negated gives a literal with the other sign.
func negated(v item) item {
	z, ok := parseNumber(v.raw)
	if !ok {
		return v
	}
	z.digits.Sub(new(apd.BigInt), &z.digits) // not Neg, which makes a negative zero of zero
	return z.item()
}

// rescale rounds to a scale, half away from zero; a negative scale rounds before the point.
func (z *number) rescale(scale int) {
	if scale >= z.scale {
		z.digits.Mul(&z.digits, pow10(scale-z.scale))
	} else {
		divideRounded(&z.digits, &z.digits, pow10(z.scale-scale))
	}
	z.scale = scale
	if scale < 0 {
		z.digits.Mul(&z.digits, pow10(-scale))
		z.scale = 0
	}
}

// divideRounded sets q to x / y, rounded half away from zero.
func divideRounded(q, x, y *apd.BigInt) {
	var rest apd.BigInt
	negative := x.Sign()*y.Sign() < 0
	q.QuoRem(x, y, &rest)
	rest.Abs(&rest)
	rest.Add(&rest, &rest)
	if rest.CmpAbs(y) >= 0 {
		if negative {
			q.Sub(q, apd.NewBigInt(1))
		} else {
			q.Add(q, apd.NewBigInt(1))
		}
	}
}

// floor cuts to an integer downwards, ceiling upwards.
func (z *number) floor()   { z.toInteger(-1) }
func (z *number) ceiling() { z.toInteger(1) }

// toInteger drops the fraction, moving in a direction if there is one; 0 truncates.
func (z *number) toInteger(direction int) {
	var rest apd.BigInt
	z.digits.QuoRem(&z.digits, pow10(z.scale), &rest)
	z.scale = 0
	if rest.Sign() == direction && direction != 0 {
		z.digits.Add(&z.digits, apd.NewBigInt(int64(direction)))
	}
}

// truncatedInt32 cuts the fraction off a number, if the rest is an int32.
func truncatedInt32(raw []byte) (int, bool) {
	if v, err := strconv.ParseInt(string(raw), 10, 32); err == nil {
		return int(v), true
	}
	z, ok := parseNumber(raw)
	if !ok {
		return 0, false
	}
	z.toInteger(0)
	if !z.digits.IsInt64() || int64(int32(z.digits.Int64())) != z.digits.Int64() {
		return 0, false
	}
	return int(z.digits.Int64()), true
}
