package path

import "math"

// setDate puts the date together. Without any part of it, it is the first day of the year 0.
func (r *reading) setDate(d *datetime) bool {
	year, month, day := r.year, int64(1), int64(1)
	if year < 0 {
		year++
	}
	if r.julian != 0 {
		year, month, day = civil(r.julian - julianDay1970)
	}
	if r.month != 0 {
		month = r.month
	}
	if r.day != 0 {
		day = r.day
	}
	if r.dayOfYear != 0 && (month <= 1 || day <= 1) {
		if year == 0 {
			return false
		}
		first := days(year, 1, 1)
		_, m, d := civil(first + r.dayOfYear - 1)
		switch length := days(year+1, 1, 1) - first; {
		case r.dayOfYear > length:
			m, d = 13, r.dayOfYear-length // a month that was given may still make it a date, as in PostgreSQL
		case r.dayOfYear < 0:
			return false
		}
		if month <= 1 {
			month = m
		}
		if day <= 1 {
			day = d
		}
	}
	longest := int64(31) // without a year, PostgreSQL lets 31 February run over
	if r.year != 0 || r.julian != 0 {
		longest = daysOfMonth(year, month)
	}
	if month < 1 || month > 12 || day < 1 || day > longest {
		return false
	}
	d.day = days(year, month, day)
	return true
}

// setTime puts the time of day together.
func (r *reading) setTime(d *datetime) bool {
	hour, minute, second := r.secondOfDay/3600, r.secondOfDay/60%60, r.secondOfDay%60
	if r.hour != 0 {
		hour = r.hour
	}
	if r.minute != 0 {
		minute = r.minute
	}
	if r.second != 0 {
		second = r.second
	}
	if r.twelve {
		if hour < 1 || hour > 12 {
			return false
		}
		hour %= 12
		if r.afternoon {
			hour += 12
		}
	}
	fraction := r.milli*1000 + r.micro
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
		fraction < 0 || fraction >= microsPerSecond {
		return false
	}
	d.micros = ((hour*60+minute)*60+second)*microsPerSecond + fraction
	return true
}

func (r *reading) setZone(d *datetime) bool {
	if r.zoneHour < 0 || r.zoneHour > 15 || r.zoneMinute < 0 || r.zoneMinute > 59 {
		return false
	}
	d.zone = r.zoneSign * (r.zoneHour*60 + r.zoneMinute) * 60
	return true
}

// inRange holds PostgreSQL's limits: dates to the year 5874897, timestamps to 294276, both from 4714 BC.
func (d *datetime) inRange() bool {
	first, last := int64(-julianDay1970), int64(math.MaxInt32-julianDay1970)
	switch d.kind {
	case kindTime, kindTimeTZ:
		d.day = 0
	case kindTimestamp, kindTimestampTZ:
		last = days(294276, 12, 31)
	}
	return d.day >= first && d.day <= last
}
