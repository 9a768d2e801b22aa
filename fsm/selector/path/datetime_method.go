package path

import "strings"

// Formats that are tried in order: those of .datetime() without a template, and those of PostgreSQL 17's methods, which
// also know the zone Z.
var (
	formats15 = formats("TZH:TZM", "TZH")
	formats17 = formats("TZ")
)

func formats(zones ...string) []*template {
	var list []*template
	add := func(text string) {
		t, problem := compileTemplate(text, true)
		if problem != "" {
			panic(problem) // the texts are constants
		}
		list = append(list, t)
	}
	add("yyyy-mm-dd")
	for _, date := range []string{"", "yyyy-mm-dd ", `yyyy-mm-dd"T"`} {
		for _, time := range []string{"HH24:MI:SS.US", "HH24:MI:SS"} {
			for _, zone := range zones {
				add(date + time + zone)
			}
			add(date + time)
		}
	}
	return list
}

// datetimeTextMax bounds the text that formats are tried on; no date or time is longer.
const datetimeTextMax = 128

// datetimeMethod runs .datetime() and the methods that want one type of date or time.
func datetimeMethod(n *node, v item) (item, string) {
	if v.kind() != kindString {
		return item{}, "can only be applied to a string"
	}
	text := string(unquoted(v.raw))
	if strings.IndexByte(text, 0) >= 0 {
		return item{}, "got a string that is no date or time"
	}
	switch {
	case n.template != nil:
		if d, ok := n.template.parse(text); ok {
			return item{when: d}, ""
		}
		return item{}, "got a string that does not match its template"
	case n.op == opDatetime:
		if d, ok := recognize(text, formats15); ok {
			return item{when: d}, ""
		}
		return item{}, "does not recognize the format of its string"
	}
	d, ok := recognize(text, formats17)
	if !ok {
		return item{}, "does not recognize the format of its string"
	}
	if problem := d.convert(n.op); problem != "" {
		return item{}, problem
	}
	if len(n.numbers) > 0 {
		d.round(n.numbers[0])
	}
	return item{when: d}, ""
}

func recognize(text string, list []*template) (*datetime, bool) {
	if len(text) > datetimeTextMax {
		return nil, false
	}
	for _, t := range list {
		if d, ok := t.parse(text); ok {
			return d, true
		}
	}
	return nil, false
}

// convert changes the type as a method asks. Between types with a zone and without, PostgreSQL would use the session's
// zone; there are no sessions here, and replicas have to agree, so that is an error.
func (d *datetime) convert(method op) string {
	const needsZone, wrongType = "would need a time zone", "got a date or time of another type"
	from := d.kind
	switch method {
	case opDate:
		if d.kind = kindDate; from == kindTimestampTZ {
			return needsZone
		} else if from == kindTime || from == kindTimeTZ {
			return wrongType
		}
		d.micros = 0
	case opTime:
		if d.kind = kindTime; from == kindTimeTZ || from == kindTimestampTZ {
			return needsZone
		} else if from == kindDate {
			return wrongType
		}
		d.day = 0
	case opTimeTZ:
		if d.kind = kindTimeTZ; from == kindTime || from == kindTimestampTZ {
			return needsZone
		} else if from != kindTimeTZ {
			return wrongType
		}
	case opTimestamp, opTimestampTZ:
		if from == kindTime || from == kindTimeTZ {
			return wrongType
		}
		if (from == kindTimestampTZ) != (method == opTimestampTZ) {
			return needsZone
		}
		if d.kind = kindTimestamp; method == opTimestampTZ {
			d.kind = kindTimestampTZ
		}
	}
	return ""
}
