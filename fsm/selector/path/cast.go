package path

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// Problems of several methods, worded to follow the method's name.
const (
	wantsNumberOrString = "can only be applied to a string or numeric value"
	badString           = "got a string that is not a representation of the type"
	outOfRange          = "got a number that is out of range"
)

// cast runs the methods that convert between the types of JSON.
func (r *run) cast(n *node, v item) (item, string) {
	switch n.op {
	case opString:
		return stringCast(v)
	case opBoolean:
		return booleanCast(v)
	}
	if k := v.kind(); k != kindNumber && k != kindString {
		return item{}, wantsNumberOrString
	}
	switch n.op {
	case opDouble:
		return doubleCast(v)
	case opBigint:
		return integerCast(v, 64)
	case opInteger:
		return integerCast(v, 32)
	}
	return numericCast(v, n.numbers)
}

// stringCast writes a scalar as text.
func stringCast(v item) (item, string) {
	switch v.kind() {
	case kindString:
		return v, ""
	case kindBool:
		return stringItem(string(v.raw)), ""
	case kindDatetime:
		return stringItem(v.when.String()), ""
	case kindNumber:
		if z, ok := parseNumber(v.raw); ok {
			return stringItem(string(z.text())), ""
		}
		return item{}, outOfRange
	}
	return item{}, "can only be applied to a boolean, string, numeric, or datetime value"
}

// booleanCast reads what PostgreSQL's boolean reads: unique beginnings of true, false, yes, no, on, off, and 0 and 1
// as text; any integer as number.
func booleanCast(v item) (item, string) {
	switch v.kind() {
	case kindBool:
		return v, ""
	case kindNumber:
		z, ok := parseNumber(v.raw)
		if !ok || z.scale != 0 || !fitsBits(z, 32) {
			return item{}, outOfRange
		}
		return boolItem(z.digits.Sign() != 0), ""
	case kindString:
		text := strings.ToLower(string(unquoted(v.raw)))
		switch {
		case text == "":
		case text == "1", text == "on", strings.HasPrefix("true", text), strings.HasPrefix("yes", text):
			return itemTrue, ""
		case text == "0", text == "of", text == "off", strings.HasPrefix("false", text), strings.HasPrefix("no", text):
			return itemFalse, ""
		}
		return item{}, badString
	}
	return item{}, "can only be applied to a boolean, string, or numeric value"
}

func fitsBits(z *number, bits int) bool {
	if !z.digits.IsInt64() {
		return false
	}
	i := z.digits.Int64()
	return bits == 64 || i >= math.MinInt32 && i <= math.MaxInt32
}

// space is what PostgreSQL's input functions strip.
const space = " \t\n\r\v\f"

// integerCast rounds a number, or reads a string that is an integer.
func integerCast(v item, bits int) (item, string) {
	if v.kind() == kindString {
		text := strings.Trim(string(unquoted(v.raw)), space)
		i, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			return item{}, badString
		}
		return intItem(int(i)), ""
	}
	z, ok := parseNumber(v.raw)
	if !ok {
		return item{}, outOfRange
	}
	if z.scale > 0 {
		z.rescale(0)
	}
	if !fitsBits(z, bits) {
		return item{}, outOfRange
	}
	return z.item(), ""
}

// numericCast runs .number() and .decimal(precision, scale).
func numericCast(v item, typmod []int) (item, string) {
	raw := v.raw
	if v.kind() == kindString {
		raw = bytes.Trim(unquoted(v.raw), space)
		if !numeric(raw) {
			return item{}, badString
		}
		raw = bytes.TrimPrefix(raw, []byte("+"))
		if !withinLimits(raw) {
			return item{}, outOfRange
		}
	}
	z, ok := parseNumber(raw)
	if !ok {
		return item{}, outOfRange
	}
	if len(typmod) > 0 {
		scale := 0
		if len(typmod) > 1 {
			scale = typmod[1]
		}
		z.rescale(scale)
		if z.digits.CmpAbs(pow10(typmod[0]-scale+z.scale)) >= 0 {
			return item{}, outOfRange
		}
	}
	return z.item(), ""
}

// numeric reports whether text is a number: an optional sign, digits with an optional point, an optional exponent.
func numeric(text []byte) bool {
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	whole := countDigits(text)
	text = text[whole:]
	fraction := 0
	if len(text) > 0 && text[0] == '.' {
		fraction = countDigits(text[1:])
		text = text[1+fraction:]
	}
	if len(text) > 0 && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		exponent := countDigits(text)
		if text = text[exponent:]; exponent == 0 {
			return false
		}
	}
	return whole+fraction > 0 && len(text) == 0
}

func countDigits(text []byte) int {
	n := 0
	for n < len(text) && digit(text[n]) {
		n++
	}
	return n
}

// doubleCast keeps a number that fits a double, and reads a string as one, with its 15 significant digits.
func doubleCast(v item) (item, string) {
	isString := v.kind() == kindString
	text := string(v.raw)
	if isString {
		text = strings.Trim(string(unquoted(v.raw)), space)
		if strings.ContainsAny(text, "_nN") { // what only Go takes, infinity, and not a number
			return item{}, badString
		}
		if strings.ContainsAny(text, "xX") && !strings.ContainsAny(text, "pP") {
			text += "p0" // hexadecimal, of which Go wants an exponent
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	underflow := f == 0 && strings.ContainsAny(mantissa(text), "123456789abcdefABCDEF")
	switch {
	case (err != nil || underflow) && isString:
		return item{}, badString
	case err != nil || underflow:
		return item{}, outOfRange
	case !isString:
		return v, ""
	}
	z, ok := parseNumber(strconv.AppendFloat(nil, f, 'g', 15, 64))
	if !ok {
		return item{}, outOfRange
	}
	return z.item(), ""
}

// mantissa gives what stands before the exponent.
func mantissa(number string) string {
	exponent := "eE"
	if strings.ContainsAny(number, "xX") {
		exponent = "pP"
	}
	if end := strings.IndexAny(number, exponent); end >= 0 {
		return number[:end]
	}
	return number
}
