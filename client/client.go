package client

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/quipu-ledger/quipu"
)

// Config says how to reach a cluster. Its zero value reaches a node on this machine.
type Config struct {
	// Endpoints are the base URLs of nodes, such as "http://10.0.0.1:7400"; without a scheme they are taken as http.
	// Empty is http://127.0.0.1:7400.
	Endpoints []string
	// FixedEndpoints keeps the client from learning the addresses of the cluster's other nodes.
	FixedEndpoints bool
	// HTTPClient makes the requests; nil is one with connections enough for many goroutines. Its Timeout should be zero,
	// since it would cut long streams.
	HTTPClient *http.Client
	// Timeout bounds one attempt: until the whole answer, or until a stream begins. Zero is 5 seconds.
	Timeout time.Duration
	// RetryFor bounds the time in which a request that is safe to repeat is begun again; a stream that makes progress
	// starts it anew. Zero is 15 seconds, several times what a failover takes; negative is one attempt only.
	RetryFor time.Duration
	// DecisionsMax bounds how often Decide calls its function. Zero is 100.
	DecisionsMax int
}

const (
	endpointDefault     = "http://127.0.0.1:7400"
	timeoutDefault      = 5 * time.Second
	retryForDefault     = 15 * time.Second
	decisionsMaxDefault = 100
	// dialTimeout is how long a node that does not answer at all may hold up a request that another could take.
	dialTimeout = 2 * time.Second
	// idleConnsPerNode keeps the connections of concurrent reads; net/http's own 2 would close them all the time.
	idleConnsPerNode = 128
)

// Client speaks to one cluster. New makes it; it may be used by any number of goroutines.
type Client struct {
	http         *http.Client
	timeout      time.Duration
	retryFor     time.Duration
	decisionsMax int
	nodes        *nodes
	learns       bool

	// background is the context of what no caller waits for: looking for nodes, and appends that travel together.
	background context.Context
	stop       context.CancelFunc

	queuesMu sync.Mutex
	// queues hold, by ledger, the appends that wait for their request, while there are any. Guarded by queuesMu.
	queues map[string]*queue
}

// New makes a client. It does not connect yet; it fails, as Invalid, on an endpoint that is not a URL.
func New(cfg Config) (*Client, error) {
	endpoints := cfg.Endpoints
	if len(endpoints) == 0 {
		endpoints = []string{endpointDefault}
	}
	bases := make([]string, len(endpoints))
	for i, endpoint := range endpoints {
		base, err := baseURL(endpoint)
		if err != nil {
			return nil, err
		}
		bases[i] = base
	}
	c := &Client{
		http:         cfg.HTTPClient,
		timeout:      orDefault(cfg.Timeout, timeoutDefault),
		retryFor:     orDefault(cfg.RetryFor, retryForDefault),
		decisionsMax: orDefault(cfg.DecisionsMax, decisionsMaxDefault),
		nodes:        newNodes(bases),
		learns:       !cfg.FixedEndpoints,
		queues:       map[string]*queue{},
	}
	if c.http == nil {
		c.http = &http.Client{Transport: newTransport()}
	}
	c.background, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// Close ends the client's work in the background and closes its idle connections. Appends that are under way end as
// Uncertain, if they were sent, or Unavailable.
func (c *Client) Close() {
	c.stop()
	c.http.CloseIdleConnections()
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConnsPerHost: idleConnsPerNode,
		IdleConnTimeout:     time.Minute,
		WriteBufferSize:     64 << 10, // so that a request of many appends arrives in few pieces
		ForceAttemptHTTP2:   true,
	}
}

func baseURL(endpoint string) (string, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
		return "", quipu.Errorf(quipu.Invalid, "%q is not the URL of a node", endpoint).WithHint("such as %s", endpointDefault)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}
