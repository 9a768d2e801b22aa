package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/quipu-ledger/quipu/transport/wire"
)

// PutSchema registers a version of the JSON Schema of an event's data. The same again changes nothing; Mismatch means that
// the version has another content already, for a version never changes.
func (c *Client) PutSchema(ctx context.Context, ledger, event, version string, schema json.RawMessage) error {
	if err := nonempty(ledger, event, version); err != nil {
		return err
	}
	return c.do(ctx, &request{
		op: "schema " + version + " of " + event + " in " + ledger, method: http.MethodPut, path: schemaPath(ledger, event, version),
		contentType: wire.TypeSchema, body: fixed(schema), write: true,
	}, ignore)
}

// Schema gives a version of the JSON Schema of an event's data, as canonical bytes; NotFound if it is not registered.
func (c *Client) Schema(ctx context.Context, ledger, event, version string, options ...ReadOption) (json.RawMessage, error) {
	if err := nonempty(ledger, event, version); err != nil {
		return nil, err
	}
	var schema json.RawMessage
	err := c.do(ctx, &request{
		op: "schema " + version + " of " + event + " in " + ledger, method: http.MethodGet, path: schemaPath(ledger, event, version),
		query: newRead(options).query(),
	}, func(answer *http.Response, _ func()) (err error) {
		schema, err = io.ReadAll(answer.Body)
		return err
	})
	return bytes.TrimSpace(schema), err
}

func schemaPath(ledger, event, version string) string {
	return ledgerPath(ledger, "registry", event, "schemas", version)
}
