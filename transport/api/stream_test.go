package api_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/fsm/record"
	"github.com/quipu-ledger/quipu/fsm/selector"
	"github.com/quipu-ledger/quipu/transport/api"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
)

// paged is a node whose views call the test before each page.
type paged struct {
	*apitest.Backend
	before func(page int) error
}

func (p paged) View(ctx context.Context, ref string, read api.Read) (api.View, error) {
	v, err := p.Backend.View(ctx, ref, read)
	return &pagedView{View: v, before: p.before}, err
}

type pagedView struct {
	api.View
	before func(page int) error
	page   int
}

func (p *pagedView) Page(s *selector.Selector, in selector.Range, fn func(*record.Record) bool) (quipu.Position, bool, error) {
	p.page++
	if err := p.before(p.page); err != nil {
		return 0, false, err
	}
	return p.View.Page(s, in, fn)
}

// many gives a backend with some pages of events.
func many(t *testing.T) *apitest.Backend {
	n := newNode(t)
	for range 4 {
		n.want(201, "POST", appendPath, events(60))
	}
	return n.backend
}

func TestErrorBeforeTheFirstPageIsAProblem(t *testing.T) {
	backend := many(t)
	n := serve(t, backend, api.Config{Backend: paged{backend, func(int) error { return quipu.Errorf(quipu.Corrupt, "page 1") }}})
	n.do("POST", selectPath, `{"entity":"patron","key":"a"}`).problem(t, 500, quipu.Corrupt)
}

func TestErrorInTheMiddleOfAStreamBreaksTheAnswerOff(t *testing.T) {
	for _, c := range []struct{ method, path, body string }{
		{"POST", selectPath, `{"entity":"patron","key":"a"}`},
		{"GET", "/v1/ledgers/main/export", ""},
	} {
		var log bytes.Buffer
		backend := many(t)
		n := serve(t, backend, api.Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Backend: paged{backend, func(page int) error {
			if page == 3 {
				return errors.New("disk on fire")
			}
			return nil
		}}})
		request, _ := http.NewRequest(c.method, n.server.URL+c.path, strings.NewReader(c.body))
		response, err := n.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil || response.StatusCode != 200 || len(got) == 0 || bytes.Contains(got, []byte(`"end"`)) {
			t.Errorf("%s: status %d, error %v, %d bytes", c.path, response.StatusCode, err, len(got))
		}
		n.server.Close() // waits for the handler, and so for its log
		if strings.Count(log.String(), "disk on fire") != 1 || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("log %q", log.String())
		}
	}
}

func TestStreamStopsWhenTheClientGoesAway(t *testing.T) {
	backend := many(t)
	first, gone, done := make(chan bool), make(chan bool), make(chan int, 1)
	last := 0
	a := api.New(api.Config{Backend: paged{backend, func(page int) error {
		if last = page; page == 2 {
			close(first)
			<-gone
		}
		return nil
	}}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { done <- last }()
		go func() {
			<-r.Context().Done()
			close(gone)
		}()
		a.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	response, err := http.Get(server.URL + "/v1/ledgers/main/export")
	if err != nil {
		t.Fatal(err)
	}
	<-first
	response.Body.Close()
	if pages := <-done; pages != 2 {
		t.Errorf("%d pages were read, want 2", pages)
	}
}

// The first page is on its way to the client while the second is being read.
func TestStreamIsFlushedPageByPage(t *testing.T) {
	backend := many(t)
	read := make(chan bool)
	n := serve(t, backend, api.Config{Backend: paged{backend, func(page int) error {
		if page == 2 {
			<-read
		}
		return nil
	}}})
	response, err := http.Get(n.server.URL + "/v1/ledgers/main/export")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := bufio.NewReader(response.Body)
	if line, err := body.ReadString('\n'); err != nil || !strings.Contains(line, quipu.LedgerCreated) {
		t.Fatalf("%q %v", line, err)
	}
	close(read)
	if rest, err := io.ReadAll(body); err != nil || !bytes.Contains(rest, []byte(`{"end":`)) {
		t.Errorf("%v", err)
	}
}

func TestEndStreamsBreaksStreamsOffAndRefusesNewOnes(t *testing.T) {
	backend := many(t)
	var a *api.API
	a = api.New(api.Config{Backend: paged{backend, func(page int) error {
		if page == 2 {
			a.EndStreams()
		}
		return nil
	}}})
	server := httptest.NewServer(a.Handler())
	defer server.Close()
	response, err := http.Get(server.URL + "/v1/ledgers/main/export")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err == nil || bytes.Contains(got, []byte(`"end"`)) {
		t.Errorf("%v", err)
	}
	n := &node{t: t, server: server}
	n.do("GET", "/v1/ledgers/main/export", "").problem(t, 503, quipu.Unavailable)
	n.want(200, "GET", "/v1/ledgers/main", "")
}
