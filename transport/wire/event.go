package wire

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/quipu-ledger/quipu"
)

// event is quipu.Event with its time as the ledger writes times.
type event struct {
	Position   quipu.Position      `json:"position"`
	EventID    quipu.EventID       `json:"eventId"`
	Timestamp  stamp               `json:"timestamp"`
	Name       string              `json:"event"`
	Entities   map[string][]string `json:"entities"`
	Data       json.RawMessage     `json:"data"`
	Meta       json.RawMessage     `json:"meta"`
	ID         string              `json:"id,omitempty"`
	HappenedAt string              `json:"happenedAt,omitempty"`
}

func newEvent(e *quipu.Event) event {
	return event{
		Position: e.Position, EventID: e.EventID, Timestamp: stamp(e.Timestamp), Name: e.Name,
		Entities: e.Entities, Data: e.Data, Meta: e.Meta, ID: e.ID, HappenedAt: e.HappenedAt,
	}
}

func (e *event) event() quipu.Event {
	return quipu.Event{
		Position: e.Position, EventID: e.EventID, Timestamp: time.Time(e.Timestamp), Name: e.Name,
		Entities: e.Entities, Data: e.Data, Meta: e.Meta, ID: e.ID, HappenedAt: e.HappenedAt,
	}
}

// stamp is a time that is written with six digits in UTC, where encoding/json would leave trailing zeros out.
type stamp time.Time

func (t stamp) MarshalJSON() ([]byte, error) {
	return append(appendStamp([]byte{'"'}, time.Time(t)), '"'), nil
}

func (t *stamp) UnmarshalJSON(data []byte) error { return (*time.Time)(t).UnmarshalJSON(data) }

func appendStamp(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, quipu.TimeLayout) }

// encode gives a value of this package as JSON on one line. "<" stays "<", as in the bytes that the ledger stores. The
// values of this package always encode, but for raw JSON that is none.
func encode(value any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("wire: a shape that does not encode: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})
}
