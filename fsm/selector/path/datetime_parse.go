package path

import (
	"strconv"
	"strings"
)

// reading is a text that is read by a template, with what was found in it so far. As in PostgreSQL, a field of zero
// counts as not given.
type reading struct {
	text string
	ok   bool

	year, month, day, dayOfYear, julian int64
	hour, minute, second, secondOfDay   int64
	milli, micro                        int64
	twelve, afternoon                   bool
	zoneSign, zoneHour, zoneMinute      int64
}

// parse reads a text that has to match the template as a whole.
func (t *template) parse(text string) (*datetime, bool) {
	r := reading{text: text, ok: true}
	for i, f := range t.fields {
		if r.text == "" {
			return nil, false
		}
		if f.id == fieldText {
			if r.text[0] != f.text[0] {
				return nil, false
			}
			r.text = r.text[1:]
			continue
		}
		exact := i+1 < len(t.fields) && t.fields[i+1].wantsNumberBefore()
		if r.field(f, exact); !r.ok {
			return nil, false
		}
	}
	if strings.Trim(r.text, space) != "" {
		return nil, false
	}
	d := &datetime{kind: t.kind}
	if !r.setDate(d) || !r.setTime(d) || !r.setZone(d) || !d.inRange() {
		return nil, false
	}
	if t.digits >= 0 {
		d.round(t.digits)
	}
	return d, true
}

// wantsNumberBefore reports whether a number before the field has to have its exact width, since digits follow.
func (f field) wantsNumberBefore() bool {
	if f.id == fieldText {
		return digit(f.text[0])
	}
	return f.width > 0 && f.id != fieldZoneHour
}

// field reads one field.
func (r *reading) field(f field, exact bool) {
	switch f.id {
	case fieldYear4:
		r.number(&r.year, f.width, exact)
	case fieldYear3, fieldYear2, fieldYear1:
		if used := r.number(&r.year, f.width, exact); used < 4 {
			r.year = fullYear(r.year)
		}
	case fieldMonth:
		r.number(&r.month, f.width, exact)
	case fieldMonthShort, fieldMonthLong:
		r.monthName(f.id == fieldMonthLong)
	case fieldDay:
		r.number(&r.day, f.width, exact)
	case fieldDayOfYear:
		r.number(&r.dayOfYear, f.width, exact)
	case fieldJulian:
		r.number(&r.julian, f.width, exact)
	case fieldHour24:
		r.number(&r.hour, f.width, exact)
	case fieldHour12:
		r.number(&r.hour, f.width, exact)
		r.twelve = true
	case fieldMinute:
		r.number(&r.minute, f.width, exact)
	case fieldSecond:
		r.number(&r.second, f.width, exact)
	case fieldSecondOfDay:
		r.number(&r.secondOfDay, f.width, exact)
	case fieldMilli:
		r.fraction(&r.milli, f.width, 3, exact)
	case fieldMicro, fieldFraction:
		r.fraction(&r.micro, f.width, 6, exact)
	case fieldNoon:
		r.noon("am", "pm")
	case fieldNoonDotted:
		r.noon("a.m.", "p.m.")
	default:
		r.zone(f, exact)
	}
}

// number reads an integer: of the exact width if digits follow, of any length otherwise, with an optional sign and
// blanks before it. It gives how many bytes it read.
func (r *reading) number(to *int64, width int, exact bool) int {
	text := strings.TrimLeft(r.text, space)
	blanks := len(r.text) - len(text)
	if exact {
		if len(text) < width {
			r.ok = false
			return 0
		}
		text = text[:width]
	}
	end := 0
	if end < len(text) && (text[end] == '+' || text[end] == '-') {
		end++
	}
	for end < len(text) && digit(text[end]) {
		end++
	}
	v, err := strconv.ParseInt(text[:end], 10, 32)
	if err != nil || exact && end < width {
		r.ok = false
		return 0
	}
	r.text = r.text[blanks+end:]
	r.set(to, v)
	return blanks + end
}

// set refuses a second value that differs from the first.
func (r *reading) set(to *int64, v int64) {
	if *to != 0 && *to != v {
		r.ok = false
	}
	*to = v
}

// fraction reads digits behind a point, in units of 10^-scale seconds.
func (r *reading) fraction(to *int64, width, scale int, exact bool) {
	for used := r.number(to, width, exact); used < scale && r.ok; used++ {
		*to *= 10
	}
}

// fullYear completes a year of fewer than four digits to the nearest to 2020.
func fullYear(year int64) int64 {
	switch {
	case year < 70:
		return year + 2000
	case year < 100:
		return year + 1900
	case year < 520:
		return year + 2000
	case year < 1000:
		return year + 1000
	}
	return year
}

var months = [...]string{
	"january", "february", "march", "april", "may", "june",
	"july", "august", "september", "october", "november", "december",
}

func (r *reading) monthName(long bool) {
	for i, name := range months {
		if !long {
			name = name[:3]
		}
		if len(r.text) >= len(name) && strings.EqualFold(r.text[:len(name)], name) {
			r.text = r.text[len(name):]
			r.set(&r.month, int64(i+1))
			return
		}
	}
	r.ok = false
}

func (r *reading) noon(before, after string) {
	n := len(before)
	switch {
	case len(r.text) >= n && strings.EqualFold(r.text[:n], before):
		r.ok = !r.afternoon // a second field that says otherwise; PostgreSQL notices it in this order only
	case len(r.text) >= n && strings.EqualFold(r.text[:n], after):
		r.afternoon = true
	default:
		r.ok = false
		return
	}
	r.text = r.text[n:]
	r.twelve = true
}

// zone reads TZH, TZM, or TZ, which is Z or a displacement with optional minutes.
func (r *reading) zone(f field, exact bool) {
	if f.id == fieldZoneMinute {
		if r.zoneSign == 0 {
			r.zoneSign = 1
		}
		r.number(&r.zoneMinute, f.width, exact)
		return
	}
	r.zoneSign = 1
	if f.id == fieldZone && strings.EqualFold(r.text, "z") {
		r.text = ""
		return
	}
	switch r.text[0] {
	case '-':
		r.zoneSign = -1
		r.text = r.text[1:]
	case '+', ' ':
		r.text = r.text[1:]
	}
	r.number(&r.zoneHour, 2, exact)
	if f.id == fieldZone && strings.HasPrefix(r.text, ":") {
		r.text = r.text[1:]
		r.number(&r.zoneMinute, 2, false)
	}
}
