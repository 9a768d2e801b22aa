package format

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"github.com/quipu-ledger/quipu"
)

// Loss is a member of an event that is not in its document, or not all of it.
type Loss struct {
	Position quipu.Position
	// Member is the name of the event's member, such as "entities".
	Member string
	// Reason is a sentence without a final stop, the same for each event.
	Reason string
}

// String is such as "entities: libero has no place for it".
func (l Loss) String() string { return l.Member + ": " + l.Reason }

func lossOf(event fields, member, reason string) Loss {
	position, _ := strconv.ParseUint(string(event["position"]), 10, 64)
	return Loss{quipu.Position(position), member, reason}
}

// losses compares an event with what its document gives when it is translated back,
// which may have more.
func (f *Format) losses(event, back fields) (lost []Loss) {
	given, kept := authors(event), authors(back)
	for _, member := range slices.Sorted(maps.Keys(given)) {
		if !covers(kept[member], given[member]) {
			lost = append(lost, lossOf(event, member, f.rules.reason(member)))
		}
	}
	return lost
}

// authors is what is left of an event without what the ledger gave it and without
// members that say nothing.
func authors(event fields) fields {
	own := maps.Clone(event)
	for _, name := range []string{"position", "eventId", "timestamp"} {
		delete(own, name)
	}
	for name, nothing := range map[string]string{"data": "null", "meta": "{}", "entities": "{}"} {
		if string(own[name]) == nothing {
			delete(own, name)
		}
	}
	if own.has("aggregate") {
		aggregate := split(own["aggregate"])
		delete(aggregate, "version")
		delete(aggregate, "expectedVersion")
		own["aggregate"] = aggregate.json()
	}
	removeVersionLink(own)
	return own
}

func removeVersionLink(event fields) {
	own := versionLink(event)
	if own == nil {
		return
	}
	links := slices.DeleteFunc(elements(event["links"]), func(link []byte) bool { return bytes.Equal(link, own) })
	if event["links"] = array(links...); len(links) == 0 {
		delete(event, "links")
	}
}

// covers reports whether everything of a value is in another one. An object may have
// more members; all else must be the same.
func covers(have, want []byte) bool {
	if bytes.Equal(have, want) {
		return true
	}
	if len(have) == 0 || len(want) == 0 || have[0] != want[0] {
		return false
	}
	switch want[0] {
	case '{':
		members := split(have)
		for name, value := range split(want) {
			if !covers(members[name], value) {
				return false
			}
		}
		return true
	case '[':
		return slices.EqualFunc(elements(have), elements(want), covers)
	}
	return false
}
