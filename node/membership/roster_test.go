package membership_test

import (
	"fmt"
	"log/slog"
	"net"
	"testing"

	"github.com/hashicorp/memberlist"

	"github.com/quipu-ledger/quipu/node/membership"
)

func TestOldestGoneMembersAreForgotten(t *testing.T) {
	roster := membership.NewRoster("self", slog.New(slog.DiscardHandler))
	node := func(i int) *memberlist.Node {
		return &memberlist.Node{Name: fmt.Sprintf("n%03d", i), Addr: net.IPv4(127, 0, 0, 1), Port: 7402}
	}
	for i := range membership.GoneMax + 1 {
		roster.NotifyJoin(node(i))
	}
	for i := range membership.GoneMax {
		roster.NotifyLeave(node(i))
	}
	if got := len(roster.Members()); got != membership.GoneMax+1 {
		t.Fatalf("%d members are remembered, want all %d", got, membership.GoneMax+1)
	}
	roster.NotifyJoin(node(0)) // is back, so n001 has been gone for longest
	roster.NotifyLeave(node(0))
	roster.NotifyLeave(node(membership.GoneMax))
	members := roster.Members()
	if len(members) != membership.GoneMax || members[0].NodeID != "n000" || members[1].NodeID != "n002" {
		t.Errorf("%d members are remembered, from %s and %s on", len(members), members[0].NodeID, members[1].NodeID)
	}
}

func TestLinesOfMemberlistKeepTheirLevel(t *testing.T) {
	for line, want := range map[string]struct {
		level slog.Level
		text  string
	}{
		"[DEBUG] memberlist: Stream connection from=1\n": {slog.LevelDebug, "Stream connection from=1"},
		"[INFO] memberlist: Marking n2 as failed\n":      {slog.LevelInfo, "Marking n2 as failed"},
		"[WARN] memberlist: Refuting\n":                  {slog.LevelWarn, "Refuting"},
		"[ERR] memberlist: Conflicting address\n":        {slog.LevelError, "Conflicting address"},
		"[ERR] Failed to shutdown transport\n":           {slog.LevelError, "Failed to shutdown transport"},
		"[ERROR] memberlist: x\n":                        {slog.LevelError, "x"},
		"no mark [DEBUG] here\n":                         {slog.LevelWarn, "no mark [DEBUG] here"},
		"":                                               {slog.LevelWarn, ""},
	} {
		if level, text := membership.SplitLine(line); level != want.level || text != want.text {
			t.Errorf("%q: got %v %q", line, level, text)
		}
	}
}
