package api

import (
	"net/http"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// aggregateType is the path's.
func (x *exchange) aggregateType() (string, error) {
	text, err := x.route.value(x.r.URL, "type")
	if err != nil {
		return "", err
	}
	if err := shape.CheckName("the aggregate's type", text, true); err != nil {
		return "", err
	}
	return text, nil
}

// aggregate is the path's type and key.
func (x *exchange) aggregate() (a quipu.Aggregate, err error) {
	if a.Type, err = x.aggregateType(); err != nil {
		return a, err
	}
	if a.Key, err = x.route.value(x.r.URL, "key"); err != nil {
		return a, err
	}
	if err := shape.CheckKey("the aggregate's key", a.Key); err != nil {
		return a, err
	}
	return a, nil
}

// changesLimit reads the limit of an answer of changes or aggregates.
func (x *exchange) changesLimit(what string) (int, error) {
	limit, err := x.limitParam()
	switch {
	case err != nil:
		return 0, err
	case limit > quipu.ChangesMax:
		return 0, quipu.Errorf(quipu.TooLarge, "limit: %d %s, the limit is %d", limit, what, quipu.ChangesMax).
			WithHint("read on where the answer ends, as long as it says \"hasMore\":true")
	case limit == 0:
		limit = quipu.ChangesMax
	}
	return limit, nil
}

// showAggregate answers with an aggregate's version and with changes of it. A HEAD learns the version alone, and a client
// that knows it already gets nothing else.
func showAggregate(x *exchange) error {
	a, err := x.aggregate()
	if err != nil {
		return err
	}
	query, err := x.changesQuery()
	if err != nil {
		return err
	}
	view, read, err := x.askedView()
	if err != nil {
		return err
	}
	if a.Version, err = currentVersion(view, read, a); err != nil {
		return err
	}
	if same, err := x.unchanged(strconv.FormatUint(a.Version, 10)); same || err != nil {
		return err
	}
	if x.r.Method == http.MethodHead {
		x.w.Header().Set("Content-Type", wire.TypeJSON)
		x.start(http.StatusOK)
		return nil
	}
	changes, last, err := query.changes(view, a)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, wire.AppendAggregatePage(nil, a, changes, last < a.Version))
}

// currentVersion is the version of an aggregate in the view.
func currentVersion(view View, read Read, a quipu.Aggregate) (version uint64, err error) {
	last := quipu.Position(0)
	err = view.Read(func(source selector.Source) (err error) {
		last, version, err = ledger.Last(source, record.AggregateTerm(a.Type, a.Key), view.State().Head)
		return err
	})
	if err == nil && last == 0 {
		err = absent(view, read, quipu.Errorf(quipu.NotFound, "there is no aggregate %s %q", clip(a.Type), clip(a.Key)).
			WithHint("it begins with the first event that names it; GET …/aggregates/{type} lists those of a type"))
	}
	return version, err
}

// listAggregates answers with the aggregates of a type by their keys.
func listAggregates(x *exchange) error {
	of, err := x.aggregateType()
	if err != nil {
		return err
	}
	limit, err := x.changesLimit("aggregates")
	if err != nil {
		return err
	}
	view, _, err := x.askedView()
	if err != nil {
		return err
	}
	keys, more, err := view.Aggregates(of, x.params.Get(wire.ParamAfter), limit)
	if err != nil {
		return err
	}
	list := make([]quipu.AggregateState, len(keys))
	err = view.Read(func(source selector.Source) (err error) {
		for i := 0; i < len(keys) && err == nil; i++ {
			list[i], err = aggregateState(view.State().Head, source, of, keys[i])
		}
		return err
	})
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, wire.EncodeAggregates(list, more))
}

func aggregateState(head quipu.Position, source selector.Source, of, key string) (a quipu.AggregateState, err error) {
	a.Type, a.Key = of, key
	if a.Last, a.Version, err = ledger.Last(source, record.AggregateTerm(of, key), head); err != nil {
		return a, err
	}
	r, err := source.Record(a.Last)
	a.LastChanged = r.ID.Time()
	return a, err
}
