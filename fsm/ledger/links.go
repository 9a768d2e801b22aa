package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// links makes sure that the targets of the events' links exist: in the ledger, or
// in the same append by their id. Behind CheckedThrough only those are looked for
// that the leader has not found.
func (x *checking) links() (*Outcome, error) {
	facts := &x.append.Facts
	for i := range x.append.Events {
		if facts.Links && !absentIn(facts.Absent, i) {
			continue
		}
		if out, err := x.linksOf(i); out != nil || err != nil {
			return out, err
		}
	}
	if x.ahead {
		facts.Links = true
	}
	return nil, nil
}

func (x *checking) linksOf(event int) (*Outcome, error) {
	facts := &x.append.Facts
	targets, err := linkTargets(x.parts[event].Links)
	if err != nil {
		return refuse(quipu.Errorf(quipu.Invalid, "the links of event %d cannot be read", event).Because(err)), nil
	}
	for i := range targets {
		link := command.Link{Event: event, Link: i}
		if _, absent := slices.BinarySearchFunc(facts.Absent, link, compareLinks); facts.Links && !absent {
			continue
		}
		exists, err := x.exists(&targets[i])
		switch {
		case err != nil:
			return nil, err
		case exists:
		case x.ahead:
			facts.Absent = append(facts.Absent, link)
		default:
			return refuse(quipu.Errorf(quipu.NotFound, "the link leads to %s, which is not in this ledger", describe(&targets[i])).
				At(fmt.Sprintf("/events/%d/links/%d/target", event, i)).
				WithHint("append the target first, or in the same append with an id that the link names")), nil
		}
	}
	return nil, nil
}

func compareLinks(a, b command.Link) int {
	return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Link, b.Link))
}

// absentIn reports whether any of the links is one of the event.
func absentIn(links []command.Link, event int) bool {
	i, _ := slices.BinarySearchFunc(links, command.Link{Event: event}, compareLinks)
	return i < len(links) && links[i].Event == event
}

func linkTargets(raw []byte) ([]quipu.Target, error) {
	if raw == nil {
		return nil, nil
	}
	var links []quipu.Link
	if err := json.Unmarshal(raw, &links); err != nil {
		return nil, err
	}
	targets := make([]quipu.Target, len(links))
	for i := range links {
		targets[i] = links[i].Target
	}
	return targets, nil
}

// exists reports whether a target is there. What is said of the append's own
// events is in fresh, since identities runs first.
func (x *checking) exists(target *quipu.Target) (bool, error) {
	switch {
	case target.EventID != nil:
		source, err := x.source(0)
		if err != nil {
			return false, err
		}
		_, found, err := Find(x.state, source, *target.EventID)
		return found, err
	case target.Position > 0:
		return target.Position <= x.state.Head, nil
	}
	last, err := x.last(record.IDTerm(target.ID))
	return max(target.Version, 1) <= last+x.fresh[target.ID], err
}

func describe(target *quipu.Target) string {
	switch {
	case target.EventID != nil:
		return "the event " + target.EventID.String()
	case target.Position > 0:
		return fmt.Sprintf("position %d", target.Position)
	case target.Version > 0:
		return fmt.Sprintf("version %d of the id %q", target.Version, target.ID)
	}
	return fmt.Sprintf("the id %q", target.ID)
}
