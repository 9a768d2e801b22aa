package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

const appendPath = "/v1/ledgers/main/append"

// The append that the documents show, in its full form.
const fullAppend = `{
 "events": [{"event":"Item Ordered","entities":{"patron":["Harold_Cho"]},"data":{"menuItem":"Bean Burrito"},"meta":{"actor":"register-2"}}],
 "conditions": [{"entities":{"patron":["Harold_Cho"]},"events":["Account Closed"],"after":0}],
 "idempotencyKey": "e33692e9"}`

func TestAppendAnswersWithReceiptAsDocumented(t *testing.T) {
	n := newNode(t)
	a := n.want(201, "POST", appendPath, fullAppend)
	receipt := decode[map[string]any](t, a.body)
	for _, member := range []string{"first", "last", "eventIds", "timestamp", "replayed"} {
		if _, ok := receipt[member]; !ok {
			t.Errorf("no %s in %s", member, a.body)
		}
	}
	if len(receipt) != 5 {
		t.Errorf("more members than documented: %s", a.body)
	}
	if stamp := receipt["timestamp"].(string); len(stamp) != len(quipu.TimeLayout) || !strings.HasSuffix(stamp, "Z") {
		t.Errorf("timestamp %q", stamp)
	}
}

func TestAppendWithKnownKeyIsReplayedAlsoAgainstAFailingCondition(t *testing.T) {
	n := newNode(t)
	first := decode[quipu.Receipt](t, n.want(201, "POST", appendPath, fullAppend).body)
	n.want(201, "POST", appendPath, `{"event":"Account Closed","entity":"patron","key":"Harold_Cho"}`)
	again := decode[quipu.Receipt](t, n.want(200, "POST", appendPath, fullAppend).body)
	if !again.Replayed || first.Replayed || again.First != first.First || again.EventIDs[0] != first.EventIDs[0] || !again.Timestamp.Equal(first.Timestamp) {
		t.Errorf("first %+v, again %+v", first, again)
	}
	other := strings.Replace(fullAppend, "Bean", "Beef", 1)
	e := n.do("POST", appendPath, other).problem(t, 422, quipu.Mismatch)
	if e.Pointer != "/idempotencyKey" {
		t.Errorf("pointer %q", e.Pointer)
	}
}

func TestAppendDigestIgnoresFormButNotContent(t *testing.T) {
	n := newNode(t)
	n.want(201, "POST", appendPath, `{"events":[{"event":"Item Ordered","entities":{"patron":["a"]},"data":null,"meta":{}}],"idempotencyKey":"k"}`)
	n.want(200, "POST", appendPath, `{"idempotencyKey":"k", "key":"a", "entity":"patron", "event":"Item Ordered"}`)
	n.do("POST", appendPath, `{"idempotencyKey":"k","key":"b","entity":"patron","event":"Item Ordered"}`).problem(t, 422, quipu.Mismatch)
}

func TestAppendConflictCarriesTheEventsThatTheCallerHasNotSeen(t *testing.T) {
	n := newNode(t)
	seen := n.order("Harold_Cho")
	unseen := n.order("Harold_Cho")
	body := fmt.Sprintf(`{"event":"Item Ordered","entity":"patron","key":"Harold_Cho","condition":{"entity":"patron","key":"Harold_Cho","after":%d}}`, seen)
	e := n.do("POST", appendPath, body).problem(t, 409, quipu.Conflict)
	c := e.Clash
	if c == nil || c.Condition != 0 || c.Head != unseen || len(c.Events) != 1 || c.Events[0].Position != unseen || c.More {
		t.Fatalf("clash %+v", c)
	}
	if e.Pointer != "/condition" {
		t.Errorf("pointer %q, want the member that was sent", e.Pointer)
	}
	n.want(201, "POST", appendPath, strings.Replace(body, fmt.Sprintf(`"after":%d`, seen), fmt.Sprintf(`"after":%d`, c.Head), 1))
}

func TestAppendConflictIsCutAtItsLimit(t *testing.T) {
	n := newNode(t)
	for range quipu.ClashEventsMax + 1 {
		n.order("Harold_Cho")
	}
	c := n.do("POST", appendPath, `{"event":"Item Ordered","entity":"patron","key":"x","condition":{"entity":"patron","key":"Harold_Cho"}}`).
		problem(t, 409, quipu.Conflict).Clash
	if len(c.Events) != quipu.ClashEventsMax || !c.More {
		t.Errorf("%d events, more %v", len(c.Events), c.More)
	}
}

func TestAppendAcceptsEveryForm(t *testing.T) {
	n := newNode(t)
	id := decode[quipu.Receipt](t, n.want(201, "POST", appendPath, `{"event":"Item Ordered","entity":"patron","key":"z"}`).body).EventIDs[0]
	for name, body := range map[string]string{
		"list":                `{"events":[{"event":"Item Ordered","entities":{"patron":["a"],"order":["o-1","o-2"]}}]}`,
		"two events":          `{"events":[{"event":"Item Ordered","entity":"patron","key":"a"},{"event":"Account Closed","entity":"patron","key":"a"}]}`,
		"the body is one":     `{"event":"Item Ordered","entities":{"patron":["a"]}}`,
		"with a key":          `{"event":"Item Ordered","entity":"patron","key":"a","idempotencyKey":"k1"}`,
		"no conditions":       `{"event":"Item Ordered","entity":"patron","key":"a","conditions":[]}`,
		"after an event id":   `{"event":"Item Ordered","entity":"patron","key":"a","condition":{"entity":"patron","keys":["z"],"after":"` + id.String() + `"}}`,
		"filter in condition": `{"event":"Item Ordered","entity":"patron","key":"a","condition":{"data":{"game":{"match-created":"$.players ? (@ == \"x\")"}}}}`,
		"data of any type":    `{"events":[{"event":"Item Ordered","entity":"patron","key":"a","data":[1.50,null,"x"]},{"event":"Item Ordered","entity":"patron","key":"a","data":"text"}]}`,
	} {
		t.Run(name, func(t *testing.T) { n.want(201, "POST", appendPath, body) })
	}
}

func TestAppendKeepsTheAuthorsIDAndTime(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct{ body, id, happenedAt string }{
		{`"id":"my-1"`, "my-1", ""},
		{`"eventId":"$any \" string"`, `$any " string`, ""},
		{`"happenedAt":"2021-11-16T03:30:47.430415Z"`, "", "2021-11-16T03:30:47.430415Z"},
		{`"timestamp":"2021-11-16T03:30:47+02:00","id":"x"`, "x", "2021-11-16T03:30:47+02:00"},
	} {
		a := n.want(201, "POST", appendPath, `{"event":"Item Ordered","entity":"patron","key":"a",`+c.body+`}`)
		p := decode[quipu.Receipt](t, a.body).First
		e := decode[quipu.Event](t, n.want(200, "GET", fmt.Sprintf("/v1/ledgers/main/events/%d", p), "").body)
		if e.ID != c.id || e.HappenedAt != c.happenedAt {
			t.Errorf("%s: id %q, happenedAt %q", c.body, e.ID, e.HappenedAt)
		}
	}
}

func TestAppendedEventIsStoredCanonically(t *testing.T) {
	n := newNode(t)
	a := n.want(201, "POST", appendPath, `{ "event":"Item Ordered", "entities":{"patron":["\u0061/<"], "order":["o"]}, "data":{"b":1.50, "a":[1e2]} }`)
	p := decode[quipu.Receipt](t, a.body)
	got := n.want(200, "GET", "/v1/ledgers/main/events/"+p.EventIDs[0].String(), "").body
	want := fmt.Sprintf(`{"position":%d,"eventId":"%s","timestamp":"%s","event":"Item Ordered","entities":{"order":["o"],"patron":["a/<"]},"data":{"a":[1e2],"b":1.50},"meta":{}}`+"\n",
		p.First, p.EventIDs[0], p.Timestamp.Format(quipu.TimeLayout))
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}
