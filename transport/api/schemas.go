package api

import (
	"net/http"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/schema"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// schemaBodyMax has room for the white space of a schema at its limit, so that a larger one is refused for what it is.
const schemaBodyMax = quipu.SchemaBytesMax + 64<<10

// schemaName is the path's event name and version.
func (x *exchange) schemaName() (event, version string, err error) {
	if event, err = x.eventName(); err != nil {
		return "", "", err
	}
	if version, err = x.route.value(x.r.URL, "version"); err != nil {
		return "", "", err
	}
	if err := shape.CheckName("the schema version", version, true); err != nil {
		return "", "", err
	}
	return event, version, nil
}

// putSchema registers a version. That it is a schema is found out here: the ledger takes it as it is.
func putSchema(x *exchange) error {
	event, version, err := x.schemaName()
	if err != nil {
		return err
	}
	body, err := x.readBody()
	if err != nil {
		return err
	}
	c := &command.RegisterSchema{Event: event, Version: version}
	if c.Schema, err = shape.Of(body).Canonical(nil); err != nil {
		return err
	}
	if _, err := schema.Compile(c.Schema); err != nil {
		return err
	}
	if c.Ledger, err = x.ledgerID(); err != nil {
		return err
	}
	out, err := x.propose(c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if out.Created {
		status = http.StatusCreated
		x.w.Header().Set("Location", x.r.URL.EscapedPath())
	}
	digest := record.HashOf(c.Schema).String()
	return x.sendJSON(status, wire.Encode(wire.Schema{Event: event, Version: version, Digest: digest}))
}

func showSchema(x *exchange) error {
	event, version, err := x.schemaName()
	if err != nil {
		return err
	}
	view, read, err := x.askedView()
	if err != nil {
		return err
	}
	registry := view.State().Registry
	entry, ok := registry[event]
	if !ok {
		return absent(view, read, ledger.NotRegistered(event, registry))
	}
	registered, ok := entry.Schema(version)
	if !ok {
		return absent(view, read, ledger.NoSchema(quipu.NotFound, event, version, &entry))
	}
	if same, err := x.unchanged(record.Hash(registered.Digest).String()); same || err != nil {
		return err
	}
	r, err := view.Record(registered.Position)
	if err != nil {
		return err
	}
	return x.send(http.StatusOK, wire.TypeSchema, append(ledger.SchemaDocument(&r.Draft), '\n'))
}
