package path

import "strings"

// fieldID is what one part of a template reads.
type fieldID uint8

const (
	fieldText fieldID = iota // the text itself
	fieldYear4
	fieldYear3
	fieldYear2
	fieldYear1
	fieldMonth
	fieldMonthShort
	fieldMonthLong
	fieldDay
	fieldDayOfYear
	fieldJulian
	fieldHour24
	fieldHour12
	fieldMinute
	fieldSecond
	fieldSecondOfDay
	fieldMilli
	fieldMicro
	fieldFraction
	fieldNoon
	fieldNoonDotted
	fieldZoneHour
	fieldZoneMinute
	fieldZone
)

// field is one part of a template.
type field struct {
	id    fieldID
	text  string // as written
	width int    // digits that a number takes when the next field is a number too; 0 for what is no number
}

// dated, timed and zoned tell which part of a value the field belongs to.
func (f field) dated() bool { return f.id >= fieldYear4 && f.id <= fieldJulian }
func (f field) timed() bool { return f.id >= fieldHour24 && f.id <= fieldNoonDotted }
func (f field) zoned() bool { return f.id >= fieldZoneHour }

// fields are the patterns that templates may use, in upper case, longer ones before their beginnings. They are those of
// PostgreSQL's to_timestamp without weeks, quarters, centuries, eras, names of days, modifiers, and roman months.
var fields = []field{
	{fieldYear4, "YYYY", 4}, {fieldYear3, "YYY", 3}, {fieldYear2, "YY", 2}, {fieldYear1, "Y", 1},
	{fieldMonthLong, "MONTH", 0}, {fieldMonthShort, "MON", 0}, {fieldMonth, "MM", 2}, {fieldMinute, "MI", 2},
	{fieldMilli, "MS", 3}, {fieldDayOfYear, "DDD", 3}, {fieldDay, "DD", 2}, {fieldJulian, "J", 1},
	{fieldHour24, "HH24", 2}, {fieldHour12, "HH12", 2}, {fieldHour12, "HH", 2},
	{fieldSecondOfDay, "SSSSS", 5}, {fieldSecondOfDay, "SSSS", 4}, {fieldSecond, "SS", 2}, {fieldMicro, "US", 6},
	{fieldFraction, "FF1", 1}, {fieldFraction, "FF2", 2}, {fieldFraction, "FF3", 3}, {fieldFraction, "FF4", 4},
	{fieldFraction, "FF5", 5}, {fieldFraction, "FF6", 6},
	{fieldNoonDotted, "A.M.", 0}, {fieldNoonDotted, "P.M.", 0}, {fieldNoon, "AM", 0}, {fieldNoon, "PM", 0},
	{fieldZoneHour, "TZH", 2}, {fieldZoneMinute, "TZM", 2},
}

// zoneField is PostgreSQL 17's TZ, which our own formats use and templates may not.
var zoneField = field{fieldZone, "TZ", 0}

// templateHint lists what templates may hold.
const templateHint = `fields: YYYY YYY YY Y MM MON MONTH DD DDD J HH24 HH12 HH MI SS SSSSS MS US FF1 to FF6 AM PM A.M. P.M. TZH TZM, ` +
	`in upper or in lower case; separators: - . / , ' : ; blank; other text in double quotes`

// template is a compiled argument of .datetime().
type template struct {
	text   string
	fields []field
	kind   datetimeKind
	digits int // of the fraction that FFn asks for, -1 without it
}

// compileTemplate reads a template as PostgreSQL does in its strict mode. The second result says what is wrong with it.
func compileTemplate(text string, zones bool) (*template, string) {
	t := &template{text: text, digits: -1}
	for rest := text; rest != ""; {
		if f, ok := fieldAhead(rest); ok {
			t.fields = append(t.fields, f)
			rest = rest[len(f.text):]
			if f.id == fieldFraction {
				t.digits = f.width
			}
		} else if zones && strings.HasPrefix(rest, zoneField.text) {
			t.fields = append(t.fields, zoneField)
			rest = rest[len(zoneField.text):]
		} else if rest[0] == '"' {
			rest = t.quotedText(rest[1:])
		} else if strings.IndexByte("-./,':; ", rest[0]) >= 0 {
			t.fields = append(t.fields, field{text: rest[:1]})
			rest = rest[1:]
		} else {
			return nil, "no such field or separator in a datetime template: " + quoted(rest)
		}
	}
	return t, t.setKind()
}

// fieldAhead finds the field that text begins with, written in upper or in lower case.
func fieldAhead(text string) (field, bool) {
	for _, f := range fields {
		if strings.HasPrefix(text, f.text) {
			return f, true
		}
		if lower := strings.ToLower(f.text); strings.HasPrefix(text, lower) {
			f.text = lower
			return f, true
		}
	}
	return field{}, false
}

// quotedText adds text up to a closing quote or the end, and gives what is behind it.
func (t *template) quotedText(rest string) string {
	for i := 0; i < len(rest); i++ {
		switch {
		case rest[i] == '"':
			return rest[i+1:]
		case rest[i] == '\\' && i+1 < len(rest):
			i++
		}
		t.fields = append(t.fields, field{text: rest[i : i+1]})
	}
	return ""
}

// setKind finds out which type the template gives.
func (t *template) setKind() string {
	var dated, timed, zoned bool
	for _, f := range t.fields {
		dated = dated || f.dated()
		timed = timed || f.timed()
		zoned = zoned || f.zoned()
	}
	switch {
	case zoned && !timed:
		return "a datetime template with a zone needs a time"
	case dated && zoned:
		t.kind = kindTimestampTZ
	case dated && timed:
		t.kind = kindTimestamp
	case dated:
		t.kind = kindDate
	case zoned:
		t.kind = kindTimeTZ
	case timed:
		t.kind = kindTime
	default:
		return "the datetime template has neither a date nor a time"
	}
	return ""
}
