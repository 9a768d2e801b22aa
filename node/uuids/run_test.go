package uuids_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/uuids"
)

func TestNodeIDIsRandomAndNoHardwaresAddress(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		node := timed(t, open(t, newPath(t))).NodeID()
		if node[0]&1 == 0 {
			t.Errorf("node id %x has no multicast bit", node)
		}
		seen[string(node)] = true
	}
	if len(seen) != 50 {
		t.Errorf("50 nodes have %d node ids", len(seen))
	}
}

// The clock is one that stands, so that time alone would make each run repeat the one before.
func TestRunsKeepTheNodeIDAndNeverRepeat(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	path, seen := newPath(t), map[uuid.UUID]bool{}
	node := timed(t, openAt(t, path, time.Now)).NodeID()
	for run := range 20 {
		g := openAt(t, path, func() time.Time { return now })
		if g.Damage() != nil {
			t.Fatalf("run %d: %v", run, g.Damage())
		}
		for range 100 {
			id := timed(t, g)
			if seen[id] {
				t.Fatalf("run %d repeats %s", run, id)
			}
			if !bytes.Equal(id.NodeID(), node) {
				t.Fatalf("run %d has the node id %x, want %x", run, id.NodeID(), node)
			}
			seen[id] = true
		}
		now = now.Add(-time.Duration(run) * 500 * time.Nanosecond) // into the middle of earlier runs
	}
}

func TestRunsThatMakeNoIDAreCountedToo(t *testing.T) {
	path := newPath(t)
	first := timed(t, open(t, path)).ClockSequence()
	open(t, path)
	if got := timed(t, open(t, path)).ClockSequence(); got != first+2 {
		t.Errorf("the third run has the sequence %d, want %d", got, first+2)
	}
}

func TestNodeIDIsReplacedAfterItsLastSequence(t *testing.T) {
	path, node := newPath(t), [6]byte{0x03, 2, 3, 4, 5, 6}
	if err := uuids.WriteRun(path, node, uuids.SequenceMax-1); err != nil {
		t.Fatal(err)
	}
	last := timed(t, open(t, path))
	if last.ClockSequence() != uuids.SequenceMax || !bytes.Equal(last.NodeID(), node[:]) {
		t.Errorf("got node %x, sequence %d, want %x, %d", last.NodeID(), last.ClockSequence(), node, uuids.SequenceMax)
	}
	g := open(t, path)
	next := timed(t, g)
	if bytes.Equal(next.NodeID(), node[:]) || next.NodeID()[0]&1 == 0 || next.ClockSequence() > uuids.SequenceMax/2 {
		t.Errorf("got node %x, sequence %d, want a new node id, and a sequence from the lower half", next.NodeID(), next.ClockSequence())
	}
	if g.Damage() != nil {
		t.Errorf("a new node id is no damage: %v", g.Damage())
	}
}

func TestDamagedFileGivesANewNodeID(t *testing.T) {
	path, node := newPath(t), [6]byte{0x03, 2, 3, 4, 5, 6}
	if err := uuids.WriteRun(path, node, 7); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)/2], "more": append(bytes.Clone(whole), '\n'),
		"newer": bytes.Replace(whole, []byte(`"format":1`), []byte(`"format":2`), 1),
	}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1
		damaged["bit 0 of "+string(whole[:i+1])] = flipped
	}
	for name, content := range damaged {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		g := open(t, path)
		if !errors.Is(g.Damage(), quipu.Corrupt) {
			t.Errorf("%s: damage %v, want one of kind corrupt", name, g.Damage())
		}
		kept := timed(t, g).NodeID()
		if bytes.Equal(kept, node[:]) {
			t.Errorf("%s: the node id is the old one", name)
		}
		again := open(t, path)
		if got := timed(t, again).NodeID(); again.Damage() != nil || !bytes.Equal(got, kept) {
			t.Errorf("%s: the next run has the node id %x, damage %v, want %x", name, got, again.Damage(), kept)
		}
	}
}

func TestFilesThatNoRunLeavesAreDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		node     [6]byte
		sequence uint16
	}{
		"address of hardware": {[6]byte{0x02, 2, 3, 4, 5, 6}, 7},
		"15 bits":             {[6]byte{0x03, 2, 3, 4, 5, 6}, uuids.SequenceMax + 1},
	} {
		path := newPath(t)
		if err := uuids.WriteRun(path, c.node, c.sequence); err != nil {
			t.Fatal(err)
		}
		if g := open(t, path); !errors.Is(g.Damage(), quipu.Corrupt) {
			t.Errorf("%s: damage %v, want one of kind corrupt", name, g.Damage())
		}
	}
}

func TestOpenNeedsAFileItCanReadAndWrite(t *testing.T) {
	if _, err := uuids.Open(filepath.Join(t.TempDir(), "absent", uuids.FileName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a directory: %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := uuids.Open(t.TempDir()); err == nil { // a directory where the file should be
		t.Error("a directory was read as a file")
	}
}

func TestNothingElseIsLeftInTheDirectory(t *testing.T) {
	path := newPath(t)
	open(t, path)
	open(t, path)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != uuids.FileName {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
}
