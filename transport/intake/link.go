package intake

import (
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// readLinks reads the links, and adds the one that a version has to the version
// before it.
func (r *reader) readLinks(v shape.Value) error {
	list, err := optionalList(v)
	if err != nil {
		return err
	}
	versioned := r.version > 1 && r.origin != stored
	if len(list) == 0 && !versioned {
		return nil
	}
	r.rest.member(record.MemberLinks)
	r.rest.open('[')
	var seen set // by type and target
	for i, element := range list {
		if i == quipu.LinksMax {
			return v.TooLarge("the event", len(list), quipu.LinksMax, "links")
		}
		r.rest.comma(i)
		if err := r.readLink(element, &seen); err != nil {
			return err
		}
	}
	if versioned && r.addVersionLink(len(list), &seen) && len(list) == quipu.LinksMax {
		return v.TooLarge("the event", len(list)+1, quipu.LinksMax, "links").
			WithHint("one of them is the link that each version after the first has to the one before")
	}
	r.rest.close(']')
	return nil
}

func (r *reader) readLink(v shape.Value, seen *set) error {
	o, err := v.Only("type", "target", "meta")
	if err != nil {
		return err
	}
	typeAt, err := required(o, "type")
	if err != nil {
		return err
	}
	linkType, err := typeAt.Name("the link's type", true)
	if err != nil {
		return err
	}
	target, err := required(o, "target")
	if err != nil {
		return err
	}
	r.rest.open('{')
	if err := r.readLinkMeta(o.Member("meta")); err != nil {
		return err
	}
	r.rest.member("target")
	start := len(r.rest)
	if err := r.readTarget(target); err != nil {
		return err
	}
	if !seen.add(linkKey(linkType, r.rest[start:])) {
		return v.Errorf("the link of type %.80q to the same target stands twice", linkType).WithHint("give each link once")
	}
	r.rest.text("type", linkType)
	r.rest.close('}')
	return nil
}

// linkKey tells links apart. A type holds no control characters.
func linkKey(linkType string, target []byte) string { return linkType + "\x00" + string(target) }

// linkMetaDepthMax leaves room for what is around it: the optional members are stored
// as one object, which as a whole nests as deep as data may.
const linkMetaDepthMax = quipu.DepthMax - 3

func (r *reader) readLinkMeta(v shape.Value) (err error) {
	if !v.Exists() {
		return nil
	}
	if !v.IsObject() {
		return v.Errorf("a link's meta is %s", v.Kind()).WithHint("meta is an object, or is left out")
	}
	r.rest.member("meta")
	start := len(r.rest)
	if r.rest, err = v.Canonical(r.rest); err != nil {
		return err
	}
	if nesting(r.rest[start:]) > linkMetaDepthMax {
		return v.Errorf("arrays and objects of a link's meta are nested deeper than %d", linkMetaDepthMax).
			WithHint("flatten the value, or keep the inner part as a string")
	}
	return r.bound(v, "the link's meta", len(r.rest)-start, quipu.MetaBytesMax, "bytes")
}

// addVersionLink adds the link behind the others, unless the author has given it.
func (r *reader) addVersionLink(index int, seen *set) bool {
	var target builder
	target.target(r.id, r.version-1)
	if !seen.add(linkKey(quipu.LinkVersion, target)) {
		return false
	}
	r.form.versionLink = "/links/" + strconv.Itoa(index)
	r.rest.comma(index)
	r.rest.open('{')
	r.rest.member("target")
	r.rest = append(r.rest, target...)
	r.rest.text("type", quipu.LinkVersion)
	r.rest.close('}')
	return true
}
