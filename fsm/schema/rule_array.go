package schema

import "strconv"

// elements is prefixItems and items, under whatever names the draft has for them: one node for each of the first
// elements, and one for the others.
type elements struct {
	prefixKeyword, restKeyword string
	prefix                     []*node
	rest                       *node // or nil
}

func (k elements) holds(r *run, t target) bool {
	if t.value.kind != array {
		return true
	}
	holds := true
	for i := range r.inside(t.value) {
		n, via := k.rest, k.restKeyword
		if i < len(k.prefix) {
			n, via = k.prefix[i], k.prefixKeyword
		}
		switch {
		case n == nil:
			return holds
		case n == k.rest && n.verdict == never: // said once, and not of each element
			return r.wrong(t, via, "the array has %s, %s", plural(len(t.value.parts), "element"), wanted(false, len(k.prefix)))
		}
		if t.seen != nil {
			t.seen[i] = true
		}
		if !r.step(1) || !r.fits(n, t.part(i, via)) {
			if holds = false; r.done() {
				break
			}
		}
	}
	return holds
}

func (k elements) edges() [][]edge {
	var list []edge
	for i, n := range k.prefix {
		list = append(list, edge{to: n, keyword: k.prefixKeyword + "/" + strconv.Itoa(i), step: toElement, index: i})
	}
	if k.rest != nil {
		list = append(list, edge{to: k.rest, keyword: k.restKeyword, step: toElements, index: len(k.prefix)})
	}
	return alone(list)
}

// contains is contains with minContains and maxContains.
type contains struct {
	node    *node
	keyword string // that of the lower bound
	least   int
	most    int  // below zero where there is none
	marking bool // what fits counts as looked at, since draft 2020-12
}

func (k contains) holds(r *run, t target) bool {
	if t.value.kind != array {
		return true
	}
	count := 0
	for i := range r.inside(t.value) {
		if !r.step(1) {
			return false
		}
		if r.quietly(k.node, t.part(i, "contains")) {
			count++
			if k.marking && t.seen != nil {
				t.seen[i] = true
			}
		}
	}
	verb := "elements fit"
	if count == 1 {
		verb = "element fits"
	}
	if count < k.least {
		return r.wrong(t, k.keyword, "%d %s what the array must contain, %s", count, verb, wanted(true, k.least))
	}
	if k.most >= 0 && count > k.most {
		return r.wrong(t, "maxContains", "%d %s what the array may contain, %s", count, verb, wanted(false, k.most))
	}
	return true
}

func (k contains) edges() [][]edge {
	return alone([]edge{{to: k.node, keyword: "contains", step: toElements}})
}

// uniqueItems keeps a key of each element, so that it costs no more than reading them. The library compares all elements
// with one hash, which is easy to arrange for thousands.
type uniqueItems struct{}

func (uniqueItems) holds(r *run, t target) bool {
	if t.value.kind != array {
		return true
	}
	known := map[string]int{} // by key, the index
	for i := range r.inside(t.value) {
		key := string(t.value.parts[i].appendKey(nil, keyUnlimited))
		if first, twice := known[key]; twice {
			return r.wrong(t, "uniqueItems", "the elements %d and %d are equal: %s", first, i, clip(string(t.value.parts[i].raw)))
		}
		if !r.step(1 + len(key)/slowBytesPerStep) {
			return false
		}
		known[key] = i
	}
	return true
}

// unevaluatedItems applies to the elements that no other rule has looked at.
type unevaluatedItems struct {
	node *node
	from int // as many are looked at in any case, by prefixItems of the same schema
}

func (k unevaluatedItems) holds(r *run, t target) bool {
	if t.value.kind != array {
		return true
	}
	holds := true
	for i := range r.inside(t.value) {
		if t.seen[i] {
			continue
		}
		t.seen[i] = true
		part := t.part(i, "unevaluatedItems")
		switch {
		case k.node.verdict == never:
			holds = r.wrong(part, part.via, "the element %d is not allowed", i)
		case !r.step(1) || !r.fits(k.node, part):
			holds = false
		}
		if !holds && r.done() {
			break
		}
	}
	return holds
}

func (k unevaluatedItems) edges() [][]edge {
	return alone([]edge{{to: k.node, keyword: "unevaluatedItems", step: toElements, index: k.from}})
}
