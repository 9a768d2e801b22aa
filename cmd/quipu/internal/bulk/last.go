package bulk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/quipu-ledger/quipu"
)

// LastEvent finds the last whole event of an export, and where in the file it
// ends. What comes behind that is a line that was cut off, or the export's end.
func LastEvent(export io.Reader) (last quipu.Position, end int64, err error) {
	in := bufio.NewReaderSize(export, 256<<10)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return last, end, nil // the rest has no end of a line
		}
		if err != nil {
			return 0, 0, err
		}
		var event struct {
			Position quipu.Position  `json:"position"`
			End      json.RawMessage `json:"end"`
		}
		if err := json.Unmarshal(bytes.TrimSpace(line), &event); err != nil {
			return 0, 0, &LineError{number, err}
		}
		if event.End != nil {
			return last, end, nil
		}
		if event.Position == 0 || last > 0 && event.Position != last+1 {
			return 0, 0, &LineError{number, errors.New("not the event that follows in an export")}
		}
		last, end = event.Position, end+int64(len(line))
	}
}
