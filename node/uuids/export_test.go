package uuids

import (
	"os"
	"time"
)

// SequenceMax is the last clock sequence of a node id.
const SequenceMax = sequenceMax

// OpenAt is Open with a clock of the test's.
func OpenAt(path string, now func() time.Time) (*Generator, error) { return open(path, now) }

// WriteRun leaves the file that a run with this node id and sequence leaves.
func WriteRun(path string, node [6]byte, sequence uint16) error {
	return os.WriteFile(path, run{node, sequence}.encode(), 0o600)
}
