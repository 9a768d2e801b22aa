package intake

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

const exampleTarget = `name it in one way: {"eventId":"0005d0df8d1e990f13658533a0f8f294"}, {"position":42}, ` +
	`{"id":"o-17"} or {"id":"o-17","version":2}`

// readTarget reads what a link leads to. Whether it exists is for the ledger to say.
func (r *reader) readTarget(v shape.Value) error {
	o, err := v.Only("eventId", "position", "id", "version")
	if err != nil {
		return hinted(err, exampleTarget)
	}
	eventID, position, id, version := o.Member("eventId"), o.Member("position"), o.Member("id"), o.Member("version")
	ways := 0
	for _, way := range [...]shape.Value{eventID, position, id} {
		if way.Exists() {
			ways++
		}
	}
	switch {
	case ways != 1:
		return v.Errorf("the target is named in %d ways", ways).WithHint(exampleTarget)
	case version.Exists() && !id.Exists():
		return version.Errorf("there is a version without an id").WithHint(exampleTarget)
	case eventID.Exists():
		err = r.readEventTarget(eventID)
	case position.Exists():
		err = r.readPositionTarget(position)
	default:
		err = r.readIDTarget(id, version)
	}
	return hinted(err, exampleTarget)
}

func (r *reader) readEventTarget(v shape.Value) error {
	text, err := v.Text()
	if err != nil {
		return err
	}
	if id, ok := quipu.ParseEventID(text); !ok || id.IsZero() {
		return v.Errorf("%.80q is not an event id", text).WithHint("an event id has 32 lower-case hex digits")
	}
	r.rest.open('{')
	r.rest.text("eventId", text)
	r.rest.close('}')
	return nil
}

// readPositionTarget refuses a position of another ledger: here it would lead to
// some other event.
func (r *reader) readPositionTarget(v shape.Value) error {
	position, err := fromOne(v, "position")
	if err != nil {
		return err
	}
	if r.origin == elsewhere {
		return v.Errorf("the link leads to position %d of the ledger that was exported", position).
			WithHint("positions are others here: link by id, or restore the whole export as a ledger of its own")
	}
	r.rest.open('{')
	r.rest.number("position", position)
	r.rest.close('}')
	return nil
}

func (r *reader) readIDTarget(id, version shape.Value) error {
	text, err := id.Name("the target's id", true)
	if err != nil {
		return err
	}
	number := uint64(0)
	if version.Exists() {
		if number, err = fromOne(version, "version"); err != nil {
			return err
		}
	}
	r.rest.target(text, number)
	return nil
}

// target writes the target that an id and a version name, any version if it is 0.
func (b *builder) target(id string, version uint64) {
	b.open('{')
	b.text("id", id)
	if version > 0 {
		b.number("version", version)
	}
	b.close('}')
}
