package peer_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu/transport/peer"
)

func TestHelloTravelsUnchangedAndTakesNothingThatFollows(t *testing.T) {
	longest := strings.Repeat("x", peer.NameBytesMax)
	for _, h := range []peer.Hello{
		peer.NewHello(peer.ServiceRaft, "c1", "n1", "n2"),
		peer.NewHello(peer.ServiceCalls, "", "n1", ""),
		peer.NewHello(255, "", "", ""),
		peer.NewHello(peer.ServiceRaft, longest, longest, longest),
	} {
		stream := bytes.NewReader(append(peer.HelloFrame(h), "after"...))
		got, err := peer.ReadHello(stream)
		if err != nil || got != h {
			t.Errorf("sent %+v, got %+v, %v", h, got, err)
		}
		if rest, _ := io.ReadAll(stream); string(rest) != "after" {
			t.Errorf("%+v: left %q", h, rest)
		}
	}
}

func TestHelloIsRefusedIfMalformed(t *testing.T) {
	good := peer.HelloFrame(peer.NewHello(peer.ServiceRaft, "c1", "n1", "n2"))
	tooLong := peer.NewHello(peer.ServiceRaft, "c1", strings.Repeat("x", peer.NameBytesMax+1), "n2")
	for name, frame := range map[string][]byte{
		"another magic":     append([]byte("QPU2"), good[4:]...),
		"HTTP":              []byte("GET / HTTP/1.1\r\n\r\n"),
		"empty":             []byte("QPU1\x00\x00"),
		"only a service":    []byte("QPU1\x00\x01\x01"),
		"a name cut off":    []byte("QPU1\x00\x04\x01\x09ab"),
		"two names":         []byte("QPU1\x00\x05\x01\x01a\x01b"),
		"a byte too many":   []byte("QPU1\x00\x05\x01\x00\x00\x00z"),
		"a name too long":   peer.HelloFrame(tooLong),
		"a length over all": []byte("QPU1\xff\xff"),
	} {
		if _, err := peer.ReadHello(bytes.NewReader(frame)); !errors.Is(err, peer.ErrNotHello) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for cut := range good {
		if _, err := peer.ReadHello(bytes.NewReader(good[:cut])); err == nil {
			t.Errorf("a hello cut off after %d bytes was read", cut)
		}
	}
}

func TestAnswerIsCutToItsBound(t *testing.T) {
	var b bytes.Buffer
	if err := peer.WriteAnswer(&b, strings.Repeat("r", 70_000)); err != nil {
		t.Fatal(err)
	}
	if reason, err := peer.ReadAnswer(&b); err != nil || len(reason) != 512 {
		t.Errorf("%d bytes, %v", len(reason), err)
	}
}

func FuzzParseHello(f *testing.F) {
	f.Add(peer.HelloPayload(peer.NewHello(peer.ServiceRaft, "c1", "n1", "n2")))
	f.Add(peer.HelloPayload(peer.NewHello(peer.ServiceCalls, "", "n1", "")))
	f.Add([]byte{1, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, payload []byte) {
		h, err := peer.ParseHello(payload)
		if err != nil {
			return
		}
		if again := peer.HelloPayload(h); !bytes.Equal(again, payload) || len(again) > peer.HelloBytesMax {
			t.Errorf("%x was read as %+v, which is %x", payload, h, again)
		}
	})
}
