package record

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/canonical"
)

// AppendJSON appends the event as clients see it: one JSON object on one line,
// its stored bytes passed through.
func AppendJSON(dst []byte, r *Record) []byte {
	dst = append(dst, `{"position":`...)
	dst = strconv.AppendUint(dst, uint64(r.Position), 10)
	dst = append(dst, `,"eventId":"`...)
	dst = hex.AppendEncode(dst, r.ID[:])
	dst = append(dst, `","timestamp":"`...)
	dst = AppendTime(dst, r.ID.Micros())
	dst = append(dst, `","event":`...)
	dst = canonical.AppendString(dst, string(r.Name))
	dst = append(dst, `,"entities":`...)
	dst = append(dst, r.Entities...)
	dst = append(dst, `,"data":`...)
	dst = append(dst, r.DataOrDefault()...)
	dst = append(dst, `,"meta":`...)
	dst = append(dst, r.MetaOrDefault()...)
	if len(r.Rest) > len(emptyObject) {
		dst = append(dst, ',')
		dst = append(dst, r.Rest[1:len(r.Rest)-1]...)
	}
	return append(dst, '}')
}

// AppendTime appends a time in microseconds since 1970 as the ledger writes
// times: RFC 3339 in UTC with six digits.
func AppendTime(dst []byte, micros int64) []byte {
	return time.UnixMicro(micros).UTC().AppendFormat(dst, quipu.TimeLayout)
}

// Event gives the record in the vocabulary of clients, with memory of its own.
func (r *Record) Event() (quipu.Event, error) {
	e := quipu.Event{
		Position:  r.Position,
		EventID:   r.ID,
		Timestamp: r.ID.Time(),
		Name:      string(r.Name),
		Data:      json.RawMessage(append([]byte(nil), r.DataOrDefault()...)),
		Meta:      json.RawMessage(append([]byte(nil), r.MetaOrDefault()...)),
	}
	if err := json.Unmarshal(r.Entities, &e.Entities); err != nil {
		return quipu.Event{}, fmt.Errorf("entities of event %d: %w", r.Position, err)
	}
	if len(r.Rest) == 0 {
		return e, nil
	}
	if err := json.Unmarshal(r.Rest, &e); err != nil { // none of its names is one of those above
		return quipu.Event{}, fmt.Errorf("optional members of event %d: %w", r.Position, err)
	}
	return e, nil
}
