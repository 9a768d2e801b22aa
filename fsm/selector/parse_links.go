package selector

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// parseLinks reads one link filter or a list of them.
func (s *Selector) parseLinks(o shape.Object) error {
	v := o.Member("links")
	if !v.Exists() {
		return nil
	}
	list := []shape.Value{v}
	if v.IsArray() {
		var err error
		if list, err = v.Array(); err != nil {
			return err
		}
	}
	if err := s.some(v, "links", len(list)); err != nil {
		return err
	}
	for _, element := range list {
		f, err := parseLink(element)
		if err != nil {
			return err
		}
		s.links = append(s.links, f)
	}
	return nil
}

func parseLink(v shape.Value) (f linkFilter, err error) {
	const example = `{"type":"parent","target":{"id":"o-17"}}`
	if !v.IsObject() {
		return f, v.Errorf("expected a link's type and target, found %s", v.Kind()).WithHint("write %s, or one of the two members", example)
	}
	o, err := v.Only("type", "target")
	if err != nil {
		return f, err
	}
	linkType, target := o.Member("type"), o.Member("target")
	if !linkType.Exists() && !target.Exists() {
		return f, v.Errorf("every link matches this").WithHint("write %s, or one of the two members", example)
	}
	if linkType.Exists() {
		if f.linkType, err = linkType.Name("the link type", true); err != nil {
			return f, err
		}
	}
	if !target.Exists() {
		return f, nil
	}
	to, err := parseTarget(target)
	f.target, f.version = record.LinkTargetTerm(to), to.Version
	return f, err
}

func parseTarget(v shape.Value) (t quipu.Target, err error) {
	o, err := v.Only("eventId", "position", "id", "version")
	if err != nil {
		return t, err
	}
	eventID, position, id, version := o.Member("eventId"), o.Member("position"), o.Member("id"), o.Member("version")
	ways := 0
	for _, way := range [...]shape.Value{eventID, position, id} {
		if way.Exists() {
			ways++
		}
	}
	const hint = `name it in exactly one way: {"eventId":"0005d0df8d1e990f13658533a0f8f294"}, {"position":42}, ` +
		`{"id":"o-17"} or {"id":"o-17","version":2}`
	switch {
	case ways == 0:
		return t, v.Errorf("the target is not named").WithHint(hint)
	case ways > 1:
		return t, v.Errorf("the target is named in %d ways", ways).WithHint(hint)
	case version.Exists() && !id.Exists():
		return t, version.Errorf("a version without an id").WithHint(hint)
	case eventID.Exists():
		parsed, err := parseEventID(eventID, "an event id is 32 lower-case hex digits")
		t.EventID = &parsed
		return t, err
	case position.Exists():
		number, err := fromOne(position, "position")
		t.Position = quipu.Position(number)
		return t, err
	}
	if t.ID, err = id.Name("the id", true); err == nil && version.Exists() {
		t.Version, err = fromOne(version, "version")
	}
	return t, err
}

// fromOne reads a number of what is counted from 1.
func fromOne(v shape.Value, what string) (uint64, error) {
	number, err := v.Uint()
	if err == nil && number == 0 {
		return 0, v.Errorf("the %s is 0", what).WithHint("%ss count from 1", what)
	}
	return number, err
}
