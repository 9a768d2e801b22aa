package selector

import (
	"math"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

func (s *Selector) parsePlace(o shape.Object) error {
	v := o.Member("after")
	if !v.Exists() {
		return nil
	}
	place, err := ParsePlace(v)
	s.After = place
	return err
}

// ParsePlace reads a position or an event id.
func ParsePlace(v shape.Value) (quipu.Place, error) {
	if !v.IsString() {
		position, err := v.Uint()
		return quipu.Place{Position: quipu.Position(position)}, err
	}
	id, err := parseEventID(v, "give a position as a number, or an event id of 32 lower-case hex digits")
	return quipu.Place{EventID: id}, err
}

// parseEventID reads an event id. The zero id is refused: no event has it, and as
// a place it would be taken for a position.
func parseEventID(v shape.Value, hint string) (quipu.EventID, error) {
	text, err := v.Text()
	if err != nil {
		return quipu.EventID{}, err
	}
	id, ok := quipu.ParseEventID(text)
	if !ok || id.IsZero() {
		return quipu.EventID{}, v.Errorf("%.40q is not an event id", text).WithHint("%s", hint)
	}
	return id, nil
}

func (s *Selector) parseRange(o shape.Object) error {
	if v := o.Member("until"); v.Exists() {
		until, err := v.Uint()
		if err != nil {
			return err
		}
		if until == 0 {
			return v.Errorf("until is 0").WithHint("positions count from 1")
		}
		s.Until = quipu.Position(until)
	}
	if v := o.Member("limit"); v.Exists() {
		limit, err := v.Uint()
		if err != nil {
			return err
		}
		if limit == 0 {
			return v.Errorf("the limit is 0").WithHint("give at least 1, or leave it out for all")
		}
		s.Limit = int(min(limit, math.MaxInt32)) // so many are never sent
	}
	return nil
}

func (s *Selector) parseFlags(o shape.Object) (err error) {
	if v := o.Member("reverse"); v.Exists() {
		if s.Reverse, err = v.Bool(); err != nil {
			return err
		}
	}
	if v := o.Member("system"); v.Exists() {
		s.System, err = v.Bool()
	}
	return err
}
