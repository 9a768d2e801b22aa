package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// route is one request that the API answers. The table of them is the only place that says so: dispatch, statuses 404,
// 405 and 415, body limits, metrics and the test of openapi.json all follow it.
type route struct {
	method  string
	pattern string // segments; one in braces matches any and is a path value
	handle  func(*exchange) error
	// bodyMax is the largest body in bytes, 0 for a request whose body is not read.
	bodyMax int64
	// media are the types that the body may have; a body without a type may be any of them.
	media []string
	// params are the query parameters that are known.
	params []string

	segments []string
}

const (
	// smallBodyMax is for requests that name a thing or describe it in a sentence.
	smallBodyMax = 64 << 10
	// importBytesMax bounds the export that is taken in at once, which goes through the disk of one node.
	importBytesMax = 64 << 30
)

var (
	bodyJSON   = []string{wire.TypeJSON}
	bodyNDJSON = []string{wire.TypeNDJSON, wire.TypeJSON}
	bodySchema = []string{wire.TypeSchema, wire.TypeJSON}
	bodyAppend = []string{wire.TypeJSON, wire.TypeForm}

	listParams      = []string{wire.ParamConsistency}
	readParams      = []string{wire.ParamConsistency, wire.ParamMinPosition}
	eventParams     = reading(wire.ParamFiles)
	idParams        = reading(wire.ParamFiles, wire.ParamVersion)
	versionsParams  = reading(wire.ParamFiles, wire.ParamAfter, wire.ParamLimit)
	exportParams    = reading(wire.ParamFiles, wire.ParamAfter, wire.ParamUntil)
	aggregateParams = reading(wire.ParamFiles, wire.ParamSince, wire.ParamLimit)
	keysParams      = reading(wire.ParamAfter, wire.ParamLimit)
	linksParams     = reading(wire.ParamDirection, wire.ParamType)
	graphParams     = reading(wire.ParamDirection, wire.ParamType, wire.ParamDepth, wire.ParamLimit)
	idLinksParams   = slices.Concat(linksParams, []string{wire.ParamVersion})
	idGraphParams   = slices.Concat(graphParams, []string{wire.ParamVersion})
)

// reading are the parameters of every read of a ledger, and more.
func reading(params ...string) []string { return slices.Concat(readParams, params) }

// repeatable are the parameters that may be given more than once.
var repeatable = []string{wire.ParamType, "name[]"}

// routes is the table. A literal segment stands before a path value in the same place.
func routes() []*route {
	table := slices.Concat(ledgerRoutes(), registryRoutes(), appendRoutes(), readRoutes(), eventRoutes(), systemRoutes())
	for _, r := range table {
		r.segments = strings.Split(r.pattern, "/")
	}
	return table
}

const get, post, put, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

func ledgerRoutes() []*route {
	return []*route{
		{method: get, pattern: "/v1/ledgers", handle: listLedgers, params: listParams},
		{method: post, pattern: "/v1/ledgers", handle: createLedger, bodyMax: smallBodyMax, media: bodyJSON},
		{method: post, pattern: "/v1/ledgers/import", handle: importLedger, bodyMax: importBytesMax, media: bodyNDJSON},
		{method: get, pattern: "/v1/ledgers/{ledger}", handle: showLedger, params: readParams},
		{method: put, pattern: "/v1/ledgers/{ledger}/settings", handle: setSettings, bodyMax: smallBodyMax, media: bodyJSON},
	}
}

func registryRoutes() []*route {
	return []*route{
		{method: get, pattern: "/v1/ledgers/{ledger}/registry", handle: listRegistry, params: readParams},
		{method: post, pattern: "/v1/ledgers/{ledger}/registry", handle: register, bodyMax: smallBodyMax, media: bodyJSON},
		{method: get, pattern: "/v1/ledgers/{ledger}/registry/{event}", handle: showRegistration, params: readParams},
		{method: remove, pattern: "/v1/ledgers/{ledger}/registry/{event}", handle: unregister},
		{method: get, pattern: "/v1/ledgers/{ledger}/registry/{event}/schemas/{version}", handle: showSchema, params: readParams},
		{method: put, pattern: "/v1/ledgers/{ledger}/registry/{event}/schemas/{version}", handle: putSchema, bodyMax: schemaBodyMax, media: bodySchema},
	}
}

func appendRoutes() []*route {
	return []*route{
		{method: post, pattern: "/v1/ledgers/{ledger}/append", handle: appendOne, bodyMax: quipu.AppendBodyBytesMax, media: bodyAppend},
		{method: post, pattern: "/v1/ledgers/{ledger}/appends", handle: appendMany, bodyMax: quipu.BatchBytesMax, media: bodyNDJSON},
	}
}

func readRoutes() []*route {
	return []*route{
		{method: post, pattern: "/v1/ledgers/{ledger}/select", handle: selectEvents, bodyMax: quipu.SelectorBytesMax, media: bodyJSON, params: eventParams},
		{method: wire.MethodQuery, pattern: "/v1/ledgers/{ledger}/select", handle: selectEvents, bodyMax: quipu.SelectorBytesMax, media: bodyJSON, params: eventParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/export", handle: exportLedger, params: exportParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/aggregates/{type}", handle: listAggregates, params: keysParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/aggregates/{type}/{key}", handle: showAggregate, params: aggregateParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/files/{hash}", handle: showContent, params: readParams},
	}
}

func eventRoutes() []*route {
	return []*route{
		{method: get, pattern: "/v1/ledgers/{ledger}/events/by-id/{id}", handle: showEvent, params: idParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/by-id/{id}/versions", handle: listVersions, params: versionsParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/by-id/{id}/links", handle: showLinks, params: idLinksParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/by-id/{id}/graph", handle: showGraph, params: idGraphParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/{event}", handle: showEvent, params: eventParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/{event}/links", handle: showLinks, params: linksParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/{event}/graph", handle: showGraph, params: graphParams},
		{method: get, pattern: "/v1/ledgers/{ledger}/events/{event}/files/{file}", handle: showFile, params: readParams},
	}
}

func systemRoutes() []*route {
	return []*route{
		{method: get, pattern: "/v1/cluster", handle: showCluster},
		{method: get, pattern: "/v1/limits", handle: showLimits},
		{method: get, pattern: "/v1/version", handle: showVersion},
		{method: get, pattern: "/livez", handle: showLive},
		{method: get, pattern: "/readyz", handle: showReady},
		{method: get, pattern: "/metrics", handle: showMetrics, params: []string{"name[]"}},
		{method: get, pattern: "/openapi.json", handle: showOpenAPI},
	}
}

// find gives the route of a request. Without one it gives the methods that the path would take, if any.
func (a *API) find(r *http.Request) (found *route, allowed []string) {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, candidate := range a.routes {
		if !candidate.matches(segments) {
			continue
		}
		if candidate.method == method {
			return candidate, nil
		}
		allowed = append(allowed, candidate.method)
		if candidate.method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	slices.Sort(allowed)
	return nil, slices.Compact(allowed)
}

func (r *route) matches(segments []string) bool {
	if len(segments) != len(r.segments) {
		return false
	}
	for i, want := range r.segments {
		if segments[i] != want && (!isValue(want) || segments[i] == "") {
			return false
		}
	}
	return true
}

func isValue(segment string) bool { return strings.HasPrefix(segment, "{") }

// value gives the part of the path that stands in the braces of the route's pattern. A name in a path may hold a slash,
// as %2F.
func (r *route) value(u *url.URL, name string) (string, error) {
	segments := strings.Split(u.EscapedPath(), "/")
	i := slices.Index(r.segments, "{"+name+"}")
	text, err := url.PathUnescape(segments[i])
	if err != nil {
		return "", quipu.Errorf(quipu.Invalid, "the path cannot be read: %q", segments[i]).Because(err)
	}
	return text, nil
}
