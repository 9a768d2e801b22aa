package api

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// verifier reads an export and checks that it is one: each event at the next position, with the id that follows from
// its content and all that came before it, and the end line behind the last.
type verifier struct {
	lines    *lines
	position quipu.Position
	previous quipu.EventID // of the event at position
	registry ledger.Registry
	bodyErr  error // why the body could not be read on
}

// run calls keep with each event in its order. Errors that concern a line name it.
func (v *verifier) run(keep func(*command.Imported) error) error {
	for {
		line, err := v.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return quipu.Errorf(quipu.Invalid, "the export is incomplete: its end line is missing").
				WithHint("take the export again; its last line is {\"end\":…}")
		case errors.Is(err, errLineTooLong):
			return v.atLine(quipu.Errorf(quipu.TooLarge, "more than the limit of %d bytes", v.lines.max))
		case err != nil:
			v.bodyErr = err
			return err
		}
		o, err := intake.Object(shape.Of(line))
		if err != nil {
			return v.atLine(err)
		}
		if o.Has("end") && !o.Has("event") {
			return v.end(o)
		}
		event, err := v.event(o)
		if err != nil {
			return v.atLine(err)
		}
		if err := keep(event); err != nil {
			return err
		}
	}
}

// atLine says in an error on which line it is.
func (v *verifier) atLine(err error) error {
	var known *quipu.Error
	if !errors.As(err, &known) {
		return err
	}
	moved := *known
	moved.Detail = "line " + strconv.Itoa(v.lines.number) + ": " + known.Detail
	return &moved
}

func (v *verifier) event(o shape.Object) (*command.Imported, error) {
	if err := o.Only(intake.ExportMembers...); err != nil {
		return nil, err
	}
	event := new(command.Imported)
	if err := v.place(o, event); err != nil {
		return nil, err
	}
	if err := intake.ReadExported(o, event); err != nil {
		return nil, err
	}
	if err := v.chain(o, event); err != nil {
		return nil, err
	}
	if v.position == 1 {
		return event, checkGenesis(o, &event.Draft)
	}
	registry, err := v.registry.Fold(v.position, &event.Draft)
	if err != nil {
		return nil, o.Member("data").Errorf("the data of a system event cannot be read").Because(err)
	}
	v.registry = registry
	return event, nil
}

// place reads the position, the id and the time, which must agree.
func (v *verifier) place(o shape.Object, event *command.Imported) error {
	at, err := required(o, "position")
	if err != nil {
		return err
	}
	position, err := at.Uint()
	if err != nil {
		return err
	}
	v.position++
	if quipu.Position(position) != v.position {
		return at.Errorf("the position is %d, not %d", position, v.position).WithHint("an import takes a whole export, from position 1 and without gaps")
	}
	at, err = required(o, "eventId")
	if err != nil {
		return err
	}
	text, err := at.Text()
	if err != nil {
		return err
	}
	id, ok := quipu.ParseEventID(text)
	if !ok {
		return at.Errorf("%q is not an event id", clip(text))
	}
	event.ID = id
	at, err = required(o, "timestamp")
	if err != nil {
		return err
	}
	if text, err = at.Text(); err != nil {
		return err
	}
	if want := string(record.AppendTime(nil, id.Micros())); text != want {
		return at.Errorf("the time is %q, and the id says %q", clip(text), want)
	}
	return nil
}

// chain checks the event's id against its content and the event before it.
func (v *verifier) chain(o shape.Object, event *command.Imported) error {
	micros := event.ID.Micros()
	var want quipu.EventID
	if v.position == 1 {
		_, want = record.Genesis(&event.Draft, micros)
	} else {
		want = record.NextID(&event.Draft, micros, v.previous.Ledger(), v.previous)
	}
	if event.ID != want || (v.position > 1 && micros <= v.previous.Micros()) {
		return o.Member("eventId").Errorf("the id of the event at position %d does not follow from its content and the history before it", v.position).
			WithHint("the export was changed or damaged; take a new one")
	}
	v.previous = event.ID
	return nil
}

// checkGenesis checks that the first event creates a ledger of a name that a ledger may have.
func checkGenesis(o shape.Object, d *record.Draft) error {
	if string(d.Name) != quipu.LedgerCreated {
		return o.Member("event").Errorf("the first event is %q, not %q", clip(string(d.Name)), quipu.LedgerCreated)
	}
	var data wire.NewLedger
	if err := json.Unmarshal(d.DataOrDefault(), &data); err != nil {
		return o.Member("data").Errorf("the data of the first event cannot be read").Because(err)
	}
	if err := checkLedgerName(data.Name); err != nil {
		return err.At("/data/name")
	}
	return nil
}

// end checks the end line, and that nothing follows it.
func (v *verifier) end(o shape.Object) error {
	line, err := o.Value().Canonical(nil)
	if err != nil {
		return v.atLine(err)
	}
	var wrong *quipu.Error
	end, ok := wire.DecodeEnd(line)
	switch {
	case !ok:
		wrong = quipu.Errorf(quipu.Invalid, "the end line cannot be read")
	case v.position == 0:
		wrong = quipu.Errorf(quipu.Invalid, "there is no event")
	case end.Position != v.position || end.More:
		wrong = quipu.Errorf(quipu.Invalid, "the end line is of position %d, after the event at %d", end.Position, v.position).At("/end/position")
	}
	if wrong != nil {
		return v.atLine(wrong)
	}
	if _, err := v.lines.next(); !errors.Is(err, io.EOF) {
		if err != nil && !errors.Is(err, errLineTooLong) {
			v.bodyErr = err
			return err
		}
		return v.atLine(quipu.Errorf(quipu.Invalid, "something follows the end line"))
	}
	return nil
}
