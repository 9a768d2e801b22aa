package api

import (
	"errors"
	"io"
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// A group of appends is as much of the body as these bounds allow. Of a body without a declared length it ends where
// nothing more is to be had without waiting, so that a client that sends one line and waits gets its answer at once.
const (
	groupAppendsMax = 256
	groupBytesMax   = 1 << 20
)

// appendMany carries out many independent appends, a line each, and answers a line each in the same order. A line that
// is refused does not hold up the others.
func appendMany(x *exchange) error {
	id, err := x.ledgerID()
	if err != nil {
		return err
	}
	body, err := x.body()
	if err != nil {
		return err
	}
	// Answers begin while lines still come in. Without full duplex net/http would read the body to its end first.
	if err := x.control.EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	x.w.Header().Set("Content-Type", wire.TypeNDJSON)
	group := &appendGroup{ledger: id, waits: x.r.ContentLength < 0, lines: newLines(body, x.bufferBytes(), quipu.AppendBodyBytesMax)}
	for {
		end := group.read()
		var bad *quipu.Error
		if end != nil && !errors.Is(end, io.EOF) {
			bad = x.badBody(end)
		}
		if x.halfBody { // and so this group is not carried out
			return x.endAppends(bad)
		}
		if err := x.ended(); err != nil {
			return err
		}
		if err := group.carryOut(x); err != nil {
			return err
		}
		if end != nil {
			return x.endAppends(bad)
		}
	}
}

// endAppends ends the answer. A body that could not be read to its end gets one more line that says why, and the
// connection of one that broke off is not used again.
func (x *exchange) endAppends(bad *quipu.Error) error {
	if !x.started {
		if bad != nil {
			return bad
		}
		x.start(http.StatusOK)
	}
	if bad == nil {
		return nil
	}
	bad.RequestID = x.id
	if err := x.write(wire.AppendProblemLine(nil, bad)); err != nil || !x.halfBody {
		return err
	}
	_ = x.flush()
	x.breakOff()
	return nil
}

// appendGroup is the appends that are proposed together.
type appendGroup struct {
	ledger quipu.LedgerID
	waits  bool // the client may wait for an answer before it sends more
	lines  *lines

	items  []appendItem
	answer []byte
}

// appendItem is one line: an append, or what was wrong with it.
type appendItem struct {
	draft  *intake.Append
	refuse error
}

// read fills the group. It waits for the first line only. The error that ends the body comes with the last lines.
func (g *appendGroup) read() error {
	g.items = g.items[:0]
	for size := 0; len(g.items) < groupAppendsMax && size < groupBytesMax; {
		line, err := g.lines.next()
		if err != nil && !errors.Is(err, errLineTooLong) {
			return err
		}
		item := appendItem{refuse: err}
		if err == nil {
			item.draft, item.refuse = intake.ReadAppend(shape.Of(line), nil)
		} else {
			item.refuse = quipu.Errorf(quipu.TooLarge, "the line: more than the limit of %d bytes", quipu.AppendBodyBytesMax)
		}
		g.items = append(g.items, item)
		size += len(line)
		if g.waits && !g.lines.ready() {
			return nil
		}
	}
	return nil
}

// carryOut proposes the group's appends and answers each of its lines.
func (g *appendGroup) carryOut(x *exchange) error {
	if len(g.items) == 0 {
		return nil
	}
	drafts := make([]*intake.Append, 0, len(g.items))
	for _, item := range g.items {
		if item.refuse == nil {
			item.draft.Ledger = g.ledger
			drafts = append(drafts, item.draft)
		}
	}
	var outcomes []*ledger.Outcome
	if len(drafts) > 0 {
		outcomes = x.api.backend.Propose(x.context(), commands(drafts...))
	}
	g.answer = g.answer[:0]
	for _, item := range g.items {
		if item.refuse != nil {
			g.answer = x.appendRefusal(g.answer, item.refuse)
			continue
		}
		g.answer = x.appendOutcome(g.answer, item.draft, outcomes[0])
		outcomes = outcomes[1:]
	}
	if !x.started {
		x.start(http.StatusOK)
	}
	if err := x.write(g.answer); err != nil {
		return err
	}
	return x.flush()
}

func (x *exchange) appendOutcome(dst []byte, draft *intake.Append, out *ledger.Outcome) []byte {
	if out.Err != nil {
		return x.appendRefusal(dst, draft.Located(out.Err))
	}
	return wire.AppendReceiptLine(dst, out.Receipt)
}

func (x *exchange) appendRefusal(dst []byte, err error) []byte {
	shown := *classify(err)
	if shown.Kind == quipu.Internal || shown.Kind == quipu.Corrupt {
		x.log("append failed", err)
	}
	shown.RequestID = x.id
	return wire.AppendProblemLine(dst, &shown)
}

func commands(drafts ...*intake.Append) []command.Command {
	list := make([]command.Command, len(drafts))
	for i, draft := range drafts {
		list[i] = &draft.Append
	}
	return list
}
