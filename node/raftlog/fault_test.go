package raftlog_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/raft"

	quipu "github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/node/raftlog"
)

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// flip changes one byte of the last place in the file that holds text. It
// writes in place, so that an open log sees it through its mapping.
func flip(t *testing.T, path string, text []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, text)
	if at < 0 {
		t.Fatalf("%q is not in the file", text)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{b[at] ^ 1}, int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// filled makes a closed log of ten entries and a term.
func filled(t *testing.T, dir string) (path string) {
	t.Helper()
	l := openLog(t, dir)
	store(t, l, entries(1, 10)...)
	if err := l.SetUint64([]byte("CurrentTerm"), 3); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, raftlog.FileName)
}

func wantCorrupt(t *testing.T, err error, says string) {
	t.Helper()
	if !errors.Is(err, quipu.Corrupt) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want kind corrupt and %q", err, says)
	}
}

func TestOpenRefusesAFlippedByte(t *testing.T) {
	for name, c := range map[string]struct {
		text []byte
		says string
	}{
		"in the data of an entry":   {marker(4), "entry at index 4"},
		"in the last entry":         {marker(10), "entry at index 10"},
		"in the name of a field":    {[]byte("Index"), "entry at index"},
		"in the key of a value":     {[]byte("CurrentTerm"), "BurrentTerm"},
		"in the value of the term":  {[]byte{0, 0, 0, 0, 0, 0, 0, 3}, "not what was stored"},
		"in the key of an entry":    {[]byte{0, 0, 0, 0, 0, 0, 0, 7}, "pages do not fit"},
		"in the magic of both meta": {[]byte{0xed, 0xda, 0x0c, 0xed}, "meta page"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filled(t, dir)
			flip(t, path, c.text)
			before, _ := os.ReadFile(path)
			_, err := raftlog.Open(raftlog.Config{Dir: dir})
			wantCorrupt(t, err, c.says)
			wantCorrupt(t, err, path)
			wantCorrupt(t, raftlog.Check(path), c.says)
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the damaged file was changed")
			}
		})
	}
}

func TestOpenRefusesATruncatedFile(t *testing.T) {
	whole := filled(t, t.TempDir())
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for _, size := range []int{0, 1, page, 2 * page, 3 * page} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, raftlog.FileName), b[:size])
		_, err := raftlog.Open(raftlog.Config{Dir: dir})
		wantCorrupt(t, err, raftlog.FileName+" is damaged")
	}
}

func TestOpenRefusesZeroedPages(t *testing.T) {
	dir := t.TempDir()
	path := filled(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	page := os.Getpagesize()
	used := bytes.LastIndexFunc(whole, func(r rune) bool { return r != 0 }) // bbolt lengthens the file by 16 MiB at once
	for at := 0; at <= used; at += page {
		b := bytes.Clone(whole)
		clear(b[at : at+page])
		writeFile(t, path, b)
		l, err := raftlog.Open(raftlog.Config{Dir: dir})
		if err != nil {
			wantCorrupt(t, err, path)
			refused++
			continue
		}
		// The page was free: nothing may be missing.
		for i := uint64(1); i <= 10; i++ {
			if err := l.GetLog(i, &raft.Log{}); err != nil {
				t.Errorf("page %d was cleared, and entry %d gives %v", at/page, i, err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if refused < 4 { // two meta pages, the buckets, the entries
		t.Errorf("only %d cleared pages were noticed", refused)
	}
}

func TestCheckAcceptsAWholeFile(t *testing.T) {
	if err := raftlog.Check(filled(t, t.TempDir())); err != nil {
		t.Error(err)
	}
	if err := raftlog.Check(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is missing", err)
	}
}

func TestADamagedRecordStopsTheNodeForGood(t *testing.T) {
	for name, c := range map[string]struct {
		text []byte
		read func(*raftlog.Log) error
	}{
		"entry": {marker(4), func(l *raftlog.Log) error { return l.GetLog(4, &raft.Log{}) }},
		"term":  {[]byte{0, 0, 0, 0, 0, 0, 0, 3}, func(l *raftlog.Log) error { _, err := l.GetUint64([]byte("CurrentTerm")); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filled(t, dir)
			var reported faults
			l, err := raftlog.Open(raftlog.Config{Dir: dir, Fatal: reported.add})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			flip(t, path, c.text)
			if err := l.GetLog(3, &raft.Log{}); err != nil {
				t.Fatalf("a whole entry beside it: %v", err)
			}
			err = c.read(l)
			wantCorrupt(t, err, "not what was stored")
			if !errors.Is(err, raftlog.ErrChecksum) {
				t.Errorf("got %v, want the cause ErrChecksum", err)
			}
			if err := l.StoreLog(entry(11)); !errors.Is(err, quipu.Corrupt) {
				t.Errorf("a write afterwards: got %v, want the same fault", err)
			}
			if got := reported.all(); len(got) != 1 || got[0] != err {
				t.Errorf("reported %v, want the one fault", got)
			}
		})
	}
}

func TestAFileThatShrinksStopsTheNode(t *testing.T) {
	dir := t.TempDir()
	path := filled(t, dir)
	var reported faults
	l, err := raftlog.Open(raftlog.Config{Dir: dir, Fatal: reported.add})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Truncate(path, int64(2*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	wantCorrupt(t, l.GetLog(4, &raft.Log{}), path)
	if len(reported.all()) != 1 {
		t.Errorf("reported %v, want one fault", reported.all())
	}
}

// The limit on the size of files stands for a full disk: the write fails in
// the system, below bbolt.
func TestAFailedWriteStopsTheNodeForGood(t *testing.T) {
	var reported faults
	var l *raftlog.Log
	l, err := raftlog.Open(raftlog.Config{Dir: t.TempDir(), Fatal: func(err error) {
		reported.add(err)
		if since, underway := l.WriteStarted(); !underway || since.IsZero() {
			t.Errorf("during the write, one is under way: %v since %v", underway, since)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	store(t, l, entry(1))

	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	small := syscall.Rlimit{Cur: 1 << 20, Max: old.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	big := entry(2)
	big.Data = make([]byte, 32<<20)
	err = l.StoreLog(big)
	if restored := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); restored != nil {
		t.Fatal(restored)
	}

	if !errors.Is(err, quipu.Uncertain) {
		t.Fatalf("got %v, want kind uncertain", err)
	}
	if got := reported.all(); len(got) != 1 || got[0] != err {
		t.Errorf("reported %v, want the one fault", got)
	}
	if again := l.StoreLog(entry(2)); again != err {
		t.Errorf("the next write: got %v, want the same fault although the disk has room again", again)
	}
	if again := l.GetLog(1, &raft.Log{}); again != err {
		t.Errorf("the next read: got %v, want the same fault", again)
	}
}

func TestAFaultWithoutAHookPanics(t *testing.T) {
	dir := t.TempDir()
	path := filled(t, dir)
	l, err := raftlog.Open(raftlog.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	flip(t, path, marker(4))
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, quipu.Corrupt) {
			t.Errorf("got %v, want a panic of kind corrupt", err)
		}
	}()
	_ = l.GetLog(4, &raft.Log{})
}

// The bits are chosen anew at each run; a failure names the bit.
func TestNoFlippedBitIsRead(t *testing.T) {
	const flips = 300
	large := entry(7)
	large.Data = append(marker(7), make([]byte, 20_000)...)
	for name, logs := range map[string][]*raft.Log{
		"one page":                entries(1, 10),
		"a tree and a long entry": slices.Insert(entries(8, 150), 0, large),
	} {
		t.Run(name, func(t *testing.T) {
			whole := fileOf(t, logs)
			for range flips {
				at, bit := rand.IntN(len(whole)), rand.IntN(8)
				damaged := bytes.Clone(whole)
				damaged[at] ^= 1 << bit
				if err := readDamaged(t, damaged, logs); err != nil {
					t.Errorf("bit %d of byte %d: %v", bit, at, err)
				}
			}
		})
	}
}

// fileOf gives the used pages of a log file with these entries and a term.
func fileOf(t *testing.T, logs []*raft.Log) []byte {
	t.Helper()
	dir := t.TempDir()
	l := openLog(t, dir)
	store(t, l, logs...)
	if err := l.SetUint64([]byte("CurrentTerm"), 3); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, raftlog.FileName))
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	used := bytes.LastIndexFunc(b, func(r rune) bool { return r != 0 })
	return b[:(used/page+1)*page]
}

// readDamaged demands that the file is refused as corrupt or gives exactly what
// was stored. Each has a directory of its own: an open that failed leaves a
// mapping behind, as the process is to end.
func readDamaged(t *testing.T, file []byte, want []*raft.Log) error {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, raftlog.FileName), file)
	l, err := raftlog.Open(raftlog.Config{Dir: dir, Fatal: func(error) {}})
	if errors.Is(err, quipu.Corrupt) {
		return nil
	}
	if err != nil {
		return err
	}
	defer l.Close()
	for _, w := range want {
		var got raft.Log
		if err := l.GetLog(w.Index, &got); err != nil || !bytes.Equal(got.Data, w.Data) || got.Term != w.Term {
			return fmt.Errorf("entry %d is of term %d, %q, %w", w.Index, got.Term, got.Data, err)
		}
	}
	if term, err := l.GetUint64([]byte("CurrentTerm")); term != 3 || err != nil {
		return fmt.Errorf("the term is %d, %w", term, err)
	}
	if last, err := l.LastIndex(); last != want[len(want)-1].Index || err != nil {
		return fmt.Errorf("the last index is %d, %w", last, err)
	}
	return nil
}

func FuzzCheck(f *testing.F) {
	seed := f.TempDir()
	l := openLog(f, seed)
	store(f, l, entries(1, 10)...)
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(seed, raftlog.FileName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:6*os.Getpagesize()], 4*os.Getpagesize()+10, uint64(1))
	path := filepath.Join(f.TempDir(), raftlog.FileName)
	// The sums of the meta pages keep out nearly all that a fuzzer finds, so it also gets to write behind them.
	f.Fuzz(func(t *testing.T, file []byte, at int, word uint64) {
		if at >= 2*os.Getpagesize() && at <= len(file)-8 {
			file = bytes.Clone(file)
			binary.NativeEndian.PutUint64(file[at:], word)
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := raftlog.Check(path); err != nil && !errors.Is(err, quipu.Corrupt) {
			t.Error(err)
		}
	})
}
