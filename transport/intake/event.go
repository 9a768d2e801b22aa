package intake

import (
	"errors"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
)

// origin is where an event comes from.
type origin int

const (
	// author: it is new, and what is the ledger's to give is not in it.
	author origin = iota
	// elsewhere: it is in the export of another ledger and is to be appended anew,
	// so what that ledger gave it is left out.
	elsewhere
	// stored: it is in an export and is to be kept exactly as it is.
	stored
)

// reader reads the events of one append, or one event of an export. It is for one
// goroutine.
type reader struct {
	append *Append
	parts  Parts
	origin origin
	// several is true if the append has more than one event.
	several bool
	// shared is the append's own aggregate, if it has one; taken is true once an
	// event belongs to it.
	shared *aggregate
	taken  bool

	// What the events so far have, each nil until there is one.
	expected map[string]int       // indexes in Expect, by the aggregate's term
	versions map[string]int       // events by their id and version
	contents map[record.Hash]bool // in Files
	files    map[string]bool      // by their ids, if there are parts
	// bytes is the size of the events, and fileBytes that of their files' contents.
	bytes, fileBytes int

	// The event that is being read.
	event     shape.Object
	draft     record.Draft
	rest      builder // reused
	form      form
	id        string
	version   uint64 // 1 if it says none
	concerned bool   // it has an aggregate or a correlation
}

const exampleEvent = `an event is such as {"event":"Item Ordered","entities":{"patron":["Harold_Cho"]}}`

// readEvent reads one event and adds it to the append.
func (r *reader) readEvent(o shape.Object, members []string) error {
	needed, known := stepsOf(o)
	if known < o.Len() {
		if v := o.Member("position"); v.Exists() {
			return v.Errorf("the position is the ledger's to give").
				WithHint("leave it out; to copy a ledger with its positions, import its export")
		}
		if err := o.Only(members...); err != nil {
			return err
		}
	}
	if err := r.readDraft(o, needed); err != nil {
		return err
	}
	return r.add()
}

// readDraft reads an event in the steps that it needs, whatever other members it has.
// The draft shares no memory with the request.
func (r *reader) readDraft(o shape.Object, needed stepSet) error {
	r.event, r.draft, r.rest, r.form = o, record.Draft{}, r.rest[:0], form{}
	r.id, r.version, r.concerned = "", 1, false
	if r.shared != nil {
		needed |= stepAggregate
	}
	for i := range steps {
		if step := &steps[i]; needed&(1<<i) != 0 {
			if err := step.read(r, o.Member(step.members[0])); err != nil {
				return hinted(err, "%s", step.example)
			}
		}
	}
	r.draft.Rest = r.rest.whole()
	return nil
}

// add puts the event behind those that were read before.
func (r *reader) add() error {
	if err := r.checkVersion(); err != nil {
		return err
	}
	a, d := r.append, &r.draft
	r.bytes += len(d.Name) + len(d.Entities) + len(d.Data) + len(d.Meta) + len(d.Rest)
	if r.form != (form{}) {
		if a.form.events == nil {
			a.form.events = map[int]*form{}
		}
		written := r.form
		a.form.events[len(a.Events)] = &written
	}
	a.Events = append(a.Events, *d)
	return nil
}

// ReadExported reads the content of an event of an export: all but its place, which
// is its position, its eventId and its timestamp. Whether the object has other
// members than ExportMembers is for the caller to check.
//
// The draft is, byte for byte, what the ledger stored, since the event's id is a
// checksum over it. So nothing is added to it, and limits of mere size do not count:
// they may have been others where the event was appended. Names, keys, and how
// many there are do count, since each is an entry in the indexes of every node.
func ReadExported(o shape.Object, to *command.Imported) error {
	a := new(Append)
	r := reader{append: a, origin: stored}
	needed, _ := stepsOf(o)
	if err := r.readDraft(o, needed); err != nil {
		return err
	}
	to.Draft, to.Files = r.draft, a.Files
	return nil
}

// hinted says what would be right in an error that does not say it yet. A limit
// that was passed says so itself.
func hinted(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	var known *quipu.Error
	if errors.As(err, &known) && known.Kind == quipu.Invalid && known.Hint == "" {
		return known.WithHint(format, args...)
	}
	return err
}
