package shape

import (
	"strconv"
	"strings"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

var pointerToken = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer is the RFC 6901 pointer of the value within its body. It is found by
// walking the body again down to the value's place, so that requests without an
// error pay nothing for it.
func (v Value) Pointer() string {
	pointer := ""
	at := Of(v.body)
	for at.start != v.start || len(at.bytes) != len(v.bytes) {
		token, inner, ok := at.toward(v.start)
		if !ok {
			break
		}
		pointer += "/" + token
		at = inner
	}
	return pointer
}

// toward finds the child of v that holds the byte at the place.
func (v Value) toward(place int) (token string, child Value, ok bool) {
	switch {
	case v.IsObject():
		members, _ := canonical.Object(v.bytes)
		for _, m := range members {
			if child = v.within(m.Value, m.Offset); child.holds(place) {
				return pointerToken.Replace(m.Name), child, true
			}
		}
	case v.IsArray():
		elements, _ := canonical.Array(v.bytes)
		for i, e := range elements {
			if child = v.within(e.Value, e.Offset); child.holds(place) {
				return strconv.Itoa(i), child, true
			}
		}
	}
	return "", Value{}, false
}

func (v Value) holds(place int) bool { return v.start <= place && place < v.start+len(v.bytes) }
