package api

import (
	"net/http"
	"slices"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/command"
	"github.com/quipu-ledger/quipu/fsm/ledger"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/wire"
)

func listRegistry(x *exchange) error {
	view, _, err := x.askedView()
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, wire.Encode(wire.Registry{Registry: view.State().Registry.Registrations()}))
}

// eventName is the path's event name.
func (x *exchange) eventName() (string, error) {
	event, err := x.route.value(x.r.URL, "event")
	if err != nil {
		return "", err
	}
	if err := shape.CheckName("the event name", event, true); err != nil {
		return "", err
	}
	return event, nil
}

func showRegistration(x *exchange) error {
	event, err := x.eventName()
	if err != nil {
		return err
	}
	view, read, err := x.askedView()
	if err != nil {
		return err
	}
	registry := view.State().Registry
	registration, ok := registry.Registration(event)
	if !ok {
		return absent(view, read, ledger.NotRegistered(event, registry))
	}
	return x.sendJSON(http.StatusOK, wire.Encode(registration))
}

func register(x *exchange) error {
	o, err := x.bodyObject("event", "entities", "schema")
	if err != nil {
		return err
	}
	c := &command.Register{}
	event, err := required(o, "event")
	if err != nil {
		return err
	}
	if c.Event, err = event.Name("the event name", false); err != nil {
		return err
	}
	if c.Entities, err = entityTypes(o); err != nil {
		return err
	}
	if c.Schema, err = schemaRule(o); err != nil {
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
	}
	return x.sendJSON(status, wire.Encode(quipu.Registration{Event: c.Event, Entities: c.Entities, Schema: c.Schema}))
}

// entityTypes reads the set of an event's entity types: sorted, each once. It is empty for an event that concerns an
// aggregate or correlations alone, whose types are not registered.
func entityTypes(o shape.Object) ([]string, error) {
	v, err := required(o, "entities")
	if err != nil {
		return nil, err
	}
	list, err := v.Array()
	if err != nil {
		return nil, err
	}
	if len(list) > quipu.RegistryEntitiesMax {
		return nil, v.TooLarge("the registration", len(list), quipu.RegistryEntitiesMax, "entity types")
	}
	types := make([]string, len(list))
	for i, element := range list {
		if types[i], err = element.Name("the entity type", false); err != nil {
			return nil, err
		}
	}
	slices.Sort(types)
	return slices.Compact(types), nil
}

// schemaRule reads which schema counts; without one none does.
func schemaRule(o shape.Object) (rule quipu.SchemaRule, err error) {
	v := o.Member("schema")
	if !v.Exists() {
		return rule, nil
	}
	members, err := v.Only("required", "default")
	if err != nil {
		return rule, err
	}
	if required := members.Member("required"); required.Exists() {
		if rule.Required, err = required.Bool(); err != nil {
			return rule, err
		}
	}
	if version := members.Member("default"); version.Exists() {
		rule.Default, err = version.Name("the schema version", true)
	}
	return rule, err
}

func unregister(x *exchange) error {
	event, err := x.eventName()
	if err != nil {
		return err
	}
	id, err := x.ledgerID()
	if err != nil {
		return err
	}
	if _, err := x.propose(&command.Unregister{Ledger: id, Event: event}); err != nil {
		return err
	}
	return x.send(http.StatusNoContent, "", nil)
}
