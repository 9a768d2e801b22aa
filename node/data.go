package node

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/store"
	"github.com/quipu-ledger/quipu/node/identity"
	"github.com/quipu-ledger/quipu/node/raftlog"
)

// currentTermKey is raft's name for the newest term that the node has seen.
var currentTermKey = []byte("CurrentTerm")

// prepareData makes the files of a node that becomes a member, stamped as its
// own, and bootstraps raft's log if this node does that for the cluster. What
// is there already is left as it is: verifyUnformed has seen whose it is.
func prepareData(dir string, who identity.Identity, bootstrap *raft.Configuration) error {
	log, err := raftlog.Open(raftlog.Config{Dir: dir})
	if err != nil {
		return err
	}
	defer log.Close()
	if err := log.SetStamp(who.Stamp()); err != nil {
		return err
	}
	ledgers, err := store.Open(dir, store.Options{})
	if err != nil {
		return err
	}
	defer ledgers.Close()
	if err := ledgers.SetStamp(store.Stamp(who.Stamp())); err != nil {
		return err
	}
	if bootstrap == nil {
		return nil
	}
	return bootstrapLog(log, *bootstrap)
}

// bootstrapLog writes the first entry of a cluster's log. It is what
// raft.BootstrapCluster does, except that it may be repeated after a crash
// between its two writes: raft takes a log with a term and no entry for one that
// is in use, and the cluster would never have any members.
func bootstrapLog(log *raftlog.Log, configuration raft.Configuration) error {
	last, err := log.LastIndex()
	if err != nil || last > 0 {
		return err
	}
	if err := log.SetUint64(currentTermKey, 1); err != nil {
		return err
	}
	return log.StoreLog(&raft.Log{
		Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(configuration),
	})
}

// verifyUnformed refuses a directory whose identity, zero if there is none,
// belongs to no cluster while a database in it does: a node that starts anew on
// the data of another one, or of itself under a lost identity, could vote twice
// or mix two histories.
func verifyUnformed(dir string, who identity.Identity) error {
	if there, err := exists(dir, raftlog.FileName); err != nil {
		return err
	} else if there {
		log, err := raftlog.Open(raftlog.Config{Dir: dir})
		if err != nil {
			return err
		}
		stamp, err := log.Stamp()
		if err := errors.Join(err, log.Close(), who.Verify(raftlog.FileName, stamp)); err != nil {
			return err
		}
	}
	if there, err := exists(dir, store.FileName); err != nil || !there {
		return err
	}
	ledgers, err := store.Open(dir, store.Options{})
	if err != nil {
		return err
	}
	stamp, err := ledgers.Stamp()
	return errors.Join(err, ledgers.Close(), who.Verify(store.FileName, identity.Stamp(stamp)))
}

func exists(dir, name string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// verifyTogether refuses a log and a ledger file that are not of the same
// moment, such as one of them from a backup, as far as they show it. The log
// is never truncated beyond what is flushed, so it begins at the latest behind
// the mark; and nothing is applied before its term is on disk.
func verifyTogether(log *raftlog.Log, ledgers *store.Store) error {
	mark, err := ledgers.Mark()
	if err != nil {
		return err
	}
	first, err := log.FirstIndex()
	if err != nil {
		return err
	}
	term, err := log.GetUint64(currentTermKey)
	if err != nil && !errors.Is(err, raftlog.ErrKeyNotFound) {
		return err
	}
	switch {
	case first > mark.Index+1:
		return olderCopy("%s ends at raft entry %d and %s begins at %d: it is an older copy",
			store.FileName, mark.Index, raftlog.FileName, first)
	case mark.Term > term:
		return olderCopy("%s has entries of term %d and %s knows terms up to %d: the log is an older copy",
			store.FileName, mark.Term, raftlog.FileName, term)
	}
	return nil
}

func olderCopy(format string, args ...any) *quipu.Error {
	return quipu.Errorf(quipu.Corrupt, format, args...).WithHint(
		"put back every file of this directory from the same moment, or let the node come back as a new one: " +
			"empty the directory, remove the old node from the cluster, start with a node id that was never used")
}
