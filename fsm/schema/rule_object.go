package schema

import (
	"maps"
	"slices"

	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// required is required: each name is missed on its own.
type required struct{ names []string }

func (k required) holds(r *run, t target) bool {
	if t.value.kind != object {
		return true
	}
	holds := true
	for _, name := range k.names {
		if r.has(t.value, name) {
			continue
		}
		holds = r.wrong(t, "required", "the member %s is missing", quoted(name))
		if r.done() {
			break
		}
	}
	return holds
}

// has reports whether an object has a member, with its cost.
func (r *run) has(v *value, name string) bool {
	r.inside(v)
	return r.step(1) && v.member(name) != nil
}

// members is properties, patternProperties and additionalProperties: the last is about what the others are not.
type members struct {
	properties map[string]*node
	patterns   []patternNode // by pattern
	additional *node         // or nil
}

type patternNode struct {
	pattern pattern
	node    *node
}

func (k members) holds(r *run, t target) bool {
	if t.value.kind != object {
		return true
	}
	holds := true
	for i := range r.inside(t.value) {
		if !r.step(1) {
			return false
		}
		if !k.memberFits(r, t, i) {
			if holds = false; r.done() {
				break
			}
		}
	}
	return holds
}

func (k members) memberFits(r *run, t target, i int) bool {
	name := t.value.parts[i].name
	fits, known := true, false
	if n := k.properties[name]; n != nil {
		known = true
		fits = r.fits(n, t.part(i, "properties"))
	}
	for _, p := range k.patterns {
		if r.matches(p.pattern, name) {
			known = true
			fits = r.fits(p.node, t.part(i, "patternProperties")) && fits
		}
	}
	if !known {
		if k.additional == nil {
			return true
		}
		fits = r.memberAllowed(k.additional, t.part(i, "additionalProperties"))
	}
	if t.seen != nil {
		t.seen[i] = true
	}
	return fits
}

// memberAllowed is fits for a node that is often false, which then deserves a sentence that names the member.
func (r *run) memberAllowed(n *node, t target) bool {
	if n.verdict == never {
		return r.wrong(t, t.via, "the member %s is not allowed", quoted(t.value.name))
	}
	return r.fits(n, t)
}

func (k members) edges() [][]edge {
	var list []edge
	for _, name := range slices.Sorted(maps.Keys(k.properties)) {
		list = append(list, edge{to: k.properties[name], keyword: "properties/" + pointerToken.Replace(name), step: toMember, name: name})
	}
	for _, p := range k.patterns {
		list = append(list, edge{to: p.node, keyword: "patternProperties/" + pointerToken.Replace(p.pattern.String()), step: toMembers})
	}
	if k.additional != nil {
		list = append(list, edge{to: k.additional, keyword: "additionalProperties", step: toMembers, except: k.properties})
	}
	return alone(list)
}

// propertyNames applies to the names of members, as strings.
type propertyNames struct{ node *node }

func (k propertyNames) holds(r *run, t target) bool {
	if t.value.kind != object {
		return true
	}
	holds := true
	for i := range r.inside(t.value) {
		part := t.part(i, "propertyNames")
		name := newValue(canonical.AppendString(nil, part.value.name))
		part.value = &name
		own := run{steps: r.steps, mute: r.mute}
		fits := own.fits(k.node, part)
		r.steps = own.steps
		if fits {
			continue
		}
		for _, v := range own.found[:min(1, len(own.found))] {
			r.wrong(part, "propertyNames", "the name %s is not allowed: %s", quoted(t.value.parts[i].name), v.Detail)
		}
		if holds = false; r.done() {
			break
		}
	}
	return holds
}

func (k propertyNames) edges() [][]edge {
	return alone([]edge{{to: k.node, keyword: "propertyNames", step: toName}})
}

// unevaluatedProperties applies to the members that no other rule has looked at.
type unevaluatedProperties struct {
	node *node
	own  map[string]*node // properties of the same schema, which are looked at in any case
}

func (k unevaluatedProperties) holds(r *run, t target) bool {
	if t.value.kind != object {
		return true
	}
	holds := true
	for i := range r.inside(t.value) {
		if t.seen[i] {
			continue
		}
		t.seen[i] = true
		if !r.step(1) || !r.memberAllowed(k.node, t.part(i, "unevaluatedProperties")) {
			if holds = false; r.done() {
				break
			}
		}
	}
	return holds
}

func (k unevaluatedProperties) edges() [][]edge {
	return alone([]edge{{to: k.node, keyword: "unevaluatedProperties", step: toMembers, except: k.own}})
}
