package path

import (
	"errors"
	"fmt"
)

// ErrSteps says that a path needed more steps than its budget. It is neither a match nor the absence of one: a caller
// has to refuse the whole operation.
var ErrSteps = errors.New("path ran out of steps")

// SyntaxError is what Compile returns for every text that it refuses.
type SyntaxError struct {
	Column  int    // place of the error, in characters from 1
	Message string // what is wrong
	Hint    string // how to write it instead; may be empty
}

// Error gives the place and the message. The hint is left to the caller, which may want it on a line of its own.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: %s", e.Column, e.Message)
}

// EvalError is a run-time error of a path, such as a division by zero. Query returns it; Exists takes it as no match.
type EvalError struct {
	Message string // the words of PostgreSQL where it has the same error
}

// Error gives the message.
func (e *EvalError) Error() string { return e.Message }
