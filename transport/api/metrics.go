package api

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are labelled by the route's pattern and never by what a client sends, so that their number is bounded.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "quipu_http_requests_total",
			Help: "Requests answered, by method, route and status; 499 is an answer that was broken off.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "quipu_http_request_seconds",
			Help:    "Time from a request's header to the end of its answer.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 60},
		}, []string{"method", "route"}),
	}
	registry.MustRegister(m.requests, m.seconds)
	return m
}

func (m *metrics) observe(x *exchange, took time.Duration) {
	method, pattern := "other", "none"
	if x.route != nil {
		method, pattern = x.route.method, x.route.pattern
	}
	m.requests.WithLabelValues(method, pattern, strconv.Itoa(x.status)).Inc()
	m.seconds.WithLabelValues(method, pattern).Observe(took.Seconds())
}
