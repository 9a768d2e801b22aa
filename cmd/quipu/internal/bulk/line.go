package bulk

import (
	"bytes"
	"fmt"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/shape"
	"github.com/quipu-ledger/quipu/transport/intake"
)

// LineError is what is wrong with a line of the file.
type LineError struct {
	// Line is its number, from 1.
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Err) }

// Unwrap gives what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Events reads the chunk's lines. Of an export, the system events and the line at
// the end are left out. A line that cannot be an event is a LineError, and then
// there are no events.
func (c *Chunk) Events() ([]quipu.NewEvent, error) {
	var events []quipu.NewEvent
	number := c.Line
	for line := range bytes.Lines(c.Text) {
		if len(bytes.TrimSpace(line)) > 0 {
			event, wanted, err := intake.ReadLine(shape.Of(line))
			if err != nil {
				return nil, &LineError{number, err}
			}
			if wanted {
				events = append(events, event)
			}
		}
		number++
	}
	return events, nil
}
