package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// CreateLedger creates a ledger; the description may be empty. The same again gives the ledger that exists.
func (c *Client) CreateLedger(ctx context.Context, name, description string) (quipu.Ledger, error) {
	return c.CreateLedgerWith(ctx, wire.NewLedger{Name: name, Description: description})
}

// CreateLedgerWith creates a ledger that has settings from the beginning. Mismatch means that it exists with other ones, or
// with another description; SetSettings changes settings.
func (c *Client) CreateLedgerWith(ctx context.Context, wanted wire.NewLedger) (quipu.Ledger, error) {
	var ledger quipu.Ledger
	err := c.send(ctx, "create ledger "+wanted.Name, http.MethodPost, "/v1/ledgers", wanted, into(&ledger))
	return ledger, err
}

// SetSettings replaces all settings of a ledger, from the next append on, and gives the ledger.
func (c *Client) SetSettings(ctx context.Context, ledger string, settings quipu.Settings) (quipu.Ledger, error) {
	var answer quipu.Ledger
	if err := nonempty(ledger); err != nil {
		return answer, err
	}
	err := c.send(ctx, "settings of "+ledger, http.MethodPut, ledgerPath(ledger, "settings"), settings, into(&answer))
	return answer, err
}

// Ledger describes a ledger, by name or id; NotFound if there is none.
func (c *Client) Ledger(ctx context.Context, ledger string, options ...ReadOption) (quipu.Ledger, error) {
	var answer quipu.Ledger
	if err := nonempty(ledger); err != nil {
		return answer, err
	}
	err := c.fetch(ctx, "ledger "+ledger, ledgerPath(ledger), newRead(options).query(), &answer)
	return answer, err
}

// Ledgers describes all ledgers, by name. WithMinPosition has no place here: it is about one ledger.
func (c *Client) Ledgers(ctx context.Context, options ...ReadOption) ([]quipu.Ledger, error) {
	var answer wire.Ledgers
	err := c.fetch(ctx, "ledgers", "/v1/ledgers", newRead(options).query(), &answer)
	return answer.Ledgers, err
}

// Register allows events of a name, for the entity types named. It replaces what was registered for the name.
func (c *Client) Register(ctx context.Context, ledger string, r quipu.Registration) error {
	if err := nonempty(ledger); err != nil {
		return err
	}
	if r.Entities == nil {
		r.Entities = []string{} // as JSON it would be null
	}
	return c.send(ctx, "register "+r.Event+" in "+ledger, http.MethodPost, ledgerPath(ledger, "registry"), r, ignore)
}

// Unregister ends new appends of events of a name and leaves the old ones readable; NotFound if it is not registered.
func (c *Client) Unregister(ctx context.Context, ledger, event string) error {
	if err := nonempty(ledger, event); err != nil {
		return err
	}
	return c.send(ctx, "unregister "+event+" in "+ledger, http.MethodDelete, ledgerPath(ledger, "registry", event), nil, ignore)
}

// Registry gives what is registered in a ledger, by event name.
func (c *Client) Registry(ctx context.Context, ledger string, options ...ReadOption) ([]quipu.Registration, error) {
	if err := nonempty(ledger); err != nil {
		return nil, err
	}
	var answer wire.Registry
	err := c.fetch(ctx, "registry of "+ledger, ledgerPath(ledger, "registry"), newRead(options).query(), &answer)
	return answer.Registry, err
}

// Registration gives what is registered for an event name; NotFound if it is not.
func (c *Client) Registration(ctx context.Context, ledger, event string, options ...ReadOption) (quipu.Registration, error) {
	var answer quipu.Registration
	if err := nonempty(ledger, event); err != nil {
		return answer, err
	}
	err := c.fetch(ctx, "registration of "+event+" in "+ledger, ledgerPath(ledger, "registry", event), newRead(options).query(), &answer)
	return answer, err
}

// Cluster describes the nodes as the one that is asked sees them.
func (c *Client) Cluster(ctx context.Context) (wire.Cluster, error) {
	var answer wire.Cluster
	err := c.do(ctx, clusterRequest(), into(&answer))
	return answer, err
}

// Version tells which release the node runs that is asked.
func (c *Client) Version(ctx context.Context) (wire.Version, error) {
	var answer wire.Version
	err := c.fetch(ctx, "version", "/v1/version", nil, &answer)
	return answer, err
}

// fetch reads one JSON value.
func (c *Client) fetch(ctx context.Context, op, path string, query url.Values, answer any) error {
	return c.do(ctx, &request{op: op, method: http.MethodGet, path: path, query: query}, into(answer))
}

// send makes a change that has no idempotency key; the body may be nil.
func (c *Client) send(ctx context.Context, op, method, path string, body any, take take) error {
	r := &request{op: op, method: method, path: path, write: true}
	if body != nil {
		encoded, err := encode(body)
		if err != nil {
			return err
		}
		r.contentType, r.body = wire.TypeJSON, fixed(encoded)
	}
	return c.do(ctx, r, take)
}

// ignore takes an answer that says no more than its status.
func ignore(answer *http.Response, _ func()) error {
	_, err := io.Copy(io.Discard, answer.Body)
	return err
}
