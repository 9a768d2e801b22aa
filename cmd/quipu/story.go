package main

import (
	"encoding/json"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/cmd/quipu/internal/console"
)

// story is a set of events as a forest: each event hangs below the one that caused it.
type story struct {
	events []quipu.Event // in the order of their positions
	cause  []int         // the index of each event's cause, -1 if that is not in the story
	below  [][]int       // what each event caused, in the same order
	roots  []int
}

func newStory(events []quipu.Event) *story {
	s := &story{events: events, cause: make([]int, len(events)), below: make([][]int, len(events))}
	byName := s.names()
	for i := range s.cause {
		s.cause[i] = -1
	}
	for i := range events {
		if cause, ok := byName[causation(&events[i])]; ok && !s.leadsTo(cause, i) {
			s.cause[i] = cause
		}
	}
	for i, cause := range s.cause {
		if cause < 0 {
			s.roots = append(s.roots, i)
		} else {
			s.below[cause] = append(s.below[cause], i)
		}
	}
	return s
}

// names are what a cause may be called: an event id, or an author's own id, of whose
// versions the first is meant.
func (s *story) names() map[string]int {
	byName := make(map[string]int, 2*len(s.events))
	for i := range s.events {
		if id := s.events[i].ID; id != "" {
			if _, known := byName[id]; !known {
				byName[id] = i
			}
		}
	}
	for i := range s.events {
		byName[s.events[i].EventID.String()] = i
	}
	return byName
}

// causation is what an event's meta names as its cause, empty if it names none.
func causation(e *quipu.Event) string {
	var meta struct {
		Causation json.RawMessage `json:"causation"`
	}
	var name string
	if json.Unmarshal(e.Meta, &meta) != nil || json.Unmarshal(meta.Causation, &name) != nil {
		return "" // a value that is no text is not ours
	}
	return name
}

// leadsTo reports whether an event is, over any number of steps, caused by another one, or
// is it: what authors write may go round in a circle.
func (s *story) leadsTo(event, cause int) bool {
	for ; event >= 0; event = s.cause[event] {
		if event == cause {
			return true
		}
	}
	return false
}

// tell goes through the story from its roots: each event with its depth and its branch.
func (s *story) tell(each func(i, depth int, lead console.Branch)) {
	var tell func(i, depth int, lead console.Branch)
	tell = func(i, depth int, lead console.Branch) {
		each(i, depth, lead)
		for n, below := range s.below[i] {
			tell(below, depth+1, lead.Child(n == len(s.below[i])-1))
		}
	}
	for _, root := range s.roots {
		tell(root, 0, console.Branch{})
	}
}
