package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// lineText is a line in short.
func lineText(line wire.GraphLine) string {
	switch {
	case line.Node != nil:
		return fmt.Sprintf("%s/%d", line.Node.ID, line.Node.Depth)
	case line.Edge != nil:
		return fmt.Sprintf("%d-%s>%d", line.Edge.From, line.Edge.Type, line.Edge.To)
	}
	return strings.TrimSpace("end " + line.End.Cut)
}

// chain appends a, and b that links to a, and c that links to b, from position 3.
func chain(t *testing.T, c *client.Client) quipu.Receipt {
	t.Helper()
	var events []quipu.NewEvent
	for i, id := range []string{"a", "b", "c/d"} {
		e := event("x")
		if e.ID = id; i > 0 {
			e.Links = []quipu.Link{{Type: "parent", Target: quipu.Target{ID: events[i-1].ID}, Meta: []byte(`{"n":1.50}`)}}
		}
		events = append(events, e)
	}
	return must[quipu.Receipt](t)(c.Append(background, "main", quipu.Append{Events: events}))
}

func TestGraphAgainstANode(t *testing.T) {
	c := startWith(t)
	receipt := chain(t, c)
	last := quipu.Target{Position: receipt.Last}
	for _, test := range []struct {
		name  string
		lines func() []string
		want  string
	}{
		{"all", walked(t, c.Graph, last, client.Walk{}), "c/d/0 b/1 5-parent>4 a/2 4-parent>3 end"},
		{"by event id", walked(t, c.Graph, quipu.Target{EventID: &receipt.EventIDs[1]}, client.Walk{}), "b/0 a/1 4-parent>3 end"},
		{"by its author's id", walked(t, c.Graph, quipu.Target{ID: "c/d", Version: 1}, client.Walk{Depth: 1}), "c/d/0 b/1 5-parent>4 end depth"},
		{"to an event", walked(t, c.Graph, quipu.Target{ID: "a"}, client.Walk{Direction: "in"}), "a/0 b/1 4-parent>3 c/d/2 5-parent>4 end"},
		{"limited", walked(t, c.Graph, last, client.Walk{Limit: 2}), "c/d/0 b/1 5-parent>4 end limit"},
		{"of no type that there is", walked(t, c.Graph, last, client.Walk{Types: []string{"x", "y"}}), "c/d/0 end"},
		{"links", walked(t, c.Links, quipu.Target{ID: "b"}, client.Walk{Direction: "both", Depth: 9, Limit: 1}), "b/0 a/1 4-parent>3 c/d/1 5-parent>4 end"},
	} {
		if got := strings.Join(test.lines(), " "); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.name, got, test.want)
		}
	}
	for line, err := range c.Graph(background, "main", last, client.Walk{}) {
		if err != nil || line.Edge != nil && (string(line.Edge.Meta) != `{"n":1.50}` || line.Edge.Target.ID == "") {
			t.Errorf("edge %+v, %v", line.Edge, err)
		}
	}
	for _, from := range []quipu.Target{{Position: 99}, {ID: "none"}, {ID: "a", Version: 2}} {
		for _, err := range c.Graph(background, "main", from, client.Walk{}) {
			wantKind(t, err, quipu.NotFound)
		}
	}
	for _, err := range c.Links(background, "main", last, client.Walk{Direction: "up"}) {
		wantKind(t, err, quipu.Invalid)
	}
}

type walkFunc = func(context.Context, string, quipu.Target, client.Walk, ...client.ReadOption) iter.Seq2[wire.GraphLine, error]

// walked gives a function that runs a walk.
func walked(t *testing.T, walk walkFunc, from quipu.Target, w client.Walk) func() []string {
	return func() (lines []string) {
		t.Helper()
		for line, err := range walk(background, "main", from, w) {
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, lineText(line))
		}
		return lines
	}
}

// graph makes a node that sends a small graph.
func graph(*http.Request) (*http.Response, error) {
	body := wire.AppendGraphLine(nil, wire.GraphLine{Node: &wire.GraphNode{Position: 1, ID: "a"}})
	body = wire.AppendGraphLine(body, wire.GraphLine{Node: &wire.GraphNode{Position: 2, ID: "b", Depth: 1}})
	return answerOf(wire.AppendGraphLine(body, wire.GraphLine{End: &wire.GraphEnd{Head: 2}})), nil
}

func TestWalkThatBreaksOffIsAnError(t *testing.T) {
	for whole, want := range []struct {
		lines []string
		kind  quipu.Kind
	}{
		{[]string{"a/0", "b/1", "end"}, ""}, // nothing was given yet, so it is asked for again
		{[]string{"a/0"}, quipu.Unavailable},
		{[]string{"a/0", "b/1"}, quipu.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			n.set("a", inTurn(cuts(graph, whole), graph))
			var got []string
			var failed error
			for line, err := range dial(t, n, "a").Graph(background, "main", quipu.Target{Position: 1}, client.Walk{}) {
				if failed = err; err == nil {
					got = append(got, lineText(line))
				}
			}
			if !slices.Equal(got, want.lines) || quipu.KindOf(failed) != want.kind {
				t.Errorf("%d whole lines: %q, %v; want %q and the kind %q", whole, got, failed, want.lines, want.kind)
			}
		})
	}
}

func TestWalkWithoutItsEndIsAnError(t *testing.T) {
	n := newNetwork()
	n.set("a", func(*http.Request) (*http.Response, error) {
		return answerOf(wire.AppendGraphLine(nil, wire.GraphLine{Node: &wire.GraphNode{Position: 1}})), nil
	})
	var failed error
	for _, err := range dial(t, n, "a").Links(background, "main", quipu.Target{Position: 1}, client.Walk{}) {
		failed = err
	}
	if wantKind(t, failed, quipu.Unavailable); !errors.Is(failed, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", failed)
	}
}

func TestWalkThatIsLeftIsNotAskedForAgain(t *testing.T) {
	n := newNetwork()
	n.set("a", cuts(graph, 1))
	for range dial(t, n, "a").Graph(background, "main", quipu.Target{Position: 1}, client.Walk{}) {
		break
	}
	if got := n.requests(); len(got) != 1 {
		t.Errorf("requests %q", got)
	}
}
