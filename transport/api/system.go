package api

import (
	"context"
	_ "embed" // openapi.json
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/quipu-ledger/quipu/transport/wire"
)

//go:embed openapi.json
var openAPI []byte

// readyTimeout bounds how long a probe waits to learn that a node is not ready.
const readyTimeout = 3 * time.Second

func showCluster(x *exchange) error {
	cluster, err := x.api.backend.Cluster(x.context())
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, wire.Encode(cluster))
}

func showLimits(x *exchange) error { return x.sendJSON(http.StatusOK, wire.Encode(wire.Limits())) }

func showVersion(x *exchange) error { return x.sendJSON(http.StatusOK, wire.Encode(x.api.version)) }

func showLive(x *exchange) error {
	return x.sendJSON(http.StatusOK, wire.Encode(wire.Health{Status: "live"}))
}

// showReady answers 503 whatever keeps the node from being ready, so that probes need to know one status only.
func showReady(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.context(), readyTimeout)
	defer cancel()
	if err := x.api.backend.Ready(ctx); err != nil {
		x.problem(http.StatusServiceUnavailable, classify(err))
		return nil
	}
	return x.sendJSON(http.StatusOK, wire.Encode(wire.Health{Status: "ready"}))
}

func showMetrics(x *exchange) error {
	x.started, x.status = true, http.StatusOK
	promhttp.HandlerFor(x.api.registry, promhttp.HandlerOpts{}).ServeHTTP(x.w, x.r)
	return nil
}

func showOpenAPI(x *exchange) error { return x.send(http.StatusOK, wire.TypeJSON, openAPI) }
