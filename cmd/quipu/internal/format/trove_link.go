package format

import (
	"bytes"
	"strconv"

	"github.com/quipu-ledger/quipu"
)

const exampleTroveLink = `a link is such as {"type":"parent","targetEvent":{"id":"evt_456def"}}`

var troveLink = form{
	{"type", required, anyName("the link's type"), exampleTroveLink},
	{"targetEvent", required, troveID.object, exampleTroveLink},
	{"metadata", optional, anyObject, "metadata is an object"},
}

// takeLinks gives the event each link once: a ledger refuses a second one of the same
// type to the same target.
func takeLinks(event fields, links [][]byte) {
	var list [][]byte
	seen := map[string]bool{}
	for _, link := range links {
		from := split(link)
		to := fields{"type": from["type"], "target": from["targetEvent"]}
		if same := string(to.json()); seen[same] {
			continue
		} else {
			seen[same] = true
		}
		if metadata := from["metadata"]; len(metadata) > len("{}") {
			to["meta"] = metadata
		}
		list = append(list, to.json())
	}
	if list != nil {
		event["links"] = array(list...)
	}
}

// linksFrom translates the links that lead to an id, except the one that is the
// ledger's own.
func linksFrom(event fields) []byte {
	own := versionLink(event)
	var list [][]byte
	for _, link := range elements(event["links"]) {
		from := split(link)
		if !split(from["target"]).has("id") || bytes.Equal(link, own) {
			continue
		}
		to := fields{"type": from["type"], "targetEvent": from["target"]}
		to.takeAs("metadata", from, "meta")
		list = append(list, to.json())
	}
	return array(list...)
}

// versionOf is the version of an event among those with its id, 1 if it says none.
func versionOf(event fields) uint64 {
	version, err := strconv.ParseUint(string(event["version"]), 10, 64)
	if err != nil {
		return 1
	}
	return version
}

// versionLink is the link that a ledger adds to a version after the first, nil for
// other events. An author who gives it gives the same bytes, unless it has a meta.
func versionLink(event fields) []byte {
	version := versionOf(event)
	if version < 2 {
		return nil
	}
	target := fields{"id": event["id"], "version": strconv.AppendUint(nil, version-1, 10)}
	return fields{"type": quote(quipu.LinkVersion), "target": target.json()}.json()
}
