package identity_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	quipu "github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/identity"
)

const cluster = "00112233aabbccdd"

func fresh() identity.Identity {
	return identity.Identity{NodeID: "n1", Created: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
}

func pending() identity.Identity {
	i := fresh()
	i.Pending = &identity.Proposal{ClusterID: cluster, Proposer: "n1", Members: []identity.Member{
		{NodeID: "n1", PeerAddr: "10.0.0.1:7401"}, {NodeID: "n2", PeerAddr: "10.0.0.2:7401"},
	}}
	return i
}

func formed() identity.Identity {
	i := fresh()
	i.ClusterID = cluster
	return i
}

func TestLoadGivesWhatWasSaved(t *testing.T) {
	dir := t.TempDir()
	if _, found, err := identity.Load(dir); found || err != nil {
		t.Fatalf("an empty directory: found %v, %v", found, err)
	}
	for name, want := range map[string]identity.Identity{"fresh": fresh(), "pending": pending(), "formed": formed()} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := identity.Save(dir, want); err != nil {
				t.Fatal(err)
			}
			got, found, err := identity.Load(dir)
			if err != nil || !found {
				t.Fatalf("found %v, %v", found, err)
			}
			if g, w := mustJSON(t, got), mustJSON(t, want); g != w {
				t.Errorf("got %s, want %s", g, w)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) != 0 {
				t.Errorf("temporary files are left: %v", left)
			}
		})
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSaveReplacesTheStatesOfForming(t *testing.T) {
	dir := t.TempDir()
	other := pending()
	other.Pending.ClusterID = "ffffffffffffffff"
	for _, state := range []identity.Identity{fresh(), other, fresh(), pending(), formed(), formed()} {
		if err := identity.Save(dir, state); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSaveRefusesAnotherIdentityOnceFormed(t *testing.T) {
	otherNode, otherCluster := formed(), formed()
	otherNode.NodeID = "n2"
	otherCluster.ClusterID = "ffffffffffffffff"
	dir := t.TempDir()
	if err := identity.Save(dir, formed()); err != nil {
		t.Fatal(err)
	}
	for name, i := range map[string]identity.Identity{
		"another node": otherNode, "another cluster": otherCluster, "no cluster": fresh(), "a proposal": pending(),
	} {
		if err := identity.Save(dir, i); !errors.Is(err, quipu.Invalid) {
			t.Errorf("%s: got %v, want an error of kind invalid", name, err)
		}
	}
}

func TestSaveRefusesMalformedIdentities(t *testing.T) {
	for name, change := range map[string]func(*identity.Identity){
		"no node id":              func(i *identity.Identity) { i.NodeID = "" },
		"long node id":            func(i *identity.Identity) { i.NodeID = strings.Repeat("n", 65) },
		"space in node id":        func(i *identity.Identity) { i.NodeID = "n 1" },
		"no time":                 func(i *identity.Identity) { i.Created = time.Time{} },
		"short cluster id":        func(i *identity.Identity) { i.ClusterID, i.Pending = cluster[1:], nil },
		"long cluster id":         func(i *identity.Identity) { i.ClusterID, i.Pending = cluster+"0", nil },
		"upper-case cluster id":   func(i *identity.Identity) { i.ClusterID, i.Pending = strings.ToUpper(cluster), nil },
		"formed and pending":      func(i *identity.Identity) { i.ClusterID = cluster },
		"proposal without id":     func(i *identity.Identity) { i.Pending.ClusterID = "" },
		"proposal of nobody":      func(i *identity.Identity) { i.Pending.Proposer = "" },
		"member without id":       func(i *identity.Identity) { i.Pending.Members[1].NodeID = "" },
		"member without address":  func(i *identity.Identity) { i.Pending.Members[1].PeerAddr = "" },
		"the same member another": func(i *identity.Identity) { i.Pending.Members[1].NodeID = "n1" },
	} {
		t.Run(name, func(t *testing.T) {
			i := pending()
			change(&i)
			if err := identity.Save(t.TempDir(), i); !errors.Is(err, quipu.Invalid) {
				t.Errorf("got %v, want an error of kind invalid", err)
			}
		})
	}
	longest := fresh()
	longest.NodeID = strings.Repeat("n", 64)
	if err := identity.Save(t.TempDir(), longest); err != nil {
		t.Errorf("a node id of 64 characters: %v", err)
	}
}

func TestLoadRefusesDamagedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		kind     quipu.Kind
		says     string
	}{
		"changed node id":    {`"n1"`, `"n2"`, quipu.Corrupt, "checksum"},
		"changed cluster id": {cluster, "10112233aabbccdd", quipu.Corrupt, "checksum"},
		"changed checksum":   {`"checksum": "`, `"checksum": "0`, quipu.Corrupt, "checksum"},
		"truncated":          {"}\n", "", quipu.Corrupt, "not the JSON"},
		"unknown member":     {`"nodeId"`, `"x": 1, "nodeId"`, quipu.Corrupt, "not the JSON"},
		"no format":          {`"format": 1,`, ``, quipu.Corrupt, "format 0"},
		"newer format":       {`"format": 1`, `"more": 1, "format": 2`, quipu.Invalid, "newer"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := identity.Save(dir, formed()); err != nil {
				t.Fatal(err)
			}
			rewrite(t, filepath.Join(dir, identity.FileName), c.old, c.new)
			_, _, err := identity.Load(dir)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want kind %s and %q", err, c.kind, c.says)
			}
			if err := identity.Save(dir, formed()); err == nil {
				t.Error("Save wrote over a damaged file")
			}
		})
	}
}

func rewrite(t *testing.T, path, before, after string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(b), before, after, 1)
	if changed == string(b) {
		t.Fatalf("%q is not in %s", before, b)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadNoticesEachFlippedBit(t *testing.T) {
	dir := t.TempDir()
	if err := identity.Save(dir, pending()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, identity.FileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := mustJSON(t, pending())
	for i := range whole {
		for bit := range 8 {
			damaged := append([]byte(nil), whole...)
			damaged[i] ^= 1 << bit
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			// A flip may leave the meaning as it was: a space that becomes another white space, a letter of a name its capital.
			got, _, err := identity.Load(dir)
			if err == nil && mustJSON(t, got) != want {
				t.Fatalf("bit %d of byte %d: the change was not noticed", bit, i)
			}
		}
	}
}

func TestNewIDsAreRandomAndWellFormed(t *testing.T) {
	for name, c := range map[string]struct {
		make func() string
		form string
	}{
		"cluster": {identity.NewClusterID, `^[0-9a-f]{16}$`},
		"node":    {identity.NewNodeID, `^n-[0-9a-f]{6}$`},
	} {
		a, b := c.make(), c.make()
		if !regexp.MustCompile(c.form).MatchString(a) || a == b {
			t.Errorf("%s: got %q and %q, want two of the form %s", name, a, b, c.form)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, i := range []identity.Identity{fresh(), pending(), formed()} {
		dir := f.TempDir()
		if err := identity.Save(dir, i); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, identity.FileName))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, identity.FileName), b, 0o600); err != nil {
			t.Fatal(err)
		}
		// What can be loaded can be saved again.
		if i, _, err := identity.Load(dir); err == nil {
			if err := identity.Save(dir, i); err != nil {
				t.Error(err)
			}
		}
	})
}
