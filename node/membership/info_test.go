package membership_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/node/membership"
)

var ordinary = membership.Info{
	NodeID: "n1", ClusterID: "0190f6a2-6b1e-7cc3-98c4-dc0c0c07398f", PeerAddr: "10.0.0.1:7401", APIAddr: "10.0.0.1:7400",
	Expect: 3, Version: "v1.2.3",
}

func TestInfoIsFarSmallerThanMemberlistAllows(t *testing.T) {
	long := ordinary
	long.NodeID = strings.Repeat("n", 64) // is not in the metadata
	long.PeerAddr = "quipu-0.quipu-headless.a-long-namespace-of-some-team.svc.cluster.example.internal:7401"
	long.APIAddr = "quipu-0.quipu-headless.a-long-namespace-of-some-team.svc.cluster.example.internal:7400"
	long.Version = "v1.2.3-0.20260102150405-0123456789ab+dirty"
	for _, test := range []struct {
		info membership.Info
		most int
	}{{membership.Info{NodeID: "n1"}, 10}, {ordinary, 100}, {long, 300}} {
		meta, err := test.info.Encode()
		if err != nil || len(meta) > test.most {
			t.Errorf("%d bytes, want at most %d, error %v: %+v", len(meta), test.most, err, test.info)
		}
	}
}

func TestInfoOverItsLimitIsRefused(t *testing.T) {
	const overhead = 1 + 2 + 1 + 1 + 1 + 1 // format, the lengths of the four fields, expect
	info := membership.Info{NodeID: "n1", ClusterID: strings.Repeat("c", membership.InfoBytesMax-overhead)}
	meta, err := info.Encode()
	if err != nil || len(meta) != membership.InfoBytesMax {
		t.Errorf("the last that fits: %d bytes, %v", len(meta), err)
	}
	if got, err := membership.DecodeInfo("n1", meta); err != nil || got != info {
		t.Errorf("the last that fits is not read back: %v", err)
	}
	info.ClusterID += "c"
	if _, err := info.Encode(); err == nil {
		t.Error("the first that does not fit was accepted")
	}
	if _, err := (membership.Info{NodeID: "n1", Expect: -1}).Encode(); err == nil {
		t.Error("a negative number was accepted")
	}
	if _, err := (membership.Info{NodeID: "n1", Expect: membership.ExpectMax + 1}).Encode(); err == nil {
		t.Error("a number that is not read back was accepted")
	}
}

func TestForeignMetadataGivesTheNodeIDOnly(t *testing.T) {
	good, _ := ordinary.Encode()
	for name, meta := range map[string][]byte{
		"none":            nil,
		"text":            []byte("role=web,dc=eu"),
		"another format":  append([]byte{good[0] + 1}, good[1:]...),
		"cut off":         good[:len(good)-1],
		"format only":     good[:1],
		"a length beyond": {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"endless length":  append([]byte{1}, bytes.Repeat([]byte{0x80}, 20)...),
		"huge expect":     {1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"too long":        append(bytes.Clone(good), make([]byte, membership.InfoBytesMax)...),
	} {
		if got, err := membership.DecodeInfo("n1", meta); err == nil || got != (membership.Info{NodeID: "n1"}) {
			t.Errorf("%s: got %+v, error %v", name, got, err)
		}
	}
}

func TestFieldsOfALaterProgramAreSkipped(t *testing.T) {
	meta, _ := ordinary.Encode()
	if got, err := membership.DecodeInfo("n1", append(meta, "news"...)); err != nil || got != ordinary {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func FuzzDecodeInfo(f *testing.F) {
	good, _ := ordinary.Encode()
	f.Add(good)
	f.Add([]byte{1, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, meta []byte) {
		info, err := membership.DecodeInfo("n1", meta)
		if err != nil {
			if info != (membership.Info{NodeID: "n1"}) {
				t.Fatalf("an error came with %+v", info)
			}
			return
		}
		again, err := info.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if back, err := membership.DecodeInfo("n1", again); err != nil || back != info {
			t.Fatalf("%+v came back as %+v, %v", info, back, err)
		}
	})
}
