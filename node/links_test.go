package node_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// linked is an event with an id, which may be empty, and a link to a target.
func linked(id, target string) string {
	return strings.Replace(`{"event":"opened","entities":{"account":["a"]},"id":"?","links":[{"type":"parent","target":`+target+`}]}`,
		`"id":"?",`, map[bool]string{true: fmt.Sprintf(`"id":%q,`, id)}[id != ""], 1)
}

// appends sends lines in one request and gives what became of each.
func (c *cluster) appends(through int, lines ...string) (receipts []*quipu.Receipt, refusals []*quipu.Error) {
	c.t.Helper()
	status, answer := askAs(c.t, c.nodes[through], http.MethodPost, "/v1/ledgers/main/appends", wire.TypeNDJSON, strings.Join(lines, "\n"))
	answers := strings.Split(strings.TrimSuffix(answer, "\n"), "\n")
	if status != http.StatusOK || len(answers) != len(lines) {
		c.t.Fatalf("%d %s", status, answer)
	}
	for _, line := range answers {
		receipt, refusal, err := wire.DecodeLine([]byte(line))
		if err != nil {
			c.t.Fatal(err)
		}
		receipts, refusals = append(receipts, receipt), append(refusals, refusal)
	}
	return receipts, refusals
}

// TestLinkFindsATargetOfTheLineBefore ensures that appends that travel together are
// judged one after the other: a link leads to an event that the line before
// appends, however it is named, and not to one of the line behind.
func TestLinkFindsATargetOfTheLineBefore(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	for through := range c.nodes {
		next := c.head() + 1
		id := func(n int) string { return fmt.Sprintf("e%d-%d", through, n) }
		to := func(n int) string { return fmt.Sprintf(`{"id":%q}`, id(n)) }
		receipts, refusals := c.appends(through,
			ordered(id(1), "target"),
			linked(id(2), to(1)),
			linked("", fmt.Sprintf(`{"id":%q,"version":1}`, id(2))),
			linked("", fmt.Sprintf(`{"position":%d}`, next+2)),
			linked(id(3), to(4)), // which is there only afterwards
			ordered(id(4), "late target"),
			linked(id(3), to(4)),
			linked("", fmt.Sprintf(`{"id":%q,"version":2}`, id(1))),
			strings.Replace(ordered(id(1), "second"), `"id"`, `"version":2,"id"`, 1),
			linked("", fmt.Sprintf(`{"id":%q,"version":2}`, id(1))),
			linked("", fmt.Sprintf(`{"position":%d}`, next+8)), // its own
			fmt.Sprintf(`{"events":[%s,%s]}`, linked(id(5), to(6)), linked(id(6), to(5))),
		)
		want := next
		for n, receipt := range receipts {
			switch n {
			case 4, 7, 10:
				if e := refusals[n]; e == nil || e.Kind != quipu.NotFound || e.Pointer != "/links/0/target" || e.Hint == "" {
					t.Errorf("line %d through node %d leads to what is not there yet: %+v", n, through, e)
				}
				continue
			}
			if receipt == nil || receipt.First != want {
				t.Fatalf("line %d through node %d: %+v, %v; it should be at %d", n, through, receipt, refusals[n], want)
			}
			want = receipt.Last + 1
		}
		for i := range c.nodes {
			walk := c.want(http.StatusOK, i, http.MethodGet, "/v1/ledgers/main/events/by-id/"+id(5)+"/graph", "")
			if n := strings.Count(walk, `"edge"`); n != 2 {
				t.Errorf("node %d sees %d links of two events to each other:\n%s", i, n, walk)
			}
		}
	}
	c.agreed()
}

// TestLinkToNothingStoresNothing ensures that an append whose link leads nowhere
// is refused as a whole, also where everything else of it is right, and may be
// made once its target is there.
func TestLinkToNothingStoresNothing(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	head := c.head()
	var last quipu.Ledger
	if err := json.Unmarshal([]byte(c.want(http.StatusOK, 0, http.MethodGet, "/v1/ledgers/main", "")), &last); err != nil {
		t.Fatal(err)
	}
	never := last.Head.EventID
	never[0]++
	for i, target := range []string{
		`{"id":"none"}`, `{"id":"none","version":3}`, fmt.Sprintf(`{"position":%d}`, head+2), fmt.Sprintf(`{"eventId":%q}`, never),
		`{"eventId":"0005d0df8d1e990f13658533a0f8f294"}`,
	} {
		body := fmt.Sprintf(`{"events":[%s,%s],"idempotencyKey":"k"}`, ordered("fine", "x"), linked("leads", target))
		status, answer := ask(t, c.nodes[i%3], http.MethodPost, appendPath, body)
		if e := problemOf(status, answer); status != http.StatusNotFound || e.Kind != quipu.NotFound || e.Pointer != "/events/1/links/0/target" || e.Hint == "" {
			t.Errorf("%s: %d %s", target, status, answer)
		}
		for k := range c.nodes {
			c.want(http.StatusNotFound, k, http.MethodGet, "/v1/ledgers/main/events/by-id/fine", "")
		}
	}
	if now := c.head(); now != head {
		t.Errorf("the head is %d, it was %d", now, head)
	}
	c.want(http.StatusCreated, 1, http.MethodPost, appendPath, ordered("none", "x"))
	c.want(http.StatusCreated, 2, http.MethodPost, appendPath,
		fmt.Sprintf(`{"events":[%s,%s],"idempotencyKey":"k"}`, ordered("fine", "x"), linked("leads", `{"id":"none"}`)))
	c.agreed()
}
