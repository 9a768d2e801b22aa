package api_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const importPath = "/v1/ledgers/import"

// exported gives the export of a ledger "shop" with some events of every form.
func exported(t *testing.T) string {
	n := newNode(t)
	n.want(201, "POST", "/v1/ledgers", `{"name":"shop","description":"d"}`)
	n.register("shop", "sold", "item", "shop")
	n.register("shop", "odd \" <&> name", "item")
	for _, body := range []string{
		`{"event":"sold","entities":{"shop":["s"],"item":["i/1","i\"2"]},"data":{"n":1.50,"x":[{}]},"meta":{"a":"b"}}`,
		`{"event":"odd \" <&> name","entity":"item","key":"\u2028","id":"my id","happenedAt":"2021-11-16T03:30:47Z"}`,
		`{"event":"sold","entity":"item","key":"i","data":"text","eventId":"e"}`,
	} {
		n.want(201, "POST", "/v1/ledgers/shop/append", body)
	}
	n.want(204, "DELETE", "/v1/ledgers/shop/registry/sold", "")
	return n.want(200, "GET", "/v1/ledgers/shop/export", "").body
}

func TestImportTakesBackAnExportUnchanged(t *testing.T) {
	export := exported(t)
	n := newNode(t)
	a := n.want(201, "POST", importPath, export, "Content-Type", "application/x-ndjson")
	l := decode[quipu.Ledger](t, a.body)
	if l.Name != "shop" || l.Description != "d" || l.Count != 7 || a.header.Get("Location") != "/v1/ledgers/shop" {
		t.Errorf("%s", a.body)
	}
	if again := n.want(200, "GET", "/v1/ledgers/shop/export", "").body; again != export {
		t.Errorf("exported\n%s\nimported\n%s", export, again)
	}
	registry := decode[wire.Registry](t, n.want(200, "GET", "/v1/ledgers/shop/registry", "").body).Registry
	if len(registry) != 1 || registry[0].Event != `odd " <&> name` {
		t.Errorf("%+v", registry)
	}
	n.want(201, "POST", "/v1/ledgers/shop/append", `{"event":"odd \" <&> name","entity":"item","key":"x"}`)
}

func TestImportOfManyEventsGoesInChunks(t *testing.T) {
	source := newNode(t)
	source.want(201, "POST", "/v1/ledgers", `{"name":"big"}`)
	source.register("big", "Item Ordered", "patron")
	for range 3 {
		source.want(201, "POST", "/v1/ledgers/big/append", events(1000))
		source.want(201, "POST", "/v1/ledgers/big/append", event(`,"data":`+quoted(quipu.DataBytesMax-2)))
	}
	export := source.want(200, "GET", "/v1/ledgers/big/export", "").body
	backend := apitest.NewBackend()
	b := &breaking{Backend: backend}
	n := serve(t, backend, api.Config{Backend: b, SpoolDir: t.TempDir()})
	n.want(201, "POST", importPath, export)
	if again := n.want(200, "GET", "/v1/ledgers/big/export", "").body; again != export {
		t.Error("the export of the import is another")
	}
	if chunks := len(b.seen) - 2; chunks < 4 || chunks > 8 {
		t.Errorf("%v", b.seen)
	}
}

func TestImportRefusesWhereNameOrIDIsTaken(t *testing.T) {
	export := exported(t)
	n := newNode(t)
	n.want(201, "POST", importPath, export)
	n.do("POST", importPath, export).problem(t, 422, quipu.Mismatch)
	other := newNode(t)
	other.want(201, "POST", "/v1/ledgers", `{"name":"shop"}`)
	other.do("POST", importPath, export).problem(t, 422, quipu.Mismatch)
	if head := other.head("shop"); head != 1 {
		t.Errorf("head %d", head)
	}
}

func TestImportRefusesWhatIsNoWholeExport(t *testing.T) {
	export := exported(t)
	lines := strings.SplitAfter(strings.TrimSuffix(export, "\n"), "\n")
	end := len(lines) - 1
	edit := func(line int, old, new string) string {
		changed := append([]string(nil), lines...)
		if changed[line] = strings.Replace(changed[line], old, new, 1); changed[line] == lines[line] {
			t.Fatalf("%q is not in %s", old, lines[line])
		}
		return strings.Join(changed, "")
	}
	without := func(line int) string {
		return strings.Join(append(append([]string(nil), lines[:line]...), lines[line+1:]...), "")
	}
	n := newNode(t)
	slots := n.backend.Slots()
	for _, c := range []struct{ name, body, says, pointer string }{
		{"nothing", "", "end line is missing", ""},
		{"only an end", lines[end], "line 1: there is no event", ""},
		{"no end", without(end), "end line is missing", ""},
		{"cut in a line", export[:len(export)/2], "line ", "*"},
		{"first event missing", without(0), "line 1: the position is 2, not 1", "/position"},
		{"event missing", without(3), "line 4: the position is 5, not 4", "/position"},
		{"event twice", lines[0] + export, "line 2: the position is 1, not 2", "/position"},
		{"last event missing", without(end - 1), "line 7: the end line is of position 7", "/end/position"},
		{"something behind", export + lines[2], "line 9: something follows", ""},
		{"not JSON", lines[0] + "x\n", "line 2: unexpected", ""},
		{"data changed", edit(3, "1.50", "1.5"), "line 4: the id of the event at position 4 does not follow", "/eventId"},
		{"meta changed", edit(3, `"a":"b"`, `"a":"c"`), "line 4: the id", "/eventId"},
		{"name changed", edit(3, `"sold"`, `"hold"`), "line 4: the id", "/eventId"},
		{"key changed", edit(5, `["i"]`, `["j"]`), "line 6: the id", "/eventId"},
		{"own id changed", edit(5, `"id":"e"`, `"id":"f"`), "line 6: the id", "/eventId"},
		{"own id gone", edit(5, `,"id":"e"`, ``), "line 6: the id", "/eventId"},
		{"first event changed", edit(0, `"name":"shop"`, `"name":"other"`), "line 1: the id", "/eventId"},
		{"registration changed", edit(1, `"item"`, `"itme"`), "line 2: the id", "/eventId"},
		{"time changed", edit(3, `"timestamp":"20`, `"timestamp":"19`), "line 4: the time is", "/timestamp"},
		{"no id", edit(3, `"eventId"`, `"evntId"`), `line 4: unknown member "evntId"`, "/evntId"},
		{"id is none", edit(3, `"eventId":"0`, `"eventId":"x`), "line 4: ", "/eventId"},
		{"unknown member", edit(3, `"meta"`, `"more":1,"meta"`), `line 4: unknown member "more"`, "/more"},
		{"entities no object", edit(1, `"entities":{}`, `"entities":[]`), "line 2: expected an object, found an array", "/entities"},
		{"end of another position", edit(end, `"position":7`, `"position":8`), "the end line is of position 8", "/end/position"},
		{"end with more", edit(end, `"more":false`, `"more":true`), "the end line", "/end/position"},
		{"bad end", edit(end, `"position":7`, `"position":"7"`), "cannot be read", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := n.do("POST", importPath, c.body).problem(t, 400, quipu.Invalid)
			if !strings.Contains(e.Detail, c.says) || (c.pointer != "*" && e.Pointer != c.pointer) {
				t.Errorf("%+v", e)
			}
		})
	}
	if n.backend.Slots() != slots {
		t.Error("something of a bad export was stored")
	}
	n.want(201, "POST", importPath, export)
}

func TestImportTakesALedgerAsItWas(t *testing.T) {
	source := newNode(t)
	source.want(201, "POST", "/v1/ledgers", `{"name":"shop"}`)
	source.register("shop", "sold", "item")
	source.want(201, "POST", "/v1/ledgers/shop/append", `{"event":"sold","entity":"item","key":"1"}`)
	n := newNode(t)
	part := source.want(200, "GET", "/v1/ledgers/shop/export?until=2", "").body
	if l := decode[quipu.Ledger](t, n.want(201, "POST", importPath, part).body); l.Count != 2 {
		t.Errorf("%+v", l)
	}
	rest := source.want(200, "GET", "/v1/ledgers/shop/export?after=2", "")
	if events, end := rest.events(t); positions(events) != "3" || end != (wire.End{Position: 3, Head: 3}) {
		t.Errorf("%v %+v", events, end)
	}
	source.do("GET", "/v1/ledgers/shop/export?after=9", "").problem(t, 400, quipu.Invalid)
	source.do("GET", "/v1/ledgers/shop/export?until=0", "").problem(t, 400, quipu.Invalid)
	source.do("GET", "/v1/ledgers/shop/export?after=x", "").problem(t, 400, quipu.Invalid)
}

// breaking is a node that fails at the n-th proposal.
type breaking struct {
	*apitest.Backend
	at   int
	kind quipu.Kind
	seen []string
}

func (b *breaking) Propose(ctx context.Context, commands []command.Command) []*ledger.Outcome {
	b.seen = append(b.seen, strings.TrimPrefix(fmt.Sprintf("%T", commands[0]), "*command."))
	if len(b.seen) == b.at {
		return []*ledger.Outcome{{Err: quipu.Errorf(b.kind, "broken")}}
	}
	return b.Backend.Propose(ctx, commands)
}

func TestImportThatFailsIsTakenBack(t *testing.T) {
	export := exported(t)
	for _, c := range []struct {
		at   int
		kind quipu.Kind
		seen string
	}{
		{1, quipu.Unavailable, "BeginImport"},
		{2, quipu.Unavailable, "BeginImport ImportEvents AbortImport"},
		{2, quipu.Uncertain, "BeginImport ImportEvents AbortImport"},
		{2, quipu.Conflict, "BeginImport ImportEvents"}, // another import has taken over: hands off
		{3, quipu.Uncertain, "BeginImport ImportEvents FinishImport AbortImport"},
		{9, "", "BeginImport ImportEvents FinishImport"},
	} {
		backend := apitest.NewBackend()
		b := &breaking{Backend: backend, at: c.at, kind: c.kind}
		spool := t.TempDir()
		n := serve(t, backend, api.Config{Backend: b, SpoolDir: spool})
		a := n.do("POST", importPath, export)
		if c.kind != "" {
			a.problem(t, wire.Status(c.kind), c.kind)
		}
		if got := strings.Join(b.seen, " "); got != c.seen {
			t.Errorf("%s at %d: %s, want %s", c.kind, c.at, got, c.seen)
		}
		if left, err := os.ReadDir(spool); err != nil || len(left) > 0 {
			t.Errorf("left in the spool: %v %v", left, err)
		}
		if wanted := c.kind == ""; !wanted {
			n.do("GET", "/v1/ledgers/shop", "").problem(t, 404, quipu.NotFound)
		}
	}
}
