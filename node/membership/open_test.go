package membership_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/quipu-ledger/quipu/node/membership"
)

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	taken := gossipAddr(open(t, named("n0")), "n0")
	for name, test := range map[string]struct {
		cfg  membership.Config
		want string
	}{
		"no node id":          {membership.Config{BindAddr: loopback}, "node id"},
		"port taken":          {membership.Config{BindAddr: taken, Self: ordinary}, "address already in use"},
		"no port":             {membership.Config{BindAddr: "127.0.0.1", Self: ordinary}, "missing port"},
		"port by name":        {membership.Config{BindAddr: "127.0.0.1:http", Self: ordinary}, "from 0 to 65535"},
		"port beyond":         {membership.Config{BindAddr: "127.0.0.1:65536", Self: ordinary}, "from 0 to 65535"},
		"unknown host":        {membership.Config{BindAddr: "host.invalid:0", Self: ordinary}, "host.invalid"},
		"no own address":      {membership.Config{BindAddr: "[::]:0", Self: ordinary}, "advertise"},
		"bad to advertise":    {membership.Config{BindAddr: loopback, AdvertiseAddr: "h", Self: ordinary}, "advertise"},
		"short key":           {membership.Config{BindAddr: loopback, Self: ordinary, Key: make([]byte, 31)}, "31 bytes, want 32"},
		"long key":            {membership.Config{BindAddr: loopback, Self: ordinary, Key: make([]byte, 33)}, "33 bytes, want 32"},
		"too much about self": {membership.Config{BindAddr: loopback, Self: membership.Info{NodeID: "n", APIAddr: strings.Repeat("h", 400)}}, "at most 400"},
	} {
		test.cfg.Logger = slog.New(slog.DiscardHandler)
		m, err := membership.Open(test.cfg)
		if err == nil {
			_ = m.Close(false)
			t.Errorf("%s: accepted", name)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %q is not in: %v", name, test.want, err)
		}
	}
}

func TestHostNamesWorkWhereAddressesDo(t *testing.T) {
	cfg := named("n1")
	cfg.BindAddr = "localhost:0"
	n1 := open(t, cfg)
	host, port, _ := net.SplitHostPort(gossipAddr(n1, "n1"))
	if ip := net.ParseIP(host); !ip.IsLoopback() {
		t.Fatalf("localhost became %s", host)
	}
	open(t, named("n2", "localhost:"+port))
	eventually(t, n1, "two members", sees("n1", "n2"))
}

func TestAdvertisedAddressIsToldToTheOthers(t *testing.T) {
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	cfg := named("n1")
	cfg.BindAddr, cfg.AdvertiseAddr = "0.0.0.0:"+port, addr
	open(t, cfg)
	n2 := open(t, named("n2", addr))
	eventually(t, n2, "two members", sees("n1", "n2"))
	if got := gossipAddr(n2, "n1"); got != addr {
		t.Errorf("n2 was told %s, want %s", got, addr)
	}
}

func TestUpdateRefusesWhatWouldConfuseTheOthers(t *testing.T) {
	m := open(t, named("n1"))
	if err := m.Update(membership.Info{NodeID: "n2"}); err == nil {
		t.Error("another node id was accepted")
	}
	if err := m.Update(membership.Info{NodeID: "n1", PeerAddr: strings.Repeat("h", 400)}); err == nil {
		t.Error("metadata over the limit was accepted")
	}
	if got := member(m.Members(), "n1"); got.PeerAddr != "n1:7401" {
		t.Errorf("a refused update changed something: %+v", got)
	}
	for range 2 {
		if err := m.Close(true); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := m.Update(membership.Info{NodeID: "n1"}); err == nil {
		t.Error("an update was accepted after the close")
	}
}

func TestOnlyMembersWithTheKeyMeet(t *testing.T) {
	key, other := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	cfg := named("n1")
	cfg.Key = key
	n1 := open(t, cfg)
	for name, key := range map[string][]byte{"stranger": other, "plain": nil} {
		if _, err := outsider(t, name, key).Join([]string{gossipAddr(n1, "n1")}); err == nil {
			t.Errorf("%s has met n1", name)
		}
	}
	cfg = named("n2", gossipAddr(n1, "n1"))
	cfg.Key = key
	open(t, cfg)
	eventually(t, n1, "the one with the key", sees("n1", "n2"))
	if members := n1.Members(); len(members) != 2 {
		t.Errorf("one without the key was let in: %+v", members)
	}
}

// Whoever gossips with us may say anything of itself, and may not even be a node of ours.
func TestForeignMemberIsShownByItsNameOnly(t *testing.T) {
	n1 := open(t, named("n1"))
	if _, err := outsider(t, "foreign", nil).Join([]string{gossipAddr(n1, "n1")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, n1, "the foreign member", sees("foreign", "n1"))
	if got := member(n1.Members(), "foreign").Info; got != (membership.Info{NodeID: "foreign"}) {
		t.Errorf("got %+v", got)
	}
}

// outsider starts a program that gossips but is not ours.
func outsider(t *testing.T, name string, key []byte) *memberlist.Memberlist {
	t.Helper()
	settings := memberlist.DefaultLocalConfig()
	settings.Name, settings.BindAddr, settings.BindPort, settings.SecretKey = name, "127.0.0.1", 0, key
	settings.LogOutput, settings.Delegate = io.Discard, foreign("role=web,dc=eu")
	list, err := memberlist.Create(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = list.Shutdown() })
	return list
}

// foreign is metadata that is not ours.
type foreign string

func (f foreign) NodeMeta(int) []byte           { return []byte(f) }
func (foreign) NotifyMsg([]byte)                {}
func (foreign) GetBroadcasts(int, int) [][]byte { return nil }
func (foreign) LocalState(bool) []byte          { return nil }
func (foreign) MergeRemoteState([]byte, bool)   {}

// A node that is stopped by a signal takes connections, as its kernel does, and never answers. An exchange with it would last
// ten seconds.
func TestCloseDoesNotWaitForAMemberThatHangs(t *testing.T) {
	hanging, err := net.Listen("tcp", loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer hanging.Close()
	m := open(t, named("n1", hanging.Addr().String()))
	conn, err := hanging.Accept() // now m is in the midst of an exchange
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	start := time.Now()
	if err := m.Close(true); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
}
