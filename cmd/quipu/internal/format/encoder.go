package format

import (
	"errors"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// Document is one document of a format.
type Document struct {
	// JSON is canonical and has no line break.
	JSON []byte
	// Lost is what the events of the document have and the document has not.
	Lost []Loss
}

// Encoder turns events, in the order of their positions, into documents. It keeps at
// most the events of one append, and the names of their neighbours. It is for one
// goroutine.
type Encoder struct {
	format  *Format
	pending []fields // parts of one document
	lost    []Loss   // of them
	group   string   // their document's name
	recent  recent
}

// NewEncoder begins with no events.
func (f *Format) NewEncoder() *Encoder { return &Encoder{format: f} }

// Write takes the next event, as a ledger gives it, with the contents of its files in
// their data. It gives the documents that are complete with it, which may be none: the
// last one comes with Flush. The ledger's own events are left out.
//
// An error says why the format cannot hold the event. The Encoder goes on as if the
// event had not been there, so the caller may leave it out and say so.
func (e *Encoder) Write(event []byte) ([]Document, error) {
	o, err := intake.Object(shape.Of(event))
	if err != nil {
		return nil, err
	}
	members, err := read(o)
	if err != nil {
		return nil, err
	}
	if !members.has("event") || !members.has("position") {
		return nil, quipu.Errorf(quipu.Invalid, "this is no event of a ledger").WithHint("an event has a position and a name")
	}
	if quipu.System(members.text("event")) {
		return nil, nil
	}
	part, lost, err := e.format.part(members)
	if err != nil {
		return nil, e.format.cannotHold(members, err)
	}
	return e.add(members, part, lost), nil
}

// add puts a part behind those of its document, or ends that one.
func (e *Encoder) add(event, part fields, lost []Loss) (complete []Document) {
	group, first := e.format.rules.group(event, part)
	if group == "" || group != e.group || first {
		complete = e.Flush()
	}
	if len(e.pending) == 0 && e.recent.has(group) {
		lost = append(lost, lossOf(event, "aggregate", "its change comes in several documents, since events of others lie between"))
	}
	e.pending, e.lost, e.group = append(e.pending, part), append(e.lost, lost...), group
	if group == "" {
		complete = append(complete, e.Flush()...)
	}
	return complete
}

// Flush gives the last document, if there is one. The Encoder may be used again.
func (e *Encoder) Flush() []Document {
	if len(e.pending) == 0 {
		return nil
	}
	doc := Document{JSON: e.format.rules.document(e.pending).json(), Lost: e.lost}
	e.recent.add(e.group)
	e.pending, e.lost, e.group = nil, nil, ""
	return []Document{doc}
}

// part translates an event and says what is lost. What stands in its meta under the
// format's name is the side that ToQuipu has put there; where it does not make a
// document, it is an author's own.
func (f *Format) part(event fields) (fields, []Loss, error) {
	if rest, side, ok := f.kept(event); ok {
		if part, back, err := f.thereAndBack(rest, side); err == nil {
			return part, f.losses(event, back), nil
		}
	}
	part, back, err := f.thereAndBack(event, nil)
	if err != nil {
		return nil, nil, err
	}
	return part, f.losses(event, back), nil
}

// thereAndBack translates an event, and its document back.
func (f *Format) thereAndBack(event, side fields) (part, back fields, err error) {
	if part, err = f.rules.part(event); err != nil {
		return nil, nil, err
	}
	part.apply(side)
	events, err := f.events(f.rules.document([]fields{part}).json())
	if err != nil {
		return nil, nil, err
	}
	return part, events[0], nil
}

// cannotHold says of which event an error is. Its pointer is into the document that
// cannot be.
func (f *Format) cannotHold(event fields, err error) error {
	var known *quipu.Error
	if !errors.As(err, &known) {
		return err
	}
	told := *known
	told.Detail = fmt.Sprintf("%s cannot hold the event at position %s: %s", f.name, event["position"], known.Detail)
	return &told
}

// recent remembers the names of the last documents, as many as one append can have
// events: documents further apart are of different appends. It forgets by halves.
type recent struct {
	newer, older map[string]bool
}

func (r *recent) has(name string) bool { return name != "" && (r.newer[name] || r.older[name]) }

func (r *recent) add(name string) {
	if name == "" {
		return
	}
	if r.newer == nil || len(r.newer) == quipu.AppendEventsMax {
		r.newer, r.older = map[string]bool{}, r.newer
	}
	r.newer[name] = true
}
