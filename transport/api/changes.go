package api

import (
	"errors"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// changesBytesMax is about how much of the changes of an aggregate stands in one answer; one change always does.
const changesBytesMax = 4 << 20

// changeBytesMax bounds one change, which stands in memory as a whole: far above what an append makes, with the contents of
// its files. An import may have brought a larger one.
const changeBytesMax = 2 * (quipu.AppendBytesMax + quipu.AppendFileBytesMax)

func changeTooLarge(version uint64) error {
	return quipu.Errorf(quipu.TooLarge, "change %d of the aggregate: more than %d bytes", version, changeBytesMax).
		WithHint("no append makes such a change; select its events in pages: the aggregate is an entity of them")
}

// changesQuery says which changes of an aggregate are wanted: at most limit of them behind the version since.
type changesQuery struct {
	since  uint64
	limit  int
	inline bool // with the contents of files
}

func (x *exchange) changesQuery() (q changesQuery, err error) {
	if q.since, _, err = x.numberParam(wire.ParamSince); err != nil {
		return q, err
	}
	if q.limit, err = x.changesLimit("changes"); err != nil {
		return q, err
	}
	q.inline, err = x.filesParam(false)
	return q, err
}

// changes gives the JSON of the changes, and the version of the last one.
func (q changesQuery) changes(view View, a quipu.Aggregate) (dst []byte, last uint64, err error) {
	if q.since >= a.Version {
		return nil, a.Version, nil
	}
	events, err := changed(view, a, q.since, min(a.Version, q.since+uint64(q.limit)))
	for len(events) > 0 && len(dst) < changesBytesMax {
		n := sameChange(events)
		list, failed := appendEvents(nil, view, events[:n], q.inline)
		if failed != nil {
			err = failed
			break
		}
		if len(dst) > 0 {
			dst = append(dst, ',')
		}
		_, _, last, _ = events[0].Aggregate()
		dst = wire.AppendChange(dst, last, events[n-1].ID.Time(), list)
		events = events[n:]
	}
	if len(dst) > 0 && errors.Is(err, quipu.TooLarge) {
		err = nil // the answer has the changes before that one
	}
	return dst, last, err
}

// changed gives the events of whole changes of an aggregate, from behind one version up to another or until they are much.
// With an error it gives those before the change that is to blame.
func changed(view View, a quipu.Aggregate, since, until uint64) (events []record.Record, err error) {
	err = view.Read(func(source selector.Source) error {
		term, head := record.AggregateTerm(a.Type, a.Key), view.State().Head
		first, err := ledger.First(source, term, since+1, head)
		if err != nil || first == 0 {
			return err
		}
		postings := source.Postings(selector.ByMember, term, false)
		g := gathering{until: until}
		for p, more := postings.Seek(first); more && p <= head; p, more = postings.Seek(p + 1) {
			r, err := source.Record(p)
			if err != nil {
				return err
			}
			room, err := g.add(&r)
			events = g.events
			if !room || err != nil {
				return err
			}
		}
		return nil
	})
	return events, err
}

// gathering is the events of changes up to a version.
type gathering struct {
	until  uint64
	events []record.Record
	bytes  int // of all events

	version       uint64 // of the last change
	before, begin int    // the bytes and the number of the events before it
}

// add reports false where an answer ends before the event.
func (g *gathering) add(r *record.Record) (room bool, err error) {
	if _, _, version, _ := r.Aggregate(); version != g.version {
		if version > g.until || g.bytes >= changesBytesMax {
			return false, nil
		}
		g.version, g.before, g.begin = version, g.bytes, len(g.events)
	}
	if g.bytes += r.Size(); g.bytes-g.before > changeBytesMax {
		g.events = g.events[:g.begin]
		return false, changeTooLarge(g.version)
	}
	g.events = append(g.events, r.Clone())
	return true, nil
}

// sameChange counts the first events that belong to one change.
func sameChange(events []record.Record) int {
	_, _, version, _ := events[0].Aggregate()
	for n := range events {
		if _, _, of, _ := events[n].Aggregate(); of != version {
			return n
		}
	}
	return len(events)
}
