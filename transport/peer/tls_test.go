package peer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/peer"
)

func TestBothServicesRunOverTLS(t *testing.T) {
	serverTLS, clientTLS := certificates(t)
	config := func(id string) peer.Config {
		return peer.Config{NodeID: id, ClusterID: "c1", ServerTLS: serverTLS, ClientTLS: clientTLS}
	}
	server, client := open(t, config("n2")), open(t, config("n1"))
	server.Serve(echo)
	follow(t, server.NewTransport(), func(r *raft.AppendEntriesRequest) (*raft.AppendEntriesResponse, error) {
		return &raft.AppendEntriesResponse{Term: r.Term, Success: true}, nil
	})
	transport := client.NewTransport()
	for range 2 { // over the connection of the first
		answer, err := client.Call(within(t), target("n2", server), "/append", []byte("x"))
		if err != nil || string(answer) != "/append x" {
			t.Errorf("call: %q, %v", answer, err)
		}
		err = transport.AppendEntries("n2", raftAddr(server), &raft.AppendEntriesRequest{Term: 1}, &raft.AppendEntriesResponse{})
		if err != nil {
			t.Errorf("raft: %v", err)
		}
	}

	plain := open(t, peer.Config{NodeID: "n3", ClusterID: "c1"})
	plain.Serve(echo)
	if _, err := plain.Call(within(t), target("n2", server), "/append", []byte("x")); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("a plain dialer: %v", err)
	}
	if _, err := client.Call(within(t), target("n3", plain), "/append", []byte("x")); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("a plain listener: %v", err)
	}
	distrustful := config("n4")
	distrustful.ClientTLS = &tls.Config{RootCAs: x509.NewCertPool()}
	if _, err := open(t, distrustful).Call(within(t), target("n2", server), "/append", []byte("x")); !errors.Is(err, quipu.Unavailable) {
		t.Errorf("an unknown authority: %v", err)
	}
}

// certificates makes one for 127.0.0.1 that both sides trust and present.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	own := []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return &tls.Config{Certificates: own, ClientAuth: tls.RequireAnyClientCert}, &tls.Config{Certificates: own, RootCAs: pool}
}
