package format

import (
	"bytes"
	"maps"
	"slices"
)

// absent is the member of a side under which stand the names of members that the
// document does not have, although the event alone would give them. No format has a
// member of that name.
const absent = "$absent"

// difference is the side of a part: what turns the plain translation of its event into
// it, as members of the document with their values.
func difference(plain, part fields) fields {
	side := fields{}
	for name, value := range part {
		if !bytes.Equal(plain[name], value) {
			side[name] = value
		}
	}
	var names [][]byte
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		if !part.has(name) {
			names = append(names, quote(name))
		}
	}
	if names != nil {
		side[absent] = array(names...)
	}
	return side
}

// apply is the inverse of difference: it changes a plain translation into the part.
func (f fields) apply(side fields) {
	for name, value := range side {
		if name != absent {
			f[name] = value
		}
	}
	for _, name := range elements(side[absent]) {
		delete(f, unquote(name))
	}
}

// keep puts the side of an event into its meta, under the format's name.
func (f *Format) keep(event, side fields) {
	if len(side) == 0 {
		return
	}
	meta := split(event["meta"])
	meta[f.name] = side.json()
	event["meta"] = meta.json()
}

// kept takes the side out of an event's meta. It is false if there is none: what stands
// under the format's name and is no object is an author's own.
func (f *Format) kept(event fields) (rest, side fields, ok bool) {
	meta := split(event["meta"])
	side = split(meta[f.name])
	if len(side) == 0 {
		return event, nil, false
	}
	delete(meta, f.name)
	rest = maps.Clone(event)
	rest["meta"] = meta.json()
	return rest, side, true
}

// recorded is an event as a ledger gives it back, as far as a translation asks for it.
// The id and the time stand for any.
func recorded(event fields) fields {
	read := maps.Clone(event)
	read["eventId"] = quote("00000000000000000000000000000000")
	read["timestamp"] = quote("1970-01-01T00:00:00.000000Z")
	return read
}
