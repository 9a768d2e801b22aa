package membership_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quipu-ledger/quipu/node/membership"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	loopback = "127.0.0.1:0"
	pace     = 50 * time.Millisecond // twenty times the usual
	patience = 15 * time.Second      // thirty times what is needed on an idle machine; memberlist's own repairs take longer
)

// open starts a member on loopback that is closed abruptly with the test, unless it was closed before.
func open(t *testing.T, cfg membership.Config) *membership.Membership {
	t.Helper()
	if cfg.BindAddr == "" {
		cfg.BindAddr = loopback
	}
	cfg.Logger, cfg.ProbeInterval = slog.New(slog.DiscardHandler), pace
	m, err := membership.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(false) })
	return m
}

func named(id string, join ...string) membership.Config {
	return membership.Config{Self: membership.Info{NodeID: id, PeerAddr: id + ":7401"}, Join: join}
}

// eventually waits until what m sees fulfils the condition.
func eventually(t *testing.T, m *membership.Membership, what string, condition func([]membership.Member) bool) {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		changed := m.Changed()
		members := m.Members()
		if condition(members) {
			return
		}
		select {
		case <-changed:
		case <-deadline.Done():
			t.Fatalf("%s: not seen in %v, but %+v", what, patience, members)
		}
	}
}

// sees is fulfilled when exactly these members are alive.
func sees(ids ...string) func([]membership.Member) bool {
	return func(members []membership.Member) bool {
		var alive []string
		for _, member := range members {
			if member.Alive {
				alive = append(alive, member.NodeID)
			}
		}
		return slices.Equal(alive, ids)
	}
}

// member finds one by its id; it is zero if it is not there.
func member(members []membership.Member, id string) membership.Member {
	for _, m := range members {
		if m.NodeID == id {
			return m
		}
	}
	return membership.Member{}
}

func gossipAddr(m *membership.Membership, id string) string {
	return member(m.Members(), id).GossipAddr
}

// freeAddr finds a port that is free now for TCP, for members that must know each other's before they start.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestOpenListsItselfAtOnce(t *testing.T) {
	m := open(t, named("n1"))
	members := m.Members()
	if len(members) != 1 || !members[0].Alive || members[0].PeerAddr != "n1:7401" {
		t.Fatalf("got %+v", members)
	}
	if _, port, _ := net.SplitHostPort(members[0].GossipAddr); port == "0" || port == "" {
		t.Errorf("the port that was bound is not told: %s", members[0].GossipAddr)
	}
}

// All have the same join list, in which each is itself, and start one after the other: the first two find nobody at first.
func TestThreeMembersFindEachOtherInAnyOrder(t *testing.T) {
	ids := []string{"n1", "n2", "n3"}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		join := []string{freeAddr(t), freeAddr(t), freeAddr(t)}
		var all []*membership.Membership
		for _, i := range order {
			cfg := named(ids[i], join...)
			cfg.BindAddr = join[i]
			all = append(all, open(t, cfg))
		}
		for _, m := range all {
			eventually(t, m, "three members", sees(ids...))
		}
		for _, m := range all {
			_ = m.Close(false)
		}
	}
}

func TestOpenDoesNotWaitForTheJoinListAndKeepsTrying(t *testing.T) {
	placeholder, err := net.Listen("tcp", loopback)
	if err != nil {
		t.Fatal(err)
	}
	late := placeholder.Addr().String()
	early := open(t, named("early", late, "host.invalid:7402", "no-port", loopback))
	if !sees("early")(early.Members()) {
		t.Fatalf("got %+v", early.Members())
	}
	conn, err := placeholder.Accept() // the first try, which is then in vain
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Close(), placeholder.Close()
	cfg := named("late")
	cfg.BindAddr = late
	open(t, cfg)
	eventually(t, early, "the late one", sees("early", "late"))
}

func TestCrashedMemberIsSeenAsDead(t *testing.T) {
	n1 := open(t, named("n1"))
	n2 := open(t, named("n2", gossipAddr(n1, "n1")))
	n3 := open(t, named("n3", gossipAddr(n1, "n1")))
	eventually(t, n2, "three members", sees("n1", "n2", "n3"))
	if err := n3.Close(false); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*membership.Membership{n1, n2} {
		eventually(t, m, "the death", sees("n1", "n2"))
		if dead := member(m.Members(), "n3"); dead.PeerAddr != "n3:7401" {
			t.Errorf("the dead member's addresses are forgotten: %+v", dead)
		}
	}
}

func TestLeavingMemberIsGoneForTheOthers(t *testing.T) {
	n1 := open(t, named("n1"))
	n2 := open(t, named("n2", gossipAddr(n1, "n1")))
	eventually(t, n1, "two members", sees("n1", "n2"))
	if err := n2.Close(true); err != nil {
		t.Fatal(err)
	}
	eventually(t, n1, "the farewell", sees("n1"))
}

// The others still take the old self for alive when the new one comes: memberlist refuses it, and tells nobody.
func TestMemberThatRestartsAtAnotherAddressIsFoundAgain(t *testing.T) {
	n1 := open(t, named("n1"))
	n2 := open(t, named("n2", gossipAddr(n1, "n1")))
	old := open(t, named("n3", gossipAddr(n1, "n1")))
	for _, m := range []*membership.Membership{n1, n2} {
		eventually(t, m, "three members", sees("n1", "n2", "n3"))
	}
	_ = old.Close(false)
	again := named("n3", gossipAddr(n1, "n1"))
	again.BindAddr = freeAddr(t)
	again.Self.PeerAddr = "elsewhere:7401"
	open(t, again)
	for _, m := range []*membership.Membership{n1, n2} {
		eventually(t, m, "the new address", func(members []membership.Member) bool {
			n3 := member(members, "n3")
			return n3.Alive && n3.GossipAddr == again.BindAddr && n3.PeerAddr == "elsewhere:7401"
		})
	}
}

func TestMemberThatRestartsAtTheSameAddressIsFoundAgain(t *testing.T) {
	first := named("n1")
	first.BindAddr = freeAddr(t)
	n1 := open(t, first)
	n2 := open(t, named("n2", first.BindAddr))
	eventually(t, n2, "two members", sees("n1", "n2"))
	_ = n1.Close(false)
	eventually(t, n2, "the death", sees("n2"))

	// n1 itself knows nobody to join: n2 has to come back to it.
	first.Self.PeerAddr = "renewed:7401"
	n1 = open(t, first)
	eventually(t, n1, "two members again", sees("n1", "n2"))
	eventually(t, n2, "what n1 says now", func(members []membership.Member) bool {
		return member(members, "n1").Alive && member(members, "n1").PeerAddr == "renewed:7401"
	})
}

func TestUpdateReachesTheOthers(t *testing.T) {
	n1 := open(t, named("n1"))
	n2 := open(t, named("n2", gossipAddr(n1, "n1")))
	eventually(t, n2, "two members", sees("n1", "n2"))
	self := membership.Info{NodeID: "n1", ClusterID: "c1", PeerAddr: "h:1", APIAddr: "h:2", Version: "v2"}
	changed := n1.Changed()
	if err := n1.Update(self); err != nil {
		t.Fatal(err)
	}
	<-changed
	if got := member(n1.Members(), "n1").Info; got != self {
		t.Errorf("n1 sees itself as %+v", got)
	}
	eventually(t, n2, "the update", func(members []membership.Member) bool { return member(members, "n1").Info == self })
}

// Whether to have anything to do with such a member is the caller's decision.
func TestMemberOfAnotherClusterIsVisible(t *testing.T) {
	ours, theirs := named("n1"), named("n2")
	ours.Self.ClusterID, theirs.Self.ClusterID = "c1", "c2"
	n1 := open(t, ours)
	theirs.Join = []string{gossipAddr(n1, "n1")}
	open(t, theirs)
	eventually(t, n1, "the foreign member", func(members []membership.Member) bool { return member(members, "n2").ClusterID == "c2" })
}
