package api

import (
	"cmp"
	"math"
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/graph"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// linksPerStep bounds the links that are looked at in one read of the ledger.
const linksPerStep = 1000

// showLinks streams the links of one event. That the events at their ends have further ones is no news here.
func showLinks(x *exchange) error {
	return x.walk(graph.Query{Depth: 1, Limit: quipu.GraphEventsMax}, graph.CutDepth)
}

// showGraph streams what can be reached from an event over links.
func showGraph(x *exchange) error {
	depth, given, err := x.numberParam(wire.ParamDepth)
	if err != nil {
		return err
	}
	if !given {
		depth = quipu.GraphDepthMax
	}
	limit, err := x.limitParam()
	if err != nil {
		return err
	}
	return x.walk(graph.Query{Depth: int(min(depth, math.MaxInt32)), Limit: cmp.Or(limit, quipu.GraphEventsMax)}, "")
}

// walk answers with a walk that the path begins, and does not report one kind of its ends.
func (x *exchange) walk(query graph.Query, expected graph.Cut) error {
	if err := x.linkParams(&query); err != nil {
		return err
	}
	ref, err := x.eventRef()
	if err != nil {
		return err
	}
	view, read, err := x.askedView()
	if err != nil {
		return err
	}
	if query.From, err = ref.locate(view, read); err != nil {
		return err
	}
	walker, err := graph.NewWalker(query)
	if err != nil {
		return err
	}
	answer := walk{x: x, view: view, walker: walker, expected: expected}
	return answer.run()
}

// linkParams reads which links are followed.
func (x *exchange) linkParams(query *graph.Query) error {
	query.Direction = graph.Outward
	if x.params.Has(wire.ParamDirection) {
		query.Direction = graph.Direction(x.params.Get(wire.ParamDirection))
	}
	for _, linkType := range x.params[wire.ParamType] {
		if err := shape.CheckName("the type of the link", linkType, true); err != nil {
			return err
		}
		query.Types = append(query.Types, linkType)
	}
	return nil
}

// walk is the answer to a walk over links: events and links, a line each, then the end line.
type walk struct {
	x        *exchange
	view     View
	walker   *graph.Walker
	expected graph.Cut
	buf      []byte
}

// run sends the answer, step by step, as a stream is sent: no read of the ledger is open while something is written.
func (w *walk) run() error {
	w.x.w.Header().Set("Content-Type", wire.TypeNDJSON)
	if w.x.r.Method == http.MethodHead {
		w.x.start(http.StatusOK)
		return nil
	}
	for done := false; !done; {
		if err := w.x.ended(); err != nil {
			return err
		}
		var items []graph.Item
		err := w.view.Read(func(source selector.Source) (err error) {
			items, done, err = w.walker.Next(w.graph(source), linksPerStep)
			return err
		})
		if err != nil {
			return err
		}
		w.add(items)
		if done {
			w.end()
		}
		if err := w.send(); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) graph(source selector.Source) graph.View {
	state := w.view.State()
	return graph.View{Source: source, Head: state.Head, Find: func(id quipu.EventID) (quipu.Position, bool, error) {
		return ledger.Find(state, source, id)
	}}
}

func (w *walk) add(items []graph.Item) {
	for _, item := range items {
		var line wire.GraphLine
		if n := item.Node; n != nil {
			line.Node = &wire.GraphNode{Position: n.Position, EventID: n.EventID, Event: n.Event, ID: n.ID, Version: n.Version, Depth: n.Depth}
		} else {
			line.Edge = &wire.GraphEdge{From: item.Edge.From, To: item.Edge.To, Link: item.Edge.Link}
		}
		w.buf = wire.AppendGraphLine(w.buf, line)
	}
}

func (w *walk) end() {
	cut := w.walker.Cut()
	if cut == w.expected {
		cut = ""
	}
	end := wire.GraphEnd{Head: w.view.State().Head, More: cut != "", Cut: string(cut)}
	w.buf = wire.AppendGraphLine(w.buf, wire.GraphLine{End: &end})
}

func (w *walk) send() error {
	if !w.x.started {
		w.x.start(http.StatusOK)
	}
	err := w.x.write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return err
	}
	return w.x.flush()
}
