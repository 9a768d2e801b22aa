package api_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const byIDPath = "/v1/ledgers/main/events/by-id/"

// versions appends so many versions of an id, with another event between any two.
func (n *node) versions(id string, count int) {
	n.t.Helper()
	for version := 1; version <= count; version++ {
		n.receipt(single(fmt.Sprintf(`,"id":%s,"version":%d,"data":%d`, encode(n.t, id), version, version)))
		n.order("b")
	}
}

func TestEventIsFoundByItsOwnID(t *testing.T) {
	n := newNode(t)
	n.versions("order-17", 3) // at 6, 8, 10
	n.receipt(single(`,"id":"lonely"`))
	for path, want := range map[string]quipu.Position{
		"order-17": 10, "order-17?version=1": 6, "order-17?version=2": 8, "order-17?version=3": 10, "lonely": 12, "lonely?version=1": 12,
		"order-17?consistency=local": 10, "order-17?consistency=session&minPosition=3&version=1": 6,
	} {
		a := n.want(200, "GET", byIDPath+path, "")
		if e := decode[quipu.Event](t, a.body); e.Position != want {
			t.Errorf("%s: position %d, want %d", path, e.Position, want)
		}
		if same := n.want(200, "GET", fmt.Sprintf("/v1/ledgers/main/events/%d", want), ""); same.body != a.body {
			t.Errorf("%s: by id %s, by position %s", path, a.body, same.body)
		}
		if a.header.Get(wire.HeaderPosition) != "12" {
			t.Errorf("position %q", a.header.Get(wire.HeaderPosition))
		}
		if head := n.want(200, "HEAD", byIDPath+path, ""); head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
			t.Errorf("%s: %+v", path, head)
		}
	}
}

func TestIDMayHoldAnyCharacter(t *testing.T) {
	n := newNode(t)
	for _, id := range []string{"a/b", "a%2Fb", "/", "..", ".", "by-id", "versions", "?x=1#y", "é 𐊾", `"\`, "+", "7", strings.Repeat("é", 200)} {
		n.versions(id, 2)
		path := byIDPath + url.PathEscape(id)
		if e := decode[quipu.Event](t, n.want(200, "GET", path, "").body); e.ID != id || e.Version != 2 {
			t.Errorf("%q: %+v", id, e)
		}
		if all, _ := n.want(200, "GET", path+"/versions", "").events(t); len(all) != 2 || all[0].ID != id {
			t.Errorf("%q: %+v", id, all)
		}
		n.want(200, "GET", path+"/links", "")
	}
}

func TestIDIsNotFound(t *testing.T) {
	n := newNode(t)
	n.versions("x", 2)
	for _, c := range []struct {
		path   string
		status int
		kind   quipu.Kind
		says   string
	}{
		{"y", 404, quipu.NotFound, "there are 0 versions"},
		{"y?version=1", 404, quipu.NotFound, "there are 0 versions"},
		{"X", 404, quipu.NotFound, "there are 0 versions"},
		{"x?version=3", 404, quipu.NotFound, `the id "x" has 2 versions, and no version 3; leave the version out`},
		{"x?version=18446744073709551615", 404, quipu.NotFound, "no version 18446744073709551615"},
		{"x?version=18446744073709551616", 400, quipu.Invalid, "whole number"},
		{"x?version=0", 400, quipu.Invalid, "versions count from 1"},
		{"x?version=-1", 400, quipu.Invalid, `version is "-1"`},
		{"x?version=", 400, quipu.Invalid, "whole number"},
		{"x?versoin=1", 400, quipu.Invalid, `did you mean "version"`},
		{"x?version=1&version=2", 400, quipu.Invalid, "2 times"},
		{"y/versions", 404, quipu.NotFound, "there are 0 versions"},
		{"x/versions?limit=0", 400, quipu.Invalid, "at least 1"},
		{"x/versions?after=z", 400, quipu.Invalid, `after is "z"`},
		{"x/versions?version=1", 400, quipu.Invalid, "unknown query parameter"},
		{"a%00", 400, quipu.Invalid, "control character"},
		{strings.Repeat("y", 201), 413, quipu.TooLarge, "201 characters, the limit is 200"},
	} {
		if e := n.do("GET", byIDPath+c.path, "").problem(t, c.status, c.kind); !strings.Contains(e.Detail+"; "+e.Hint, c.says) {
			t.Errorf("%s: %+v", c.path, e)
		}
	}
	n.do("GET", byIDPath, "").problem(t, 404, quipu.NotFound)
}

func TestVersionsArePagedToTheEnd(t *testing.T) {
	n := newNode(t)
	n.versions("x", 120) // more than a page of the backend
	for _, limit := range []int{1, 7, 50, 119, 120, 500, 0} {
		seen, pages := uint64(0), 0
		for more := true; more; pages++ {
			query := fmt.Sprintf("/versions?after=%d", seen)
			if limit > 0 {
				query += fmt.Sprintf("&limit=%d", limit)
			}
			events, end := n.want(200, "GET", byIDPath+"x"+query, "").events(t)
			for _, e := range events {
				if seen++; e.Version != seen {
					t.Fatalf("limit %d: version %d behind %d", limit, e.Version, seen-1)
				}
			}
			more = end.More
		}
		if want := (120 + max(limit, 1) - 1) / max(limit, 1); seen != 120 || limit > 0 && pages != want {
			t.Errorf("limit %d: %d versions in %d pages", limit, seen, pages)
		}
	}
	for _, after := range []string{"120", "121", "18446744073709551615"} {
		events, end := n.want(200, "GET", byIDPath+"x/versions?after="+after, "").events(t)
		if len(events) != 0 || end != (wire.End{Position: 245, Head: 245}) {
			t.Errorf("after %s: %d events, %+v", after, len(events), end)
		}
	}
	if a := n.want(200, "HEAD", byIDPath+"x/versions", ""); a.body != "" || a.header.Get("Content-Type") != wire.TypeNDJSON {
		t.Errorf("%+v", a)
	}
}

// behind is a node whose reads see an earlier state, unless they are linearizable.
type behind struct {
	*apitest.Backend
	earlier api.View
}

func (b behind) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	if read.Consistency != quipu.Linearizable && ref == "main" {
		return b.earlier, nil
	}
	return b.Backend.View(ctx, ref, read)
}

// What a node that lags does not have may be elsewhere, and it says so.
func TestNodeThatLagsDoesNotSayNotFoundForGood(t *testing.T) {
	whole := newNode(t)
	earlier, err := whole.backend.View(context.Background(), "main", api.Read{})
	if err != nil {
		t.Fatal(err)
	}
	whole.register("main", "late", "x")
	whole.want(201, "PUT", schemasPath+"1.0", aSchema)
	whole.receipt(single(`,"id":"x","aggregate":{"type":"order","key":"o-1"},"files":[{"id":"f","data":"aGk="}]`))
	n := serve(t, whole.backend, api.Config{Backend: behind{whole.backend, earlier}})
	for _, path := range []string{
		"events/8", "events/by-id/x", "events/by-id/x/versions", "events/by-id/x/links", "aggregates/order/o-1", "registry/late",
		"registry/Item%20Ordered/schemas/1.0", "files/sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
	} {
		n.want(200, "GET", "/v1/ledgers/main/"+path, "")
		for _, consistency := range []string{"local", "session"} {
			e := n.do("GET", "/v1/ledgers/main/"+path+"?consistency="+consistency, "").problem(t, 404, quipu.NotFound)
			if !strings.Contains(e.Hint, "this node has positions up to 5") || !strings.Contains(e.Hint, "consistency=linearizable") {
				t.Errorf("%s: %+v", path, e)
			}
		}
	}
}
