package node_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node"
)

// TestBadStartsAreRefused ensures that a node does not start on data that is
// not wholly its own, or where another one runs, says what is wrong and what to
// do, and starts as before once that is put right.
func TestBadStartsAreRefused(t *testing.T) {
	t.Parallel()
	one, other := formedDirectory(t, "n1"), formedDirectory(t, "x1")
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	addr := occupied.Addr().String()
	for _, test := range []struct {
		name   string
		spoil  func(dir string) error
		config node.Config
		kind   quipu.Kind
		says   []string
	}{
		{"another node's id", nil, node.Config{NodeID: "n2"}, quipu.Invalid, []string{"n1", "n2", "directory of its own"}},
		{"no identity", remove("identity.json"), node.Config{NodeID: "n1"}, quipu.Corrupt, []string{"identity.json", "new node"}},
		{"no identity and no log", remove("identity.json", "raft.db"), node.Config{}, quipu.Corrupt, []string{"identity.json", "new node"}},
		{"no ledgers", remove("ledger.db"), node.Config{}, quipu.Corrupt, []string{"ledger.db", "new node"}},
		{"no log", remove("raft.db"), node.Config{}, quipu.Corrupt, []string{"raft.db", "new node"}},
		{"only an identity", remove("raft.db", "ledger.db"), node.Config{}, quipu.Corrupt, []string{"raft.db", "new node"}},
		{"another cluster's identity", take(other, "identity.json"), node.Config{}, quipu.Corrupt, []string{"x1", "new node"}},
		{"another cluster's ledgers", take(other, "ledger.db"), node.Config{}, quipu.Corrupt, []string{"x1", "new node"}},
		{"another cluster's log", take(other, "raft.db"), node.Config{}, quipu.Corrupt, []string{"x1", "new node"}},
		{"an identity that was edited", edit("identity.json"), node.Config{}, quipu.Corrupt, []string{"identity.json", "checksum"}},
		{"API port in use", nil, node.Config{APIAddr: addr}, quipu.Unavailable, []string{addr, "in use", "--api-addr"}},
		{"peer port in use", nil, node.Config{PeerAddr: addr}, quipu.Unavailable, []string{addr, "in use", "--peer-addr"}},
		{"gossip port in use", nil, node.Config{GossipAddr: addr}, quipu.Unavailable, []string{addr, "in use", "--gossip-addr"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(one)))
			if test.spoil != nil {
				must(t, test.spoil(dir))
			}
			test.config.DataDir = dir
			n, err := tryOpen(t, test.config)
			if err == nil {
				stop(t, n)
				t.Fatal("it starts")
			}
			if quipu.KindOf(err) != test.kind {
				t.Errorf("%s: %v", quipu.KindOf(err), err)
			}
			for _, words := range test.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q does not say %q", err, words)
				}
			}
			for _, name := range []string{"identity.json", "raft.db", "ledger.db"} {
				must(t, take(one, name)(dir))
			}
			n = openNode(t, node.Config{DataDir: dir})
			defer stop(t, n)
			ready(t, n)
		})
	}
}

// formedDirectory is the data of a node that has formed a cluster of its own.
func formedDirectory(t *testing.T, id string) string {
	t.Helper()
	dir := t.TempDir()
	n := openNode(t, node.Config{DataDir: dir, NodeID: id})
	ready(t, n)
	stop(t, n)
	return dir
}

func remove(names ...string) func(string) error {
	return func(dir string) (err error) {
		for _, name := range names {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
		return err
	}
}

func take(from, name string) func(string) error {
	return func(dir string) error {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), b, 0o600)
	}
}

func edit(name string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(strings.Replace(string(b), `"n1"`, `"n7"`, 1)), 0o600)
	}
}

// TestDirectoryHasOneProcess ensures that a second node does not start on the
// directory of one that runs, and that this one does not notice.
func TestDirectoryHasOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := openNode(t, node.Config{DataDir: dir})
	defer stop(t, n)
	ready(t, n)
	second, err := tryOpen(t, node.Config{DataDir: dir})
	if err == nil {
		stop(t, second)
		t.Fatal("it starts")
	}
	if quipu.KindOf(err) != quipu.Unavailable || !strings.Contains(err.Error(), "pid") || !strings.Contains(err.Error(), dir) {
		t.Errorf("%s: %v", quipu.KindOf(err), err)
	}
	ready(t, n)
}

// TestOlderCopyOfAFileIsRefused ensures that a ledger file from before the
// log's beginning, and a log from before the ledgers' end, are noticed.
func TestOlderCopyOfAFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := formedDirectory(t, "n1")
	old := t.TempDir()
	must(t, os.CopyFS(old, os.DirFS(dir)))
	n := openNode(t, node.Config{DataDir: dir})
	ready(t, n)
	for _, event := range []string{"a", "b", "c"} {
		if status, body := post(t, n, "/v1/ledgers/main/registry", `{"event":"`+event+`","entities":["account"]}`); status != 201 {
			t.Fatal(status, body)
		}
	}
	must(t, n.Compact(1))
	stop(t, n)
	for _, name := range []string{"ledger.db", "raft.db"} {
		t.Run(name, func(t *testing.T) {
			mixed := t.TempDir()
			must(t, os.CopyFS(mixed, os.DirFS(dir)))
			must(t, take(old, name)(mixed))
			n, err := tryOpen(t, node.Config{DataDir: mixed})
			if err == nil {
				stop(t, n)
				t.Fatal("it starts")
			}
			if quipu.KindOf(err) != quipu.Corrupt || !strings.Contains(err.Error(), "older copy") {
				t.Errorf("%s: %v", quipu.KindOf(err), err)
			}
		})
	}
}
