package client_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// start makes a client of a node in memory, behind real HTTP.
func start(t *testing.T) *client.Client {
	t.Helper()
	server := apitest.Start(apitest.NewBackend())
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Endpoints: []string{server.URL}, FixedEndpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClientAgainstANode(t *testing.T) {
	c := start(t)
	made := must[quipu.Ledger](t)(c.CreateLedger(background, "books & more", "what is read"))
	again := must[quipu.Ledger](t)(c.CreateLedger(background, "books & more", "what is read"))
	found := must[quipu.Ledger](t)(c.Ledger(background, "books & more"))
	if made != again || made != found || made.Description != "what is read" || made.Head.Position != 1 {
		t.Errorf("ledgers %+v, %+v, %+v", made, again, found)
	}
	if all := must[[]quipu.Ledger](t)(c.Ledgers(background)); len(all) != 2 || all[0] != made {
		t.Errorf("ledgers %+v", all)
	}
	_, err := c.Ledger(background, "nothing")
	wantKind(t, err, quipu.NotFound)

	registration := quipu.Registration{Event: "read / heard", Entities: []string{"book"}}
	if err := c.Register(background, made.Name, registration); err != nil {
		t.Fatal(err)
	}
	got := must[quipu.Registration](t)(c.Registration(background, made.Name, registration.Event))
	all := must[[]quipu.Registration](t)(c.Registry(background, made.Name))
	if got.Event != registration.Event || len(all) != 1 || !slices.Equal(all[0].Entities, registration.Entities) {
		t.Errorf("registration %+v, registry %+v", got, all)
	}

	read := quipu.NewEvent{Name: registration.Event, Entities: map[string][]string{"book": {"a<b>&c"}}, Data: map[string]int{"pages": 12}}
	receipt := must[quipu.Receipt](t)(c.Append(background, made.Name, quipu.Append{Events: []quipu.NewEvent{read, read}}))
	results := must[[]client.AppendResult](t)(c.AppendAll(background, made.Name, []quipu.Append{{Events: []quipu.NewEvent{read}}, {}}))
	if receipt.Last != receipt.First+1 || results[0].Receipt.First != receipt.Last+1 {
		t.Errorf("receipt %+v, results %+v", receipt, results)
	}
	wantKind(t, results[1].Err, quipu.Invalid)

	byPosition := must[quipu.Event](t)(c.Event(background, made.Name, quipu.Place{Position: receipt.First}))
	byID := must[quipu.Event](t)(c.Event(background, made.Name, quipu.Place{EventID: receipt.EventIDs[0]}))
	if byPosition.EventID != byID.EventID || string(byID.Data) != `{"pages":12}` || byID.Entities["book"][0] != "a<b>&c" {
		t.Errorf("events %+v and %+v", byPosition, byID)
	}
	_, err = c.Event(background, made.Name, quipu.Place{Position: 99})
	wantKind(t, err, quipu.NotFound)

	var end wire.End
	count := 0
	selector := quipu.Selector{Events: map[string]quipu.Query{registration.Event: {Path: `$ ? (@.pages > $n)`, Vars: map[string]any{"n": 11}}}, Limit: 2}
	for e, err := range c.Select(background, made.Name, selector, client.WithEnd(&end)) {
		if err != nil || e.Position < receipt.First {
			t.Errorf("event %+v, error %v", e, err)
		}
		count++
	}
	if count != 2 || !end.More || end.Position != receipt.Last || end.Head != 5 {
		t.Errorf("%d events, end %+v", count, end)
	}
	for _, err := range c.Select(background, made.Name, quipu.Selector{Meta: &quipu.Query{Path: "$ ?? x"}}) {
		if e := wantKind(t, err, quipu.Invalid); e.Column == 0 || e.RequestID == "" {
			t.Errorf("error %+v lacks its place or request", e)
		}
	}

	if err := c.Unregister(background, made.Name, registration.Event); err != nil {
		t.Error(err)
	}
	wantKind(t, c.Unregister(background, made.Name, registration.Event), quipu.NotFound)
	if cluster := must[wire.Cluster](t)(c.Cluster(background)); cluster.Leader == "" {
		t.Errorf("cluster %+v", cluster)
	}
	must[wire.Version](t)(c.Version(background))
}

func TestExportIsWhatImportTakes(t *testing.T) {
	from, to := start(t), start(t)
	made := must[quipu.Ledger](t)(from.CreateLedger(background, "books", ""))
	if err := from.Register(background, "books", quipu.Registration{Event: "happened", Entities: []string{"item"}}); err != nil {
		t.Fatal(err)
	}
	must[[]client.AppendResult](t)(from.AppendAll(background, "books", facts(20)))
	var exported, again bytes.Buffer
	end := must[wire.End](t)(from.Export(background, "books", 0, &exported))
	imported := must[quipu.Ledger](t)(to.Import(background, bytes.NewReader(exported.Bytes())))
	must[wire.End](t)(to.Export(background, "books", 0, &again))
	if end.Position != 22 || imported.ID != made.ID || exported.String() != again.String() {
		t.Errorf("end %+v, imported %+v, exported\n%s\nagain\n%s", end, imported, exported.String(), again.String())
	}
	_, err := to.Import(background, bytes.NewReader(exported.Bytes()))
	if err == nil {
		t.Error("imported twice")
	}
}

func TestExportContinuesAStreamThatIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork("a", "b")
		n.ledger.add("item", "x", "y", "z")
		var whole, pieces bytes.Buffer
		must[wire.End](t)(dial(t, n, "a").Export(background, "main", 1, &whole))
		n.set("a", cuts(n.healthy, 1))
		n.set("b", inTurn(cuts(n.healthy, 0), n.healthy))
		end := must[wire.End](t)(dial(t, n, "a", "b").Export(background, "main", 1, &pieces))
		if whole.String() != pieces.String() || strings.Count(whole.String(), "\n") != 3 || end.Position != 3 {
			t.Errorf("end %+v, whole\n%s\npieces\n%s", end, whole.String(), pieces.String())
		}
	})
}

func TestExportReturnsTheWritersErrorAsItIs(t *testing.T) {
	n := newNetwork("a")
	n.ledger.add("item", "x")
	reader, writer := io.Pipe()
	reader.Close()
	_, err := dial(t, n, "a").Export(background, "main", 0, writer)
	if err != io.ErrClosedPipe { //nolint:errorlint // the very error
		t.Errorf("error %v", err)
	}
}

func TestImportIsRepeatedOnlyIfNothingWasRead(t *testing.T) {
	early := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host == "b" {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		if r.URL.Host == "c" {
			body, _ := io.ReadAll(r.Body)
			return &http.Response{StatusCode: http.StatusCreated, Body: io.NopCloser(strings.NewReader(`{"name":"` + string(body) + `"}`))}, nil
		}
		return answers(quipu.Unavailable)(r)
	})
	for _, test := range []struct {
		hosts []string
		kind  quipu.Kind
	}{
		{[]string{"c", "a"}, ""}, // the second is asked first
		{[]string{"c", "b"}, quipu.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, err := client.New(client.Config{Endpoints: test.hosts, FixedEndpoints: true, HTTPClient: &http.Client{Transport: early}})
			if err != nil {
				t.Fatal(err)
			}
			ledger, err := c.Import(background, strings.NewReader("books"))
			if quipu.KindOf(err) != test.kind || (err == nil) != (ledger.Name == "books") {
				t.Errorf("ledger %+v, error %v, want kind %q", ledger, err, test.kind)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOtherWritesAreRepeatedOnlyIfCertainlyNotApplied(t *testing.T) {
	for _, test := range []struct {
		name     string
		fault    roundTrip
		requests int
		want     quipu.Kind
	}{
		{"unavailable", answers(quipu.Unavailable), 2, ""},
		{"never sent", refuseConnection, 2, ""},
		{"uncertain", answers(quipu.Uncertain), 1, quipu.Uncertain},
		{"broken", breaks, 1, quipu.Uncertain},
		{"silent", silent, 1, quipu.Uncertain},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				n.set("a", inTurn(test.fault, n.healthy))
				err := dial(t, n, "a").Register(background, "main", quipu.Registration{Event: "happened"})
				if quipu.KindOf(err) != test.want || len(n.requests()) != test.requests {
					t.Errorf("error %v, requests %q", err, n.requests())
				}
			})
		})
	}
}

func TestAnswersThatNoNodeSendsAreErrors(t *testing.T) {
	for _, body := range []string{"", "<html>", `{"first":"one"}`, `[]`} {
		n := newNetwork()
		n.set("a", func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		c := dial(t, n, "a")
		_, err := c.Append(background, "main", fact("x"))
		wantKind(t, err, quipu.Internal)
		_, err = c.Ledgers(background)
		if body != `{"first":"one"}` && !errors.Is(err, quipu.Internal) {
			t.Errorf("%q: error %v", body, err)
		}
	}
}
