package peer_test

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu/transport/peer"
)

func raftAddr(p *peer.Peer) raft.ServerAddress { return raft.ServerAddress(p.Addr()) }

// follow answers every AppendEntries of a follower's transport, until the test ends.
func follow(t *testing.T, transport *peer.Transport, answer func(*raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error)) {
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			select {
			case rpc := <-transport.Consumer():
				rpc.Respond(answer(rpc.Command.(*raft.AppendEntriesRequest)))
			case <-done:
				return
			}
		}
	}()
}

func TestAckCountsByTermAndSendTime(t *testing.T) {
	clock := atomic.Int64{} // seconds
	leader := open(t, peer.Config{NodeID: "n1", ClusterID: "c1", Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
	follower := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	transport := leader.NewTransport()

	var answer atomic.Pointer[func(*raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error)]
	follow(t, follower.NewTransport(), func(r *raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error) {
		clock.Add(1) // so that the time of sending is not the time of the answer
		return (*answer.Load())(r)
	})
	send := func(at int64, term uint64, reply raft.AppendEntriesResponse, fail error) {
		t.Helper()
		clock.Store(at)
		f := func(*raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error) { return &reply, fail }
		answer.Store(&f)
		err := transport.AppendEntries("n2", raftAddr(follower), &raft.AppendEntriesRequest{Term: term}, &raft.AppendEntriesResponse{})
		if (err != nil) != (fail != nil) {
			t.Fatalf("append entries: %v", err)
		}
	}
	acked := func(term uint64, since int64) bool {
		return transport.AckedSince(term, time.Unix(since, 0), []raft.ServerID{"n1", "n2", "n3"}, "n1")
	}
	expect := func(what string, wantTerm uint64, wantSent int64) {
		t.Helper()
		term, sent, ok := transport.LastAcked("n2")
		if !ok || term != wantTerm || sent.Unix() != wantSent {
			t.Errorf("%s: last acknowledged %d, %d, %v; want %d, %d", what, term, sent.Unix(), ok, wantTerm, wantSent)
		}
	}

	if _, _, ok := transport.LastAcked("n2"); ok || acked(0, 0) {
		t.Error("an acknowledgement before any message")
	}
	send(100, 5, raft.AppendEntriesResponse{Term: 5, Success: true}, nil)
	expect("a heartbeat", 5, 100)
	if !acked(5, 99) || !acked(5, 100) || acked(5, 101) {
		t.Error("the time of sending does not decide, last valid 100")
	}
	if acked(4, 100) || acked(6, 100) {
		t.Error("another term counts")
	}
	send(200, 5, raft.AppendEntriesResponse{Term: 5, Success: false}, nil)
	expect("an answer that the log does not match", 5, 200)
	send(300, 5, raft.AppendEntriesResponse{Term: 6, Success: false}, nil)
	expect("an answer of a newer term", 5, 200)
	send(400, 5, raft.AppendEntriesResponse{Term: 5, Success: true}, errors.New("disk"))
	expect("an error", 5, 200)
	send(150, 5, raft.AppendEntriesResponse{Term: 5, Success: true}, nil)
	expect("an older message", 5, 200)
	send(160, 7, raft.AppendEntriesResponse{Term: 7, Success: true}, nil)
	expect("a newer term", 7, 160)
	send(500, 5, raft.AppendEntriesResponse{Term: 5, Success: true}, nil)
	expect("an older term", 7, 160)
}

func TestAckedSinceNeedsAMajorityOfVoters(t *testing.T) {
	leader := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"})
	transport := leader.NewTransport()
	before := time.Now()
	for _, id := range []string{"n2", "n3"} {
		follower := open(t, peer.Config{NodeID: id, ClusterID: "c1"})
		follow(t, follower.NewTransport(), func(r *raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error) {
			return &raft.AppendEntriesResponse{Term: r.Term, Success: true}, nil
		})
		if err := transport.AppendEntries(raft.ServerID(id), raftAddr(follower), &raft.AppendEntriesRequest{Term: 3}, &raft.AppendEntriesResponse{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		voters string
		want   bool
	}{
		{"", false},
		{"n1", true},             // alone
		{"n1 n4", false},         // self is half, not a majority
		{"n1 n2", true},          //
		{"n1 n2 n4", true},       //
		{"n1 n2 n3 n4 n5", true}, // three of five
		{"n1 n2 n4 n5", false},   // two of four
		{"n1 n4 n5", false},      // n2 and n3 answered, but have no vote
		{"n2 n3", true},          // self has no vote, and is not needed
		{"n2 n3 n4", true},       //
		{"n2 n4 n5", false},      // self does not count
	} {
		var voters []raft.ServerID
		for _, id := range strings.Fields(test.voters) {
			voters = append(voters, raft.ServerID(id))
		}
		if got := transport.AckedSince(3, before, voters, "n1"); got != test.want {
			t.Errorf("voters %q: %v", test.voters, got)
		}
	}
}

func TestNothingCanBePipelined(t *testing.T) {
	leader, follower := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"}), open(t, peer.Config{NodeID: "n2", ClusterID: "c1"})
	follower.NewTransport()
	transport := leader.NewTransport()
	if _, err := transport.AppendEntriesPipeline("n2", raftAddr(follower)); err != raft.ErrPipelineReplicationNotSupported {
		t.Errorf("the wrapper: %v", err)
	}
	// raft compares with ==, and goes on without a pipeline and without a log line.
	if _, err := transport.NetworkTransport.AppendEntriesPipeline("n2", raftAddr(follower)); err != raft.ErrPipelineReplicationNotSupported {
		t.Errorf("raft's transport below it: %v", err)
	}
}

func TestRaftReachesTheNodeByIdNotByAddress(t *testing.T) {
	n2, n3 := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"}), open(t, peer.Config{NodeID: "n3", ClusterID: "c1"})
	for _, p := range []*peer.Peer{n2, n3} {
		follow(t, p.NewTransport(), func(r *raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error) {
			return &raft.AppendEntriesResponse{Term: r.Term, Success: true}, nil
		})
	}
	var moved atomic.Bool
	leader := open(t, peer.Config{NodeID: "n1", ClusterID: "c1", Resolve: func(id string) (string, bool) {
		return n2.Addr(), moved.Load() && id == "n2"
	}})
	transport := leader.NewTransport()
	send := func() error {
		return transport.AppendEntries("n2", raftAddr(n3), &raft.AppendEntriesRequest{Term: 1}, &raft.AppendEntriesResponse{})
	}
	if err := send(); err == nil || !strings.Contains(err.Error(), "this is node n3, not n2") {
		t.Errorf("n3 answered for n2: %v", err)
	}
	if _, _, ok := transport.LastAcked("n2"); ok {
		t.Error("n3 acknowledged for n2")
	}
	moved.Store(true)
	if err := send(); err != nil {
		t.Errorf("the newest address: %v", err)
	}
	if got := transport.EncodePeer("n1", transport.LocalAddr()); string(got) != leader.Addr() {
		t.Errorf("raft tells others that the leader is at %s", got)
	}
}

func TestEveryRaftMessageReachesTheNode(t *testing.T) {
	follower := open(t, peer.Config{NodeID: "n2", ClusterID: "c1"}).NewTransport()
	leader := open(t, peer.Config{NodeID: "n1", ClusterID: "c1"}).NewTransport()
	address := follower.LocalAddr()
	const snapshot = "a state"
	answers := func(rpc raft.RPC) any {
		switch request := rpc.Command.(type) {
		case *raft.RequestVoteRequest:
			return &raft.RequestVoteResponse{Term: request.Term}
		case *raft.RequestPreVoteRequest:
			return &raft.RequestPreVoteResponse{Term: request.Term}
		case *raft.InstallSnapshotRequest:
			got, err := io.ReadAll(rpc.Reader)
			return &raft.InstallSnapshotResponse{Success: err == nil && string(got) == snapshot}
		default:
			return &raft.TimeoutNowResponse{}
		}
	}
	for name, send := range map[string]func() (bool, error){
		"vote": func() (bool, error) {
			var resp raft.RequestVoteResponse
			err := leader.RequestVote("n2", address, &raft.RequestVoteRequest{Term: 3}, &resp)
			return resp.Term == 3, err
		},
		"pre-vote": func() (bool, error) {
			var resp raft.RequestPreVoteResponse
			err := raft.Transport(leader).(raft.WithPreVote).RequestPreVote("n2", address, &raft.RequestPreVoteRequest{Term: 4}, &resp)
			return resp.Term == 4, err
		},
		"snapshot": func() (bool, error) {
			var resp raft.InstallSnapshotResponse
			request := &raft.InstallSnapshotRequest{Size: int64(len(snapshot))}
			err := leader.InstallSnapshot("n2", address, request, &resp, strings.NewReader(snapshot))
			return resp.Success, err
		},
		"timeout now": func() (bool, error) {
			return true, leader.TimeoutNow("n2", address, &raft.TimeoutNowRequest{}, &raft.TimeoutNowResponse{})
		},
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			rpc := <-follower.Consumer()
			rpc.Respond(answers(rpc), nil)
		}()
		if ok, err := send(); !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		receive(t, name, done)
	}
}
