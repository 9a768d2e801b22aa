package format

import (
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// Options are what a translation has to know beside the document.
type Options struct {
	// Ledger is the name of the ledger that is written or read. A format that asks for
	// the source of each event names the events that have none after it.
	Ledger string
}

// Format translates documents of one format. It holds no state and can be used by
// several goroutines.
type Format struct {
	name  string
	rules rules
}

// Names are the names of the formats.
var Names = []string{"trove", "libero", "serialized", "cloudevents"}

// New gives the format of a name. An unknown one is Invalid, with the nearest known
// one as the hint.
func New(name string, options Options) (*Format, error) {
	var r rules
	switch name {
	case "trove":
		r = trove{}
	case "libero":
		r = libero{}
	case "serialized":
		r = serialized{}
	case "cloudevents":
		r = cloudEvents{own: ownSource(options.Ledger)}
	default:
		err := quipu.Errorf(quipu.Invalid, "unknown format %.80q", name)
		if near := quipu.Nearest(name, Names); near != "" {
			return nil, err.WithHint("did you mean %q?", near)
		}
		return nil, err.WithHint("known are %s", strings.Join(Names, ", "))
	}
	return &Format{name, r}, nil
}

// Name is the one in Names.
func (f *Format) Name() string { return f.name }

// rules are what is particular to a format.
//
// A document is a part for each of its events: the members that the event comes from.
// In most formats that is the document itself.
type rules interface {
	// parts checks a document and divides it.
	parts(doc shape.Object) ([]fields, error)
	// document puts the parts of one document together again.
	document(parts []fields) fields
	// event translates a part that was checked. What an event has no place for it
	// leaves out.
	event(part fields) fields
	// part translates an event as far as the format goes. It fails where nothing
	// could stand in the document; what is merely wrong there is found by parts.
	part(event fields) (fields, error)
	// group names the document of a part: neighbours with the same name share one,
	// unless the part is the first of its document. A part without a name is a document
	// of its own.
	group(event, part fields) (name string, first bool)
	// reason says why a member of an event may be lost.
	reason(member string) string
}

// single are the rules of formats in which a document is one event.
type single struct{}

func (single) document(parts []fields) fields                 { return parts[0] }
func (single) group(fields, fields) (name string, first bool) { return "", true }

// ToQuipu translates a document to the append that it stands for: {"events":[…]} in
// canonical JSON, with the contents of files in base64. One document is one append.
//
// An error is a *quipu.Error, Invalid or TooLarge, with the place in the document. What
// only the ledger's own limits forbid is left for the ledger to refuse.
func (f *Format) ToQuipu(doc []byte) ([]byte, error) {
	events, err := f.events(doc)
	if err != nil {
		return nil, err
	}
	list := make([][]byte, len(events))
	for i, event := range events {
		list[i] = event.json()
	}
	return fields{"events": array(list...)}.json(), nil
}

func (f *Format) events(doc []byte) ([]fields, error) {
	o, err := intake.Object(shape.Of(doc))
	if err != nil {
		return nil, hinted(err, "a document is one JSON object")
	}
	parts, err := f.rules.parts(o)
	if err != nil {
		return nil, err
	}
	events := make([]fields, len(parts))
	for i, part := range parts {
		if events[i], err = f.event(part); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// event translates a part and keeps beside the event what would come back differently.
func (f *Format) event(part fields) (fields, error) {
	event := f.rules.event(part)
	plain, err := f.rules.part(recorded(event))
	if err != nil {
		return nil, quipu.Errorf(quipu.Internal, "an event made from a %s document has none", f.name).Because(err)
	}
	f.keep(event, difference(plain, part))
	if got := len(event["meta"]); got > quipu.MetaBytesMax {
		return nil, quipu.Errorf(quipu.TooLarge, "what an event has no member for is kept in its meta: %d bytes, the limit is %d", got, quipu.MetaBytesMax).
			WithHint("members that become members of the event do not count")
	}
	return event, nil
}
