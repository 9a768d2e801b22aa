package wire

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/quipu-ledger/quipu"
)

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
