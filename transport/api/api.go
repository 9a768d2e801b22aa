package api

import (
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quipu-ledger/quipu/transport/wire"
)

// Config is what an API needs. Only Backend has to be set.
type Config struct {
	// Backend is the node.
	Backend Backend
	// Logger gets errors of ours, once each, with the request's id. Nil discards them.
	Logger *slog.Logger
	// Version is the answer to GET /v1/version.
	Version wire.Version
	// Metrics is served under /metrics, and the API's own metrics are registered with it. Nil makes a new registry.
	Metrics *prometheus.Registry
	// SpoolDir is an existing directory for the bodies of imports, on a disk with room for them; empty is the system's
	// directory for temporary files.
	SpoolDir string
}

// API answers HTTP requests. It is safe for concurrent use.
type API struct {
	backend  Backend
	logger   *slog.Logger
	version  wire.Version
	registry *prometheus.Registry
	metrics  *metrics
	spoolDir string
	routes   []*route
	// ioTimeout is the constant of that name; tests shorten it.
	ioTimeout time.Duration

	ending  chan struct{} // closed by EndStreams
	endOnce sync.Once
}

// New makes an API that is ready to use.
func New(config Config) *API {
	a := &API{
		backend:   config.Backend,
		logger:    config.Logger,
		version:   config.Version,
		registry:  config.Metrics,
		spoolDir:  config.SpoolDir,
		routes:    routes(),
		ioTimeout: ioTimeout,
		ending:    make(chan struct{}),
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	if a.registry == nil {
		a.registry = prometheus.NewRegistry()
	}
	if a.spoolDir == "" {
		a.spoolDir = os.TempDir()
	}
	a.metrics = newMetrics(a.registry)
	return a
}

// Handler answers every request of the API, and every other one with a problem.
func (a *API) Handler() http.Handler { return http.HandlerFunc(a.serve) }

// EndStreams breaks off the answers that are being streamed, and those that begin later, so that a server which shuts
// down does not wait for them: pass it to http.Server.RegisterOnShutdown. A client sees that the last line is missing.
func (a *API) EndStreams() { a.endOnce.Do(func() { close(a.ending) }) }
