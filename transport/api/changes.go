package api

import (
	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// changesBytesMax is about how much of the changes of an aggregate stands in one answer; one change always does.
const changesBytesMax = 4 << 20

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
	for err == nil && len(events) > 0 && len(dst) < changesBytesMax {
		n := sameChange(events)
		var list []byte
		if list, err = appendEvents(nil, view, events[:n], q.inline); err != nil {
			break
		}
		if len(dst) > 0 {
			dst = append(dst, ',')
		}
		_, _, last, _ = events[0].Aggregate()
		dst = wire.AppendChange(dst, last, events[n-1].ID.Time(), list)
		events = events[n:]
	}
	return dst, last, err
}

// changed gives the events of whole changes of an aggregate, from behind one version up to another or until they are much.
func changed(view View, a quipu.Aggregate, since, until uint64) (events []record.Record, err error) {
	err = view.Read(func(source selector.Source) error {
		term, head := record.AggregateTerm(a.Type, a.Key), view.State().Head
		first, err := ledger.First(source, term, since+1, head)
		if err != nil || first == 0 {
			return err
		}
		postings := source.Postings(selector.ByMember, term, false)
		size, version := 0, uint64(0)
		for p, more := postings.Seek(first); more && p <= head; p, more = postings.Seek(p + 1) {
			r, err := source.Record(p)
			if err != nil {
				return err
			}
			_, _, of, _ := r.Aggregate()
			if of > until || (of != version && size >= changesBytesMax) {
				return nil
			}
			events = append(events, r.Clone())
			version, size = of, size+r.Size()
		}
		return nil
	})
	return events, err
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
