package path

import "bytes"

// compareNumbers orders two JSON numbers by value, exactly and without converting them: by sign, then by the place of
// the first digit that is not zero, then digit by digit.
func compareNumbers(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	x, y := splitNumber(a), splitNumber(b)
	switch {
	case x.sign != y.sign:
		return x.sign - y.sign
	case x.sign == 0:
		return 0
	case x.place != y.place:
		if x.place < y.place {
			return -x.sign
		}
		return x.sign
	}
	return x.sign * compareDigits(x.digits, y.digits)
}

// splitted is a number as sign × 0.digits × 10^place. The digits begin with one that is not zero and may have the
// decimal point among them, which is to be skipped.
type splitted struct {
	sign   int // -1, 0, 1
	digits []byte
	place  int
}

func splitNumber(raw []byte) splitted {
	s := splitted{sign: 1}
	if len(raw) > 0 && raw[0] == '-' {
		s.sign, raw = -1, raw[1:]
	}
	end, point, first := len(raw), -1, -1
	for i, c := range raw {
		if c == 'e' || c == 'E' {
			end = i
			break
		}
		if c == '.' {
			point = i
		} else if first < 0 && c != '0' {
			first = i
		}
	}
	if first < 0 {
		return splitted{}
	}
	if point < 0 {
		point = end
	}
	s.digits = raw[first:end]
	if s.place = point - first; s.place < 0 {
		s.place++ // the point stands between
	}
	if end < len(raw) {
		s.place += smallInt(raw[end+1:])
	}
	return s
}

// smallInt reads an exponent. Beyond what a document may hold its value does not matter, as long as it is not too large
// to compute with.
func smallInt(raw []byte) int {
	sign, v := 1, 0
	for _, c := range raw {
		switch {
		case c == '-':
			sign = -1
		case digit(c):
			v = min(v*10+int(c-'0'), 1<<30)
		}
	}
	return sign * v
}

// compareDigits orders digits behind the same place; the shorter one goes on with zeros.
func compareDigits(a, b []byte) int {
	for len(a) > 0 || len(b) > 0 {
		var x, y byte
		x, a = nextDigit(a)
		y, b = nextDigit(b)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

func nextDigit(digits []byte) (byte, []byte) {
	if len(digits) > 0 && digits[0] == '.' {
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return '0', nil
	}
	return digits[0], digits[1:]
}
