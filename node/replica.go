package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm"
	"github.com/quipu-ledger/quipu/fsm/schema"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/node/raftlog"
	"github.com/quipu-ledger/quipu/node/uuids"
	"github.com/quipu-ledger/quipu/transport/peer"
)

// The timing of raft. Heartbeats queue behind disk writes here (see
// peer.Transport), so the timeouts leave room for a slow fsync. A failover takes
// 2 to 4 seconds with them. A replica starts with shorter ones, so that a whole
// cluster that starts elects soon; pre-vote keeps a node that starts alone from
// disturbing a leader that it has not heard yet.
const (
	electionTimeout      = 2 * time.Second
	electionTimeoutStart = time.Second
	leaderLease          = time.Second
	// soleElectionTimeout is for a cluster of one, which has nobody to wait for.
	soleElectionTimeout = 50 * time.Millisecond
	// commitTimeout is how long a follower of an idle leader waits to hear that an
	// entry is committed, and so a read there for an append just acknowledged.
	// Hearing it costs an idle node some hundred messages a second.
	commitTimeout = 10 * time.Millisecond

	// Raft bounds these by count and not by bytes, and an entry of ours has up
	// to 256 KiB, or 8 MiB if it is one large append.
	maxAppendEntries  = 32
	trailingLogs      = 1024
	snapshotThreshold = 4096
	logCacheEntries   = 64
	snapshotInterval  = 2 * time.Minute
	// snapshotBytes is how much log calls for a snapshot sooner.
	snapshotBytes = 128 << 20

	// flushTimeout bounds the last flush of a replica that is closed.
	flushTimeout = 10 * time.Second
)

// replica is this node's copy of the ledgers, behind raft.
type replica struct {
	id        raft.ServerID
	clusterID string
	log       *slog.Logger
	raft      *raft.Raft
	raftLog   *raftlog.Log
	snapshots *raftlog.Snapshots
	transport *peer.Transport
	store     *store.Store
	fsm       *fsm.FSM
	sequencer *sequencer
	reads     *rounds // leadership checks, or read indexes asked of the leader
	ids       *uuids.Generator
	schemas   *schema.Cache
	failed    *atomic.Bool // of the node: a fault has ended its work

	// barrier is the term in which this node leads and has applied everything
	// that was committed before; 0 while there is none.
	barrier atomic.Uint64
	// tails is the fullest tail of the voters, in bytes, as last heard.
	tails atomic.Int64

	undo []func()
}

func raftConfig(nodeID string, voters int, logger *slog.Logger) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(nodeID)
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = electionTimeoutStart, electionTimeoutStart, leaderLease
	if voters == 1 {
		c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = soleElectionTimeout, soleElectionTimeout, soleElectionTimeout
	}
	c.CommitTimeout = commitTimeout
	c.MaxAppendEntries = maxAppendEntries
	c.TrailingLogs = trailingLogs
	c.SnapshotThreshold = snapshotThreshold
	c.SnapshotInterval = snapshotInterval
	c.NoSnapshotRestoreOnStart = true
	c.ShutdownOnRemove = true
	if logger != nil {
		c.Logger = peer.HCLog(logger)
	}
	return c
}

// startReplica opens the files and starts raft. What it starts ends with
// closeReplica.
func (n *Node) startReplica() (err error) {
	r := &replica{id: raft.ServerID(n.nodeID), clusterID: n.self.ClusterID, log: n.log, schemas: new(schema.Cache), failed: &n.failed}
	defer func() {
		if err != nil {
			r.release()
		}
	}()
	if err := r.openFiles(n.cfg.DataDir, n.self, n.fail); err != nil {
		return err
	}
	if err := verifyTogether(r.raftLog, r.store); err != nil {
		return err
	}
	voters, err := r.knownVoters()
	if err != nil {
		return err
	}
	config := raftConfig(n.nodeID, voters, n.log)
	leads := make(chan bool, 16)
	config.NotifyCh = leads
	cache, err := raft.NewLogCache(logCacheEntries, r.raftLog)
	if err != nil {
		return err
	}
	r.transport = n.peer.NewTransport()
	r.raft, err = raft.NewRaft(config, r.fsm, cache, r.raftLog, r.snapshots, r.transport)
	if err != nil {
		return fmt.Errorf("start raft: %w", err)
	}
	r.undo = append(r.undo, func() {
		r.snapshots.Close()
		if err := r.raft.Shutdown().Error(); err != nil {
			n.log.Error("raft shutdown", "error", err)
		}
	})
	r.sequencer = startSequencer(r)
	r.undo = append(r.undo, r.sequencer.stop)
	r.reads = newRounds(n.ctx, func(ctx context.Context) (uint64, error) { return n.readIndex(ctx, r) })
	n.work.Add(2)
	go func() {
		defer n.work.Done()
		n.watchLeadership(r, leads, voters)
	}()
	go func() {
		defer n.work.Done()
		n.watchReplica(r)
	}()
	n.registerMetrics(r)
	n.replica.Store(r)
	close(n.replicas)
	return nil
}

// openFiles opens the log and the ledgers and verifies that they are this node's.
func (r *replica) openFiles(dir string, who identity.Identity, fatal func(error)) (err error) {
	if r.raftLog, err = raftlog.Open(raftlog.Config{Dir: dir, Fatal: fatal}); err != nil {
		return err
	}
	r.undo = append(r.undo, func() { r.raftLog.Close() })
	stamp, err := r.raftLog.Stamp()
	if err != nil {
		return err
	}
	if err := who.Verify(raftlog.FileName, stamp); err != nil {
		return err
	}
	if r.store, err = store.Open(dir, store.Options{Fatal: fatal, Logger: r.log}); err != nil {
		return err
	}
	r.undo = append(r.undo, func() { r.store.Close() })
	ledgers, err := r.store.Stamp()
	if err != nil {
		return err
	}
	if err := who.Verify(store.FileName, identity.Stamp(ledgers)); err != nil {
		return err
	}
	if r.fsm, err = fsm.Open(r.store, fsm.Config{Fatal: fatal, Logger: r.log}); err != nil {
		return err
	}
	r.undo = append(r.undo, r.fsm.Close)
	if r.ids, err = uuids.Open(filepath.Join(dir, uuids.FileName)); err != nil {
		return err
	}
	if damage := r.ids.Damage(); damage != nil {
		r.log.Warn("the file of the ids' maker was damaged; a new random node id was begun", "file", uuids.FileName, "error", damage)
	}
	r.snapshots, err = raftlog.OpenSnapshots(raftlog.SnapshotsConfig{
		Dir: filepath.Join(dir, "snapshots"), Live: live{r.fsm, r.store},
		Taken: func(raftlog.Mark) { r.raftLog.SnapshotTaken() },
	})
	return err
}

// knownVoters counts the voters of the newest configuration on disk.
func (r *replica) knownVoters() (int, error) {
	mark, err := r.store.Mark()
	if err != nil {
		return 0, err
	}
	configuration := decodeConfiguration(mark.Configuration)
	last, err := r.raftLog.LastIndex()
	if err != nil {
		return 0, err
	}
	first, err := r.raftLog.FirstIndex()
	if err != nil {
		return 0, err
	}
	for index := max(first, mark.Index+1); index > 0 && index <= last; index++ {
		var entry raft.Log
		if err := r.raftLog.GetLog(index, &entry); err != nil {
			return 0, err
		}
		if entry.Type == raft.LogConfiguration {
			configuration = raft.DecodeConfiguration(entry.Data)
		}
	}
	return len(voters(configuration)), nil
}

func voters(c raft.Configuration) (ids []raft.ServerID) {
	for _, server := range c.Servers {
		if server.Suffrage == raft.Voter {
			ids = append(ids, server.ID)
		}
	}
	return ids
}

// close flushes, which makes the next start short, and releases the replica.
// What is not flushed is in the log.
func (r *replica) close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if _, err := r.fsm.Flush(ctx); err != nil {
		r.log.Warn("not all of the tail was flushed; it is read from the log at the next start", "error", err)
	}
	r.release()
}

// release ends raft, then what it stands on.
func (r *replica) release() {
	for i := len(r.undo) - 1; i >= 0; i-- {
		r.undo[i]()
	}
	r.undo = nil
}

// handOver gives leadership to another node, if there is one, before this one leaves.
func (r *replica) handOver() {
	if r.raft.State() != raft.Leader || len(r.configuration().Servers) < 2 {
		return
	}
	if err := r.raft.LeadershipTransfer().Error(); err != nil {
		r.log.Warn("leadership was not handed over; the others elect a leader by themselves", "error", err)
	}
}

// configuration is raft's newest, committed or not.
func (r *replica) configuration() raft.Configuration {
	future := r.raft.GetConfiguration()
	if err := future.Error(); err != nil {
		return raft.Configuration{}
	}
	return future.Configuration()
}

// leads reports whether this node leads in a term in which it has applied all
// that was committed before. After a fault it never does.
func (r *replica) leads() bool {
	term := r.barrier.Load()
	return term != 0 && !r.failed.Load() && r.raft.State() == raft.Leader && r.raft.CurrentTerm() == term
}

// live is the store behind the flusher, as the snapshot store sees it.
type live struct {
	fsm   *fsm.FSM
	store *store.Store
}

var _ raftlog.Live = live{}

func (l live) Mark() (raftlog.Mark, error) {
	mark, err := l.store.Mark()
	return logMark(mark), err
}

func (l live) Advance(ctx context.Context, mark raftlog.Mark) error {
	if _, err := l.fsm.Flush(ctx); err != nil {
		return err
	}
	return l.store.Advance(store.Mark{
		Index: mark.Index, Term: mark.Term,
		Configuration: raft.EncodeConfiguration(mark.Configuration), ConfigurationIndex: mark.ConfigurationIndex,
	})
}

func (l live) Stream() (raftlog.Mark, int64, io.ReadCloser, error) {
	mark, size, file, err := l.store.Stream()
	return logMark(mark), size, file, err
}

func logMark(m store.Mark) raftlog.Mark {
	return raftlog.Mark{
		Index: m.Index, Term: m.Term,
		Configuration: decodeConfiguration(m.Configuration), ConfigurationIndex: m.ConfigurationIndex,
	}
}

func decodeConfiguration(encoded []byte) raft.Configuration {
	if len(encoded) == 0 {
		return raft.Configuration{}
	}
	return raft.DecodeConfiguration(encoded)
}

// unavailable is the answer of a node that cannot do its part now.
func unavailable(format string, args ...any) *quipu.Error {
	return quipu.Errorf(quipu.Unavailable, format, args...)
}

// ended turns the end of a context into the answer to a read: nothing happened.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return unavailable("the time for this request ran out").Because(err).WithHint("try again, or another node")
}
