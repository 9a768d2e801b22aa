package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/store"
)

func TestOpenRefusesOtherFormatsWithoutChangingThem(t *testing.T) {
	cases := map[byte]struct{ detail, hint string }{
		1: {"format 1, that of a build before the first release", "export the ledgers with that build"},
		3: {"format 3, and this program knows formats up to 2", "written by a newer quipu"},
	}
	for format, want := range cases {
		dir := t.TempDir()
		s, _ := fill(t, dir)
		shut(t, s)
		edit(t, dir, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{format}) })
		path := filepath.Join(dir, store.FileName)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, readOnly := range []bool{false, true} {
			_, err := store.Open(dir, store.Options{ReadOnly: readOnly})
			var refused *quipu.Error
			if !errors.As(err, &refused) || refused.Kind != quipu.Invalid ||
				!strings.Contains(refused.Detail, want.detail) || !strings.Contains(refused.Hint, want.hint) {
				t.Errorf("open of format %d: %+v, %v", format, refused, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("the file of format %d was changed (%v)", format, err)
		}
	}
}

func TestOpenNamesTheProblem(t *testing.T) {
	cases := map[string]struct {
		content func(whole []byte) []byte
		kind    quipu.Kind
		want    string
	}{
		"empty":          {func([]byte) []byte { return nil }, quipu.Corrupt, "meta pages"},
		"something else": {func([]byte) []byte { return []byte(strings.Repeat("hello\n", 10_000)) }, quipu.Corrupt, "meta pages"},
		"cut off":        {func(b []byte) []byte { return b[:5*4096] }, quipu.Corrupt, "bytes, but its pages take"},
		"one meta page":  {func(b []byte) []byte { b[30]++; return b }, "", ""},
		"no meta page":   {func(b []byte) []byte { b[30]++; b[4096+30]++; return b }, quipu.Corrupt, "meta pages"},
	}
	whole := t.TempDir()
	s, _ := fill(t, whole)
	shut(t, s)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, whole)
			path := filepath.Join(dir, store.FileName)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.content(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(dir, store.Options{})
			if err == nil {
				shut(t, s)
			}
			if quipu.KindOf(err) != c.kind || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("open: %v", err)
			}
		})
	}
}

func TestOpenRefusesAnotherBoltFile(t *testing.T) {
	dir := t.TempDir()
	db, err := bbolt.Open(filepath.Join(dir, store.FileName), 0o600, nil)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(dir, store.Options{}); !errors.Is(err, quipu.Corrupt) {
		t.Errorf("open: %v", err)
	}
}

func TestOpenSaysThatAnotherProcessHasTheFile(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	began := time.Now()
	_, err := store.Open(dir, store.Options{})
	if !errors.Is(err, quipu.Unavailable) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("open: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// What a crash leaves of a file that was being made is no file.
func TestOpenIgnoresLeftovers(t *testing.T) {
	dir := t.TempDir()
	for _, leftover := range []string{".new", ".compact"} {
		if err := os.WriteFile(filepath.Join(dir, store.FileName+leftover), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	same(t, open(t, dir), newWorld(1))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("in the directory are %v (%v)", entries, err)
	}
}

func TestReadOnlyWritesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.Open(dir, store.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open of an empty directory: %v", err)
	}
	s, w := fill(t, dir)
	shut(t, s)
	s, err := store.Open(dir, store.Options{ReadOnly: true, Fatal: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	same(t, s, w)
	w.append(w.books[1], "", w.drafts(1)...)
	if err := s.SetStamp(store.Stamp{}); err == nil {
		t.Error("stamped a file that is open for reading")
	}
	if err := s.Flush(w.batch()); err == nil {
		t.Error("flushed to a file that is open for reading")
	}
}

// An error of the disk during a commit ends the process, and until then nothing
// more is written. The file's descriptor is replaced below the store by one that
// cannot be written to.
func TestFlushEndsTheProcessWhenTheDiskFails(t *testing.T) {
	dir := t.TempDir()
	var fatal []error
	s, err := store.Open(dir, store.Options{Fatal: func(err error) { fatal = append(fatal, err) }})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(1)
	w.create()
	flush(t, s, w.batch())
	breakDescriptor(t, filepath.Join(dir, store.FileName))
	w.create()
	first := s.Flush(w.batch())
	if first == nil || len(fatal) != 1 || !errors.Is(fatal[0], first) || !strings.Contains(first.Error(), store.FileName) {
		t.Fatalf("flush: %v, fatal: %v", first, fatal)
	}
	if err := s.Flush(w.batch()); !errors.Is(err, first) || len(fatal) != 1 {
		t.Errorf("flush again: %v, fatal: %v", err, fatal)
	}
	if err := s.Compact(); !errors.Is(err, first) {
		t.Errorf("compact: %v", err)
	}
	_ = s.Close() // its descriptor is not the one that it opened
}

func breakDescriptor(t *testing.T, path string) {
	t.Helper()
	links, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("SKIPPED: needs /proc to find the descriptor: %v", err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	for _, link := range links {
		if target, err := os.Readlink("/proc/self/fd/" + link.Name()); err == nil && target == path {
			fd, err := strconv.Atoi(link.Name())
			if err := errors.Join(err, unix.Dup2(int(null.Fd()), fd)); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the file is not open")
}
