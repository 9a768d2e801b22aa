package node_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
)

// TestConflictsOfOneRequestFitIntoItsAnswer ensures that appends that travel together
// and conflict with large events are each told so, through a follower too: the first
// with the events, the others, if there is no room, without.
func TestConflictsOfOneRequestFitIntoItsAnswer(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	c.register(0)
	leader := c.leader()
	large := strings.Repeat("x", quipu.DataBytesMax-100)
	for range 4 {
		c.want(http.StatusCreated, leader, http.MethodPost, appendPath,
			fmt.Sprintf(`{"event":"opened","entities":{"account":["a"]},"aggregate":{"type":"t","key":"k"},"data":{"key":%q}}`, large))
	}
	lines := []string{ordered("accepted", "x")}
	for k := range 12 {
		lines = append(lines, `{"event":"opened","entities":{"account":["a"]},`+[]string{
			`"condition":{"entity":"account","key":"a","after":0}}`, `"aggregate":{"type":"t","key":"k","expectedVersion":0}}`,
		}[k%2])
	}
	for _, through := range []int{leader, (leader + 1) % 3} {
		receipts, refusals := c.appends(through, lines...)
		if receipts[0] == nil || receipts[0].First != 7 {
			t.Errorf("node %d: %+v, %v", through, receipts[0], refusals[0])
		}
		for n, e := range refusals[1:] {
			if e == nil || e.Kind != quipu.Conflict || e.Clash == nil || e.Hint == "" {
				t.Fatalf("conflict %d through node %d: %v", n, through, e)
			}
			whole, ofAggregate := len(e.Clash.Events) > 0, e.Clash.Aggregate != nil
			if n == 0 && !whole || n == 11 && whole || !whole && !e.Clash.More || ofAggregate != (n%2 == 1) {
				t.Errorf("conflict %d through node %d brings %d events, more %v, %+v", n, through, len(e.Clash.Events), e.Clash.More, e.Clash.Aggregate)
			}
		}
	}
	c.agreed()
}
