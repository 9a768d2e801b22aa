package api

import (
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// eventRef is how a request names an event: by its place, or by its author's id.
type eventRef struct {
	place   quipu.Place
	id      string // if not empty, used instead of place
	version uint64 // of the id; 0 is the latest
}

// eventRef reads the path's name of an event, whichever of the two the route has.
func (x *exchange) eventRef() (ref eventRef, err error) {
	if slices.Contains(x.route.segments, "{id}") {
		if ref.id, err = x.authorID(); err != nil {
			return ref, err
		}
		ref.version, err = x.version()
		return ref, err
	}
	text, err := x.route.value(x.r.URL, "event")
	if err != nil {
		return ref, err
	}
	ref.place, err = parsePlace(text)
	return ref, err
}

// authorID is the path's id.
func (x *exchange) authorID() (string, error) {
	id, err := x.route.value(x.r.URL, "id")
	if err != nil {
		return "", err
	}
	if err := shape.CheckName("the event's own id", id, true); err != nil {
		return "", err
	}
	return id, nil
}

func (x *exchange) version() (uint64, error) {
	version, given, err := x.numberParam(wire.ParamVersion)
	if err == nil && given && version == 0 {
		err = quipu.Errorf(quipu.Invalid, "version is 0").WithHint("versions count from 1; leave it out for the latest")
	}
	return version, err
}

// locate gives the position of the event in the view.
func (ref eventRef) locate(view View, read Read) (quipu.Position, error) {
	if ref.id == "" {
		return locate(view, read, ref.place)
	}
	position, last := quipu.Position(0), uint64(0)
	err := view.Read(func(source selector.Source) (err error) {
		term, head := record.IDTerm(ref.id), view.State().Head
		if position, last, err = ledger.Last(source, term, head); err == nil && 0 < ref.version && ref.version < last {
			position, err = ledger.First(source, term, ref.version, head)
		}
		return err
	})
	switch {
	case err != nil:
		return 0, err
	case position == 0:
		return 0, absent(view, read, noID(ref.id))
	case ref.version > last:
		return 0, absent(view, read, quipu.Errorf(quipu.NotFound, "the id %q has %d versions, and no version %d", clip(ref.id), last, ref.version).
			WithHint("leave the version out for the latest"))
	}
	return position, nil
}

func noID(id string) *quipu.Error {
	return quipu.Errorf(quipu.NotFound, "no event of this ledger has the id %q: there are 0 versions of it", clip(id)).
		WithHint("an id is the author's own; by the ledger's event id: GET …/events/{eventId}")
}

// listVersions streams the versions of an id, oldest first.
func listVersions(x *exchange) error {
	id, err := x.authorID()
	if err != nil {
		return err
	}
	after, _, err := x.numberParam(wire.ParamAfter)
	if err != nil {
		return err
	}
	answer := stream{x: x}
	if answer.limit, err = x.limitParam(); err != nil {
		return err
	}
	if answer.inline, err = x.filesParam(false); err != nil {
		return err
	}
	view, read, err := x.askedView()
	if err != nil {
		return err
	}
	answer.view = view
	if answer.span, err = versionSpan(view, read, id, after); err != nil {
		return err
	}
	if answer.selector, err = selectID(id); err != nil {
		return err
	}
	return answer.run()
}

// selectID selects every version of an id.
func selectID(id string) (*selector.Selector, error) {
	body := append(canonical.AppendString([]byte(`{"id":`), id), '}')
	return selector.ParseRead(shape.Of(body))
}

// versionSpan is the part of the ledger that the versions of an id behind one of them are in.
func versionSpan(view View, read Read, id string, after uint64) (selector.Range, error) {
	head := view.State().Head
	span := selector.Range{After: head, Until: head}
	err := view.Read(func(source selector.Source) error {
		term := record.IDTerm(id)
		last, version, err := ledger.Last(source, term, head)
		switch {
		case err != nil:
			return err
		case last == 0:
			return absent(view, read, noID(id))
		case after >= version:
			return nil
		}
		first, err := ledger.First(source, term, after+1, head)
		span.After = max(first, 1) - 1
		return err
	})
	return span, err
}
