// Package api is the native HTTP API of a node: it decodes requests, calls the node, and encodes answers.
//
// It decides nothing about ledgers and holds none of their state; what it refuses by itself is what no ledger could
// accept: bad JSON, unknown members, passed limits. docs/api.md describes every request, and openapi.json does it for
// programs.
package api
