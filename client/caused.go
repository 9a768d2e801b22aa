package client

import (
	"encoding/json"
	"slices"

	"github.com/quipu-ledger/quipu"
)

// causation is the member of an event's meta that names the event that caused it, by its event id.
const causation = "causation"

// An AppendOption changes what an append says of its events.
type AppendOption func(*quipu.Append) error

// Caused says that the events of an append were caused by another one, so that what belongs together can be found
// over all services. Each event gets the correlations of the upstream event, then the upstream aggregate as a correlation,
// in front of its own and each once; and "causation" in its meta, the id of the upstream event, unless its meta has one.
// The events of the append that is passed stay as they are. Invalid means that an event's meta is no JSON object.
func Caused(by quipu.Event) AppendOption {
	return func(a *quipu.Append) error {
		a.Events = slices.Clone(a.Events)
		for i := range a.Events {
			if err := cause(&a.Events[i], &by); err != nil {
				return err
			}
		}
		return nil
	}
}

func cause(event *quipu.NewEvent, by *quipu.Event) error {
	event.Correlations = joined(inherited(by), event.Correlations)
	meta := map[string]json.RawMessage{}
	if event.Meta != nil {
		encoded, err := encode(event.Meta)
		if err == nil {
			err = json.Unmarshal(encoded, &meta)
		}
		if err != nil || meta == nil {
			return quipu.Errorf(quipu.Invalid, "the meta of the event %q is not a JSON object", event.Name).Because(err)
		}
	}
	if _, set := meta[causation]; !set {
		id, err := json.Marshal(by.EventID)
		if err != nil {
			return err
		}
		meta[causation] = id
	}
	event.Meta = meta
	return nil
}

// inherited are the correlations that an event passes on to those that it causes.
func inherited(by *quipu.Event) []quipu.Correlation {
	list := slices.Clone(by.Correlations)
	if by.Aggregate == nil {
		return list
	}
	service, name, ok := quipu.SplitEntityType(by.Aggregate.Type)
	if !ok {
		service, name = "", by.Aggregate.Type
	}
	return append(list, quipu.Correlation{Service: service, Name: name, Identifier: by.Aggregate.Key})
}

// joined gives the correlations of several lists, each once, in the order in which they come first.
func joined(lists ...[]quipu.Correlation) (all []quipu.Correlation) {
	for _, list := range lists {
		for _, c := range list {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}
