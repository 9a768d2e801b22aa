package apitest

import (
	"net/http/httptest"

	"github.com/quipu-ledger/quipu/transport/api"
)

// Start serves the API over a backend, a Backend of this package or one around it, on a loopback port. The caller
// closes the server.
func Start(backend api.Backend) *httptest.Server { return StartConfig(api.Config{Backend: backend}) }

// StartConfig is Start with all that can be set.
func StartConfig(config api.Config) *httptest.Server {
	a := api.New(config)
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.NewServer(a.Handler(), config.Logger)
	server.Config.RegisterOnShutdown(a.EndStreams)
	server.Start()
	return server
}
