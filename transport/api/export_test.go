package api

import (
	"io"
	"time"
)

// SetIOTimeout makes slow clients quick to test.
func (a *API) SetIOTimeout(timeout time.Duration) { a.ioTimeout = timeout }

// ErrLineTooLong is what Lines gives for a line above its limit.
var ErrLineTooLong = errLineTooLong

// Lines lets tests read lines with buffers of any size.
func Lines(from io.Reader, bufferBytes, lineBytesMax int) (next func() ([]byte, error)) {
	return newLines(from, bufferBytes, lineBytesMax).next
}

// Route is a row of the route table.
type Route struct {
	Method, Pattern string
	Params, Media   []string
}

// Routes is the route table.
func Routes() []Route {
	var list []Route
	for _, r := range routes() {
		list = append(list, Route{r.method, r.pattern, r.params, r.media})
	}
	return list
}
