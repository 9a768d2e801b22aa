package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/store"
)

func FuzzDecodeChunk(f *testing.F) {
	f.Add(uint64(1), []byte{0})
	f.Add(uint64(7), []byte{3, 1, 2, 0x80, 1})
	f.Add(uint64(1)<<62, []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f})
	f.Fuzz(func(t *testing.T, first uint64, value []byte) {
		if first > 1<<63-1 {
			return
		}
		_, positions, ok := store.DecodeChunk(quipu.Position(first), value)
		for i := 1; ok && i < len(positions); i++ {
			if positions[i] <= positions[i-1] {
				t.Fatalf("positions %v do not ascend", positions)
			}
		}
	})
}

func FuzzChunkKey(f *testing.F) {
	f.Add("order\x00o-1", uint64(1))
	f.Add("\x01\xff\x01", uint64(1)<<62)
	f.Fuzz(func(t *testing.T, term string, first uint64) {
		first >>= 1
		got, p, ok := store.SplitChunkKey(store.AppendChunkKey(term, quipu.Position(first)))
		if !ok || got != term || uint64(p) != first {
			t.Fatalf("%q %d came back as %q %d %v", term, first, got, p, ok)
		}
		if got, p, ok := store.SplitChunkKey([]byte(term)); ok && !bytes.Equal(store.AppendChunkKey(got, p), []byte(term)) {
			t.Fatalf("the key %q is read as %q %d", term, got, p)
		}
	})
}

func FuzzDecodeValues(f *testing.F) {
	f.Add([]byte{5, 3, 1, 2, 'a', 'b'})
	f.Add(append(bytes.Repeat([]byte{1}, 32), 7, 2))
	f.Fuzz(func(t *testing.T, src []byte) {
		if again, ok := store.DecodeMark(src); ok && len(src) > 0 {
			if twice, ok := store.DecodeMark(again); !ok || !bytes.Equal(again, twice) {
				t.Fatalf("mark %x is written as %x and then %x", src, again, twice)
			}
		}
		if again, ok := store.DecodeKeyRecord(src); ok {
			if twice, ok := store.DecodeKeyRecord(again); !ok || !bytes.Equal(again, twice) {
				t.Fatalf("key %x is written as %x and then %x", src, again, twice)
			}
		}
	})
}

// FuzzVerifyPages changes a few bytes of a good file: whatever is let through must be safe to check.
func FuzzVerifyPages(f *testing.F) {
	dir := f.TempDir()
	s, _ := fill(f, dir)
	used := s.Stats().FileBytes
	shut(f, s)
	whole, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil {
		f.Fatal(err)
	}
	whole = whole[:used]
	f.Add(uint32(8192), []byte{1, 2, 3})
	f.Add(uint32(4096+16+40), []byte{9})
	f.Fuzz(func(t *testing.T, at uint32, bits []byte) {
		changed := bytes.Clone(whole)
		for i, b := range bits {
			changed[(int(at)+i)%len(changed)] ^= b
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, store.FileName), changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = tryCheck(dir)
		_, _, _ = store.VerifyStream(filepath.Join(dir, store.FileName))
	})
}
