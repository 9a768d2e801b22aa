package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/codec"
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

// linkTargets reads the targets of an event's links.
func linkTargets(links []byte) (targets []quipu.Target, err error) {
	if links == nil {
		return nil, nil
	}
	var bad error
	read := func(name string, _, value []byte) bool {
		if name == "target" {
			var target quipu.Target
			target, bad = linkTarget(value)
			targets = append(targets, target)
		}
		return bad == nil
	}
	err = canonical.Elements(links, func(link []byte) bool {
		if err := canonical.Members(link, read); bad == nil {
			bad = err // of the link itself; read has said what is wrong with its target
		}
		return bad == nil
	})
	return targets, errors.Join(err, bad)
}

func linkTarget(object []byte) (target quipu.Target, err error) {
	bad := false
	number := func(value []byte) uint64 {
		n, err := strconv.ParseUint(string(value), 10, 64)
		bad = bad || err != nil
		return n
	}
	err = canonical.Members(object, func(name string, _, value []byte) bool {
		switch text, isText := canonical.Unquote(value); name {
		case "eventId":
			id, ok := quipu.ParseEventID(text)
			target.EventID, bad = &id, bad || !isText || !ok
		case "id":
			target.ID, bad = text, bad || !isText
		case "position":
			target.Position = quipu.Position(number(value))
		case "version":
			target.Version = number(value)
		}
		return true
	})
	if bad {
		err = codec.ErrMalformed
	}
	return target, err
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
