package api

import (
	"log/slog"
	"net/http"
	"time"
)

// The times and sizes that bound what a slow or hostile client can hold. There is no timeout for a whole request or
// answer, which would cut off long streams; instead each read and write of a body has its own (ioTimeout).
const (
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	headerBytesMax = 64 << 10
	// ioTimeout is how long one read from a client may take, and half of what one write to it may.
	ioTimeout = 30 * time.Second
)

// NewServer gives an http.Server for the handler with the timeouts that it is made for. The caller sets the address or
// serves a listener, and registers EndStreams for the shutdown.
func NewServer(handler http.Handler, logger *slog.Logger) *http.Server {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
	}
	if logger != nil {
		server.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	}
	return server
}
