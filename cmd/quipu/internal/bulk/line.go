package bulk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// EventMembers are the members that an event to append may have. As in the HTTP
// API, entity and key stand for entities, and the eventId and timestamp of
// another ledger are kept as id and happenedAt.
var EventMembers = []string{"event", "entities", "entity", "key", "data", "meta", "id", "eventId", "happenedAt", "timestamp"}

// lineMembers are those of a line, which may be one of an export.
var lineMembers = append(slices.Clone(EventMembers), "position")

// LineError is what is wrong with a line of the file.
type LineError struct {
	// Line is its number, from 1.
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Err) }

// Unwrap gives what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Events reads the chunk's lines. Of an
// export, the system events and the line at the end are left out. A line that
// cannot be an event is a LineError, and then there are no events.
func (c *Chunk) Events() ([]quipu.NewEvent, error) {
	var events []quipu.NewEvent
	number := c.Line
	for line := range bytes.Lines(c.Text) {
		if len(bytes.TrimSpace(line)) > 0 {
			event, wanted, err := parseLine(line)
			if err != nil {
				return nil, &LineError{number, err}
			}
			if wanted {
				events = append(events, event)
			}
		}
		number++
	}
	return events, nil
}

// parseLine reads one event. It is false for what an export holds beside events
// that can be appended.
func parseLine(line []byte) (event quipu.NewEvent, wanted bool, err error) {
	object, err := shape.Of(line).Object()
	if err != nil {
		return event, false, err
	}
	if object.Has("end") && object.Len() == 1 {
		return event, false, nil
	}
	if err := object.Only(lineMembers...); err != nil {
		return event, false, err
	}
	exported := object.Has("position")
	if name, err := object.Member("event").Text(); err == nil && exported && quipu.System(name) {
		return event, false, nil
	}
	event, err = readEvent(object, exported)
	return event, err == nil, err
}

// ReadEvent reads an event to append, as strictly as the server does. Whether
// the object has other members is for the caller to check. The event shares no
// memory with the object.
func ReadEvent(object shape.Object) (quipu.NewEvent, error) { return readEvent(object, false) }

// readEvent leaves out the id and the time of an exported event: the ledger that
// gave them is the one that was exported.
func readEvent(object shape.Object, exported bool) (event quipu.NewEvent, err error) {
	if !object.Has("event") {
		return event, object.Value().Errorf("the member \"event\" is missing").WithHint("an event is such as %s", exampleLine)
	}
	if event.Name, err = object.Member("event").Name("the event's name", false); err != nil {
		return event, err
	}
	for _, read := range []func(shape.Object, *quipu.NewEvent) error{readEntities, readData, readMeta} {
		if err := read(object, &event); err != nil {
			return event, err
		}
	}
	id, happened := object.Member("id"), object.Member("happenedAt")
	if !exported {
		if id, err = either(object, "id", "eventId"); err != nil {
			return event, err
		}
		if happened, err = either(object, "happenedAt", "timestamp"); err != nil {
			return event, err
		}
	}
	return event, readOptional(id, happened, &event)
}

// either gives the one of two members that say the same.
func either(object shape.Object, native, alias string) (shape.Value, error) {
	if object.Has(native) && object.Has(alias) {
		return shape.Value{}, object.Member(alias).Errorf("both %s and %s are given", native, alias).WithHint("give one of them")
	}
	if object.Has(alias) {
		return object.Member(alias), nil
	}
	return object.Member(native), nil
}

const exampleLine = `{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{},"meta":{}}`

func readData(object shape.Object, event *quipu.NewEvent) error {
	data := object.Member("data")
	if !data.Exists() {
		return nil
	}
	canonical, err := data.Canonical(nil)
	if err != nil {
		return err
	}
	if len(canonical) > quipu.DataBytesMax {
		return data.TooLarge("data", len(canonical), quipu.DataBytesMax, "bytes")
	}
	event.Data = json.RawMessage(canonical)
	return nil
}

func readMeta(object shape.Object, event *quipu.NewEvent) error {
	meta := object.Member("meta")
	if !meta.Exists() {
		return nil
	}
	if !meta.IsObject() {
		return meta.Errorf("expected an object, found %s", meta.Kind())
	}
	canonical, err := meta.Canonical(nil)
	if err != nil {
		return err
	}
	if len(canonical) > quipu.MetaBytesMax {
		return meta.TooLarge("meta", len(canonical), quipu.MetaBytesMax, "bytes")
	}
	event.Meta = json.RawMessage(canonical)
	return nil
}

func readOptional(id, happened shape.Value, event *quipu.NewEvent) (err error) {
	if id.Exists() {
		if event.ID, err = id.Name("the id", true); err != nil {
			return err
		}
	}
	if !happened.Exists() {
		return nil
	}
	if event.HappenedAt, err = happened.Text(); err != nil {
		return err
	}
	if _, err := time.Parse(time.RFC3339, event.HappenedAt); err != nil {
		return happened.Errorf("%q is not a time", event.HappenedAt).WithHint("RFC 3339 with a zone, such as 2021-11-16T03:30:46Z")
	}
	return nil
}
