package main

import (
	"context"
	"net/http"
	"time"
)

const (
	// devAnswerTimeout is how long a node on the same machine may take to answer.
	devAnswerTimeout = 2 * time.Second
	// devReadyEvery is the time between two questions whether a node is ready.
	devReadyEvery = 100 * time.Millisecond
)

// waitReady waits until each node can serve; false means that the program ends.
func (d *dev) waitReady(ctx context.Context) bool {
	ticker := time.NewTicker(devReadyEvery)
	defer ticker.Stop()
	for _, url := range d.cluster.URLs() {
		for !nodeReady(ctx, url) {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return false
			}
		}
	}
	return true
}

func nodeReady(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, devAnswerTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
