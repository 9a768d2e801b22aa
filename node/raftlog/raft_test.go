package raftlog_test

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/node/raftlog"
)

const (
	patience   = 20 * time.Second
	rpcTimeout = time.Second // of a transport whose other side was stopped
)

// node is a raft node on the stores of this package, with the fake ledger.
type node struct {
	*raft.Raft
	id        raft.ServerID
	dir       string
	ledger    *ledger
	log       *raftlog.Log
	snapshots *raftlog.Snapshots
	transport *raft.InmemTransport
}

func configFor(id raft.ServerID) *raft.Config {
	config := raft.DefaultConfig()
	config.LocalID = id
	config.HeartbeatTimeout = 100 * time.Millisecond
	config.ElectionTimeout = 100 * time.Millisecond
	config.LeaderLeaseTimeout = 50 * time.Millisecond
	config.CommitTimeout = 5 * time.Millisecond
	config.TrailingLogs = 1
	config.SnapshotInterval = time.Hour // the tests take them
	config.NoSnapshotRestoreOnStart = true
	config.Logger = hclog.NewNullLogger()
	return config
}

// start starts a node on what is in the directory, and forms a cluster of it
// alone if bootstrap is set.
func start(t *testing.T, id raft.ServerID, dir string, bootstrap bool) *node {
	t.Helper()
	n := &node{id: id, dir: dir, ledger: newLedger(t, dir), log: openLog(t, dir)}
	var err error
	n.snapshots, err = raftlog.OpenSnapshots(raftlog.SnapshotsConfig{
		Dir: filepath.Join(dir, "snapshots"), Live: n.ledger, Taken: func(raftlog.Mark) { n.log.SnapshotTaken() },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, n.transport = raft.NewInmemTransportWithTimeout(raft.ServerAddress(id), rpcTimeout)
	cache, err := raft.NewLogCache(64, n.log)
	if err != nil {
		t.Fatal(err)
	}
	config := configFor(id)
	if bootstrap {
		alone := raft.Configuration{Servers: []raft.Server{{ID: id, Address: n.transport.LocalAddr()}}}
		if err := raft.BootstrapCluster(config, cache, n.log, n.snapshots, n.transport, alone); err != nil {
			t.Fatal(err)
		}
	}
	n.Raft, err = raft.NewRaft(config, n.ledger, cache, n.log, n.snapshots, n.transport)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.stop(t) })
	return n
}

func (n *node) stop(t *testing.T) {
	t.Helper()
	n.snapshots.Close()
	must(t, n.Shutdown())
	if err := n.log.Close(); err != nil {
		t.Error(err)
	}
}

func must(t *testing.T, f raft.Future) {
	t.Helper()
	if err := f.Error(); err != nil {
		t.Fatal(err)
	}
}

// until polls a condition that no channel tells of.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited %v for: %s", patience, what)
		}
	}
}

func (n *node) lead(t *testing.T) {
	t.Helper()
	until(t, "leadership", func() bool { return n.State() == raft.Leader })
	must(t, n.Barrier(patience))
}

func (n *node) apply(t *testing.T, commands ...string) {
	t.Helper()
	for _, c := range commands {
		must(t, n.Raft.Apply([]byte(c), patience))
	}
}

func numbered(low, high int) (commands []string) {
	for i := low; i <= high; i++ {
		commands = append(commands, fmt.Sprint("c", i))
	}
	return commands
}

func TestALocalSnapshotCarriesTheIndexOfABarrier(t *testing.T) {
	n := start(t, "n1", t.TempDir(), true)
	n.lead(t)
	n.apply(t, numbered(1, 5)...)
	must(t, n.Barrier(patience))
	last := n.LastIndex()
	future := n.Snapshot()
	must(t, future)

	meta, reader, err := future.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if got := list(t, n.snapshots)[0]; got.Index != last || meta.Index != last || len(got.Configuration.Servers) != 1 || got.ConfigurationIndex != 1 {
		t.Errorf("listed %+v, opened at %d, want the barrier at %d", *got, meta.Index, last)
	}
	if first, _ := n.log.FirstIndex(); first != last {
		t.Errorf("the log begins at %d, want it truncated to %d", first, last)
	}
	if got := n.log.BytesSinceSnapshot(); got != 0 {
		t.Errorf("%d bytes are counted after the snapshot", got)
	}
	if left := files(t, filepath.Join(n.dir, "snapshots")); len(left) != 0 {
		t.Errorf("the snapshot wrote files: %v", left)
	}
}

func TestARestartReplaysOnlyWhatIsBeyondTheMark(t *testing.T) {
	dir := t.TempDir()
	n := start(t, "n1", dir, true)
	n.lead(t)
	n.apply(t, numbered(1, 5)...)
	must(t, n.Snapshot())
	mark := list(t, n.snapshots)[0].Index
	n.apply(t, numbered(6, 8)...)
	n.stop(t) // without a flush: what came after the snapshot is in the log alone

	n = start(t, "n1", dir, false)
	n.lead(t)
	if got, want := n.ledger.commands(), numbered(1, 8); !slices.Equal(got, want) {
		t.Errorf("after the restart: %v, want %v", got, want)
	}
	if got := n.ledger.applied; len(got) < 3 || got[0] <= mark {
		t.Errorf("applied %v, want nothing up to the mark %d", got, mark)
	}
}

func TestAFollowerThatIsFarBehindIsSentTheLiveState(t *testing.T) {
	leader := start(t, "n1", t.TempDir(), true)
	leader.lead(t)
	leader.apply(t, numbered(1, 50)...)
	must(t, leader.Snapshot())
	leader.apply(t, numbered(51, 60)...)

	followerDir := t.TempDir()
	follower := start(t, "n2", followerDir, false)
	leader.transport.Connect("n2", follower.transport)
	follower.transport.Connect("n1", leader.transport)
	must(t, leader.AddNonvoter("n2", "n2", 0, patience))
	leader.apply(t, numbered(61, 65)...)
	until(t, "the follower to catch up", func() bool { return slices.Equal(follower.ledger.commands(), numbered(1, 65)) })

	follower.ledger.mu.Lock()
	received := slices.Clone(follower.ledger.received)
	follower.ledger.mu.Unlock()
	if len(received) == 0 || len(received[0].Configuration.Servers) == 0 {
		t.Fatalf("received %+v, want a snapshot with its members", received)
	}
	if left := files(t, filepath.Join(followerDir, "snapshots")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	// The state that was swapped in is a start as good as one's own.
	follower.stop(t)
	leader.transport.Disconnect("n2")
	follower = start(t, "n2", followerDir, false)
	leader.transport.Connect("n2", follower.transport)
	follower.transport.Connect("n1", leader.transport)
	leader.apply(t, "c66")
	until(t, "the follower after its restart", func() bool { return slices.Equal(follower.ledger.commands(), numbered(1, 66)) })
}

// An empty stream that passed for a local snapshot would mark as held what
// never came. That it does not depends on raft copying with io.Copy.
func TestRaftDoesNotInstallAnEmptySnapshot(t *testing.T) {
	n := start(t, "n1", t.TempDir(), false)
	_, other := raft.NewInmemTransportWithTimeout("n2", rpcTimeout)
	other.Connect("n1", n.transport)
	request := &raft.InstallSnapshotRequest{
		RPCHeader:       raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte("n2"), Addr: []byte("n2")},
		SnapshotVersion: 1, Term: 5, LastLogIndex: 30, LastLogTerm: 4,
		Configuration: raft.EncodeConfiguration(members), ConfigurationIndex: 2,
	}
	var response raft.InstallSnapshotResponse
	err := other.InstallSnapshot("n1", "n1", request, &response, struct{ io.Reader }{strings.NewReader("")})
	if err == nil || response.Success {
		t.Errorf("got %+v, %v, want a refusal", response, err)
	}
	if got := list(t, n.snapshots); len(got) != 0 {
		t.Errorf("listed %+v", *got[0])
	}
}
