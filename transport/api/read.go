package api

import (
	"math"
	"strconv"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// read gives what the request's query parameters ask of a read.
func (x *exchange) read() (Read, error) {
	read := Read{Consistency: quipu.Linearizable}
	switch given := quipu.Consistency(x.params.Get(wire.ParamConsistency)); {
	case !x.params.Has(wire.ParamConsistency):
	case given == quipu.Linearizable, given == quipu.Session, given == quipu.Local:
		read.Consistency = given
	default:
		return read, quipu.Errorf(quipu.Invalid, "consistency is %q", clip(string(given))).
			WithHint("it is linearizable, session or local")
	}
	min, given, err := x.positionParam(wire.ParamMinPosition)
	if err != nil {
		return read, err
	}
	if given && read.Consistency == quipu.Local {
		return read, quipu.Errorf(quipu.Invalid, "a local read promises no position").
			WithHint("leave minPosition out, or read with consistency=session")
	}
	read.MinPosition = min
	return read, nil
}

// positionParam reads a query parameter that is a position.
func (x *exchange) positionParam(name string) (p quipu.Position, given bool, err error) {
	n, given, err := x.numberParam(name)
	return quipu.Position(n), given, err
}

// numberParam reads a query parameter that is a whole number.
func (x *exchange) numberParam(name string) (n uint64, given bool, err error) {
	if !x.params.Has(name) {
		return 0, false, nil
	}
	text := x.params.Get(name)
	if n, err = strconv.ParseUint(text, 10, 64); err != nil {
		return 0, true, quipu.Errorf(quipu.Invalid, "%s is %q", name, clip(text)).WithHint("it is a whole number")
	}
	return n, true, nil
}

// limitParam reads the limit of an answer; 0 is none.
func (x *exchange) limitParam() (int, error) {
	limit, given, err := x.numberParam(wire.ParamLimit)
	if given && err == nil && limit == 0 {
		err = quipu.Errorf(quipu.Invalid, "the limit is 0").WithHint("give at least 1, or leave it out")
	}
	return int(min(limit, math.MaxInt32)), err // so many are never sent
}

// absent is the error for what a view does not have. Only a linearizable view says that for the whole cluster: another
// one may merely lag.
func absent(view View, read Read, e *quipu.Error) *quipu.Error {
	if read.Consistency == quipu.Linearizable {
		return e
	}
	return e.WithHint("this node has positions up to %d, and others may have more; read with consistency=linearizable to be sure", view.State().Head)
}

// view gives the path's ledger at the consistency that is asked for, and says in the answer how far it goes.
func (x *exchange) view(read Read) (View, error) {
	ref, err := x.route.value(x.r.URL, "ledger")
	if err != nil {
		return nil, err
	}
	view, err := x.api.backend.View(x.context(), ref, read)
	if err != nil {
		return nil, err
	}
	x.w.Header().Set(wire.HeaderPosition, strconv.FormatUint(uint64(view.State().Head), 10))
	return view, nil
}

// askedView is view at what the query parameters ask for.
func (x *exchange) askedView() (View, Read, error) {
	read, err := x.read()
	if err != nil {
		return nil, read, err
	}
	view, err := x.view(read)
	return view, read, err
}

// ledgerID gives the id of the path's ledger, for a command. An id is taken as it is: the command finds out whether
// there is such a ledger. A name is looked up in what this node has, and in the cluster if it has none.
func (x *exchange) ledgerID() (quipu.LedgerID, error) {
	ref, err := x.route.value(x.r.URL, "ledger")
	if err != nil {
		return 0, err
	}
	if id, ok := quipu.ParseLedgerID(ref); ok {
		return id, nil
	}
	view, err := x.api.backend.View(x.context(), ref, Read{Consistency: quipu.Local})
	if err != nil {
		return 0, err
	}
	return view.State().ID, nil
}
