package path

import (
	"cmp"
	"fmt"
	"strings"
)

// datetimeKind is the SQL type of a date or time.
type datetimeKind uint8

const (
	kindDate datetimeKind = iota
	kindTime
	kindTimeTZ
	kindTimestamp
	kindTimestampTZ
)

var datetimeTypeNames = [...]string{
	"date", "time without time zone", "time with time zone", "timestamp without time zone", "timestamp with time zone",
}

const (
	microsPerSecond = 1_000_000
	microsPerDay    = 24 * 60 * 60 * microsPerSecond
)

// datetime is a date, a time of day, or both, on the proleptic Gregorian calendar. Nothing here knows the time zone of
// a machine or a session: zones are displacements, and what has none is comparable only with its like.
type datetime struct {
	kind   datetimeKind
	day    int64 // days from 1970-01-01, local to the zone
	micros int64 // microseconds of the day, local to the zone
	zone   int64 // seconds east of UTC
}

func (d *datetime) typeName() string { return datetimeTypeNames[d.kind] }

// compare orders two dates or times; false says that they cannot be compared, or not without a session's time zone.
func (d *datetime) compare(other *datetime) (int, bool) {
	dated := func(k datetimeKind) bool { return k == kindDate || k == kindTimestamp }
	switch {
	case dated(d.kind) && dated(other.kind), d.kind == kindTimestampTZ && other.kind == kindTimestampTZ:
		return cmp.Compare(d.instant(), other.instant()), true
	case d.kind == kindTime && other.kind == kindTime:
		return cmp.Compare(d.micros, other.micros), true
	case d.kind == kindTimeTZ && other.kind == kindTimeTZ:
		if order := cmp.Compare(d.instant(), other.instant()); order != 0 {
			return order, true
		}
		// The same instant in two zones is not the same value: the western one is the larger.
		return cmp.Compare(other.zone, d.zone), true
	}
	return 0, false
}

// instant is the microseconds from 1970 in UTC, or from midnight UTC for a time.
func (d *datetime) instant() int64 {
	return d.day*microsPerDay + d.micros - d.zone*microsPerSecond
}

// round cuts the fraction of a second to so many digits, half away from zero, which for timestamps is the beginning of
// 2000 in UTC, as PostgreSQL counts. It may move a timestamp to the next day.
func (d *datetime) round(digits int) {
	unit := int64(1)
	for ; digits < 6; digits++ {
		unit *= 10
	}
	if d.kind < kindTimestamp {
		d.micros = (d.micros + unit/2) / unit * unit
		return
	}
	offset := d.zone*microsPerSecond + epoch2000*microsPerDay
	count := d.day*microsPerDay + d.micros - offset
	if count < 0 {
		count = -((-count + unit/2) / unit * unit)
	} else {
		count = (count + unit/2) / unit * unit
	}
	local := count + offset
	d.day, d.micros = local/microsPerDay, local%microsPerDay
	if d.micros < 0 {
		d.day--
		d.micros += microsPerDay
	}
}

// epoch2000 is 2000-01-01 in days from 1970-01-01.
const epoch2000 = 10957

// String writes the value as PostgreSQL does in JSON, which is ISO 8601 but for years before 1.
func (d *datetime) String() string {
	var b strings.Builder
	year, month, day := civil(d.day)
	era := ""
	if d.kind != kindTime && d.kind != kindTimeTZ {
		if year <= 0 {
			year, era = 1-year, " BC"
		}
		fmt.Fprintf(&b, "%04d-%02d-%02d", year, month, day)
	}
	if d.kind >= kindTimestamp {
		b.WriteByte('T')
	}
	if d.kind != kindDate {
		seconds := d.micros / microsPerSecond
		fmt.Fprintf(&b, "%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
		if fraction := d.micros % microsPerSecond; fraction != 0 {
			b.WriteString(strings.TrimRight(fmt.Sprintf(".%06d", fraction), "0"))
		}
	}
	if d.kind == kindTimeTZ || d.kind == kindTimestampTZ {
		sign, zone := '+', d.zone
		if zone < 0 {
			sign, zone = '-', -zone
		}
		fmt.Fprintf(&b, "%c%02d:%02d", sign, zone/3600, zone/60%60)
	}
	b.WriteString(era)
	return b.String()
}

// julianDay1970 is the Julian day of 1970-01-01.
const julianDay1970 = 2440588

// days gives the days from 1970-01-01 to a date. Years count through zero, which is 1 BC. The calendar is taken to begin
// with March, so that the leap day is the last of the year.
func days(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 && year%400 != 0 {
		era--
	}
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// civil is the inverse of days.
func civil(n int64) (year, month, day int64) {
	n += 719468
	era := n / 146097
	if n < 0 && n%146097 != 0 {
		era--
	}
	dayOfEra := n - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	march := (5*dayOfYear + 2) / 153
	year, month, day = yearOfEra+era*400, march+3, dayOfYear-(153*march+2)/5+1
	if month > 12 {
		year++
		month -= 12
	}
	return year, month, day
}

// daysOfMonth gives the length of a month.
func daysOfMonth(year, month int64) int64 {
	if month == 12 {
		return 31
	}
	return days(year, month+1, 1) - days(year, month, 1)
}
