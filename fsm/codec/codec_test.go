package codec_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/quipu-ledger/quipu/fsm/codec"
)

func TestValuesComeBackInOrder(t *testing.T) {
	var b []byte
	numbers := []uint64{0, 1, 127, 128, 1 << 32, math.MaxUint64}
	for _, n := range numbers {
		b = codec.AppendUint(b, n)
	}
	b = codec.AppendBytes(b, []byte{1, 2, 3})
	b = codec.AppendBytes(b, nil)
	b = codec.AppendText(b, "text")
	b = append(b, 9, 10, 11)

	r := codec.NewReader(b)
	for _, n := range numbers {
		if got := r.Uint(); got != n {
			t.Errorf("got %d, want %d", got, n)
		}
	}
	if got := r.Bytes(); !bytes.Equal(got, []byte{1, 2, 3}) || cap(got) != 3 {
		t.Errorf("bytes %v with capacity %d: an append would write over what follows", got, cap(got))
	}
	if got := r.Bytes(); got != nil {
		t.Errorf("no bytes are %v", got)
	}
	if got := r.Text(); got != "text" {
		t.Errorf("text %q", got)
	}
	if got := r.Byte(); got != 9 || r.Len() != 2 {
		t.Errorf("byte %d, %d left", got, r.Len())
	}
	if !errors.Is(r.End(), codec.ErrMalformed) {
		t.Error("what is left over is not noticed")
	}
}

func TestReaderGivesZeroValuesAfterTheFirstMalformedOne(t *testing.T) {
	for name, read := range map[string]func(*codec.Reader){
		"byte":              func(r *codec.Reader) { r.Fixed(3); r.Byte() },
		"fixed":             func(r *codec.Reader) { r.Fixed(4) },
		"negative fixed":    func(r *codec.Reader) { r.Fixed(-1) },
		"uint without end":  func(r *codec.Reader) { *r = *codec.NewReader([]byte{0x80}); r.Uint() },
		"uint above 64 bit": func(r *codec.Reader) { *r = *codec.NewReader(bytes.Repeat([]byte{0xff}, 11)); r.Uint() },
		"length beyond end": func(r *codec.Reader) { *r = *codec.NewReader([]byte{2, 1}); r.Bytes() },
		"huge length":       func(r *codec.Reader) { *r = *codec.NewReader(codec.AppendUint(nil, math.MaxUint64)); r.Bytes() },
		"count beyond end":  func(r *codec.Reader) { *r = *codec.NewReader([]byte{2, 1}); r.Count(10) },
		"count above most":  func(r *codec.Reader) { *r = *codec.NewReader([]byte{3, 1, 1, 1}); r.Count(2) },
		"said by caller":    func(r *codec.Reader) { r.Fail() },
	} {
		r := codec.NewReader([]byte{1, 2, 3})
		read(r)
		if !errors.Is(r.Err(), codec.ErrMalformed) {
			t.Errorf("%s: not noticed", name)
		}
		if r.Uint() != 0 || r.Bytes() != nil || r.Text() != "" || r.Byte() != 0 || r.Fixed(0) != nil || r.Count(10) != 0 {
			t.Errorf("%s: something was read behind it", name)
		}
		if !errors.Is(r.End(), codec.ErrMalformed) {
			t.Errorf("%s: the end is well", name)
		}
	}
}

func TestCountTakesItsLastValue(t *testing.T) {
	r := codec.NewReader([]byte{3, 0, 0, 0})
	if n := r.Count(3); n != 3 || r.Err() != nil {
		t.Errorf("%d, %v", n, r.Err())
	}
}

func FuzzReaderNeverPanics(f *testing.F) {
	f.Add([]byte{3, 'a', 'b', 'c', 0xff, 0xff}, []byte{0, 1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, src, script []byte) {
		r := codec.NewReader(src)
		for _, step := range script {
			before := r.Len()
			switch step % 6 {
			case 0:
				r.Uint()
			case 1:
				r.Bytes()
			case 2:
				_ = r.Text()
			case 3:
				r.Byte()
			case 4:
				r.Fixed(int(step))
			case 5:
				if n := r.Count(int(step)); n > int(step) || n > before {
					t.Fatalf("count %d of %d bytes", n, before)
				}
			}
			if r.Len() > before {
				t.Fatal("the reader went back")
			}
		}
		_ = r.End()
	})
}
