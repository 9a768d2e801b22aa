package schema

import (
	"net/url"
	"strings"

	"github.com/quipu-ledger/quipu"
)

// resource is a schema with a URL of its own, and with those in it that have none.
type resource struct {
	url     *url.URL
	pointer string
	anchors map[string]string // pointer by name
	dynamic map[string]string // those of $dynamicAnchor
	// recursive says that it has "$recursiveAnchor": true.
	recursive bool
}

// ref is a $ref, $dynamicRef or $recursiveRef.
type ref struct {
	from    *resource
	pointer string // of the keyword
	text    string
}

// identify reads what a schema is called: it may begin a resource of its own, and may have anchors.
func (s *survey) identify(v *value, pointer string, in *resource) (*resource, error) {
	keyword := "$id"
	if s.draft.version == 4 {
		keyword = "id"
	}
	id := v.member(keyword)
	if s.draft.version < 2019 && v.member("$ref") != nil {
		return in, nil // nothing beside a $ref counts
	}
	if id != nil && id.kind == text {
		reference, fragment, _ := strings.Cut(id.text(), "#")
		fragment, err := url.PathUnescape(fragment)
		if err != nil {
			return nil, quipu.Errorf(quipu.Invalid, "%s is not a URL", clip(string(id.raw))).At(pointer + "/" + keyword)
		}
		if reference != "" {
			if in, err = s.resource(reference, pointer, pointer+"/"+keyword, in); err != nil {
				return nil, err
			}
		}
		if fragment != "" && s.draft.version < 2019 && !strings.HasPrefix(fragment, "/") {
			return in, in.anchor(fragment, pointer, pointer+"/"+keyword)
		}
	}
	return in, s.anchors(v, pointer, in)
}

func (s *survey) anchors(v *value, pointer string, in *resource) error {
	if s.draft.version < 2019 {
		return nil
	}
	for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
		name := v.member(keyword)
		if name == nil || name.kind != text || keyword == "$dynamicAnchor" && s.draft.version < 2020 {
			continue
		}
		if err := in.anchor(name.text(), pointer, pointer+"/"+keyword); err != nil {
			return err
		}
		if keyword == "$dynamicAnchor" {
			in.dynamic[name.text()] = pointer
		}
	}
	if a := v.member("$recursiveAnchor"); a != nil && string(a.raw) == "true" && pointer == in.pointer {
		in.recursive = true
	}
	return nil
}

// resource begins a resource at a pointer.
func (s *survey) resource(reference, pointer, at string, in *resource) (*resource, error) {
	if len(s.resources) > ResourcesMax { // one is the document without an $id
		return nil, quipu.Errorf(quipu.TooLarge, "the schema: more than %d schemas with an $id, which is the limit", ResourcesMax).At(at)
	}
	target, ok := in.join(reference)
	if !ok {
		return nil, quipu.Errorf(quipu.Invalid, "%s is not a URL", quoted(reference)).At(at)
	}
	if earlier := s.resources[target.String()]; earlier != nil {
		return nil, quipu.Errorf(quipu.Invalid, "two schemas are called %s", quoted(reference)).At(at)
	}
	r := &resource{url: target, pointer: pointer, anchors: map[string]string{}, dynamic: map[string]string{}}
	s.resources[target.String()] = r
	return r, nil
}

func (in *resource) anchor(name, pointer, at string) error {
	if earlier, twice := in.anchors[name]; twice && earlier != pointer {
		return quipu.Errorf(quipu.Invalid, "two schemas are called %s", quoted("#"+name)).At(at)
	}
	in.anchors[name] = pointer
	return nil
}

// join is the absolute URL of a reference, without a fragment, that stands in the resource.
func (in *resource) join(reference string) (*url.URL, bool) {
	parsed, err := url.Parse(reference)
	if err != nil {
		return nil, false
	}
	target := in.url.ResolveReference(parsed)
	if !parsed.IsAbs() && in.url.Opaque != "" {
		target.Opaque = in.url.Opaque // as the library does for urn:… (golang.org/issue/66084)
	}
	return target, true
}
