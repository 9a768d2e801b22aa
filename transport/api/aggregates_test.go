package api_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/transport/wire"
)

const aggregatesPath = "/v1/ledgers/main/aggregates/"

// change appends so many events to an aggregate at once.
func (n *node) change(aggregateType, key string, events int, members ...string) quipu.Receipt {
	n.t.Helper()
	list := make([]string, events)
	for i := range list {
		list[i] = `{"event":"Item Ordered"` + strings.Join(members, "") + `}`
	}
	aggregate := encode(n.t, map[string]string{"type": aggregateType, "key": key})
	return n.receipt(`{"aggregate":` + aggregate + `,"events":[` + strings.Join(list, ",") + `]}`)
}

func (n *node) aggregate(path string) wire.AggregatePage {
	n.t.Helper()
	return decode[wire.AggregatePage](n.t, n.want(200, "GET", aggregatesPath+path, "").body)
}

// shown is a page in short: the version, the versions of the changes with the positions of their events, and whether there is more.
func shown(page wire.AggregatePage) string {
	text := fmt.Sprintf("%d:", page.Aggregate.Version)
	for _, c := range page.Changes {
		text += fmt.Sprintf(" %d(%s)", c.Version, positions(c.Events))
	}
	if page.HasMore {
		text += " more"
	}
	return text
}

func TestAggregateIsReadByItsVersions(t *testing.T) {
	n := newNode(t)
	n.change("order", "o-1", 2) // 6 7
	n.change("order", "o-2", 1) // 8
	n.change("order", "o-1", 1) // 9
	last := n.change("order", "o-1", 2)
	for query, want := range map[string]string{
		"":                              "3: 1(6 7) 2(9) 3(10 11)",
		"?since=0":                      "3: 1(6 7) 2(9) 3(10 11)",
		"?since=1":                      "3: 2(9) 3(10 11)",
		"?since=2":                      "3: 3(10 11)",
		"?since=3":                      "3:",
		"?since=4":                      "3:",
		"?since=18446744073709551615":   "3:",
		"?limit=1":                      "3: 1(6 7) more",
		"?limit=2":                      "3: 1(6 7) 2(9) more",
		"?limit=3":                      "3: 1(6 7) 2(9) 3(10 11)",
		"?limit=1000":                   "3: 1(6 7) 2(9) 3(10 11)",
		"?since=1&limit=1":              "3: 2(9) more",
		"?since=2&limit=1":              "3: 3(10 11)",
		"?since=3&limit=1":              "3:",
		"?consistency=local":            "3: 1(6 7) 2(9) 3(10 11)",
		"?consistency=session&since=2":  "3: 3(10 11)",
		"?files=omit&since=2":           "3: 3(10 11)",
		"?files=inline&since=2&limit=5": "3: 3(10 11)",
	} {
		if got := shown(n.aggregate("order/o-1" + query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	page := n.aggregate("order/o-1")
	if page.Aggregate != (quipu.Aggregate{Type: "order", Key: "o-1", Version: 3}) || page.Aggregate != last.Aggregates[0] {
		t.Errorf("%+v", page.Aggregate)
	}
	for _, c := range page.Changes {
		for _, e := range c.Events {
			if *e.Aggregate != (quipu.Aggregate{Type: "order", Key: "o-1", Version: c.Version}) {
				t.Errorf("change %d: %+v", c.Version, e.Aggregate)
			}
		}
		if at := c.Events[len(c.Events)-1].Timestamp; !c.Timestamp.Equal(at) {
			t.Errorf("change %d: %v, its last event %v", c.Version, c.Timestamp, at)
		}
	}
	if body := n.want(200, "GET", aggregatesPath+"order/o-1?since=9", "").body; body != `{"aggregate":{"type":"order","key":"o-1","version":3},"changes":[],"hasMore":false}`+"\n" {
		t.Errorf("%s", body)
	}
}

func TestAggregateIsKnownByItsVersion(t *testing.T) {
	n := newNode(t)
	n.change("order", "o-1", 1)
	n.change("order", "o-1", 1)
	const path = aggregatesPath + "order/o-1"
	for _, query := range []string{"", "?since=1", "?since=7"} {
		if a := n.want(200, "GET", path+query, ""); a.header.Get("ETag") != `"2"` {
			t.Errorf("ETag %q", a.header.Get("ETag"))
		}
		if a := n.want(304, "GET", path+query, "", "If-None-Match", `"1", "2"`); a.body != "" || a.header.Get("ETag") != `"2"` || a.header.Get(wire.HeaderPosition) != "7" {
			t.Errorf("%+v", a)
		}
		n.want(200, "GET", path+query, "", "If-None-Match", `"1"`)
		n.want(304, "HEAD", path+query, "", "If-None-Match", `"2"`)
		if a := n.want(200, "HEAD", path+query, ""); a.header.Get("ETag") != `"2"` || a.header.Get("Content-Type") != wire.TypeJSON || a.body != "" {
			t.Errorf("%+v", a)
		}
	}
	n.change("order", "o-1", 1)
	n.want(200, "GET", path, "", "If-None-Match", `"2"`)
	if a := n.want(404, "HEAD", aggregatesPath+"order/o-2", ""); a.header.Get("ETag") != "" {
		t.Errorf("%+v", a)
	}
}

func TestAggregateRefuses(t *testing.T) {
	n := newNode(t)
	n.change("order", "o-1", 1)
	for _, c := range []struct {
		path   string
		status int
		kind   quipu.Kind
		says   string
	}{
		{"order/o-2", 404, quipu.NotFound, `there is no aggregate order "o-2"; it begins with`},
		{"orders/o-1", 404, quipu.NotFound, `there is no aggregate orders "o-1"`},
		{"order/o-1?since=x", 400, quipu.Invalid, "whole number"},
		{"order/o-1?since=-1", 400, quipu.Invalid, "whole number"},
		{"order/o-1?limit=0", 400, quipu.Invalid, "at least 1"},
		{"order/o-1?limit=1001", 413, quipu.TooLarge, "limit: 1001 changes, the limit is 1000; read on"},
		{"order/o-1?files=all", 400, quipu.Invalid, `files is "all"; it is inline`},
		{"order/o-1?after=1", 400, quipu.Invalid, "unknown query parameter"},
		{"order/o-1?consistency=local&minPosition=1", 400, quipu.Invalid, "promises no position"},
		{"order/a%00", 400, quipu.Invalid, "control character"},
		{"a%00/x", 400, quipu.Invalid, "control character"},
		{"order/" + strings.Repeat("k", 513), 413, quipu.TooLarge, "513 bytes, the limit is 512"},
		{strings.Repeat("t", 201) + "/x", 413, quipu.TooLarge, "201 characters, the limit is 200"},
		{"order?limit=0", 400, quipu.Invalid, "at least 1"},
		{"order?limit=1001", 413, quipu.TooLarge, "limit: 1001 aggregates, the limit is 1000"},
		{"order?since=1", 400, quipu.Invalid, "unknown query parameter"},
		{strings.Repeat("t", 201), 413, quipu.TooLarge, "201 characters, the limit is 200"},
	} {
		if e := n.do("GET", aggregatesPath+c.path, "").problem(t, c.status, c.kind); !strings.Contains(e.Detail+"; "+e.Hint, c.says) {
			t.Errorf("%.40s: %+v", c.path, e)
		}
	}
	n.do("GET", "/v1/ledgers/nowhere/aggregates/order/o-1", "").problem(t, 404, quipu.NotFound)
	n.do("GET", "/v1/ledgers/nowhere/aggregates/order", "").problem(t, 404, quipu.NotFound)
	n.want(200, "GET", aggregatesPath+"order/o-1?limit=1000", "")
}

func TestAggregateNamesMayHoldAnything(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct{ aggregateType, key string }{
		{"a/b", "c/d"}, {"%2F", "%"}, {"é 𐊾", "..?x=1#"}, {"~0/~1", `"\`}, {"by-id", strings.Repeat("k", 512)},
	} {
		n.change(c.aggregateType, c.key, 1)
		path := url.PathEscape(c.aggregateType) + "/" + url.PathEscape(c.key)
		if page := n.aggregate(path); page.Aggregate != (quipu.Aggregate{Type: c.aggregateType, Key: c.key, Version: 1}) || len(page.Changes) != 1 {
			t.Errorf("%q %q: %+v", c.aggregateType, c.key, page)
		}
		list := decode[wire.Aggregates](t, n.want(200, "GET", aggregatesPath+url.PathEscape(c.aggregateType), "").body)
		if len(list.Aggregates) != 1 || list.Aggregates[0].Key != c.key {
			t.Errorf("%q: %+v", c.aggregateType, list)
		}
	}
	n.receipt(`{"event":"Item Ordered","aggregate":{"service":"shop","name":"o/x","identifier":"7"}}`)
	if got := shown(n.aggregate("shop%2Fo~1x/7")); got != "1: 1(11)" {
		t.Errorf("%s", got)
	}
}

func TestAggregatesAreListedByKeyToTheEnd(t *testing.T) {
	n := newNode(t)
	var want []string
	for i := range 25 {
		key := fmt.Sprintf("k%02d/é", i)
		want = append(want, key)
		n.change("order", key, 1)
		n.change("orders", key, 1) // another type
	}
	r := n.change("order", want[0], 2)
	for _, limit := range []int{1, 7, 24, 25, 26, 0} {
		var got []string
		after, pages := "", 0
		for more := true; more; pages++ {
			query := "order?after=" + url.QueryEscape(after)
			if limit > 0 {
				query += fmt.Sprintf("&limit=%d", limit)
			}
			page := decode[wire.Aggregates](t, n.want(200, "GET", aggregatesPath+query, "").body)
			for _, a := range page.Aggregates {
				got = append(got, a.Key)
				after = a.Key
			}
			more = page.HasMore
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || limit > 0 && pages != (25+limit-1)/limit {
			t.Errorf("limit %d: %q in %d pages", limit, got, pages)
		}
	}
	first := decode[wire.Aggregates](t, n.want(200, "GET", aggregatesPath+"order?limit=1", "").body).Aggregates[0]
	if first.Version != 2 || first.Last != r.Last || !first.LastChanged.Equal(r.Timestamp) || first.Type != "order" {
		t.Errorf("%+v, receipt %+v", first, r)
	}
	for _, query := range []string{"nothing", "order?after=z"} {
		if body := n.want(200, "GET", aggregatesPath+query, "").body; body != `{"aggregates":[],"hasMore":false}`+"\n" {
			t.Errorf("%s: %s", query, body)
		}
	}
	n.want(200, "HEAD", aggregatesPath+"order", "")
}

// An answer has about 4 MiB of changes, and one at least.
func TestChangesOfAnAggregateAreBoundedByBytes(t *testing.T) {
	n := newNode(t)
	megabyte := `,"data":` + quoted(quipu.DataBytesMax-2)
	n.change("order", "o-1", 6, megabyte)
	for range 10 {
		n.change("order", "o-1", 1, megabyte)
	}
	for query, want := range map[string]string{
		"": "11: 1(6 7 8 9 10 11) more", "?since=1": "11: 2(12) 3(13) 4(14) 5(15) more", "?since=1&limit=2": "11: 2(12) 3(13) more", "?since=8": "11: 9(19) 10(20) 11(21)",
	} {
		if got := shown(n.aggregate("order/o-1" + query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// So it has with the contents of files, which may be much larger than their events.
func TestChangesWithTheirFilesAreBoundedByBytes(t *testing.T) {
	n := newNode(t)
	for range 5 {
		n.change("order", "o-1", 1, `,"files":[{"id":"f","data":"`+strings.Repeat("AAAA", quipu.FileBytesMax/3)+`"}]`)
	}
	if got := shown(n.aggregate("order/o-1?files=inline")); got != "5: 1(6) 2(7) 3(8) more" {
		t.Errorf("%s", got)
	}
	if got := shown(n.aggregate("order/o-1?files=inline&since=4")); got != "5: 5(10)" {
		t.Errorf("%s", got)
	}
	if got := shown(n.aggregate("order/o-1")); got != "5: 1(6) 2(7) 3(8) 4(9) 5(10)" {
		t.Errorf("%s", got)
	}
}

// forged is an export in which the second change of an aggregate has more events than an append can have. Only versions that
// count otherwise are refused when it is imported.
func forged(events int, members string) string {
	var body []byte
	var position quipu.Position
	var previous quipu.EventID
	add := func(d record.Draft) {
		position++
		id := record.NextID(&d, int64(position), previous.Ledger(), previous)
		if position == 1 {
			_, id = record.Genesis(&d, int64(position))
		}
		body = append(record.AppendJSON(body, &record.Record{Position: position, ID: id, Draft: d}), '\n')
		previous = id
	}
	change := func(version, members string) {
		rest := `{"aggregate":{"key":"o-1","type":"order","version":` + version + `}` + members + `}`
		add(record.Draft{Name: []byte("sold"), Entities: []byte("{}"), Rest: []byte(rest)})
	}
	add(record.Draft{Name: []byte(quipu.LedgerCreated), Entities: []byte("{}"), Data: []byte(`{"name":"forged"}`)})
	change("1", "")
	for range events {
		change("2", members)
	}
	return string(wire.AppendEndLine(body, wire.End{Position: position, Head: position}))
}

func TestChangeThatNoAppendMakesIsBounded(t *testing.T) {
	content := strings.Repeat("x", quipu.FileBytesMax)
	said := fmt.Sprintf(`"size":%d`, len(content))
	sealed, file := `,"encryptedData":`+quoted(1<<20), `,"files":[{"hash":"`+hashOf(content)+`","id":"f",`+said+`}]`
	inline := strings.NewReplacer(said, said+`,"data":"`+base64.StdEncoding.EncodeToString([]byte(content))+`"`)
	for _, c := range []struct {
		events         int
		members, query string
		fits           bool
	}{
		{31, sealed, "", true}, {32, sealed, "", false},
		{23, file, "&files=inline", true}, {24, file, "&files=inline", false}, {24, file, "", true},
	} {
		n := newNode(t)
		n.want(201, "POST", importPath, inline.Replace(forged(c.events, c.members)))
		path := "/v1/ledgers/forged/aggregates/order/o-1?limit=2" + c.query
		page := decode[wire.AggregatePage](t, n.want(200, "GET", path, "").body)
		switch {
		case c.fits && (page.HasMore || len(page.Changes) != 2 || len(page.Changes[1].Events) != c.events):
			t.Errorf("%d events: %d changes", c.events, len(page.Changes))
		case c.fits:
			continue
		case !page.HasMore || len(page.Changes) != 1:
			t.Errorf("%d events: %d changes", c.events, len(page.Changes))
		}
		e := n.do("GET", path+"&since=1", "").problem(t, 413, quipu.TooLarge)
		if !strings.Contains(e.Detail, "change 2 of the aggregate: more than 33554432 bytes") || !strings.Contains(e.Hint, "in pages") {
			t.Errorf("%d events: %+v", c.events, e)
		}
	}
}
