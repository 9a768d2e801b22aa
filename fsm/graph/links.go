package graph

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
)

// Link is a link with both of its ends. It has memory of its own.
type Link struct {
	quipu.Link
	// From is the event that has the link, To the one that it leads to in a view.
	From, To quipu.Position
}

// Out gives the links of an event of the view, in the order in which the event
// has them. If there are any types, links of others are left out, and so is a
// link to an event that is not in the view.
func Out(v View, r *record.Record, types []string) ([]Link, error) {
	given, err := linksOf(r, types)
	if err != nil {
		return nil, err
	}
	links := make([]Link, 0, len(given))
	for _, link := range given {
		to, ok, err := Resolve(v, link.Target)
		if err != nil {
			return nil, err
		}
		if ok {
			links = append(links, Link{Link: link, From: r.Position, To: to})
		}
	}
	return links, nil
}

// linksOf decodes an event's links of some types, or of all if none are named.
func linksOf(r *record.Record, types []string) (links []quipu.Link, err error) {
	list := r.Member(record.MemberLinks)
	if list == nil {
		return nil, nil
	}
	if err := json.Unmarshal(list, &links); err != nil {
		return nil, fmt.Errorf("links of event %d: %w", r.Position, err)
	}
	if len(types) > 0 {
		links = slices.DeleteFunc(links, func(l quipu.Link) bool { return !slices.Contains(types, l.Type) })
	}
	return links, nil
}

// Range is the part of the links to an event that In covers.
type Range struct {
	// Types are those of the links; none means all.
	Types []string
	// After is the position after which the linking events are.
	After quipu.Position
	// Candidates bounds the events that are looked at; 0 is no bound.
	Candidates int
}

// In calls fn with each event of the view that links to r, ascending by position,
// and with those of its links that lead to r, until fn returns false. It gives
// the last position that it has dealt with, and whether the range is finished,
// which it never is when fn stopped it. Another In continues with the position
// as its After. The source's bytes are the view's.
func In(v View, r *record.Record, in Range, fn func(*record.Record, []Link) bool) (reached quipu.Position, finished bool, err error) {
	scan, err := newIncoming(v, r, in.After, in.Types)
	if err != nil {
		return in.After, false, err
	}
	for looked := 0; in.Candidates == 0 || looked < in.Candidates; looked++ {
		source, links, more, err := scan.next()
		switch {
		case err != nil:
			return scan.reached, false, err
		case !more:
			return max(in.After, v.Head), true, nil
		case len(links) > 0 && !fn(&source, links):
			return scan.reached, false, nil
		}
	}
	return scan.reached, false, nil
}
