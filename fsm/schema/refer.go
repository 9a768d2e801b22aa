package schema

import (
	"errors"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quipu-ledger/quipu"
)

// resolve sees to it that a reference leads to a schema of the document.
func (s *survey) resolve(r ref) error {
	reference, fragment, _ := strings.Cut(r.text, "#")
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return quipu.Errorf(quipu.Invalid, "%s is not a reference", quoted(r.text)).At(r.pointer)
	}
	target, ok := r.from.join(reference)
	if !ok {
		return outside(r.text).At(r.pointer)
	}
	in := s.resources[target.String()]
	if in == nil {
		return outside(r.text).At(r.pointer)
	}
	pointer, known := in.pointer+fragment, true
	if fragment != "" && !strings.HasPrefix(fragment, "/") {
		pointer, known = in.anchors[fragment]
	}
	if s.schemas[pointer] == nil || !known {
		return quipu.Errorf(quipu.Invalid, "there is no schema at %s", quoted(r.text)).At(r.pointer).
			WithHint("a reference leads to a place where a schema stands, such as #/$defs/name")
	}
	return nil
}

func outside(reference string) *quipu.Error {
	return quipu.Errorf(quipu.Invalid, "%s is outside of this schema", quoted(reference)).
		WithHint("a schema must be self-contained, and nothing is fetched: put what it refers to into $defs")
}

// nowhere is the library's loader. The survey has refused what would need one, so that it is never asked; the library's
// own would open files.
type nowhere struct{}

var _ jsonschema.URLLoader = nowhere{}

var errOutside = errors.New("nothing is loaded")

// Load refuses.
func (nowhere) Load(string) (any, error) { return nil, errOutside }

// dynamicTarget is the pointer of the schema to which a $dynamicRef with an anchor leads, or without one a $recursiveRef.
//
// That is the outermost resource, on the way of the evaluation, that has such an anchor. Each evaluation begins at the
// root. So it is the root's if it has one, and the only one if there is one: what is left depends on the way, and is
// refused, since one document hardly needs it.
func (s *survey) dynamicTarget(anchor string) (pointer string, ok bool) {
	var candidates []string
	for _, r := range s.resources {
		at, has := r.dynamic[anchor]
		if anchor == "" {
			at, has = r.pointer, r.recursive
		}
		switch {
		case has && s.schemas[""] == r:
			return at, true
		case has:
			candidates = append(candidates, at)
		}
	}
	if len(candidates) != 1 {
		return "", false
	}
	return candidates[0], true
}
