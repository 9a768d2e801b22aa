package bulk_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/quipu-ledger/quipu"
)

// fakeLedger keeps what it is sent as a ledger would: an append with a key that
// it has is not carried out again. It can fail before an append and after.
type fakeLedger struct {
	registry map[string][]string
	rules    map[string]quipu.SchemaRule // by event, of those in the registry
	// registered are the calls of Register, in order.
	registered []quipu.Registration
	appends    []quipu.Append // that were carried out
	events     []quipu.NewEvent
	// failBefore and failAfter, if not 0, are the calls of Append, from 1, that
	// fail before and after they take effect.
	failBefore, failAfter int
	calls                 int
	// refuse is the name of an event that the ledger does not take.
	refuse string
}

func (f *fakeLedger) Registry(context.Context) (registrations []quipu.Registration, err error) {
	for event, entities := range f.registry {
		registrations = append(registrations, quipu.Registration{Event: event, Entities: entities, Schema: f.rules[event], Versions: []string{"1.0"}})
	}
	return registrations, nil
}

func (f *fakeLedger) Register(_ context.Context, r quipu.Registration) error {
	if f.registry == nil {
		f.registry = map[string][]string{}
	}
	f.registry[r.Event] = r.Entities
	f.registered = append(f.registered, r)
	return nil
}

func (f *fakeLedger) Append(_ context.Context, appends []quipu.Append) (errs []error, replayed int) {
	f.calls++
	lost := quipu.Errorf(quipu.Uncertain, "the connection broke")
	for _, a := range appends {
		switch {
		case f.calls == f.failBefore:
			errs = append(errs, quipu.Errorf(quipu.Unavailable, "no leader"))
			continue
		case f.has(a.IdempotencyKey):
			replayed += len(a.Events)
			errs = append(errs, nil)
			continue
		}
		err := f.carryOut(a)
		if f.calls == f.failAfter {
			err = lost
		}
		errs = append(errs, err)
	}
	return errs, replayed
}

func (f *fakeLedger) has(key string) bool {
	return slices.ContainsFunc(f.appends, func(a quipu.Append) bool { return a.IdempotencyKey == key })
}

func (f *fakeLedger) carryOut(a quipu.Append) error {
	for i, e := range a.Events {
		if e.Name == f.refuse {
			return quipu.Errorf(quipu.Invalid, "this ledger does not take it").At(fmt.Sprintf("/events/%d", i))
		}
		for entity := range e.Entities {
			if !slices.Contains(f.registry[e.Name], entity) {
				return quipu.Errorf(quipu.NotRegistered, "%s for %s", e.Name, entity)
			}
		}
	}
	f.appends = append(f.appends, a)
	f.events = append(f.events, a.Events...)
	return nil
}
