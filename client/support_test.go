package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
)

func refuseConnection(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// dial makes a client of the network that knows these hosts only.
func dial(t *testing.T, n *network, hosts ...string) *client.Client {
	t.Helper()
	return open(t, n, client.Config{Endpoints: hosts, FixedEndpoints: true})
}

func open(t *testing.T, n *network, cfg client.Config) *client.Client {
	t.Helper()
	cfg.HTTPClient = &http.Client{Transport: n}
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// fact is an append of one event about an item.
func fact(item string) quipu.Append {
	return quipu.Append{Events: []quipu.NewEvent{event(item)}}
}

func event(item string) quipu.NewEvent {
	return quipu.NewEvent{Name: "happened", Entities: map[string][]string{"item": {item}}}
}

// about selects the events about items.
func about(items ...string) quipu.Selector {
	return quipu.Selector{Entities: map[string][]string{"item": items}}
}

func wantKind(t *testing.T, err error, kind quipu.Kind) *quipu.Error {
	t.Helper()
	var e *quipu.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("error %v, of kind %q; want the kind %q", err, quipu.KindOf(err), kind)
	}
	return e
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

var background = context.Background()
